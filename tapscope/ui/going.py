"""Going to a frame by its number, or to a time."""

import re
from datetime import datetime
from decimal import Decimal

import numpy as np
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tapscope.store.arena import Store
from tapscope.store.batch import NO_TIME
from tapscope.ui.frame_list import FrameList
from tapscope.ui.session import Session
from tapscope.ui.time_format import SECOND
from tapscope.units import number_in_words

_UNITS = {"ns": 1, "us": 1000, "µs": 1000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_SPAN = re.compile(rf"([+-]?)(\d+(?:\.\d+)?)\s*({'|'.join(_UNITS)})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?")
EXAMPLES = "123, 1.5s (since the first frame), +200ms, -1m (from here), 12:00:03.5 (local time)"


def place_of(words: str, store: Store, cursor: int) -> int:
    """The number of the frame that ``words`` mean: itself, or the first one at that time or later.

    From ``cursor``, the chosen frame, backwards it is the last one at that time or earlier. Raises ``ValueError`` in
    one line.
    """
    words = words.strip()
    if words.isascii() and words.isdecimal():
        return _held(int(words), store)
    if span := _SPAN.fullmatch(words):
        way, count, unit = span.groups()
        length = int(Decimal(count) * _UNITS[unit])
        if not way:
            return first_at(_first_time(store) + length, store)
        here = _time(store, cursor)
        return first_at(here + length, store, after=cursor) if way == "+" else _before(here - length, store, cursor)
    if clock := _CLOCK.fullmatch(words):
        return first_at(_moment(clock, _time(store, cursor)), store)
    raise ValueError(f"give a number or a time: {EXAMPLES}")


def _held(number: int, store: Store) -> int:
    if not store.first <= number <= store.last:
        held = f"{number_in_words(store.first)} to {number_in_words(store.last)}"
        raise ValueError(f"there is no frame {number_in_words(number)}: those held are {held}")
    return number


def _first_time(store: Store) -> int:
    if store.first_time_ns is None:
        raise ValueError("no frame of this capture has a time")
    return store.first_time_ns


def _time(store: Store, number: int) -> int:
    """Of the chosen frame; where that is no longer held, of the oldest that is."""
    time_ns = store.row(max(number, store.first)).time_ns
    if time_ns is None:
        raise ValueError("the chosen frame has no time to count from")
    return time_ns


def _moment(clock: re.Match[str], near_ns: int) -> int:
    """That time of the day on which the chosen frame was captured, local time. Raises ``ValueError``: 25:00."""
    hour, minute, second = (int(part or 0) for part in clock.group(1, 2, 3))
    day = datetime.fromtimestamp(near_ns // SECOND)
    whole = day.replace(hour=hour, minute=minute, second=second, microsecond=0).timestamp()
    return int(whole) * SECOND + int(Decimal(clock[4] or 0) * SECOND)


def first_at(time_ns: int, store: Store, *, after: int = 0) -> int:
    """The number of the first frame, from ``after`` on, at that time or later. Raises ``ValueError``: there is none."""
    for part in store.parts(after or None):
        times = part.batch.time_ns[part.where]
        found = np.flatnonzero((times >= time_ns) & (times != NO_TIME))
        if len(found):
            return part.number + int(found[0])
    raise ValueError("no frame is as late as that")


def _before(time_ns: int, store: Store, cursor: int) -> int:
    times = store.columns(store.first, cursor).time_ns
    found = np.flatnonzero((times <= time_ns) & (times != NO_TIME))
    if not len(found):
        raise ValueError("no frame that is held is as early as that")
    return store.first + int(found[-1])


class GoTo(ModalScreen[int]):
    """Asks where to, and answers with a frame's number; None when left."""

    BINDINGS = [Binding("escape", "dismiss", "Cancel")]

    def __init__(self, store: Store, cursor: int) -> None:
        super().__init__()
        self._store = store
        self._cursor = cursor

    def compose(self) -> ComposeResult:
        """One line to type in, one for what was wrong with it."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content("Go to")
            where = Input(id="where", placeholder=EXAMPLES)
            where.cursor_blink = False
            yield where
            yield Static("", id="problem", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """There, or why not."""
        try:
            self.dismiss(place_of(event.value, self._store, self._cursor))
        except ValueError as error:
            self.query_one("#problem", Static).update(str(error))


class Going(App[None]):
    """The part of the app behind ``:``."""

    session: Session
    frame_list: FrameList

    def action_go_to(self) -> None:
        """Ask where to."""
        self.push_screen(GoTo(self.session.store, self.frame_list.cursor), self._went)

    def _went(self, number: int | None) -> None:
        if number is not None:
            self.frame_list.go_to(number)
