"""What a pcapng section says of itself and of its interfaces (draft-ietf-opsawg-pcapng, sections 3.5, 4.1, 4.2)."""

from collections.abc import Iterator
from struct import Struct

import numpy as np

from tapscope.capture.files.clock import Clocks
from tapscope.frame import Interface

_IF_NAME, _IF_TSRESOL, _IF_TSOFFSET = 2, 9, 14
_MICROSECONDS = 6


class Section:
    """The byte order that holds for every number in it, and the interfaces that its packets name.

    ``first`` is the number of its first interface among those of the whole file. ``readable`` is False for a version
    whose blocks nobody knows.
    """

    def __init__(self, order: str, first: int, *, readable: bool) -> None:
        self.order = order
        self.first = first
        self.readable = readable
        self.head = Struct(order + "II").unpack_from
        self.word = Struct(order + "I").unpack_from
        self.u2, self.u4 = np.dtype(order + "u2"), np.dtype(order + "u4")
        self.clocks = Clocks()
        self.snap_lengths: list[int] = []

    def describe(self, data: bytes | bytearray, at: int, total: int) -> Interface:
        """Take in the interface description block at ``at``, of ``total`` bytes, at least 20."""
        link_type, _, snap_length = Struct(self.order + "HHI").unpack_from(data, at + 8)
        name, resolution, offset = "", _MICROSECONDS, 0
        for code, value in options(data, at + 16, at + total - 4, self.order):
            if code == _IF_NAME:
                name = text(value)
            elif code == _IF_TSRESOL and len(value) == 1:
                resolution = value[0]
            elif code == _IF_TSOFFSET and len(value) == 8:
                (offset,) = Struct(self.order + "q").unpack(value)
        self.clocks.add(resolution, offset)
        self.snap_lengths.append(snap_length)
        return Interface(name, link_type, snap_length)


def options(data: bytes | bytearray, at: int, end: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Codes and values of the options between two offsets, as far as their lengths are true."""
    head = Struct(order + "HH").unpack_from
    while at + 4 <= end:
        code, length = head(data, at)
        at += 4
        if not code or at + length > end:
            return
        yield code, bytes(data[at : at + length])
        at += length + -length % 4


def text(value: bytes) -> str:
    """A string option: UTF-8, not necessarily valid, ended by a zero byte if there is one."""
    return value.split(b"\0", 1)[0].decode(errors="replace")
