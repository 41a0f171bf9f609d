"""Many frames as pcapng at once: headers by numpy, bytes by as few copies as there are, never an object a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Direction, Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import interface_at, is_mapped, packed
from tapscope.store.gathering import Block
from tapscope.store.pcapng import EARLY_NS, ENHANCED, FLAGS_OPTION, SIMPLE, Section, packet_options

_WORD = 4
_TRAILER = 4
_ENHANCED_HEAD, _SIMPLE_HEAD = 28, 12
_FLAGS_WORD = int.from_bytes(FLAGS_OPTION, "little")
_DIRECTION_BYTES = len(packet_options(Direction.IN, ()))
_FEW = 16
"""Frames of one length that are worth the two array accesses that copy them together."""

MOST_OVERHEAD = _ENHANCED_HEAD + _TRAILER + _DIRECTION_BYTES + _WORD - 1
"""What a frame without comments takes besides its bytes, at most."""

_Longs = NDArray[np.int64]


def encode(section: Section, batch: Batch, interfaces: Sequence[Interface]) -> tuple[NDArray[np.uint8], _Longs]:
    """What ``section.frame`` makes of one frame after the other, and where in it each frame's bytes begin.

    Shapes ``(octets,)`` and ``(n,)``. ``interfaces`` are those that the batch indexes.
    """
    if is_mapped(batch.block):
        batch = packed(batch)
    clocks = _Clocks.of(section, batch, interfaces)
    simple = _are_simple(batch, clocks)
    options = _commented(batch)
    heads = np.where(simple, _SIMPLE_HEAD, _ENHANCED_HEAD)
    captured = batch.captured.astype(np.int64)
    filled = heads + captured + -captured % _WORD
    sizes = filled + _TRAILER + np.where(batch.direction > 0, _DIRECTION_BYTES, 0)
    for index, words in options.items():
        sizes[index] = filled[index] + _TRAILER + len(words)
    room = sizes.copy()
    for index, words in clocks.described:
        room[index] += len(words)
    starts = np.cumsum(room) - sizes
    out = np.zeros(int(room.sum()), np.uint8)
    blocks = out.view("<u4")
    _put_frames(blocks, starts // _WORD, sizes // _WORD, simple)
    _put_lengths(blocks, starts[simple] // _WORD, batch.length[simple])
    _put_heads(blocks, starts // _WORD, batch, clocks.numbers, ~simple)
    _put_directions(blocks, batch, (starts + filled) // _WORD)
    _put_pieces(out, [(int(starts[index]) - len(words), words) for index, words in clocks.described])
    _put_pieces(out, [(int(starts[index] + filled[index]), words) for index, words in options.items()])
    places = starts + heads
    _put_bytes(out, places, batch.block, batch.offset, captured)
    return out, places


@dataclass(frozen=True, slots=True)
class _Clocks:
    """The section's numbers of the frames' interfaces, shape ``(n,)``; their snapshot lengths; and, with the index of
    the frame that it stands before, what describes those that are new."""

    numbers: NDArray[np.uint32]
    snaps: NDArray[np.uint32]
    described: list[tuple[int, bytes]]

    @classmethod
    def of(cls, section: Section, batch: Batch, interfaces: Sequence[Interface]) -> "_Clocks":
        early = (batch.time_ns < 0) & (batch.time_ns != NO_TIME)
        keys = batch.interface.astype(np.uint32) * 2 + early
        distinct, firsts, where = _distinct(keys)
        meant = [(interface_at(interfaces, key // 2), bool(key % 2)) for key in distinct.tolist()]
        described = []
        for first, at in sorted(zip(firsts.tolist(), range(len(meant)), strict=True)):
            interface, is_early = meant[at]
            if words := section.described(interface, early=is_early):
                described.append((first, words))
        numbers = np.array([section.number(interface, early=is_early) for interface, is_early in meant], np.uint32)
        snaps = np.array([interface.snap_length for interface, _ in meant], np.uint32)
        return cls(numbers[where], snaps[where], described)


def _distinct(keys: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], _Longs, _Longs]:
    """The different keys, where each comes first, and which of them each key is. Mostly all are the same."""
    if len(keys) and (keys == keys[0]).all():
        return keys[:1], np.zeros(1, np.int64), np.zeros(len(keys), np.int64)
    distinct, firsts, where = np.unique(keys, return_index=True, return_inverse=True)
    return distinct, firsts, where


def _are_simple(batch: Batch, clocks: _Clocks) -> NDArray[np.bool_]:
    simple: NDArray[np.bool_] = (batch.time_ns == NO_TIME) & (clocks.numbers == 0) & (batch.direction == 0)
    if simple.any():
        cut = np.where(clocks.snaps > 0, clocks.snaps, batch.length)
        simple &= batch.captured == np.minimum(cut, batch.length)
        simple[list(batch.comments)] = False
    return simple


def _commented(batch: Batch) -> dict[int, bytes]:
    """The options of the frames that have comments, by index."""
    return {
        index: packet_options(Direction(int(batch.direction[index])), comments)
        for index, comments in batch.comments.items()
        if comments
    }


def _put_frames(words: NDArray[np.uint32], at: _Longs, sizes: _Longs, simple: NDArray[np.bool_]) -> None:
    """The blocks' types and lengths. ``at`` is where they begin and ``sizes`` how long they are, in words."""
    words[at] = np.where(simple, SIMPLE, ENHANCED)
    words[at + 1] = words[at + sizes - 1] = sizes * _WORD


