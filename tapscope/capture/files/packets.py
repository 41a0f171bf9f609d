"""Packet blocks of pcapng, many at once (draft-ietf-opsawg-pcapng, sections 4.3, 4.4 and appendix A)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tapscope.capture.files.section import Section, options, text
from tapscope.capture.files.window import first_true, gather
from tapscope.frame import Direction
from tapscope.store.batch import NO_TIME, Batch

OBSOLETE, SIMPLE, ENHANCED = 2, 3, 6
PACKETS = frozenset((OBSOLETE, SIMPLE, ENHANCED))

_COMMENT, _FLAGS = 1, 2
_LONG_BYTES, _SIMPLE_BYTES = 32, 16
_LONG_DATA, _SIMPLE_DATA = 28, 12
_DIRECTIONS = np.array([Direction.UNKNOWN, Direction.IN, Direction.OUT, Direction.UNKNOWN], np.uint8)
"""By the lowest two bits of epb_flags: inbound is towards the host that captured, outbound is what it sent."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """The packet block at ``index`` cannot be true, and why."""

    index: int
    words: str


def packets(
    data: bytes | bytearray, starts: list[int], section: Section, known: NDArray[np.int64]
) -> tuple[Batch, Flaw | None]:
    """The frames of the packet blocks that begin at ``starts``, up to the first flaw.

    Every block lies in ``data`` whole and has at least 16 bytes. ``known``, shape ``(n,)``: how many interfaces were
    described before each.
    """
    blocks, flaw = _blocks(data, np.array(starts, np.int64), section)
    fields = _fields(data, blocks, section)
    nameless = fields.interface >= known[: len(blocks.at)]
    sound = first_true(nameless | (fields.captured > fields.room))
    if sound < len(blocks.at):
        named = f"is of interface {fields.interface[sound]}, but only {known[sound]} are described before it"
        words = f"says {fields.captured[sound]} captured bytes but has room for {fields.room[sound]}"
        flaw = Flaw(sound, named if nameless[sound] else words)
        blocks, fields = blocks.of(slice(sound)), fields.of(slice(sound))
    return _batch(data, blocks, fields, section), flaw


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Where ``n`` blocks begin, their types and their lengths; all of shape ``(n,)``."""

    at: NDArray[np.int64]
    kind: NDArray[np.uint32]
    total: NDArray[np.int64]

    def of(self, rows: slice | NDArray[np.bool_]) -> "_Blocks":
        return _Blocks(self.at[rows], self.kind[rows], self.total[rows])


@dataclass(frozen=True, slots=True)
class _Fields:
    """What ``n`` packet blocks say, whatever their kind; all of shape ``(n,)``. ``room`` bounds ``captured``."""

    offset: NDArray[np.int64]
    room: NDArray[np.int64]
    interface: NDArray[np.int64]
    units: NDArray[np.uint64]
    captured: NDArray[np.int64]
    length: NDArray[np.int64]

    def of(self, rows: slice) -> "_Fields":
        return _Fields(*(getattr(self, name)[rows] for name in self.__slots__))


def _blocks(data: bytes | bytearray, at: NDArray[np.int64], section: Section) -> tuple[_Blocks, Flaw | None]:
    """The blocks up to the first whose length cannot be true."""
    kind = gather(data, at, section.u4)
    total = gather(data, at + 4, section.u4).astype(np.int64)
    behind = gather(data, at + total - 4, section.u4)
    short = (kind != SIMPLE) & (total < _LONG_BYTES)
    sound = first_true(short | (behind != total))
    flaw = None
    if sound < len(at):
        fewer = f"says {total[sound]} bytes, fewer than the {_LONG_BYTES} that it must have"
        other = f"says {total[sound]} bytes in front but {behind[sound]} behind"
        flaw = Flaw(sound, fewer if short[sound] else other)
    return _Blocks(at, kind, total).of(slice(sound)), flaw


