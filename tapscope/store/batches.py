"""Batches from pieces, and pieces from batches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Direction, Frame, Interface, Offload
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.gathering import Block
from tapscope.store.headers import HEADER_BYTES, HEADERS, Headers, joined_headers, read_headers
from tapscope.store.packing import SPARE, pack_into, packed_offsets

COLUMNS: dict[str, type[np.generic]] = {
    "offset": np.int64,
    "length": np.uint32,
    "captured": np.uint32,
    "time_ns": np.int64,
    "direction": np.uint8,
    "offload": np.uint8,
    "interface": np.uint16,
}
"""A batch's columns and their types."""

FRAME_BYTES = sum(np.dtype(kind).itemsize for kind in COLUMNS.values()) + HEADER_BYTES
"""What the columns of one frame take, with those of its headers: 63 bytes."""

UNNAMED = Interface("")
"""What a frame came from when nobody described its interface."""

_DIRECTIONS = tuple(Direction)
_OFFLOADS = tuple(Offload(bits) for bits in range(4))
_STEP = 4096
_IDLE_BYTES = 1
"""What may lie between frames in a block that is kept, a frame."""
_BATCH_BYTES = 3072
_COMMENT_BYTES = 200
"""About what the objects take that a batch and a comment are made of."""


def batch_of(frames: Iterable[tuple[bytes, int | None, Direction]], interface: int = 0) -> Batch:
    """A batch of whole frames, each its bytes, its time in nanoseconds (None: no time) and its direction."""
    pieces = list(frames)
    captured = np.array([len(data) for data, _, _ in pieces], np.uint32)
    return Batch(
        block=b"".join(data for data, _, _ in pieces),
        offset=packed_offsets(captured),
        length=captured,
        captured=captured,
        time_ns=np.array([NO_TIME if time is None else time for _, time, _ in pieces], np.int64),
        direction=np.array([direction for _, _, direction in pieces], np.uint8),
        offload=np.zeros(len(pieces), np.uint8),
        interface=np.full(len(pieces), interface, np.uint16),
    )


def joined(batches: Sequence[Batch]) -> Batch:
    """One batch of several (at least one) that lie in the same block."""
    if len(batches) == 1:
        return batches[0]
    comments: dict[int, tuple[str, ...]] = {}
    start = 0
    for batch in batches:
        comments |= {start + index: words for index, words in batch.comments.items()}
        start += len(batch)
    columns = {name: np.concatenate([getattr(batch, name) for batch in batches]) for name in COLUMNS}
    return Batch(block=batches[0].block, comments=comments, headers=_joined_headers(batches), **columns)


def _joined_headers(batches: Sequence[Batch]) -> Headers | None:
    known = [batch.headers for batch in batches if batch.headers is not None]
    return joined_headers(known) if len(known) == len(batches) else None


def selected(batch: Batch, which: NDArray[Any] | slice) -> Batch:
    """Some of the frames, in the same block: those where a mask of shape ``(n,)`` is true, or at ascending indices.

    A slice, of step 1, makes no copy.
    """
    columns = {name: getattr(batch, name)[which] for name in COLUMNS}
    comments = {}
    if batch.comments:
        places = np.arange(len(batch))[which].tolist()
        comments = {at: batch.comments[place] for at, place in enumerate(places) if place in batch.comments}
    headers = None if batch.headers is None else batch.headers.of(which)
    return Batch(block=batch.block, comments=comments, headers=headers, **columns)


def part_of(batch: Batch, start: int, stop: int) -> Batch:
    """The frames from index ``start`` up to ``stop``, in the same block: views."""
    part = slice(start, stop)
    columns: dict[str, Any] = {name: getattr(batch, name)[part] for name in COLUMNS}
    comments = {place - start: words for place, words in batch.comments.items() if start <= place < stop}
    headers = None if batch.headers is None else batch.headers.of(part)
    return Batch(block=batch.block, comments=comments, headers=headers, **columns)


def commented(batch: Batch, comments: Sequence[str]) -> Batch:
    """The batch, its first frame with these comments before its own."""
    if not comments or not len(batch):
        return batch
    return replace(batch, comments={**batch.comments, 0: (*comments, *batch.comments.get(0, ()))})


def with_headers(batch: Batch, interfaces: Sequence[Interface]) -> Batch:
    """The batch with what its frames' headers say. ``interfaces`` are those that it indexes."""
    if batch.headers is not None:
        return batch
    types = link_types(batch.interface, interfaces)
    return replace(batch, headers=read_headers(batch.block, batch.offset, batch.captured, types))