def _put_lengths(words: NDArray[np.uint32], at: _Longs, lengths: NDArray[np.uint32]) -> None:
    """What simple packet blocks say before the bytes."""
    words[at + 2] = lengths


def _put_heads(
    words: NDArray[np.uint32], at: _Longs, batch: Batch, numbers: NDArray[np.uint32], which: NDArray[np.bool_]
) -> None:
    """What enhanced packet blocks say before the bytes: those of the frames where ``which`` is true."""
    chosen: slice | NDArray[np.bool_] = slice(None) if which.all() else which
    at, time = at[chosen], batch.time_ns[chosen]
    known = np.where(time == NO_TIME, 0, time)
    units = known.astype(np.uint64) + np.where(known < 0, np.uint64(EARLY_NS), np.uint64(0))
    words[at + 2] = numbers[chosen]
    words[at + 3] = units >> np.uint64(32)
    words[at + 4] = units & np.uint64(0xFFFFFFFF)
    words[at + 5] = batch.captured[chosen]
    words[at + 6] = np.maximum(batch.length, batch.captured)[chosen]


def _put_directions(words: NDArray[np.uint32], batch: Batch, at: _Longs) -> None:
    """epb_flags behind the frames' bytes; the end of the options is zero already."""
    known = batch.direction > 0
    words[at[known]] = _FLAGS_WORD
    words[at[known] + 1] = batch.direction[known]


def _put_pieces(out: NDArray[np.uint8], pieces: Sequence[tuple[int, bytes]]) -> None:
    for at, words in pieces:
        out[at : at + len(words)] = np.frombuffer(words, np.uint8)


def _put_bytes(out: NDArray[np.uint8], places: _Longs, block: Block, offset: _Longs, captured: _Longs) -> None:
    """The frames' bytes: those of one length together where many are, else one after the other."""
    lengths = np.unique(captured)
    if len(lengths) * _FEW > len(captured):
        source, target = memoryview(block), out.data
        spans = zip(places.tolist(), offset.tolist(), captured.tolist(), strict=True)
        for to, start, count in spans:
            target[to : to + count] = source[start : start + count]
        return
    octets = np.frombuffer(block, np.uint8)
    for length in lengths[lengths > 0].tolist():
        same = slice(None) if len(lengths) == 1 else captured == length
        _every(out, length)[places[same]] = _every(octets, length)[offset[same]]


def _every(octets: NDArray[np.uint8], length: int) -> NDArray[np.void]:
    """A view of every ``length`` bytes that follow each other, by where they begin."""
    return np.ndarray((len(octets) - length + 1,), f"V{length}", octets, 0, (1,))