def _fields(data: bytes | bytearray, blocks: _Blocks, section: Section) -> _Fields:
    simple = blocks.kind == SIMPLE
    if not simple.any():
        return _long_fields(data, blocks, section)
    long = _long_fields(data, blocks.of(~simple), section)
    short = _simple_fields(data, blocks.of(simple), section)
    columns = []
    for name in _Fields.__slots__:
        column = np.empty(len(simple), getattr(long, name).dtype)
        column[~simple], column[simple] = getattr(long, name), getattr(short, name)
        columns.append(column)
    return _Fields(*columns)


def _long_fields(data: bytes | bytearray, blocks: _Blocks, section: Section) -> _Fields:
    """Enhanced packet blocks, and obsolete ones, whose interface is a shorter number."""
    names = ("interface", "high", "low", "captured", "length")
    head = gather(data, blocks.at + 8, np.dtype([(name, section.u4) for name in names]))
    interface = head["interface"].astype(np.int64)
    obsolete = blocks.kind == OBSOLETE
    interface[obsolete] = gather(data, blocks.at[obsolete] + 8, section.u2)
    return _Fields(
        offset=blocks.at + _LONG_DATA,
        room=blocks.total - _LONG_BYTES,
        interface=interface,
        units=head["high"].astype(np.uint64) << np.uint64(32) | head["low"],
        captured=head["captured"].astype(np.int64),
        length=head["length"].astype(np.int64),
    )


def _simple_fields(data: bytes | bytearray, blocks: _Blocks, section: Section) -> _Fields:
    """Simple packet blocks: of the first interface, cut at its snapshot length (0: not cut), without a time."""
    length = gather(data, blocks.at + 8, section.u4).astype(np.int64)
    snap_length = (section.snap_lengths or [0])[0]
    return _Fields(
        offset=blocks.at + _SIMPLE_DATA,
        room=blocks.total - _SIMPLE_BYTES,
        interface=np.zeros(len(length), np.int64),
        units=np.zeros(len(length), np.uint64),
        captured=np.minimum(length, snap_length) if snap_length else length,
        length=length,
    )


def _batch(data: bytes | bytearray, blocks: _Blocks, fields: _Fields, section: Section) -> Batch:
    direction = np.zeros(len(blocks.at), np.uint8)
    time_ns = section.clocks.nanoseconds(fields.interface, fields.units)
    time_ns[blocks.kind == SIMPLE] = NO_TIME
    return Batch(
        block=data,
        offset=fields.offset,
        length=np.maximum(fields.length, fields.captured).astype(np.uint32),
        captured=fields.captured.astype(np.uint32),
        time_ns=time_ns,
        direction=direction,
        offload=np.zeros(len(direction), np.uint8),
        interface=(fields.interface + section.first).astype(np.uint16),
        comments=_read_options(data, blocks, fields, section, direction),
    )


def _read_options(
    data: bytes | bytearray, blocks: _Blocks, fields: _Fields, section: Section, direction: NDArray[np.uint8]
) -> dict[int, tuple[str, ...]]:
    """Fill ``direction``; the comments by index. A block with epb_flags alone, the common case, costs no loop."""
    at = fields.offset + fields.captured + -fields.captured % 4
    end = blocks.at + blocks.total - 4
    rows = np.flatnonzero((blocks.kind != SIMPLE) & (end - at >= 8))
    first = gather(data, at[rows], np.dtype([("code", section.u2), ("size", section.u2), ("flags", section.u4)]))
    flagged = (first["code"] == _FLAGS) & (first["size"] == 4)
    direction[rows[flagged]] = _DIRECTIONS[first["flags"][flagged] & 3]
    more = end[rows] - at[rows] >= 12
    more[more] = gather(data, at[rows[more]] + 8, section.u2) != 0
    comments = {}
    for row in rows[np.where(flagged, more, first["code"] != 0)].tolist():
        words = []
        for code, value in options(data, int(at[row]), int(end[row]), section.order):
            if code == _COMMENT:
                words.append(text(value))
            elif code == _FLAGS and len(value) == 4:
                direction[row] = _DIRECTIONS[section.word(value)[0] & 3]
        if words:
            comments[row] = tuple(words)
    return comments
