"""Frames as pcapng or pcap, written to any stream as they come."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from struct import Struct, pack
from typing import BinaryIO

from tapscope import __version__
from tapscope.frame import LINKTYPE_ETHERNET, Direction, Frame, Interface

_CHUNK = 1024 * 1024
_SECOND = 1_000_000_000
_LONGEST_OPTION = 0xFFFF
_RECORD = Struct("<IIII")
_PACKET = Struct("<IIIIIII")
_WORD = Struct("<I")
_SNAP_LENGTH = 256 * 1024
_EARLY = -(2**34)
"""Seconds: where the clock of times before 1970 begins, earlier than any time in 64 bits of nanoseconds."""

_END = bytes(4)
_FLAGS = {
    Direction.UNKNOWN: b"",
    Direction.IN: b"\x02\0\x04\0\x01\0\0\0",
    Direction.OUT: b"\x02\0\x04\0\x02\0\0\0",
}
"""epb_flags, the whole option: inbound or outbound."""


class Writer(ABC):
    """Writes to ``stream`` and never closes it. ``OSError`` of the stream goes up."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, frames: Iterable[Frame]) -> int:
        """Write frames and flush. Returns how many; raises ``ValueError`` for one that the format cannot hold."""
        written = 0
        piece = bytearray()
        for frame in frames:
            piece += self._encode(frame)
            written += 1
            if len(piece) >= _CHUNK:
                self._stream.write(piece)
                piece = bytearray()
        self._stream.write(piece)
        self._stream.flush()
        return written

    def finish(self) -> None:
        """Make what was written a whole file, also when there was no frame."""
        self._stream.flush()

    @abstractmethod
    def _encode(self, frame: Frame) -> bytes: ...


class PcapngWriter(Writer):
    """draft-ietf-opsawg-pcapng: one section, nanoseconds, names, directions and comments.

    Interfaces are described when they are given or when their first frame comes. A frame without a time is a simple
    packet block, which says neither interface, direction nor comment; where it needs one of these, or is cut elsewhere
    than at the snapshot length, it is an enhanced packet block of the time 0. Times before 1970 are of a further
    interface of the same name, whose clock starts earlier (if_tsoffset).
    """

    def __init__(self, stream: BinaryIO, interfaces: Sequence[Interface] = ()) -> None:
        super().__init__(stream)
        self._numbers: dict[tuple[Interface, int], int] = {}
        described = [self._describe(interface, 0) for interface in dict.fromkeys(interfaces)]
        stream.write(_section_header() + b"".join(described))
        stream.flush()

    def _encode(self, frame: Frame) -> bytes:
        time_ns = frame.time_ns or 0
        offset = 0 if time_ns >= 0 else _EARLY
        key = frame.interface, offset
        described = b"" if key in self._numbers else self._describe(*key)
        number = self._numbers[key]
        if frame.time_ns is None and number == 0 and _is_simple(frame):
            return described + _block(3, pack("<I", frame.length), _padded(frame.data))
        units, captured, options = time_ns - offset * _SECOND, len(frame.data), _packet_options(frame)
        total = 32 + captured + -captured % 4 + len(options)
        length = max(frame.length, captured)
        head = _PACKET.pack(6, total, number, units >> 32, units & 0xFFFFFFFF, captured, length)
        return b"".join((described, head, frame.data, bytes(-captured % 4), options, _WORD.pack(total)))

    def _describe(self, interface: Interface, offset: int) -> bytes:
        self._numbers[interface, offset] = len(self._numbers)
        options = _option(2, _text(interface.name)) if interface.name else b""
        options += _option(9, b"\x09")
        if offset:
            options += _option(14, pack("<q", offset))
        head = pack("<HHI", interface.link_type, 0, interface.snap_length)
        return _block(1, head, options, _END)


class PcapWriter(Writer):
    """pcap-savefile(5) with nanoseconds: one link type, and neither names, directions nor comments.

    The header is written as soon as the link type is known: at once where all interfaces agree, else with the first
    frame. A frame without a time is written as of the time 0.
    """

    def __init__(self, stream: BinaryIO, interfaces: Sequence[Interface] = ()) -> None:
        super().__init__(stream)
        self._link_type: int | None = None
        if len({interface.link_type for interface in interfaces}) == 1:
            stream.write(self._header(*interfaces))
            stream.flush()

    def finish(self) -> None:
        """Write the header if no frame came that told the link type."""
        if self._link_type is None:
            self._stream.write(self._header(Interface("", LINKTYPE_ETHERNET)))
        super().finish()

    def _encode(self, frame: Frame) -> bytes:
        header = self._header(frame.interface) if self._link_type is None else b""
        if frame.interface.link_type != self._link_type:
            raise ValueError(
                f"pcap holds one link type, and frame {frame.number} is of {frame.interface.link_type}, not of"
                f" {self._link_type}: save as .pcapng"
            )
        seconds, fraction = divmod(frame.time_ns or 0, _SECOND)
        if not 0 <= seconds <= 0xFFFFFFFF:
            raise ValueError(f"pcap holds times from 1970 to 2106, not that of frame {frame.number}: save as .pcapng")
        length = max(frame.length, len(frame.data))
        return header + _RECORD.pack(seconds, fraction, len(frame.data), length) + frame.data

    def _header(self, *interfaces: Interface) -> bytes:
        self._link_type = interfaces[0].link_type
        snap_length = max(_SNAP_LENGTH, *(interface.snap_length for interface in interfaces))
        return pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snap_length, self._link_type)


def _section_header() -> bytes:
    application = _option(4, f"tapscope {__version__}".encode())
    return _block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1), application, _END)


def _is_simple(frame: Frame) -> bool:
    """Whether a simple packet block says all there is to say of a frame without a time, on the first interface."""
    cut = frame.interface.snap_length or frame.length
    return not frame.direction and not frame.comments and len(frame.data) == min(cut, frame.length)


def _packet_options(frame: Frame) -> bytes:
    options = _FLAGS[frame.direction]
    if frame.comments:
        options += b"".join(_option(1, _text(comment)) for comment in frame.comments)
    return options + _END if options else b""


def _text(words: str) -> bytes:
    encoded = words.encode(errors="replace")
    if len(encoded) <= _LONGEST_OPTION:
        return encoded
    return encoded[:_LONGEST_OPTION].decode(errors="ignore").encode()


def _option(code: int, value: bytes) -> bytes:
    return pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    total = pack("<I", len(body) + 12)
    return pack("<I", kind) + total + body + total
