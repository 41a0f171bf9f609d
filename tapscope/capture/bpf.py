"""Classic BPF over a whole batch at once: each instruction is done for all the frames that come to it.

Source: ``pcap/bpf.h`` and ``bpf_filter.c`` of libpcap, whose answers these are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tapscope.store.batch import Batch
from tapscope.store.batches import is_mapped

Rows = NDArray[np.int64]
Words = NDArray[np.uint32]


class Instruction(NamedTuple):
    """``struct bpf_insn``: what to do, how far to jump where something is so and where not, and a number."""

    code: int
    if_so: int
    if_not: int
    number: int


_LOAD, _LOAD_INDEX, _STORE, _STORE_INDEX, _COMPUTE, _JUMP, _RETURN, _MOVE = range(8)
"""The lowest three bits of a code."""
_OPERATION, _MODE, _SIZE = 0xF0, 0xE0, 0x18
"""The bits that say which of them, from where, and how wide."""
_IMMEDIATE, _ABSOLUTE, _INDIRECT, _MEMORY, _LENGTH, _HEADER_LENGTH = 0x00, 0x20, 0x40, 0x60, 0x80, 0xA0
_ALWAYS = 0x00
_BY_INDEX, _BY_ACCUMULATOR, _TO_ACCUMULATOR = 0x08, 0x10, 0x80
"""With the index register, not a number; answer with the accumulator; move to it, not to the index register."""
_KINDS: Mapping[int, np.dtype[Any]] = {0x00: np.dtype(">u4"), 0x08: np.dtype(">u2"), 0x10: np.dtype("u1")}

_COMPARISONS: Mapping[int, Callable[[Words, Words], NDArray[np.bool_]]] = {
    0x10: np.equal,
    0x20: np.greater,
    0x30: np.greater_equal,
    0x40: lambda a, b: (a & b) != 0,
}


def _shifted(shift: Callable[[Words, Words], Words]) -> Callable[[Words, Words], Words]:
    """By 32 bits or more, nothing is left."""
    return lambda a, b: np.where(b < 32, shift(a, b & np.uint32(31)), np.uint32(0))


_OPERATIONS: Mapping[int, Callable[[Words, Words], Words]] = {
    0x00: np.add,
    0x10: np.subtract,
    0x20: np.multiply,
    0x30: np.floor_divide,
    0x40: np.bitwise_or,
    0x50: np.bitwise_and,
    0x60: _shifted(np.left_shift),
    0x70: _shifted(np.right_shift),
    0x80: lambda a, _: np.negative(a),
    0x90: np.remainder,
    0xA0: np.bitwise_xor,
}
_DIVISIONS = frozenset({0x30, 0x90})
_LOW_HALF, _TWO = np.uint32(0xF), np.uint32(2)


def goes_forward(program: Sequence[Instruction]) -> bool:
    """Whether it never jumps backwards, as programs do that libpcap makes of ``protochain``."""
    jumps = (one for one in program if one.code & 7 == _JUMP and one.code & _OPERATION == _ALWAYS)
    return all(one.number < len(program) for one in jumps)


def passing(program: Sequence[Instruction], batch: Batch) -> NDArray[np.bool_]:
    """Which frames of the batch pass, shape ``(n,)``. The program is one of libpcap's, and ``goes_forward``."""
    return _Run(program, batch).verdicts()


@dataclass(frozen=True, slots=True)
class _Group:
    """Frames at the same instruction: their rows, accumulators and index registers, shape ``(n,)`` each."""

    rows: Rows
    accumulator: Words
    index: Words

    def only(self, mask: NDArray[np.bool_]) -> "_Group":
        return _Group(self.rows.compress(mask), self.accumulator.compress(mask), self.index.compress(mask))


class _Run:
    """A program that runs over a batch."""

    def __init__(self, program: Sequence[Instruction], batch: Batch) -> None:
        self._program = program
        self._block = batch.block
        self._offset = batch.offset
        self._length = batch.length
        self._captured = _readable(batch)
        self._memory: dict[int, Words] = {}
        self._passed = np.zeros(len(batch), np.bool_)

    def verdicts(self) -> NDArray[np.bool_]:
        """Instruction by instruction: whoever jumps to one comes from before it."""
        waiting: list[list[_Group]] = [[] for _ in self._program]
        nothing = np.zeros(len(self._passed), np.uint32)
        waiting[0].append(_Group(np.arange(len(self._passed)), nothing, nothing))
        for at, one in enumerate(self._program):
            if not waiting[at]:
                continue
            group = _together(waiting[at])
            waiting[at].clear()
            if one.code & 7 == _RETURN:
                by_accumulator = one.code & 0x18 == _BY_ACCUMULATOR
                self._passed[group.rows] = group.accumulator != 0 if by_accumulator else one.number != 0
            elif one.code & 7 == _JUMP:
                for further, part in _parted(one, group):
                    waiting[at + 1 + further].append(part)
            else:
                waiting[at + 1].append(self._done(one, group))
        return self._passed

    def _done(self, one: Instruction, group: _Group) -> _Group:
        """The group after an instruction; without the frames for which that was the end."""
        kind = one.code & 7
        if kind in {_LOAD, _LOAD_INDEX}:
            group, value = self._loaded(one, group)
            return replace(group, accumulator=value) if kind == _LOAD else replace(group, index=value)
        if kind in {_STORE, _STORE_INDEX}:
            self._kept(one.number)[group.rows] = group.accumulator if kind == _STORE else group.index
            return group
        if kind == _COMPUTE:
            return _computed(one, group)
        if one.code & _OPERATION == _TO_ACCUMULATOR:
            return replace(group, accumulator=group.index)
        return replace(group, index=group.accumulator)

    def _kept(self, place: int) -> Words:
        return self._memory.setdefault(place, np.zeros(len(self._passed), np.uint32))

    def _loaded(self, one: Instruction, group: _Group) -> tuple[_Group, Words]:
        """The frames that are long enough, and the values, shape ``(n,)``."""
        mode = one.code & _MODE
        if mode == _LENGTH:
            return group, self._length[group.rows]
        if mode == _MEMORY:
            return group, self._kept(one.number)[group.rows]
        if mode == _IMMEDIATE:
            return group, np.full(len(group.rows), one.number, np.uint32)
        start = group.index if mode == _INDIRECT else np.uint32(0)
        kind = _KINDS[one.code & _SIZE]
        reach = self._captured.take(group.rows) - start
        if not (enough := reach >= one.number + kind.itemsize).all():
            group = group.only(enough)
            start = group.index if mode == _INDIRECT else start
        value = self._read(self._offset.take(group.rows) + start + one.number, kind)
        return group, (value & _LOW_HALF) << _TWO if mode == _HEADER_LENGTH else value

    def _read(self, places: Rows, kind: np.dtype[Any]) -> Words:
        if not len(places):
            return np.empty(0, np.uint32)
        every = np.ndarray((len(self._block) - kind.itemsize + 1,), kind, self._block, 0, (1,))
        return every[places].astype(np.uint32)


def _readable(batch: Batch) -> NDArray[np.int64]:
    """How many bytes of each frame there are, shape ``(n,)``: a mapped file may have shrunk since, as for ``piece``."""
    captured = batch.captured.astype(np.int64)
    if is_mapped(batch.block):
        assert isinstance(batch.block, memoryview)
        captured = np.minimum(captured, batch.block.obj.size() - batch.offset)  # type: ignore[attr-defined]
    return captured


def _together(groups: Sequence[_Group]) -> _Group:
    if len(groups) == 1:
        return groups[0]
    return _Group(
        np.concatenate([group.rows for group in groups]),
        np.concatenate([group.accumulator for group in groups]),
        np.concatenate([group.index for group in groups]),
    )


def _operand(one: Instruction, group: _Group) -> Words:
    return group.index if one.code & _BY_INDEX else np.full(len(group.rows), one.number, np.uint32)


def _parted(one: Instruction, group: _Group) -> Iterator[tuple[int, _Group]]:
    """How much further who jumps."""
    operation = one.code & _OPERATION
    if operation == _ALWAYS:
        yield one.number, group
        return
    so = _COMPARISONS[operation](group.accumulator, _operand(one, group))
    for mask, further in ((so, one.if_so), (~so, one.if_not)):
        if mask.any():
            yield further, group.only(mask)


def _computed(one: Instruction, group: _Group) -> _Group:
    """A division by 0 is the end."""
    operation = one.code & _OPERATION
    if operation in _DIVISIONS and one.code & _BY_INDEX:
        group = group.only(group.index != 0)
    return replace(group, accumulator=_OPERATIONS[operation](group.accumulator, _operand(one, group)))
