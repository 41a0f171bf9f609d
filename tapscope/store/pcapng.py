"""The blocks of pcapng (draft-ietf-opsawg-pcapng): one section, nanoseconds, names, directions and comments."""

from collections.abc import Iterable, Sequence
from struct import Struct, pack

from tapscope import __version__
from tapscope.frame import Direction, Frame, Interface

ENHANCED, SIMPLE = 6, 3
"""The types of an enhanced and of a simple packet block."""
FLAGS_OPTION = b"\x02\0\x04\0"
"""epb_flags: its code and its length."""

_SECOND = 1_000_000_000
_LONGEST_OPTION = 0xFFFF
_PACKET = Struct("<IIIIIII")
_WORD = Struct("<I")
_EARLY = -(2**34)
"""Seconds: where the clock of times before 1970 begins, earlier than any time in 64 bits of nanoseconds."""
EARLY_NS = -_EARLY * _SECOND
"""What is added to a time before 1970, in nanoseconds."""

_END = bytes(4)
_FLAGS = {
    Direction.UNKNOWN: b"",
    Direction.IN: FLAGS_OPTION + b"\x01\0\0\0",
    Direction.OUT: FLAGS_OPTION + b"\x02\0\0\0",
}
"""epb_flags, the whole option: inbound or outbound."""


class Section:
    """A section as it grows: makes the blocks, and knows which interfaces it has described.

    Interfaces are described when they are given or when their first frame comes. A frame without a time is a simple
    packet block, which says neither interface, direction nor comment; where it needs one of these, or is cut elsewhere
    than at the snapshot length, it is an enhanced packet block of the time 0. Times before 1970 are of a further
    interface of the same name, whose clock starts earlier (if_tsoffset).
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[Interface, bool], int] = {}

    def begin(self, interfaces: Iterable[Interface]) -> bytes:
        """The section's header, and what describes these interfaces."""
        application = option(4, f"tapscope {__version__}".encode())
        head = block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1), application, _END)
        return head + b"".join(self.described(interface) for interface in interfaces)

    def described(self, interface: Interface, *, early: bool = False) -> bytes:
        """What describes the interface, or the one for its times before 1970; empty where that was done."""
        if (interface, early) in self._numbers:
            return b""
        self._numbers[interface, early] = len(self._numbers)
        options = option(2, text(interface.name)) if interface.name else b""
        options += option(9, b"\x09")
        if early:
            options += option(14, pack("<q", _EARLY))
        head = pack("<HHI", interface.link_type, 0, interface.snap_length)
        return block(1, head, options, _END)

    def number(self, interface: Interface, *, early: bool = False) -> int:
        """The number that packet blocks call a described interface by."""
        return self._numbers[interface, early]

    def frame(self, frame: Frame) -> bytes:
        """The frame's block, behind what describes its interface where that is new."""
        time_ns = frame.time_ns or 0
        early = time_ns < 0
        described = self.described(frame.interface, early=early)
        number = self.number(frame.interface, early=early)
        if frame.time_ns is None and number == 0 and _is_simple(frame):
            return described + block(SIMPLE, pack("<I", frame.length), _padded(frame.data))
        options = packet_options(frame.direction, frame.comments)
        units, captured = time_ns + EARLY_NS * early, len(frame.data)
        total = 32 + captured + -captured % 4 + len(options)
        length = max(frame.length, captured)
        head = _PACKET.pack(ENHANCED, total, number, units >> 32, units & 0xFFFFFFFF, captured, length)
        return b"".join((described, head, frame.data, bytes(-captured % 4), options, _WORD.pack(total)))


def _is_simple(frame: Frame) -> bool:
    """Whether a simple packet block says all there is to say of a frame without a time, on the first interface."""
    cut = frame.interface.snap_length or frame.length
    return not frame.direction and not frame.comments and len(frame.data) == min(cut, frame.length)


def packet_options(direction: Direction, comments: Sequence[str]) -> bytes:
    """The options of an enhanced packet block; empty where there is nothing to say."""
    options = _FLAGS[direction] + b"".join(option(1, text(comment)) for comment in comments)
    return options + _END if options else b""


def text(words: str) -> bytes:
    """Words as an option's value, cut between characters where they are too long."""
    encoded = words.encode(errors="replace")
    if len(encoded) <= _LONGEST_OPTION:
        return encoded
    return encoded[:_LONGEST_OPTION].decode(errors="ignore").encode()


def option(code: int, value: bytes) -> bytes:
    """An option, padded."""
    return pack("<HH", code, len(value)) + _padded(value)


def block(kind: int, *parts: bytes) -> bytes:
    """A block of padded parts."""
    body = b"".join(parts)
    total = _WORD.pack(len(body) + 12)
    return _WORD.pack(kind) + total + body + total


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
