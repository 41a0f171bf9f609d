"""Fields as columns: what the store knows of all frames at once, and where it does not know all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tapscope.filters.context import Bounds, Mask
from tapscope.filters.kinds import Interval

_FEW = 4
"""Intervals that are compared one by one; more are looked up in a table where the numbers are small."""


class Part(Protocol):
    """Values that some of ``n`` frames have, at most one each."""

    @property
    def where(self) -> Mask:
        """The frames that have one."""
        ...

    def within(self, intervals: Sequence[Interval]) -> Mask:
        """Those whose value is in one of the intervals."""
        ...


@dataclass(frozen=True, slots=True)
class Dense:
    """A value for every frame, shape ``(n,)``, that counts ``where`` it is true."""

    values: NDArray[Any]
    where: Mask

    def within(self, intervals: Sequence[Interval]) -> Mask:
        """Those whose value is in one of the intervals."""
        return within(self.values, intervals) & self.where


@dataclass(frozen=True, slots=True)
class Sparse:
    """Values of the frames ``rows`` (indices) of ``count``; shapes ``(m,)``."""

    values: NDArray[Any]
    rows: NDArray[np.int64]
    count: int

    @property
    def where(self) -> Mask:
        """The frames that have one."""
        return self._spread(np.ones(len(self.rows), np.bool_))

    def within(self, intervals: Sequence[Interval]) -> Mask:
        """Those whose value is in one of the intervals."""
        return self._spread(within(self.values, intervals))

    def _spread(self, holds: Mask) -> Mask:
        mask = np.zeros(self.count, np.bool_)
        mask[self.rows[holds]] = True
        return mask


@dataclass(frozen=True, slots=True)
class Column:
    """A field of ``n`` frames: each has the values of all ``parts``, and, where ``more`` is true, perhaps others."""

    parts: tuple[Part, ...]
    more: Mask

    def present(self) -> Bounds:
        """Whether there is a value."""
        return self._bounds([part.where for part in self.parts])

    def within(self, intervals: Sequence[Interval]) -> Bounds:
        """Whether any value is in one of the intervals."""
        return self._bounds([part.within(intervals) for part in self.parts])

    def outside(self, intervals: Sequence[Interval]) -> Bounds:
        """Whether any value is in none of them."""
        return self._bounds([part.where & ~part.within(intervals) for part in self.parts])

    def _bounds(self, holds: Sequence[Mask]) -> Bounds:
        yes = holds[0] if holds else np.zeros(len(self.more), np.bool_)
        for each in holds[1:]:
            yes = yes | each
        return Bounds(yes, yes | self.more)


def within(values: NDArray[Any], intervals: Sequence[Interval]) -> Mask:
    """Where the values, shape ``(n,)``, are in one of the intervals; these may go beyond what the type can hold."""
    info = np.iinfo(values.dtype)
    fitting = [(max(low, int(info.min)), min(high, int(info.max))) for low, high in intervals]
    fitting = [(low, high) for low, high in fitting if low <= high]
    if len(fitting) > _FEW and info.bits <= 16 and info.min == 0:
        table = np.zeros(int(info.max) + 1, np.bool_)
        for low, high in fitting:
            table[low : high + 1] = True
        looked_up: Mask = table[values]
        return looked_up
    found = np.zeros(len(values), np.bool_)
    for index, (low, high) in enumerate(fitting):
        holds = _between(values, low, high)
        found = holds if index == 0 else found | holds
    return found


def _between(values: NDArray[Any], low: int, high: int) -> Mask:
    info = np.iinfo(values.dtype)
    kind = values.dtype.type
    if low == high:
        equal: Mask = values == kind(low)
        return equal
    holds: Mask = values >= kind(low) if low > info.min else np.ones(len(values), np.bool_)
    return holds & (values <= kind(high)) if high < info.max else holds
