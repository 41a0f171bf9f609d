"""The rows that the list shows: from the store's columns, and from the dissector for these rows alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from textual.cache import LRUCache

from tapscope.dissect.summary import Summary
from tapscope.dissect.text import one_line, printable
from tapscope.frame import Direction, Frame
from tapscope.store.arena import Store
from tapscope.store.batch import NO_TIME
from tapscope.ui.outline import outlines
from tapscope.ui.time_format import TimeFormat
from tapscope.ui.tint import EVICTED
from tapscope.ui.viewing import Viewing

Summarize = Callable[[Frame], Summary]

MARK = "◆"
"""Encloses a comment."""
COMMENT_MOST = 80
"""Characters of it; the tree has all of them."""
GONE = "evicted"
"""What Info begins with where the store has let the frame go."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is drawn: the text of every column by its name, and the role word of its tint."""

    texts: Mapping[str, str]
    tint: str = ""


class Summaries:
    """The dissector's summaries by frame number: made when first looked at, as many kept as were last looked at."""

    KEPT = 4096
    BUDGET = 0.1
    """Seconds that one look may take: frames made to be slow must not hold the keys up."""

    def __init__(self, store: Store, summarize: Summarize | None) -> None:
        self._store = store
        self._summarize = summarize
        self._kept: LRUCache[int, Summary] = LRUCache(self.KEPT)
        self.behind = False
        """The last look had no time for all of its frames."""

    def use(self, summarize: Summarize | None) -> None:
        """Have summaries made by ``summarize`` from now on (None: by nobody, there are none), also the old ones."""
        self._summarize = summarize
        self._kept.clear()

    def of(self, numbers: Sequence[int]) -> dict[int, Summary]:
        """The summaries of these frames, at least one of those that must be made."""
        found: dict[int, Summary] = {}
        until = monotonic() + self.BUDGET
        self.behind = False
        if self._summarize is None:
            follow_each_other = len(numbers) > 0 and numbers[-1] - numbers[0] == len(numbers) - 1
            return outlines(self._store, numbers[0], numbers[-1]) if follow_each_other else found
        for number in numbers:
            summary = self._kept.get(number)
            if summary is None:
                if self.behind:
                    continue
                summary = self._kept[number] = _with_comments(self._store.row(number), self._summarize)
                self.behind = monotonic() >= until
            found[number] = summary
        self.behind = self.behind and len(found) < len(numbers)
        return found


def _with_comments(frame: Frame, summarize: Summarize) -> Summary:
    """What was said of the frame, or happened before it, stands before its Info."""
    summary = summarize(frame)
    if not frame.comments:
        return summary
    said = one_line(" · ".join(frame.comments), COMMENT_MOST)
    return replace(summary, info=f"{MARK} {said} {MARK} {summary.info}")


def rows_in_window(store: Store, viewing: Viewing, summaries: Summaries, time: TimeFormat) -> list[Row]:
    """The rows that are to be seen; those that the store no longer holds say so."""
    top, bottom = viewing.reading.top, viewing.reading.bottom
    numbers, befores = viewing.view.numbers(top, bottom), viewing.view.before(top, bottom)
    cells = _cells(store, np.union1d(numbers, befores) if time is TimeFormat.DELTA else np.sort(numbers))
    made = summaries.of([number for number in numbers.tolist() if number in cells])
    rows = []
    for before, number in zip(befores.tolist(), numbers.tolist(), strict=True):
        if number not in cells:
            rows.append(_evicted(number))
            continue
        time_ns, length, direction, interface = cells[number]
        texts = {
            "number": str(number),
            "time": time.text(time_ns, store.first_time_ns, cells[before][0] if before in cells else None),
            "interface": _name(store, interface),
            "direction": Direction(direction).word,
            "length": str(length),
        }
        rows.append(_row(texts, made.get(number)))
    return rows


def _cells(store: Store, numbers: NDArray[np.int64]) -> dict[int, tuple[int | None, int, int, int]]:
    """By frame number, of those (ascending) that are held: time in ns (None: none), length, direction, interface."""
    cells: dict[int, tuple[int | None, int, int, int]] = {}
    for run in np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1) if len(numbers) else ():
        columns = store.columns(int(run[0]), int(run[-1]))
        times = [None if at == NO_TIME else at for at in columns.time_ns.tolist()]
        others = columns.length.tolist(), columns.direction.tolist(), columns.interface.tolist()
        cells |= zip(columns.number.tolist(), zip(times, *others, strict=True), strict=True)
    return cells


def _name(store: Store, interface: int) -> str:
    return printable(store.interfaces[interface].name) if interface < len(store.interfaces) else ""


def _row(texts: dict[str, str], summary: Summary | None) -> Row:
    if summary is None:
        return Row({**texts, "source": "", "destination": "", "protocol": "", "info": ""})
    texts |= {
        "source": summary.source,
        "destination": summary.destination,
        "protocol": summary.protocol,
        "info": summary.info,
    }
    return Row(texts, summary.tint)


def _evicted(number: int) -> Row:
    texts = {"number": str(number or ""), "time": "", "interface": "", "direction": "", "length": ""}
    return Row({**texts, "source": "", "destination": "", "protocol": "", "info": GONE}, EVICTED)


def remembered(row: Row, seen: Row | None) -> Row:
    """The row; if its frame was evicted, as it was ``seen`` last, with a word that says so."""
    if row.tint != EVICTED or seen is None:
        return row
    if seen.tint == EVICTED:
        return seen
    return Row({**seen.texts, "info": f"{GONE} · {seen.texts['info']}"}, EVICTED)
