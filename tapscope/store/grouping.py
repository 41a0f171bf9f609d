"""Rows with equal keys brought together: what counting by conversation, endpoint or protocol comes down to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Groups:
    """``n`` rows in ``g`` groups: ``order``, shape ``(n,)``, has their indices group by group; ``starts``, shape
    ``(g,)``, says where in it each group begins.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def first(self) -> NDArray[np.intp]:
        """The lowest row of each group, shape ``(g,)``."""
        return self.least(np.arange(len(self.order)))

    def sum(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Of each group, shape ``(g,)``; ``values`` has shape ``(n,)``."""
        return self._reduced(np.add, values.astype(np.int64, copy=False))

    def least(self, values: NDArray[Any]) -> NDArray[Any]:
        """The smallest value of each group, shape ``(g,)``."""
        return self._reduced(np.minimum, values)

    def most(self, values: NDArray[Any]) -> NDArray[Any]:
        """The greatest value of each group, shape ``(g,)``."""
        return self._reduced(np.maximum, values)

    def _reduced(self, how: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        found: NDArray[Any] = how.reduceat(values[self.order], self.starts) if len(self) else values[:0]
        return found


def group_rows(*columns: Keys) -> Groups:
    """Group rows in all of whose columns, each of shape ``(n,)``, the same values stand.

    Several columns are mixed into one number to sort by. Whether rows of one number are equal is then looked up, and
    where two unequal ones met, as bytes off the wire may be made to, the columns are sorted by one after the other.
    """
    mixed = _mixed(columns)
    order = np.argsort(mixed)
    new = _changes(mixed[order])
    for column in columns if len(columns) > 1 else ():
        if (_changes(column[order]) & ~new).any():
            order = np.lexsort(columns)
            new = np.logical_or.reduce([_changes(each[order]) for each in columns])
            break
    return Groups(order, np.flatnonzero(new))


def _mixed(columns: Sequence[Keys]) -> Keys:
    mixed = columns[0]
    for column in columns[1:]:
        mixed = mixed * _MIX
        mixed = ((mixed ^ mixed >> _HALF) + column) * _MIX
    return mixed


def _changes(values: Keys) -> NDArray[np.bool_]:
    """Where another value stands than in the row before, shape ``(n,)``; in the first row, True."""
    changes = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes
