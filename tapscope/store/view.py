"""Which frames a list goes over, by position: all that are held, or those that match."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tapscope.store.arena import Store

Move = Callable[[int], int]
"""Where the row of an old position is now."""
Feed = Callable[[], NDArray[np.int64]]
"""The numbers of frames that are known to match since it was asked last, in any order, each told once."""

_ROOM = 1024
"""Numbers that there is room for at first."""


@dataclass(frozen=True, slots=True)
class Sort:
    """By which of the list's columns rows are sorted; ``falling``: the greatest first."""

    column: str
    falling: bool = False


class View(Protocol):
    """Rows at positions ``first`` to ``last``, counted from 1; empty is ``last = first - 1``.

    A row keeps its position when rows come after it or go before it. Only ``update`` may put rows between others, and
    then says how the positions moved.
    """

    @property
    def first(self) -> int:
        """The position of the first row whose frame is held; 1 where there was none yet."""
        ...

    @property
    def last(self) -> int:
        """The position of the last row."""
        ...

    def update(self) -> Move | None:
        """Take in what came and let go what is no longer held. None: every row is where it was."""
        ...

    def numbers(self, top: int, bottom: int) -> NDArray[np.int64]:
        """The numbers of the frames at positions ``top`` to ``bottom``, both included, none past ``last``.

        0 where a row before ``first`` is no longer known.
        """
        ...

    def position(self, number: int) -> int:
        """Where that frame is, or the nearest to it, the later one of two; ``first`` where there is none."""
        ...

    def until(self, number: int) -> int:
        """The position of the last row that frames up to ``number`` make, as far as they are held."""
        ...

    def places(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The positions, in ascending order, of those of these frames (ascending, too) that make a row."""
        ...

    def before(self, top: int, bottom: int) -> NDArray[np.int64]:
        """Which frame came before each of those at positions ``top`` to ``bottom``, among these; 0 for no frame."""
        ...

    @property
    def sort(self) -> Sort | None:
        """What the rows are sorted by; None: the order in which the frames came."""
        ...

    @property
    def unsorted(self) -> "View":
        """The same rows in the order in which the frames came, and those that came since this one was sorted."""
        ...

    @property
    def behind(self) -> int:
        """How many rows came since this one was sorted."""
        ...


class InOrder:
    """What views have in common whose rows are in the order in which the frames came."""

    sort = None
    behind = 0

    @property
    def unsorted(self: View) -> View:
        """It is."""
        return self

    def before(self: View, top: int, bottom: int) -> NDArray[np.int64]:
        """That of the row above."""
        rows = self.numbers(max(top - 1, 1), min(bottom, self.last) - 1)
        return rows if top > 1 else np.insert(rows, 0, 0)[: max(0, min(bottom, self.last) - top + 1)]


class AllFrames(InOrder):
    """Every frame of the store, at the position that is its number. Costs nothing, whatever the store holds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def first(self) -> int:
        """The store's."""
        return self._store.first

    @property
    def last(self) -> int:
        """The store's."""
        return self._store.last

    def update(self) -> None:
        """There is nothing to do."""

    def numbers(self, top: int, bottom: int) -> NDArray[np.int64]:
        """The positions themselves."""
        return np.arange(top, min(bottom, self.last) + 1, dtype=np.int64)

    def position(self, number: int) -> int:
        """The number itself, as far as it is held."""
        return max(min(number, self.last), self.first)

    def until(self, number: int) -> int:
        """The number itself, unless it is still to come."""
        return min(number, self.last)

    def places(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers themselves, as far as they are held."""
        return numbers[slice(*np.searchsorted(numbers, (self.first, self.last + 1)))]


class Matching(InOrder):
    """Those frames of the store that match: what ``feed`` tells at every ``update``, and what is added besides.

    Numbers in one ascending array, which grows amortised: 8 bytes a match. Looks at no frame itself.
    """

    def __init__(self, store: Store, feed: Feed) -> None:
        self._store = store
        self._feed = feed
        self._found = np.empty(_ROOM, np.int64)
        self._begin = self._end = 0
        self._gone = 0
        self._added: list[NDArray[np.int64]] = []

    @property
    def first(self) -> int:
        """One more than the rows that are gone."""
        return self._gone + self._begin + 1

    @property
    def last(self) -> int:
        """Every row that there ever was."""
        return self._gone + self._end

    @property
    def _held(self) -> NDArray[np.int64]:
        return self._found[self._begin : self._end]

    def add(self, numbers: NDArray[np.int64]) -> None:
        """Have these frames be rows from the next ``update`` on; each is told once, in any order."""
        if len(numbers):
            self._added.append(numbers)

    def update(self) -> Move | None:
        """Take in what is known by now, let go what is evicted."""
        first = self._store.first
        self._begin += int(np.searchsorted(self._held, first))
        self.add(self._feed())
        if not self._added:
            return None
        came = np.sort(np.concatenate(self._added)) if len(self._added) > 1 else np.sort(self._added[0])
        self._added.clear()
        return self._take(came[np.searchsorted(came, first) :])

    def _take(self, came: NDArray[np.int64]) -> Move | None:
        """Put ascending numbers where they belong: those past all others cost what they are, the others a copy."""
        before = came[: np.searchsorted(came, self._found[self._end - 1])] if self._end > self._begin else came[:0]
        move = None
        if len(before):
            places = np.searchsorted(self._held, before)
            move = _moved(places + self.first)
            self._keep(np.insert(self._held, places, before), len(before))
        after = came[len(before) :]
        if self._end + len(after) > len(self._found):
            self._keep(self._held, len(self._held) + len(after))
        self._found[self._end : self._end + len(after)] = after
        self._end += len(after)
        return move

    def _keep(self, held: NDArray[np.int64], room: int) -> None:
        """Let the array begin with what is held, with room for more behind it."""
        self._gone += self._begin
        self._found = np.concatenate([held, np.empty(max(room, _ROOM), np.int64)])
        self._begin, self._end = 0, len(held)

    def numbers(self, top: int, bottom: int) -> NDArray[np.int64]:
        """From the array; 0 for rows that were gone when it was last made anew."""
        unknown = max(0, min(self._gone, bottom) - top + 1)
        known = self._found[max(0, top - self._gone - 1) : max(0, min(bottom, self.last) - self._gone)]
        return np.concatenate([np.zeros(unknown, np.int64), known]) if unknown else known

    def position(self, number: int) -> int:
        """By halving."""
        return self.first + nearest(self._held, number)

    def until(self, number: int) -> int:
        """By halving."""
        return self.first + int(np.searchsorted(self._held, number, side="right")) - 1

    def places(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """By halving."""
        return self.first + rows_of(self._held, numbers)


def nearest(held: NDArray[np.int64], number: int) -> int:
    """The index of the nearest to ``number`` among ascending numbers, of two the later one; 0 where there is none."""
    at = int(np.searchsorted(held, number))
    if at and (at == len(held) or number - held[at - 1] < held[at] - number):
        at -= 1
    return at


def rows_of(held: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.intp]:
    """The indices among ascending numbers of those of ``numbers`` that are there."""
    at = np.searchsorted(held, numbers)
    there = at < len(held)
    there[there] = held[at[there]] == numbers[there]
    return at[there]


def _moved(places: NDArray[np.int64]) -> Move:
    """Rows came in before the rows at these ``places``, ascending."""
    return lambda position: position + int(np.searchsorted(places, position, side="right"))


def in_short(numbers: NDArray[np.int64]) -> Sequence[int]:
    """Ascending numbers; a range where none is left out, which takes no memory."""
    if not len(numbers):
        return range(0)
    first, last = int(numbers[0]), int(numbers[-1])
    return range(first, last + 1) if last - first + 1 == len(numbers) else numbers.tolist()
