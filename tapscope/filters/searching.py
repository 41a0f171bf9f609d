"""Bytes sought in many frames at once: over the block, not frame by frame."""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tapscope.filters.context import Mask
from tapscope.store.batch import Batch
from tapscope.store.batches import piece

_REGION = 8 * 1024 * 1024
"""Bytes of the block that are looked at together."""


def containing(batch: Batch, wanted: bytes) -> Mask:
    """The frames that hold ``wanted``, wholly within what was captured of them. Shape ``(n,)``."""
    found = np.zeros(len(batch), np.bool_)
    for rows, offset, ends, region in _regions(batch):
        hits = _hits(region, wanted, offset, ends)
        found[rows[hits]] = True
    return found


def matching(batch: Batch, pattern: "re.Pattern[bytes]", among: Mask) -> Mask:
    """Those frames ``among`` in which the expression finds something. Shapes ``(n,)``."""
    found = np.zeros(len(batch), np.bool_)
    search = pattern.search
    for rows, offset, ends, region in _regions(batch):
        view = memoryview(region)
        asked = np.flatnonzero(among[rows])
        places = zip(rows[asked].tolist(), offset[asked].tolist(), ends[asked].tolist(), strict=True)
        hits = [row for row, start, end in places if search(view[start:end])]
        found[hits] = True
    return found


def _regions(batch: Batch) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], bytes]]:
    """Frames whose bytes lie near each other: their indices, where they begin and end in the region, and the region.

    Regions are copied one by one, so a mapped file is never in memory as a whole.
    """
    order = np.arange(len(batch))
    offset = batch.offset
    if len(offset) > 1 and (np.diff(offset) < 0).any():  # frames of several interfaces come by time, not by place
        order = np.argsort(offset, kind="stable")
        offset = offset[order]
    ends = offset + batch.captured[order]
    first = 0
    while first < len(order):
        begin = int(offset[first])
        last = max(int(np.searchsorted(offset, begin + _REGION)), first + 1)
        stop = int(ends[first:last].max())
        region = piece(batch.block, begin, stop - begin)
        yield order[first:last], offset[first:last] - begin, np.minimum(ends[first:last] - begin, len(region)), region
        first = last


def _hits(region: bytes, wanted: bytes, offset: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of the frames that hold ``wanted``. One look for each frame that has it, and for what lies across two."""
    starts, stops = offset.tolist(), ends.tolist()
    found = []
    at = region.find(wanted)
    row = 0
    count = len(starts)
    while at >= 0:
        row += (
            int(np.searchsorted(offset[row:], at, side="right")) - 1 if row + 1 < count and starts[row + 1] <= at else 0
        )
        within = starts[row] <= at and at + len(wanted) <= stops[row]
        if within:
            found.append(row)
        at = region.find(wanted, max(at + 1, stops[row]) if within else at + 1)
    return np.array(found, np.int64)
