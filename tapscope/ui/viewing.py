"""Where the reader is in a view of the store: positions inside, frame numbers outside. No Textual."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tapscope.store.arena import Store
from tapscope.store.view import AllFrames, Move, View, in_short
from tapscope.ui.reading import Reading


class Viewing:
    """A view, where the reader is in it, and which frame that is.

    ``chosen`` is the number of the frame that was chosen last, also where the view does not have it.
    """

    def __init__(self, store: Store) -> None:
        self.view: View = AllFrames(store)
        self.reading = Reading()
        self.chosen = 0
        self.evicted = False
        """The chosen frame was no longer held when that was looked at last."""
        self._store = store
        self._held_at = 0

    @property
    def cursor(self) -> int:
        """The number of the chosen frame, 0 while there is none."""
        return self.chosen if self.reading.cursor else 0

    @property
    def near(self) -> int:
        """Which part of the store is being read: the frame on top, the newest where that is followed."""
        reading = self.reading
        if reading.following:
            return self._store.last
        top = max(reading.top, self.view.first)
        return int(self.view.numbers(top, top)[0]) if top <= reading.last else self.chosen

    @property
    def selected(self) -> Sequence[int]:
        """The numbers of the selected frames that are still held, in ascending order."""
        positions = self.reading.selected
        if not positions:
            return positions
        numbers = np.sort(self.view.numbers(positions.start, positions.stop - 1))
        return in_short(numbers[np.searchsorted(numbers, self._store.first) :])

    @property
    def held_back(self) -> int:
        """How many rows came since the view is held, or was sorted."""
        return self.reading.held_back + self.view.behind

    @property
    def reach(self) -> int:
        """The last position of the unsorted view that may be seen: a held one ends where it was."""
        unsorted = self.view.unsorted
        return unsorted.until(self._held_at) if self.reading.held else unsorted.last

    def within_reach(self) -> NDArray[np.int64]:
        """The numbers, in ascending order, of all frames that may be seen."""
        unsorted = self.view.unsorted
        return unsorted.numbers(unsorted.first, self.reach)

    def update(self) -> Move | None:
        """Take in what came; returns how that moved the rows. What is being read stands still."""
        move = self.view.update()
        reading = self.reading
        if move is not None:
            reading.renumber(move)
        if not reading.held:
            self._held_at = self._store.last
        elif not 0 < reading.last < self.view.first:
            reading.last = self.view.until(self._held_at)
        nowhere = not reading.cursor
        reading.update(self.view.first, self.view.last)
        if nowhere and self.chosen and reading.cursor and not reading.following:
            reading.move_to(self.view.position(self.chosen))
        return move

    def begin_at_first(self) -> None:
        """Choose the first row there is, or the first that comes."""
        self.chosen = self.reading.cursor = 0
        self.reading.following, self.reading.top = False, self.view.first

    def changed(self) -> None:
        """The reader moved: note where to."""
        reading = self.reading
        if reading.cursor >= max(self.view.first, 1):
            self.chosen = int(self.view.numbers(reading.cursor, reading.cursor)[0])
        self.evicted = 0 < self.cursor < self._store.first
        if reading.held and reading.last >= self.view.first:
            self._held_at = max(self._held_at, int(self.view.numbers(reading.last, reading.last)[0]))

    def turn_to(self, view: View) -> None:
        """Go over other frames from now on: the chosen one, or the nearest there is, on the same line as before.

        Sorted, none is the newest: there is nothing to be followed.
        """
        before = self.reading
        row = min(max(before.cursor - before.top, 0), before.page - 1)
        self.view = view
        self.reading = Reading(page=before.page, following=before.following and view.sort is None, held=before.held)
        self.update()
        if self.reading.cursor and not self.reading.following:
            self.reading.put(view.position(self.chosen), row)
        self.changed()
