"""What a store holds, a piece at a time: for those who count all of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.store.arena import Part
from tapscope.store.batch import Batch
from tapscope.store.batches import COLUMNS

STEP = 1 << 16
"""Frames that are counted at a time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames with headers, and their numbers, in ascending order, shape ``(n,)``."""

    batch: Batch
    numbers: NDArray[np.int64]


def pieces(parts: Iterable[Part], numbers: NDArray[np.int64] | None = None) -> Iterator[Piece]:
    """All frames of ``parts``, or those of these ``numbers`` (in ascending order), ``STEP`` at most at a time."""
    for part in parts:
        for start in range(part.where.start, part.where.stop, STEP):
            stop = min(start + STEP, part.where.stop)
            number = part.number + start - part.where.start
            if numbers is None:
                yield Piece(_some(part.batch, slice(start, stop)), np.arange(number, number + stop - start))
            else:
                low, high = np.searchsorted(numbers, (number, number + stop - start))
                wanted = numbers[low:high]
                yield Piece(_some(part.batch, wanted - number + start), wanted)


def _some(batch: Batch, rows: slice | NDArray[Any]) -> Batch:
    """Those frames, in the same block and without their comments; a slice copies nothing."""
    assert batch.headers is not None
    columns = {name: getattr(batch, name)[rows] for name in COLUMNS}
    return replace(batch, comments={}, headers=batch.headers.of(rows), **columns)
