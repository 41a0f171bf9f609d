"""All frames that are held: blocks of raw bytes with numpy columns beside them, rows by number."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Frame, Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import FRAME_BYTES, frames_of, is_mapped, packed, with_headers
from tapscope.store.tail import Tail

_ADOPT_BYTES = 64 * 1024
_ADOPT_FRAMES = 4096
_SEGMENT_FRAMES = 64 * 1024
_SEGMENT_BYTES = 4 * 1024 * 1024
_SEGMENTS_AT_LEAST = 16
_SHOWN = ("length", "captured", "time_ns", "direction", "interface")


@dataclass(frozen=True, slots=True)
class Columns:
    """``n`` frames that follow each other. All columns have shape ``(n,)`` and the units of a ``Batch``."""

    number: NDArray[np.int64]
    length: NDArray[np.uint32]
    captured: NDArray[np.uint32]
    time_ns: NDArray[np.int64]
    direction: NDArray[np.uint8]
    interface: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Part:
    """Frames that follow each other: those of ``batch`` at ``where``, the first of them numbered ``number``.

    ``batch.headers`` is never None.
    """

    batch: Batch
    where: slice
    number: int


class Store:
    """Frames by number, from 1 in the order of arrival; numbers never shift.

    A list of segments: large batches become one as they are, without a copy; small ones are copied together. When
    blocks and columns take more than ``limit_bytes``, the oldest segments go, whole; the newest always stays. Of a
    mapped file only the columns count. Owned by one thread: no lock. Only what ``frames`` returned may be used up by
    another thread.
    """

    def __init__(self, *, limit_bytes: int = 512 * 1024 * 1024) -> None:
        self.interfaces: list[Interface] = []
        self.total_frames = 0
        self.total_bytes = 0
        self.dropped = 0
        self.first_time_ns: int | None = None
        self._limit = limit_bytes
        self._room = _room(limit_bytes)
        self._segments: list[Batch] = []
        self._firsts: list[int] = []
        self._sealed_bytes = 0
        self._tail = Tail(*self._room)
        self._tail_first = 1

    @property
    def first(self) -> int:
        """The lowest number that is held; 1 where there is none."""
        return self._firsts[0] if self._firsts else self._tail_first

    @property
    def last(self) -> int:
        """The highest number that is held; ``first - 1`` where there is none."""
        return self.total_frames

    @property
    def evicted(self) -> int:
        """How many frames are no longer held."""
        return self.first - 1

    @property
    def held_bytes(self) -> int:
        """The memory that blocks and columns take."""
        return self._sealed_bytes + self._tail.bytes + self._tail.frames * FRAME_BYTES

    def __len__(self) -> int:
        return self.total_frames - self.first + 1

    def set_interfaces(self, interfaces: Sequence[Interface]) -> None:
        """Take over what the source knows by now; batches index it."""
        self.interfaces[:] = interfaces

    def append(self, batch: Batch) -> None:
        """Number the frames of a batch and keep them; may evict the oldest."""
        if not len(batch):
            return
        self._note(batch)
        size = int(batch.captured.sum(dtype=np.int64))
        if self._is_large(batch, size):
            self._seal()
            wasteful = not is_mapped(batch.block) and len(batch.block) > 2 * size
            self._keep(with_headers(packed(batch) if wasteful else batch, self.interfaces))
        else:
            if not self._tail.has_room(len(batch), size):
                self._seal()
            self._tail.add(batch)
        self._evict()

    def row(self, number: int) -> Frame:
        """One frame. Costs the same whatever the store holds. Raises ``KeyError`` when it is not held."""
        if not self.first <= number <= self.last:
            raise KeyError(number)
        return next(self.frames(number, number))

    def columns(self, first: int, last: int) -> Columns:
        """The columns of frames ``first`` to ``last``, both included, as far as they are held. Read only: views."""
        first, last = max(first, self.first), min(last, self.last)
        pieces = [(batch, part) for batch, part, _ in self._parts(first, last)] or [(self._tail.batch(), slice(0))]

        def column(name: str) -> NDArray[Any]:
            arrays = [getattr(batch, name)[part] for batch, part in pieces]
            return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)

        return Columns(np.arange(first, last + 1), *map(column, _SHOWN))

    def frames(self, first: int | None = None, last: int | None = None) -> Iterator[Frame]:
        """Frames ``first`` to ``last``, both included, as far as they are held when this is called.

        What is returned keeps what it needs: it stays right while the store goes on and evicts, in any thread.
        """
        first = self.first if first is None else max(first, self.first)
        last = self.last if last is None else min(last, self.last)
        interfaces = tuple(self.interfaces)
        return chain.from_iterable(
            [
                frames_of(batch, interfaces, number, part.start, part.stop)
                for batch, part, number in self._parts(first, last)
            ]
        )

    def parts(self, first: int | None = None, last: int | None = None) -> Iterator[Part]:
        """Frames ``first`` to ``last``, both included, as far as they are held when this is called, with their headers.

        What is returned keeps what it needs, as that of ``frames`` does; its arrays are read only.
        """
        first = self.first if first is None else max(first, self.first)
        last = self.last if last is None else min(last, self.last)
        if last >= max(first, self._tail_first):
            self._tail.batch_with_headers(self.interfaces)
        return iter([Part(*part) for part in self._parts(first, last)])

    def _parts(self, first: int, last: int) -> Iterator[tuple[Batch, slice, int]]:
        """The batches that hold frames ``first`` to ``last``, which of their frames, and the first one's number."""
        at = bisect_right(self._firsts, first) - 1 if first < self._tail_first else len(self._segments)
        while first <= last:
            sealed = at < len(self._segments)
            batch = self._segments[at] if sealed else self._tail.batch()
            begin = first - (self._firsts[at] if sealed else self._tail_first)
            part = slice(begin, min(len(batch), begin + last - first + 1))
            yield batch, part, first
            first += part.stop - part.start
            at += 1

    def _note(self, batch: Batch) -> None:
        self.total_frames += len(batch)
        self.total_bytes += int(batch.length.sum(dtype=np.int64))
        if self.first_time_ns is None:
            timed = batch.time_ns[batch.time_ns != NO_TIME]
            if len(timed):
                self.first_time_ns = int(timed[0])

    def _is_large(self, batch: Batch, size: int) -> bool:
        most_frames, most_bytes = self._room
        return len(batch) > min(_ADOPT_FRAMES, most_frames) or size > min(_ADOPT_BYTES, most_bytes)

    def _seal(self) -> None:
        if self._tail.frames:
            self._keep(self._tail.sealed(self.interfaces))
            self._tail = Tail(*self._room)

    def _keep(self, batch: Batch) -> None:
        self._segments.append(batch)
        self._firsts.append(self._tail_first)
        self._sealed_bytes += _memory(batch)
        self._tail_first += len(batch)

    def _evict(self) -> None:
        count = 0
        newest = len(self._segments) - (self._tail.frames == 0)
        while count < newest and self.held_bytes > self._limit:
            self._sealed_bytes -= _memory(self._segments[count])
            count += 1
        del self._segments[:count], self._firsts[:count]


def _room(limit_bytes: int) -> tuple[int, int]:
    """The most frames and bytes of a segment: few enough that a segment is a small part of the limit."""
    part = limit_bytes // _SEGMENTS_AT_LEAST
    return min(_SEGMENT_FRAMES, part // FRAME_BYTES), min(_SEGMENT_BYTES, part)


def _memory(batch: Batch) -> int:
    return len(batch) * FRAME_BYTES + (0 if is_mapped(batch.block) else len(batch.block))
