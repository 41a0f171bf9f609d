"""The store's open end: small batches are copied together until there is enough for a segment."""

import numpy as np

from tapscope.store.batch import Batch
from tapscope.store.batches import COLUMNS, packed_bytes, packed_offsets

_FIRST_FRAMES = 256
_FIRST_BYTES = 16 * 1024


class Tail:
    """Frames packed into one growing block.

    Appending costs amortised constant time a frame. Nothing that ``batch`` handed out ever changes: arrays are only
    written past what was handed out, and are replaced, not resized, when they are full.
    """

    def __init__(self) -> None:
        self._block = bytearray(_FIRST_BYTES)
        self._columns = {name: np.empty(_FIRST_FRAMES, kind) for name, kind in COLUMNS.items()}
        self._comments: dict[int, tuple[str, ...]] = {}
        self._batch: Batch | None = None
        self.frames = 0
        self.bytes = 0

    def add(self, batch: Batch) -> None:
        """Copy the frames of a batch to the end."""
        data = packed_bytes(batch)
        self._grow(self.frames + len(batch), self.bytes + len(data))
        self._block[self.bytes : self.bytes + len(data)] = data
        place = slice(self.frames, self.frames + len(batch))
        for name, column in self._columns.items():
            column[place] = getattr(batch, name)
        self._columns["offset"][place] = packed_offsets(batch.captured) + self.bytes
        for index, comments in batch.comments.items():
            self._comments[self.frames + index] = comments
        self.frames += len(batch)
        self.bytes += len(data)
        self._batch = None

    def batch(self) -> Batch:
        """All frames so far, as views: no copy."""
        if self._batch is None:
            columns = {name: column[: self.frames] for name, column in self._columns.items()}
            self._batch = Batch(block=self._block, comments=self._comments, **columns)
        return self._batch

    def sealed(self) -> Batch:
        """All frames in arrays of their own size."""
        columns = {name: column[: self.frames].copy() for name, column in self._columns.items()}
        return Batch(block=bytes(memoryview(self._block)[: self.bytes]), comments=self._comments, **columns)

    def _grow(self, frames: int, size: int) -> None:
        if size > len(self._block):
            block = bytearray(max(size, 2 * len(self._block)))
            block[: self.bytes] = memoryview(self._block)[: self.bytes]
            self._block = block
        room = len(self._columns["offset"])
        if frames > room:
            for name, column in self._columns.items():
                self._columns[name] = np.empty(max(frames, 2 * room), column.dtype)
                self._columns[name][: self.frames] = column[: self.frames]
