"""Frames as pcapng or pcap, written to any stream as they come."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from struct import Struct, pack
from typing import BinaryIO

from tapscope.frame import LINKTYPE_ETHERNET, Frame, Interface
from tapscope.store.pcapng import Section

_CHUNK = 1024 * 1024
_SECOND = 1_000_000_000
_RECORD = Struct("<IIII")
_SNAP_LENGTH = 256 * 1024


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
    """pcapng as ``Section`` makes it."""

    def __init__(self, stream: BinaryIO, interfaces: Sequence[Interface] = ()) -> None:
        super().__init__(stream)
        self._section = Section()
        stream.write(self._section.begin(interfaces))
        stream.flush()

    def _encode(self, frame: Frame) -> bytes:
        return self._section.frame(frame)


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
