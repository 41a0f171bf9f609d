"""The list of frames: a window on the store. What it costs does not depend on how many frames there are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.reactive import var
from textual.timer import Timer

from tapscope.store.arena import Store
from tapscope.store.view import View
from tapscope.ui.frame_list_keys import HELP, KEYS
from tapscope.ui.frame_moves import FrameMoves
from tapscope.ui.list_rows import Summarize
from tapscope.ui.reading import Reading
from tapscope.ui.windowed import Thumb, thumb_of

LOOKS_A_SECOND = 20
"""How often the list looks at a store that grows."""
RUSHED = 3
"""The same while more comes between two looks than the window holds: nobody can read that, however often it is drawn.
Each drawing is some milliseconds of decoding and painting that the capture has a better use for."""


class FrameList(FrameMoves):
    """Frames by number, one a row. Follows the newest until the reader goes elsewhere."""

    BINDING_GROUP_TITLE = "Frames"
    BORDER_TITLE = "Frames"
    HELP = HELP
    BINDINGS = [*KEYS]

    @dataclass
    class Selected(Message):
        """Another frame was chosen, or the chosen one is no longer held: it stays chosen until the reader moves."""

        frame_list: "FrameList"
        number: int

        def can_replace(self, message: Message) -> bool:
            """Only the newest choice counts."""
            return isinstance(message, FrameList.Selected)

        @property
        def control(self) -> "FrameList":
            """The list."""
            return self.frame_list

    @dataclass
    class FollowChanged(Message):
        """What the list shows of what arrives: follows the newest or not; held, and how many arrived since."""

        frame_list: "FrameList"
        following: bool
        held: bool
        held_back: int

        @property
        def control(self) -> "FrameList":
            """The list."""
            return self.frame_list

    doing: var[str] = var("", init=False)
    """What is being done to the list, in a few words; empty: nothing."""

    def __init__(
        self,
        store: Store,
        summarize: Summarize | None = None,
        *,
        id: str | None = None,  # noqa: A002 (Textual's name)
        classes: str | None = None,
    ) -> None:
        super().__init__(store, summarize, id=id, classes=classes)
        self._looked = 0.0
        self._rushed = False
        self._looked_to = 0
        self._later: Timer | None = None

    @property
    def cursor(self) -> int:
        """The number of the chosen frame, 0 while there is none."""
        return self._viewing.cursor

    @property
    def following(self) -> bool:
        """True while the newest frame is the chosen one, whatever arrives."""
        return self._reading.following

    @property
    def held(self) -> bool:
        """True while nothing new is let into the view."""
        return self._reading.held

    @property
    def held_back(self) -> int:
        """How many frames arrived since the view is held, or sorted."""
        return self._viewing.held_back

    @property
    def selected(self) -> Sequence[int]:
        """The numbers of the selected frames; empty when none is, the chosen one alone being no selection."""
        return self._viewing.selected

    @property
    def view(self) -> View:
        """The frames that the list goes over."""
        return self._viewing.view

    @property
    def near(self) -> int:
        """The number of the frame on top of the window; of the newest while it is followed, or where there is none."""
        return self._viewing.near

    def show(self, view: View) -> None:
        """Go over other frames from now on. The chosen one stays so, or the nearest to it; nothing is selected."""
        with self._changes():
            self._viewing.turn_to(view)
            self._seen.clear()
        self.redraw()

    def store_changed(self) -> None:
        """Tell the list that the store grew or evicted. Cheap: it looks at most ``LOOKS_A_SECOND`` times a second."""
        if self._later is None and self.is_mounted:
            wait = self._looked + 1 / (RUSHED if self._rushed else LOOKS_A_SECOND) - monotonic()
            if wait > 0:
                self._later = self.set_timer(wait, self._look)
            else:
                self._look()

    def go_to(self, number: int) -> None:
        """Choose a frame by its number, the nearest where the view does not have it, and stay with it."""
        with self._changes() as reading:
            reading.move_to(self.view.position(number))

    def begin_at_first(self) -> None:
        """Choose the first frame, now or when it comes: what is there already is read from its beginning."""
        self._viewing.begin_at_first()
        self._look()

    def stay(self) -> None:
        """Stay with the chosen frame, whatever arrives."""
        with self._changes() as reading:
            reading.following = False

    def follow(self) -> None:
        """Choose the newest frame, and go with it from now on; where the list is sorted, its last one."""
        with self._changes() as reading:
            if self.view.sort:
                reading.move_to(reading.last)
            else:
                reading.follow()

    def hold(self, on: bool) -> None:
        """Let nothing new into the view (or again all that arrived, as it did). The capture knows nothing of it."""
        if self.view.sort and not on:
            self.show(self.view.unsorted)
        with self._changes() as reading:
            reading.hold(on)

    def to_be_sorted(self) -> tuple[NDArray[np.int64], int]:
        """The numbers of all frames that may be seen, ascending, and the last position of the unsorted view of them."""
        with self._changes():
            return self._viewing.within_reach(), self._viewing.reach

    @property
    def out_of_date(self) -> bool:
        """Whether the list is sorted, and there are frames to be seen that came since."""
        return self.view.sort is not None and self._viewing.reach > self.view.unsorted.last - self.view.behind

    @contextmanager
    def _changes(self) -> Iterator[Reading]:
        """Let the block change where the reader is, then repaint what that changed and post what others must know."""
        viewing = self._viewing
        before, chosen = replace(self._reading), (self.cursor, viewing.evicted)
        told = self.following, self.held, self.held_back
        move = self._viewing.update()
        yield self._reading
        self._viewing.changed()
        if move is not None:
            self._seen = {move(at): row for at, row in self._seen.items()}
            self.redraw()
        self._repaint(before)
        self._say_how_many()
        if (self.cursor, viewing.evicted) != chosen:
            self.post_message(self.Selected(self, self.cursor))
        state = self.following, self.held, self.held_back
        if state != told:
            self.post_message(self.FollowChanged(self, *state))

    def _repaint(self, before: Reading) -> None:
        reading, above = self._reading, self._reading.top
        if reading.in_view != before.in_view:
            self.redraw()
        elif reading.selected != before.selected or self._thumb(reading) != self._thumb(before):
            self.refresh()
        elif reading.cursor != before.cursor:
            self.refresh_rows(before.cursor - above, reading.cursor - above)

    def watch_doing(self) -> None:
        """The title says so."""
        self._say_how_many()

    def _say_how_many(self) -> None:
        """What is being typed before a key, else what is sorted by and how many frames are selected."""
        selected = len(self._reading.selected)
        sort = f"by {self.heading_of(self.view.sort)}" if self.view.sort else ""
        words = self.doing or sort, f"{selected} selected" if selected else ""
        self.say(f"{self._digits}…" if self._digits else " · ".join(filter(None, words)))

    def _thumb(self, reading: Reading) -> Thumb | None:
        return thumb_of(self.page, reading.last - reading.first + 1, reading.top - reading.first)

    def _look(self) -> None:
        self._later, self._looked = None, monotonic()
        with self._changes() as reading:
            pass
        self._rushed, self._looked_to = reading.arrived - self._looked_to > self.page, reading.arrived

    def on_mount(self) -> None:
        """Show what is there already: however much it is, that is no rush."""
        self._look()
        self._rushed = False

    def on_resize(self, _: events.Resize) -> None:
        """More or fewer rows fit. Textual calls the base's handler too."""
        with self._changes() as reading:
            reading.resize(self.page)

    def scroll_rows(self, above: int) -> None:
        """Move the window, not the choice."""
        with self._changes() as reading:
            reading.scroll_to(reading.first + above)

    def row_clicked(self, at: Offset, event: events.Click) -> None:
        """Choose the frame; with shift select up to it."""
        position = self._reading.top + at.y
        if self.view.first <= position <= self._reading.bottom:
            with self._changes() as reading:
                reading.move_to(position, extend=event.shift)

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Escape is somebody else's key while nothing is selected."""
        return action != "drop_selection" or self._reading.anchor is not None
