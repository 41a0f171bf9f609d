"""Where the reader is in a list of numbered rows. Plain numbers, no Textual."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Reading:
    """Which row is on top, which is chosen, what is selected, and whether the newest is followed.

    Rows are known by their position in the view, which stays when rows arrive below or are evicted above: that moves
    nothing that is being read, and an evicted row stays chosen until the reader moves. ``first`` is the first row that
    is still there, ``last`` the last that can be seen; empty is ``first = 1, last = 0``.
    """

    first: int = 1
    last: int = 0
    top: int = 1
    cursor: int = 0
    page: int = 1
    following: bool = True
    held: bool = False
    arrived: int = 0
    anchor: int | None = None
    visual: bool = False

    @property
    def bottom(self) -> int:
        """The last row in the window."""
        return min(self.top + self.page - 1, self.last)

    @property
    def in_view(self) -> tuple[int, int, int]:
        """What the window shows: its top, the first row of it that is still there, its bottom."""
        return self.top, min(max(self.top, self.first), self.bottom + 1), self.bottom

    @property
    def evicted(self) -> bool:
        """True when the chosen row is no longer there."""
        return 0 < self.cursor < self.first

    @property
    def held_back(self) -> int:
        """How many rows arrived since the view was held."""
        return self.arrived - self.last if self.held else 0

    @property
    def selected(self) -> range:
        """The selected rows that are still there; empty when nothing is selected."""
        if self.anchor is None:
            return range(0)
        low, high = sorted((self.anchor, self.cursor))
        return range(max(low, self.first), high + 1)

    def update(self, first: int, last: int) -> None:
        """Take the range of rows there now is."""
        self.arrived, self.first = last, first
        if not self.held:
            self.last = last
        elif not self.last:
            self._let_in()
        if self.following and not self._all_gone:
            self.cursor = self.last
        elif not self.cursor:
            self.cursor = min(first, self.last)
        self._settle()

    def renumber(self, move: Callable[[int], int]) -> None:
        """Rows came in between: each has the position now that ``move`` says. The chosen one keeps its line."""
        line = self.cursor - self.top
        self.top = move(self.top)
        self.cursor, self.last = move(self.cursor), move(self.last)
        self.anchor = None if self.anchor is None else move(self.anchor)
        if 0 <= line < self.page:
            self.top = max(self.cursor - line, min(self.top, self.first))

    @property
    def _all_gone(self) -> bool:
        """True while the view is held and nothing of it is left."""
        return self.last < self.first

    def _let_in(self) -> None:
        """Where nothing of a held view is left, see a page of what is there instead."""
        if self._all_gone:
            self.last = min(self.arrived, self.first + self.page - 1)

    def resize(self, page: int) -> None:
        """The window holds ``page`` rows from now on; the chosen row stays in it if it was."""
        in_view = self.top <= self.cursor <= self.bottom
        self.page = page
        self._settle()
        if in_view:
            self._show_cursor()

    def hold(self, on: bool) -> None:
        """Let nothing new in (or again all that arrived)."""
        self.held = on
        self.update(self.first, self.arrived)

    def follow(self) -> None:
        """Choose the newest, and go with it."""
        self.following = True
        self._let_in()
        self.drop_selection()
        self.cursor = self.last
        self._settle()

    def move_to(self, number: int, *, extend: bool = False) -> None:
        """Choose a row (the nearest there is) to stay with, and bring it into the window."""
        self._let_in()
        if self._all_gone:
            return
        if extend and self.anchor is None:
            self.anchor = self.cursor
        elif not extend and not self.visual:
            self.anchor = None
        self.following = False
        self.cursor = min(max(number, self.first), self.last)
        self._show_cursor()

    def put(self, position: int, line: int) -> None:
        """Choose a row, and have it on that line of the window, counted from 0, as far as there are rows above it."""
        self.move_to(position)
        self.top = min(max(self.cursor - line, self.first), self._lowest_top())

    def move_by(self, rows: int, *, extend: bool = False) -> None:
        """Choose a row above or below. Below the newest that is followed there is nothing to go to."""
        if extend or rows < 0 or not self.following or self.evicted:
            self.move_to(self.cursor + rows, extend=extend)

    def scroll_to(self, top: int) -> None:
        """Move the window, not the choice. Away from the newest ends following."""
        self._let_in()
        self.top = min(max(top, self.first), self._lowest_top())
        if self.top < self._lowest_top():
            self.following = False

    def start_visual(self) -> None:
        """From here on every move selects."""
        if self.cursor:
            self.following = False
            self.visual = True
            self.anchor = self.cursor if self.anchor is None else self.anchor

    def drop_selection(self) -> None:
        """Nothing is selected."""
        self.visual = False
        self.anchor = None

    def _lowest_top(self) -> int:
        return max(self.first, self.last - self.page + 1)

    def _settle(self) -> None:
        """Keep the window on what there is.

        Evicted rows that are in the window keep their place, so that nothing moves under the reader.
        """
        if (self.following or self.top > self._lowest_top()) and not self._all_gone:
            self.top = self._lowest_top()

    def _show_cursor(self) -> None:
        """Bring the chosen row into the window: by as little as that takes, or into its middle from far away."""
        below_top = self.cursor - self.top
        if not -self.page < below_top < 2 * self.page:
            self.top = min(max(self.cursor - self.page // 2, self.first), self._lowest_top())
        elif below_top < 0:
            self.top = self.cursor
        elif below_top >= self.page:
            self.top = self.cursor - self.page + 1
