"""The classic format: pcap-savefile(5), draft-ietf-opsawg-pcap; old versions and magics as in libpcap's sf-pcap.c."""

from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.capture.files.window import MAX_BLOCK, NOTHING, Window, first_true, gather
from tapscope.frame import Interface
from tapscope.store.batch import Batch

FILE_HEADER = 24

MAGICS = {
    bytes.fromhex(magic): (order, nanoseconds, header)
    for magic, order, nanoseconds, header in (
        ("d4c3b2a1", "<", 1000, 16),
        ("a1b2c3d4", ">", 1000, 16),
        ("4d3cb2a1", "<", 1, 16),
        ("a1b23c4d", ">", 1, 16),
        ("34cdb2a1", "<", 1000, 24),  # Kuznetzov's patch: interface, protocol and packet type follow the lengths
        ("a1b2cd34", ">", 1000, 24),
    )
}
"""Magic number -> byte order, nanoseconds in a unit of the fraction, bytes in a record's header."""

MAX_FRAME = 256 * 1024
"""The longest frame that is believed where the file's own snapshot length is no longer: libpcap's MAXIMUM_SNAPLEN."""

_LINK_TYPE_BITS = 0xFFFF


class VersionError(ValueError):
    """A pcap file of a version that nobody reads."""


class PcapParser:
    """Records of 16 bytes of header and what was captured."""

    def __init__(self, header: bytes, at: int = 0) -> None:
        self._order, self._nanoseconds, self._header = MAGICS[header[:4]]
        major, minor, _, _, snap_length, link = Struct(self._order + "HHIIII").unpack_from(header, 4)
        if (major, minor) != (543, 0) and (major != 2 or minor > 4):
            raise VersionError(f"version {major}.{minor} at offset {at + 4} is not pcap's, which is 2.4")
        # up to 2.3 some programs wrote the two lengths the other way round; what was captured is never the longer
        self._either_length = (major, minor) != (2, 4)
        self._limit = max(MAX_FRAME, min(snap_length, MAX_BLOCK))
        fields = ("seconds", "fraction", "captured", "length")
        self._fields = np.dtype([(name, self._order + "u4") for name in fields])
        self.interfaces = [Interface("", link & _LINK_TYPE_BITS, snap_length)]
        self.at = at + FILE_HEADER
        self.need = self._header
        self.stopped = False
        self.fault = ""
        self._records = 0

    def read(self, window: Window) -> Batch:
        """The frames of all whole records in the window."""
        starts = self._walk(window) if window.holds(self.at, self._header) else []
        places = np.array(starts, np.int64)
        heads = gather(window.data, places, self._fields)
        captured = self._captured(heads)
        believed = first_true(captured > self._limit)
        if believed == len(starts) and starts and not window.holds(window.base + starts[-1], self._size(captured[-1])):
            believed -= 1  # the last is not all here
        self._records += believed
        if believed < len(starts):
            self.at = window.base + starts[believed]
            self._stop_short(int(captured[believed]), window)
        else:
            if starts:
                self.at = window.base + starts[-1] + self._size(captured[-1])
            self._await_header(window)
        return self._batch(window, places[:believed], heads[:believed], captured[:believed])

    def _walk(self, window: Window) -> list[int]:
        """Where records begin if every length is true; the last may be cut off."""
        at, last, header, data = self.at - window.base, window.size - self._header, self._header, window.data
        starts: list[int] = []
        append = starts.append
        if self._either_length:
            lengths = Struct(self._order + "II").unpack_from
            while at <= last:
                append(at)
                at += header + min(lengths(data, at + 8))
        else:
            length = Struct(self._order + "I").unpack_from
            while at <= last:
                append(at)
                at += header + length(data, at + 8)[0]
        return starts

    def _captured(self, heads: NDArray[Any]) -> NDArray[np.uint32]:
        captured: NDArray[np.uint32] = heads["captured"].astype(np.uint32)
        return np.minimum(captured, heads["length"]) if self._either_length else captured

    def _size(self, captured: np.uint32) -> int:
        return self._header + int(captured)

    def _stop_short(self, captured: int, window: Window) -> None:
        """The record at ``at`` is not all here: wait for the rest, unless there is none or the length is absurd."""
        self.need = self._header + captured
        left = None if window.end is None else window.end - self.at - self._header
        if left is not None and left < captured:
            self._fail(f"says {captured} bytes but {left} are left")
        elif captured > self._limit:
            self._fail(f"says {captured} bytes, more than the {self._limit} that a frame may have")

    def _await_header(self, window: Window) -> None:
        self.need = self._header
        if window.end is not None and self.at + self._header > window.end:
            if self.at < window.end:
                self._fail(f"is cut off: {window.end - self.at} bytes are left of its header of {self._header}")
            self.stopped = True

    def _fail(self, words: str) -> None:
        self.fault = f"record {self._records + 1} at offset {self.at} {words}"
        self.stopped = True

    def _batch(
        self, window: Window, places: NDArray[np.int64], heads: NDArray[Any], captured: NDArray[np.uint32]
    ) -> Batch:
        if not len(places):
            return NOTHING
        either = np.maximum(heads["length"], heads["captured"]).astype(np.uint32)
        return Batch(
            block=window.data,
            offset=places + self._header,
            length=either,
            captured=captured,
            time_ns=heads["seconds"].astype(np.int64) * 1_000_000_000
            + heads["fraction"].astype(np.int64) * self._nanoseconds,
            direction=np.zeros(len(places), np.uint8),
            offload=np.zeros(len(places), np.uint8),
            interface=np.zeros(len(places), np.uint16),
        )
