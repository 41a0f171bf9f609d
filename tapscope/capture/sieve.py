"""Capture filters: tcpdump's language, pcap-filter(7), compiled by libpcap.

What passes is told by the kernel where frames come by a packet ring (SO_ATTACH_FILTER, socket(7)); else here, before
anything else is done with a frame. On a TAP that is read, the kernel keeps back most of what would not pass.
"""

import ctypes
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.capture.bpf import Instruction, goes_forward, passing
from tapscope.capture.libpcap import (
    check_words,
    compiled,
    compiled_for_interface,
    instructions_of,
    libpcap,
    names_in,
)
from tapscope.frame import LINKTYPE_ETHERNET, Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import link_types, piece, selected

_INSTRUCTION = struct.Struct("=HBBI")
"""``struct sock_filter`` of ``include/uapi/linux/filter.h``."""
_PROGRAM = struct.Struct("@H6xP")
"""``struct sock_fprog``."""
_LET_TAGGED_PASS = (
    Instruction(0x30, 0, 0, 0xFFFFF000 + 48),
    Instruction(0x15, 0, 1, 1),
    Instruction(0x06, 0, 0, 1 << 18),
)
"""What has a VLAN tag beside it (``SKF_AD_VLAN_TAG_PRESENT``) passes; all else meets the program behind."""


class KernelProgram:
    """A program as setsockopt(2) and ioctl(2) want it: ``sock_fprog`` points to what this object keeps."""

    def __init__(self, program: Sequence[Instruction]) -> None:
        code = b"".join(_INSTRUCTION.pack(*one) for one in program)
        self._kept = ctypes.create_string_buffer(code, len(code))
        self.sock_fprog = _PROGRAM.pack(len(program), ctypes.addressof(self._kept))


@dataclass(frozen=True, slots=True)
class Sieve:
    """A capture filter. Its programs are compiled when first wanted, one for each link type."""

    text: str
    _programs: dict[int, tuple[Any, Sequence[Instruction]]] = field(default_factory=dict, compare=False)

    @property
    def names(self) -> Sequence[str]:
        """The words that are looked up when it is compiled: names of hosts and networks."""
        return names_in(self.text)

    def check(self) -> None:
        """Raise ``FilterRefused`` for what libpcap refuses, in its own words."""
        check_words(self.text)
        self._program(LINKTYPE_ETHERNET)

    def fit(self, interfaces: Iterable[Interface]) -> None:
        """Raise ``FilterRefused`` where frames of one of them could not be told apart by it."""
        for interface in interfaces:
            self._program(interface.link_type)

    def _program(self, link_type: int) -> tuple[Any, Sequence[Instruction]]:
        """The program for frames of this LINKTYPE_, and what it consists of. Raises ``FilterRefused``."""
        if link_type not in self._programs:
            program = compiled(self.text, link_type)
            self._programs[link_type] = program, instructions_of(program)
        return self._programs[link_type]

    def for_ring(self, name: str, link_type: int) -> KernelProgram | None:
        """For SO_ATTACH_FILTER on a socket that watches ``name``; None where libpcap has none."""
        program = compiled_for_interface(self.text, name, link_type)
        return None if program is None else KernelProgram(instructions_of(program))

    def for_tap(self) -> KernelProgram:
        """For TUNATTACHFILTER. What it lets pass has to be looked at again: a tag that is beside the frame is not seen.

        Raises ``FilterRefused``.
        """
        return KernelProgram((*_LET_TAGGED_PASS, *self._program(LINKTYPE_ETHERNET)[1]))

    def of(self, batch: Batch, interfaces: Sequence[Interface]) -> Batch:
        """The frames of the batch that pass. Raises ``FilterRefused`` where a link type knows no such thing."""
        types = link_types(batch.interface, interfaces)
        if isinstance(types, int):
            passed = self._passing(batch, types)
        else:
            passed = np.zeros(len(batch), np.bool_)
            for link_type in np.unique(types).tolist():
                these = types == link_type
                passed[these] = self._passing(selected(batch, these), link_type)
        return batch if passed.all() else selected(batch, np.flatnonzero(passed))

    def _passing(self, batch: Batch, link_type: int) -> NDArray[np.bool_]:
        program, instructions = self._program(link_type)
        return passing(instructions, batch) if goes_forward(instructions) else _one_by_one(program, batch)


def _one_by_one(program: Any, batch: Batch) -> NDArray[np.bool_]:
    """By libpcap itself, which goes round in what it makes of ``protochain``."""
    header = libpcap().Pkthdr()
    passed = np.zeros(len(batch), np.bool_)
    columns = (batch.offset, batch.captured, batch.length)
    for at, (offset, captured, length) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        data = piece(batch.block, offset, captured)
        header.caplen, header.len = len(data), length
        passed[at] = program.offline_filter(header, data)
    return passed
