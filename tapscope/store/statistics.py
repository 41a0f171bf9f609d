"""Counting what a store holds: protocols, conversations, endpoints.

Everything here may run in another thread than the store's: it wants what ``Store.parts`` gave in its own.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from tapscope.frame import Interface
from tapscope.store.batches import batch_of, with_headers
from tapscope.store.conversations import Conversations, conversations_of, merged
from tapscope.store.hierarchy import Layer, layers_of, merged_stacks, stacks_of
from tapscope.store.hosts import Level
from tapscope.store.pieces import Piece

_NOTHING = Piece(with_headers(batch_of(()), ()), np.zeros(0, np.int64))


def count_conversations(counted: Iterable[Piece], level: Level, interfaces: Sequence[Interface]) -> Conversations:
    """Who spoke to whom in these pieces, which follow each other."""
    tables = [conversations_of(piece.batch, piece.numbers, level, interfaces) for piece in counted]
    return merged(tables or [conversations_of(_NOTHING.batch, _NOTHING.numbers, level, ())])


def count_layers(counted: Iterable[Piece], interfaces: Sequence[Interface]) -> list[Layer]:
    """Which protocols lie over which in these pieces, depth first."""
    stacks = [stacks_of(piece.batch, interfaces) for piece in counted]
    return layers_of(merged_stacks(stacks)) if stacks else []
