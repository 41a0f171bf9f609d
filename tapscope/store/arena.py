"""All frames that are held: blocks of raw bytes with numpy columns beside them, rows by number."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Frame, Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import FRAME_BYTES, frames_of, is_mapped, lean, slim, wasted_bytes, with_headers
from tapscope.store.segments import Keeper, Segment, Segments, batch_of_segment
from tapscope.store.tail import Tail

_ADOPT_MAPPED_BYTES = 64 * 1024
_ADOPT_BYTES = 1024 * 1024
"""Smaller batches are worth to be put together: headers of many are read faster."""
_ADOPT_FRAMES = 4096
_HURRY_BYTES = 4 * 1024 * 1024
"""More at once comes faster than frames can be copied out of it with ease: that is left to a quieter moment."""
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
    mapped file only the columns count. Owned by one thread: no lock. Only what ``frames`` and ``parts`` returned may be
    used up by another thread.

    With a ``keeper`` everything is kept on disk, too, and segments that go are read from there instead.
    """

    def __init__(self, *, limit_bytes: int = 512 * 1024 * 1024, keeper: Keeper | None = None) -> None:
        self.interfaces: list[Interface] = []
        self.total_frames = 0
        self.total_bytes = 0
        self.dropped = 0
        self.first_time_ns: int | None = None
        self._limit = limit_bytes
        self._room = _room(limit_bytes)
        self._keeper = keeper
        self._segments = Segments(keeper)
        self._tail = Tail(*self._room)

    @property
    def first(self) -> int:
        """The lowest number that is held; 1 where there is none."""
        return self._segments.first

    @property
    def last(self) -> int:
        """The highest number that is held; ``first - 1`` where there is none."""
        return self.total_frames

    @property
    def evicted(self) -> int:
        """How many frames are no longer held, neither in memory nor on disk."""
        return self.first - 1 + self._segments.given_up

    @property
    def held_bytes(self) -> int:
        """The memory that blocks and columns take."""
        return self._segments.memory + self._tail.bytes + self._tail.frames * FRAME_BYTES

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
            hurried = size > _HURRY_BYTES and 0 < wasted_bytes(batch) < size
            self._keep(with_headers(batch if hurried else lean(batch), self.interfaces))
        else:
            if not self._tail.has_room(len(batch), size):
                self._seal()
            self._tail.add(batch)
            if self._keeper:
                self._keeper.offer(self._segments.next, self._tail.batch(), tuple(self.interfaces), sealed=False)
        self.evict()

    def evict(self) -> None:
        """Let the oldest go if there is too much. By itself when frames come; else when the keeper has more on disk."""
        tail = self._tail.bytes + self._tail.frames * FRAME_BYTES
        self._segments.evict(self._limit - tail, spare=0 if self._tail.frames else 1)

    def tidy(self) -> bool:
        """Take a little less memory, if that can be; False where nothing is left to do. For when few frames come."""
        return self._segments.tidy()

    def row(self, number: int) -> Frame:
        """One frame. Costs the same whatever the store holds. Raises ``KeyError`` when it is not held."""
        if not self.first <= number <= self.last:
            raise KeyError(number)
        return next(self.frames(number, number))

    def columns(self, first: int, last: int) -> Columns:
        """The columns of frames ``first`` to ``last``, both included, as far as they are held. Read only: views."""
        first, last = max(first, self.first), min(last, self.last)
        pieces = [(batch, part) for batch, part, _ in _parts(self._held(first, last))]
        pieces = pieces or [(self._tail.batch(), slice(0))]

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
        held = self._held(first, last)
        return chain.from_iterable(
            frames_of(batch, interfaces, number, part.start, part.stop) for batch, part, number in _parts(held)
        )

    def parts(self, first: int | None = None, last: int | None = None) -> Iterator[Part]:
        """Frames ``first`` to ``last``, both included, as far as they are held when this is called, with their headers.

        What is returned keeps what it needs, as that of ``frames`` does; its arrays are read only.
        """
        first = self.first if first is None else max(first, self.first)
        last = self.last if last is None else min(last, self.last)
        if last >= max(first, self._segments.next):
            self._tail.batch_with_headers(self.interfaces)
        return (Part(*part) for part in _parts(self._held(first, last)))

    def _held(self, first: int, last: int) -> list[tuple[Segment, slice, int]]:
        """What holds frames ``first`` to ``last``, which of its frames, and the first one's number."""
        begin = self._segments.next
        held: list[tuple[Segment, slice, int]] = list(self._segments.between(first, last)) if first < begin else []
        if last >= max(first, begin):
            held.append((self._tail.batch(), slice(max(first, begin) - begin, last - begin + 1), max(first, begin)))
        return held

    def _note(self, batch: Batch) -> None:
        self.total_frames += len(batch)
        self.total_bytes += int(batch.length.sum(dtype=np.int64))
        if self.first_time_ns is None:
            timed = batch.time_ns[batch.time_ns != NO_TIME]
            if len(timed):
                self.first_time_ns = int(timed[0])

    def _is_large(self, batch: Batch, size: int) -> bool:
        most_frames, most_bytes = self._room
        enough = _ADOPT_MAPPED_BYTES if is_mapped(batch.block) else _ADOPT_BYTES
        return len(batch) > min(_ADOPT_FRAMES, most_frames) or size > min(enough, most_bytes)

    def _seal(self) -> None:
        if self._tail.frames:
            self._keep(self._tail.sealed(self.interfaces))
            self._tail = Tail(*self._room)

    def _keep(self, batch: Batch) -> None:
        batch = slim(batch)
        if self._keeper:
            self._keeper.offer(self._segments.next, batch, tuple(self.interfaces), sealed=True)
        self._segments.add(batch)


def _parts(held: Iterable[tuple[Segment, slice, int]]) -> Iterator[tuple[Batch, slice, int]]:
    """The same, where the batch of each segment is only there when its turn has come."""
    return ((batch_of_segment(segment), part, number) for segment, part, number in held)


def _room(limit_bytes: int) -> tuple[int, int]:
    """The most frames and bytes of a segment: few enough that a segment is a small part of the limit."""
    part = limit_bytes // _SEGMENTS_AT_LEAST
    return min(_SEGMENT_FRAMES, part // FRAME_BYTES), min(_SEGMENT_BYTES, part)
