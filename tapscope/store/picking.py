"""Frames from here and there in the store, by their numbers."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Frame
from tapscope.store.arena import Part, Store
from tapscope.store.batch import Batch
from tapscope.store.batches import frames_of, packed, selected

Numbers = NDArray[np.int64]

_FAR = 16 * 1024
"""Frames between two that are wanted, from which on what lies between them is not asked for: it may be on disk."""


def picked(store: Store, numbers: Numbers) -> Iterator[tuple[Numbers, Batch]]:
    """The frames with these numbers (ascending), as far as they are held when this is called, a batch of each block.

    What is returned keeps what it needs, as that of ``Store.frames`` does.
    """
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > _FAR) + 1)
    parts = chain.from_iterable([store.parts(int(run[0]), int(run[-1])) for run in runs if len(run)])
    return (piece for part in parts for piece in _of_part(part, numbers))


def _of_part(part: Part, numbers: Numbers) -> Iterator[tuple[Numbers, Batch]]:
    count = part.where.stop - part.where.start
    begin, end = np.searchsorted(numbers, [part.number, part.number + count])
    if begin < end:
        here = numbers[begin:end]
        yield here, selected(part.batch, here - part.number + part.where.start)


def bundle(store: Store, numbers: Numbers) -> list[tuple[Numbers, Batch]]:
    """The same, to be sent to another process: no bytes but the frames', no headers."""
    pieces = [(here, packed(batch)) for here, batch in picked(store, numbers)]
    return [(here, replace(batch, block=bytes(batch.block), headers=None)) for here, batch in pieces]


def picked_frames(store: Store, numbers: Numbers) -> Iterator[Frame]:
    """The same, frame by frame; in any thread."""
    interfaces = tuple(store.interfaces)
    batches = picked(store, numbers)
    return (
        replace(frame, number=number)
        for here, batch in batches
        for number, frame in zip(here.tolist(), frames_of(batch, interfaces), strict=True)
    )
