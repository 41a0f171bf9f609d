"""Frames copied one after the other, with nothing between them."""

import numpy as np
from numpy.typing import NDArray

from tapscope.store.batch import Batch
from tapscope.store.gathering import bytes_of, gather

SPARE = 128
"""Bytes copied at a time, which fetches what lies behind a frame as well: so many more must there be room for."""

_STEP = 1024
"""Frames copied at a time: what is on the way stays in the processor's cache."""

_LONG = 2048
"""Frames of this many bytes, on average, are copied as fast one by one."""


def pack_into(room: NDArray[np.uint8], batch: Batch) -> None:
    """Copy all frames to the beginning of ``room``, which has ``SPARE`` bytes more than they are.

    What a mapped file that shrank no longer has is zeros; what was in ``room`` behind the frames is lost.
    """
    if not len(batch):
        return
    data, captured = bytes_of(batch.block), batch.captured.astype(np.int64)
    ends = batch.offset + captured
    if np.array_equal(batch.offset[1:], ends[:-1]):
        _copy(room, data, 0, int(batch.offset[0]), int(ends[-1] - batch.offset[0]))
        return
    starts = packed_offsets(batch.captured)
    if int(captured.sum()) < _LONG * len(batch):
        for first in range(0, len(batch), _STEP):
            some = slice(first, first + _STEP)
            _copy_chunks(room, data, starts[some], batch.offset[some], captured[some])
    else:
        for place in zip(starts.tolist(), batch.offset.tolist(), captured.tolist(), strict=True):
            _copy(room, data, *place)


def packed_offsets(captured: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where frames of these lengths begin, shape ``(n,)``, when nothing lies between them."""
    return np.cumsum(captured, dtype=np.int64) - captured


def _copy(room: NDArray[np.uint8], data: NDArray[np.uint8], to: int, start: int, count: int) -> None:
    part = data[start : start + count]
    room[to : to + len(part)] = part
    room[to + len(part) : to + count] = 0


def _copy_chunks(
    room: NDArray[np.uint8],
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    offset: NDArray[np.int64],
    captured: NDArray[np.int64],
) -> None:
    """Copy every frame in pieces of ``SPARE`` bytes, in order: what the last has too much, the next frame covers."""
    chunks = -(-captured // SPARE)
    to = np.arange(int(chunks.sum())) * SPARE + np.repeat(starts - (np.cumsum(chunks) - chunks) * SPARE, chunks)
    chunk = np.dtype(f"V{SPARE}")
    places = np.ndarray((len(room) - SPARE + 1,), chunk, room, 0, (1,))
    places[to] = gather(data, to + np.repeat(offset - starts, chunks), chunk)
