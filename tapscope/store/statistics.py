"""Counting what a store holds, a piece at a time: protocols, conversations, endpoints.

Everything here may run in another thread than the store's: it wants a list of what ``Store.parts`` gives.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Interface
from tapscope.store.arena import Part
from tapscope.store.batch import Batch
from tapscope.store.batches import COLUMNS, batch_of, with_headers
from tapscope.store.conversations import Conversations, conversations_of, merged
from tapscope.store.hierarchy import Layer, layers_of, merged_stacks, stacks_of
from tapscope.store.hosts import Level

STEP = 1 << 16
"""Frames that are counted at a time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames with headers, and their numbers, in ascending order, shape ``(n,)``."""

    batch: Batch
    numbers: NDArray[np.int64]


_NOTHING = Piece(with_headers(batch_of(()), ()), np.zeros(0, np.int64))


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


def count_conversations(counted: Iterable[Piece], level: Level, interfaces: Sequence[Interface]) -> Conversations:
    """Who spoke to whom in these pieces, which follow each other."""
    tables = [conversations_of(piece.batch, piece.numbers, level, interfaces) for piece in counted]
    return merged(tables or [conversations_of(_NOTHING.batch, _NOTHING.numbers, level, ())])


def count_layers(counted: Iterable[Piece], interfaces: Sequence[Interface]) -> list[Layer]:
    """Which protocols lie over which in these pieces, depth first."""
    stacks = [stacks_of(piece.batch, interfaces) for piece in counted]
    return layers_of(merged_stacks(stacks)) if stacks else []


def _some(batch: Batch, rows: slice | NDArray[Any]) -> Batch:
    """Those frames, in the same block and without their comments; a slice copies nothing."""
    assert batch.headers is not None
    columns = {name: getattr(batch, name)[rows] for name in COLUMNS}
    return replace(batch, comments={}, headers=batch.headers.of(rows), **columns)