def link_types(interface: NDArray[np.uint16], interfaces: Sequence[Interface]) -> NDArray[np.uint16] | int:
    """The link type of all frames where it is one, else of each, shape ``(n,)``."""
    different = {each.link_type for each in interfaces} or {UNNAMED.link_type}
    if len(different) == 1:
        return different.pop()
    table = np.full(1 << 16, UNNAMED.link_type, np.uint16)
    table[: len(interfaces)] = [each.link_type for each in interfaces]
    return table[interface]


def packed(batch: Batch) -> Batch:
    """The same frames in a block of their own, one after the other with nothing between."""
    size = int(batch.captured.sum(dtype=np.int64))
    room = np.empty(size + SPARE, np.uint8)
    pack_into(room, batch)
    return replace(batch, block=room.data[:size], offset=packed_offsets(batch.captured))


def lean(batch: Batch) -> Batch:
    """The same in a block that holds hardly more than the frames."""
    return packed(batch) if wasted_bytes(batch) > _IDLE_BYTES * len(batch) else batch


def slim(batch: Batch) -> Batch:
    """The same, where no column is kept twice, and one that says the same of all frames takes no memory."""
    captured = batch.length if np.array_equal(batch.captured, batch.length) else batch.captured
    same: dict[str, Any] = {name: _same(getattr(batch, name)) for name in ("direction", "offload", "interface")}
    headers = batch.headers and replace(batch.headers, vlan=_same(batch.headers.vlan))
    return replace(batch, captured=captured, headers=headers, **same)


def _same(column: NDArray[Any]) -> NDArray[Any]:
    if len(column) and (column == column[0]).all():
        return np.broadcast_to(column[0], column.shape)
    return column


def wasted_bytes(batch: Batch) -> int:
    """How much of its block is none of the frames'."""
    return _held_bytes(batch.block) - int(batch.captured.sum(dtype=np.int64))


def memory_of(batch: Batch) -> int:
    """The bytes that a batch takes: its block, unless that is a mapped file, its columns, each once, and comments."""
    columns = [getattr(batch, name) for name in COLUMNS]
    headers = [] if batch.headers is None else [getattr(batch.headers, name) for name in HEADERS]
    arrays = sum({id(array): _octets(array) for array in columns + headers}.values())
    words = sum(_COMMENT_BYTES + len(word) for comments in batch.comments.values() for word in comments)
    return _BATCH_BYTES + _held_bytes(batch.block) + arrays + words


def _octets(column: NDArray[Any]) -> int:
    """What a column takes; nothing where one value stands for all."""
    return int(column.nbytes) if any(column.strides) else 0


def _held_bytes(block: Block) -> int:
    """What a block takes, with what it is only a part of."""
    if is_mapped(block):
        return 0
    whole = block.obj if isinstance(block, memoryview) else block
    return len(whole) if isinstance(whole, bytes | bytearray) else len(block)


def is_mapped(block: Block) -> bool:
    """Whether the block is a mapped file, which takes no memory of its own."""
    return isinstance(block, memoryview) and isinstance(block.obj, mmap)


def piece(block: Block, start: int, count: int) -> bytes:
    """``count`` bytes from ``start``; fewer where a mapped file has shrunk since.

    Reading a mapping past the end of its file is a SIGBUS (mmap(2)), so the file is asked for its size first. What
    remains is the moment between the question and the copy.
    """
    if isinstance(block, memoryview) and isinstance(block.obj, mmap):
        count = max(0, min(count, block.obj.size() - start))
    return bytes(memoryview(block)[start : start + count])


def interface_at(interfaces: Sequence[Interface], index: int) -> Interface:
    """The interface of that index; ``UNNAMED`` where nobody described it."""
    return interfaces[index] if index < len(interfaces) else UNNAMED


def frames_of(
    batch: Batch, interfaces: Sequence[Interface], number: int = 1, start: int = 0, stop: int | None = None
) -> Iterator[Frame]:
    """The batch's frames from index ``start`` up to ``stop``, the first of them numbered ``number``."""
    stop = len(batch) if stop is None else stop
    for begin in range(start, stop, _STEP):
        part = slice(begin, min(begin + _STEP, stop))
        columns = [getattr(batch, name)[part].tolist() for name in COLUMNS]
        for index, row in enumerate(zip(*columns, strict=True), begin):
            offset, length, captured, time_ns, direction, offload, interface = row
            yield Frame(
                number + index - start,
                None if time_ns == NO_TIME else time_ns,
                _DIRECTIONS[direction],
                length,
                piece(batch.block, offset, captured),
                interface_at(interfaces, interface),
                batch.comments.get(index, ()),
                _OFFLOADS[offload],
            )
