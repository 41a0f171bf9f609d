"""Frames that wait to be looked into, those nearest to the reader first."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class Backlog:
    """Frame numbers, each there once.

    Adding to it and taking from it cost the same however many there are; the first taking after an adding puts them in
    order.
    """

    def __init__(self) -> None:
        self._numbers: Numbers = np.empty(0, np.int64)
        self._low = self._high = 0
        self._added: list[Numbers] = []
        self._many_added = 0

    def __len__(self) -> int:
        return self._low + len(self._numbers) - self._high + self._many_added

    def add(self, numbers: Numbers) -> None:
        """More of them, in any order."""
        if len(numbers):
            self._added.append(numbers)
            self._many_added += len(numbers)

    def _put_in_order(self) -> None:
        if self._added:
            self._numbers = np.sort(np.concatenate([self._left(), *self._added]), kind="stable")
            self._low = self._high = self._many_added = 0
            self._added.clear()

    def clear(self) -> None:
        """Nothing waits any more."""
        self._numbers, self._low, self._high = self._numbers[:0], 0, 0
        self._added.clear()
        self._many_added = 0

    def drop_before(self, first: int) -> int:
        """Forget frames that are no longer held; returns how many they were."""
        self._put_in_order()
        if not len(self) or first <= (self._numbers[0] if self._low else self._numbers[self._high]):
            return 0
        before = len(self)
        left = self._left()
        self._numbers, self._low, self._high = left[np.searchsorted(left, first) :], 0, 0
        return before - len(self)

    def holds_any(self, first: int, last: int) -> bool:
        """Whether some of the frames ``first`` to ``last`` wait."""
        self._put_in_order()
        parts = (self._numbers[: self._low], self._numbers[self._high :])
        return any(np.searchsorted(part, first) < np.searchsorted(part, last, side="right") for part in parts)

    def take(self, count: int, near: int) -> Numbers:
        """At most ``count`` of them, ascending: those nearest to the frame ``near``."""
        self._put_in_order()
        self._turn_to(near)
        below = self._numbers[max(0, self._low - count) : self._low]
        around = np.concatenate([below, self._numbers[self._high : self._high + count]])
        far = np.abs(around - near)
        nearest = np.argsort(far, kind="stable")[:count]
        from_below = int(np.count_nonzero(nearest < len(below)))
        self._low -= from_below
        self._high += len(nearest) - from_below
        return around[np.sort(nearest)]

    def _turn_to(self, near: int) -> None:
        """Have what was taken, and so the two ends to take from, lie around ``near``."""
        if self._low and self._numbers[self._low - 1] >= near:
            pass
        elif self._high >= len(self._numbers) or self._numbers[self._high] >= near:
            return
        self._numbers = self._left()
        self._low = self._high = int(np.searchsorted(self._numbers, near))

    def _left(self) -> Numbers:
        return np.concatenate([self._numbers[: self._low], self._numbers[self._high :]])
