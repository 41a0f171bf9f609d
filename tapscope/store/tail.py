"""The store's open end: small batches are copied together until there is enough for a segment."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import COLUMNS, link_types
from tapscope.store.headers import HEADERS, Headers, read_headers
from tapscope.store.packing import SPARE, pack_into, packed_offsets


class Tail:
    """Room for ``most_frames`` frames of ``most_bytes`` bytes together, packed one after the other.

    The room is reserved at once and takes memory as it is filled (pages that were never written do not exist), so
    nothing is copied twice, and what ``batch`` handed out never changes.
    """

    def __init__(self, most_frames: int, most_bytes: int) -> None:
        self._block = np.empty(most_bytes + SPARE, np.uint8)
        self._columns = {name: np.empty(most_frames, kind) for name, kind in COLUMNS.items()}
        self._headers = {name: np.empty(most_frames, kind) for name, kind in HEADERS.items()}
        self._read = 0
        self._comments: dict[int, tuple[str, ...]] = {}
        self._batch: Batch | None = None
        self.frames = 0
        self.bytes = 0

    def has_room(self, frames: int, size: int) -> bool:
        """Whether so many frames of so many bytes still fit."""
        return self.frames + frames <= len(self._columns["offset"]) and self.bytes + size <= len(self._block) - SPARE

    def add(self, batch: Batch) -> None:
        """Copy the frames of a batch to the end; their headers, too, if they are known."""
        place = slice(self.frames, self.frames + len(batch))
        pack_into(self._block[self.bytes :], batch)
        for name, column in self._columns.items():
            column[place] = getattr(batch, name)
        self._columns["offset"][place] = packed_offsets(batch.captured) + self.bytes
        if batch.headers is not None and self._read == self.frames:
            self._set_headers(place, batch.headers)
        if batch.comments:  # a new dict: what was handed out never changes
            more = {self.frames + index: comments for index, comments in batch.comments.items()}
            self._comments = {**self._comments, **more}
        self.frames += len(batch)
        self.bytes += int(batch.captured.sum(dtype=np.int64))
        self._batch = None

    def batch(self) -> Batch:
        """All frames so far, as views: no copy."""
        if self._batch is None:
            columns: dict[str, Any] = {name: column[: self.frames] for name, column in self._columns.items()}
            self._batch = Batch(block=self._block.data, comments=self._comments, **columns)
        return self._batch

    def batch_with_headers(self, interfaces: Sequence[Interface]) -> Batch:
        """The same with what the headers say; those of each frame are read once, of many frames in one go."""
        batch = self.batch()
        if batch.headers is None:
            new = slice(self._read, self.frames)
            types = link_types(batch.interface[new], interfaces)
            found = read_headers(batch.block, batch.offset[new], batch.captured[new], types)
            self._set_headers(new, found)
            headers = Headers(**{name: column[: self.frames] for name, column in self._headers.items()})
            self._batch = batch = replace(batch, headers=headers)
        return batch

    def sealed(self, interfaces: Sequence[Interface]) -> Batch:
        """All frames with their headers, without the room that is left; a block that is nearly full is not copied."""
        batch = self.batch_with_headers(interfaces)
        assert batch.headers is not None
        columns = {name: getattr(batch, name).copy() for name in COLUMNS}
        headers = Headers(*(getattr(batch.headers, name).copy() for name in HEADERS))
        full = self.bytes >= len(self._block) * 7 // 8
        block = self._block.data if full else self._block[: self.bytes].tobytes()
        return Batch(block=block, comments=self._comments, headers=headers, **columns)

    def _set_headers(self, place: slice, headers: Headers) -> None:
        """Those of the frames at ``place``, the first that have none yet."""
        for name, column in self._headers.items():
            column[place] = getattr(headers, name)
        self._read = place.stop
