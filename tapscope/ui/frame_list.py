"""The list of frames: a window on the store. What it costs does not depend on how many frames there are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic

from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.timer import Timer

from tapscope.store.arena import Store
from tapscope.store.view import View
from tapscope.ui.frame_lines import FrameLines
from tapscope.ui.frame_list_keys import HELP, KEYS
from tapscope.ui.list_rows import Summarize
from tapscope.ui.reading import Reading
from tapscope.ui.windowed import Thumb, thumb_of

LOOKS_A_SECOND = 20
"""How often the list looks at a store that grows."""
REST = 20
REST_MOST = 0.5
"""The list rests so many times as long as the last rows took to decode, at most so many seconds: where all rows are new
at every look, which nobody can read anyhow, it looks half as often, and leaves the rest to the capture."""
SIDEWAYS = 8
"""Cells of Info that one key press goes sideways."""


class FrameList(FrameLines):
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

    def __init__(
        self,
        store: Store,
        summarize: Summarize | None = None,
        *,
        id: str | None = None,  # noqa: A002 (Textual's name)
        classes: str | None = None,
    ) -> None:
        super().__init__(store, summarize, id=id, classes=classes)
        self._digits = ""
        self._count = 0
        self._looked = 0.0
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
        """How many frames arrived since the view is held."""
        return self._reading.held_back

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
            rest = max(1 / LOOKS_A_SECOND, min(REST * self._summaries.took, REST_MOST))
            wait = self._looked + rest - monotonic()
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
        """Choose the newest frame, and go with it from now on."""
        with self._changes() as reading:
            reading.follow()

    def hold(self, on: bool) -> None:
        """Let nothing new into the view (or again all that arrived). The capture knows nothing of it."""
        with self._changes() as reading:
            reading.hold(on)

    @contextmanager
    def _changes(self) -> Iterator[Reading]:
        """Let the block change where the reader is, then repaint what that changed and post what others must know."""
        before, chosen = replace(self._reading), self.cursor
        move = self._viewing.update()
        yield self._reading
        self._viewing.changed()
        reading = self._reading
        if move is not None:
            self._seen = {move(at): row for at, row in self._seen.items()}
            self.redraw()
        self._repaint(before)
        self._say_how_many()
        if (self.cursor, reading.evicted) != (chosen, before.evicted):
            self.post_message(self.Selected(self, self.cursor))
        state = (reading.following, reading.held, reading.held_back)
        if state != (before.following, before.held, before.held_back):
            self.post_message(self.FollowChanged(self, *state))

    def _repaint(self, before: Reading) -> None:
        reading, above = self._reading, self._reading.top
        if reading.in_view != before.in_view:
            self.redraw()
        elif reading.selected != before.selected or self._thumb(reading) != self._thumb(before):
            self.refresh()
        elif reading.cursor != before.cursor:
            self.refresh_rows(before.cursor - above, reading.cursor - above)

    def _say_how_many(self) -> None:
        """What is being typed before a key, else how many frames are selected."""
        selected = len(self._reading.selected)
        self.say(f"{self._digits}…" if self._digits else f"{selected} selected" if selected else "")

    def _thumb(self, reading: Reading) -> Thumb | None:
        return thumb_of(self.page, reading.last - reading.first + 1, reading.top - reading.first)

    def _look(self) -> None:
        self._later, self._looked = None, monotonic()
        with self._changes():
            pass

    def on_mount(self) -> None:
        """Show what is there already."""
        self._look()

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

    def on_key(self, event: events.Key) -> None:
        """Gather the number that comes before a key."""
        if event.key.isdecimal() and len(event.key) == 1 and (self._digits or event.key != "0"):
            self._digits = (self._digits + event.key)[:12]
            event.stop()
            event.prevent_default()
        else:
            self._count, self._digits = int(self._digits or 0), ""
        self._say_how_many()

    def _taken(self) -> int:
        """The number typed before the key that is being handled, 0 if none."""
        count, self._count = self._count, 0
        return count

    def action_move(self, rows: int) -> None:
        """Choose a frame above or below."""
        count = self._taken() or 1
        with self._changes() as reading:
            reading.move_by(rows * count)

    def action_page(self, pages: int) -> None:
        """Go pages up or down."""
        self.action_move(pages * max(1, self.page - 1))

    def action_half_page(self, halves: int) -> None:
        """Go half pages up or down."""
        self.action_move(halves * max(1, self.page // 2))

    def action_extend(self, rows: int) -> None:
        """Select from the chosen frame up or down."""
        count = self._taken() or 1
        with self._changes() as reading:
            reading.move_by(rows * count, extend=True)

    def action_visual(self) -> None:
        """Begin or end selecting by moving."""
        with self._changes() as reading:
            if reading.visual:
                reading.drop_selection()
            else:
                reading.start_visual()

    def action_drop_selection(self) -> None:
        """Select nothing."""
        with self._changes() as reading:
            reading.drop_selection()

    def action_go_to_first(self) -> None:
        """Go to the first frame held, or to the number typed before the key."""
        if count := self._taken():
            self.go_to(count)
        else:
            with self._changes() as reading:
                reading.move_to(reading.first)

    def action_follow(self) -> None:
        """Go to the newest frame and follow, or to the number typed before the key."""
        count = self._taken()
        if count:
            self.go_to(count)
        else:
            self.follow()

    def action_toggle_hold(self) -> None:
        """Hold the view, or let it go on."""
        self.hold(not self.held)

    def action_cycle_time(self) -> None:
        """Write the times in another way."""
        self.cycle_time()

    def action_sideways(self, steps: int) -> None:
        """Show more of Info."""
        self.scroll_sideways(steps * SIDEWAYS * (self._taken() or 1))

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Escape is somebody else's key while nothing is selected."""
        return action != "drop_selection" or self._reading.anchor is not None
