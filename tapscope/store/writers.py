"""pcapng and pcap, frame by frame onto any binary stream. draft-ietf-opsawg-pcapng, pcap-savefile(5).

Times are written in nanoseconds, numbers in little-endian order. A writer only ever appends whole blocks, so what is
on the stream after any ``write`` is a capture that can be read.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from tapscope import __version__
from tapscope.frame import LINKTYPE_ETHERNET, Direction, Frame, Interface

_SECTION, _INTERFACE, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 3, 6
_COMMENT, _EPB_FLAGS, _IF_NAME, _SHB_USERAPPL, _IF_TSRESOL = 1, 2, 2, 4, 9
_NANOSECONDS = b"\x09"
_INBOUND, _OUTBOUND = 1, 2
_FLAGS = {Direction.IN: _INBOUND, Direction.OUT: _OUTBOUND}
_LONGEST_OPTION = 0xFFFF

_PCAP_MAGIC_NS = 0xA1B23C4D
_PCAP_SNAP_LENGTH = 0x40000
"""libpcap's largest (``MAXIMUM_SNAPLEN``); a writer that knows of no limit says this."""

_SECOND = 1_000_000_000


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _options(pairs: Iterable[tuple[int, bytes]]) -> bytes:
    coded = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in pairs)
    return coded + bytes(4) if coded else b""


def _text(text: str) -> bytes:
    """UTF-8 that fits into an option, cut between characters."""
    coded = text.encode("utf-8", "replace")
    return coded if len(coded) <= _LONGEST_OPTION else coded[:_LONGEST_OPTION].decode("utf-8", "ignore").encode()


class PcapngWriter:
    """One section. An interface is described when it is first needed, or at once where it is known.

    A frame without a time becomes a Simple Packet Block where that says all there is to say of it (first interface,
    whole, no direction, no comment), else an Enhanced one at time 0; so does a time before 1970, which the format
    cannot hold. Raises ``OSError``.
    """

    def __init__(self, stream: BinaryIO, interfaces: Sequence[Interface] = ()) -> None:
        self._stream = stream
        self._numbers: dict[Interface, int] = {}
        program = _options([(_SHB_USERAPPL, f"tapscope {__version__}".encode())])
        stream.write(_block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + program))
        for interface in interfaces:
            self._number(interface)

    def write(self, frame: Frame) -> None:
        """Append one frame."""
        number = self._number(frame.interface)
        if frame.time_ns is None and _is_simple(frame, number):
            self._stream.write(_block(_SIMPLE, struct.pack("<I", frame.length) + _padded(frame.data)))
            return
        time_ns = max(frame.time_ns or 0, 0)
        head = struct.pack("<IIIII", number, time_ns >> 32, time_ns & 0xFFFFFFFF, len(frame.data), frame.length)
        said = [(_COMMENT, _text(comment)) for comment in frame.comments]
        if frame.direction in _FLAGS:
            said.append((_EPB_FLAGS, struct.pack("<I", _FLAGS[frame.direction])))
        self._stream.write(_block(_ENHANCED, head + _padded(frame.data) + _options(said)))

    def _number(self, interface: Interface) -> int:
        number = self._numbers.get(interface)
        if number is None:
            number = self._numbers[interface] = len(self._numbers)
            said = [(_IF_NAME, _text(interface.name))] if interface.name else []
            said.append((_IF_TSRESOL, _NANOSECONDS))
            head = struct.pack("<HHI", interface.link_type, 0, interface.snap_length)
            self._stream.write(_block(_INTERFACE, head + _options(said)))
        return number


def _is_simple(frame: Frame, number: int) -> bool:
    whole = len(frame.data) == frame.length and not 0 < frame.interface.snap_length < frame.length
    return number == 0 and whole and frame.direction is Direction.UNKNOWN and not frame.comments


class PcapWriter:
    """Classic pcap with nanoseconds: one link type, and no room for directions, comments and interface names.

    A frame without a time is written at time 0. Raises ``ValueError`` for what the format cannot hold (another link
    type, a time before 1970 or after 2106), and ``OSError``.
    """

    def __init__(self, stream: BinaryIO, interfaces: Sequence[Interface] = ()) -> None:
        self._stream = stream
        self._link_type = interfaces[0].link_type if interfaces else LINKTYPE_ETHERNET
        head = (_PCAP_MAGIC_NS, 2, 4, 0, 0, _PCAP_SNAP_LENGTH, self._link_type)
        stream.write(struct.pack("<IHHiIII", *head))

    def write(self, frame: Frame) -> None:
        """Append one frame."""
        if frame.interface.link_type != self._link_type:
            kinds = f"link types {self._link_type} and {frame.interface.link_type}"
            raise ValueError(f"a .pcap file holds one link type, these frames have {kinds}: save as .pcapng")
        seconds, rest = divmod(frame.time_ns or 0, _SECOND)
        if not 0 <= seconds <= 0xFFFFFFFF:
            raise ValueError(f"a .pcap file cannot hold the time of frame {frame.number}: save as .pcapng")
        self._stream.write(struct.pack("<IIII", seconds, rest, len(frame.data), frame.length) + frame.data)


def writer_type(suffix: str) -> type[PcapngWriter] | type[PcapWriter]:
    """The writer that a file name's suffix asks for. Raises ``ValueError``, one line."""
    kinds: dict[str, type[PcapngWriter] | type[PcapWriter]] = {".pcapng": PcapngWriter, ".pcap": PcapWriter}
    if suffix not in kinds:
        raise ValueError(f"{suffix or 'no suffix'} names no capture format: use .pcapng or .pcap")
    return kinds[suffix]
