"""What the keys of the list of frames do: moving, selecting, and the number that may be typed before them."""

from contextlib import AbstractContextManager

from textual import events

from tapscope.ui.frame_lines import FrameLines
from tapscope.ui.reading import Reading

SIDEWAYS = 8
"""Cells of Info that one key press goes sideways."""


class FrameMoves(FrameLines):
    """The part of the list behind its keys."""

    _digits = ""
    _count = 0

    @property
    def held(self) -> bool:
        """True while nothing new is let into the view."""
        raise NotImplementedError

    def go_to(self, number: int) -> None:
        """Choose a frame by its number."""
        raise NotImplementedError

    def follow(self) -> None:
        """Choose the newest frame, and go with it."""
        raise NotImplementedError

    def hold(self, on: bool) -> None:
        """Let nothing new into the view, or again all that arrived."""
        raise NotImplementedError

    def _changes(self) -> AbstractContextManager[Reading]:
        raise NotImplementedError

    def _say_how_many(self) -> None:
        raise NotImplementedError

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
