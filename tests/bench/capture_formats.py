"""How frames stand in a pcap and in a pcapng file, many at once."""

from collections.abc import Callable
from dataclasses import dataclass
from struct import pack

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint8]


@dataclass(frozen=True)
class Format:
    """``head`` opens the file. ``records`` makes ``(n, size(length))`` of frames ``(n, length)`` and times ``(n,)``."""

    head: bytes
    size: Callable[[int], int]
    records: Callable[[Rows, NDArray[np.int64], bool], Rows]


def _words(rows: Rows, *columns: NDArray[np.int64] | int) -> Rows:
    """A 32-bit number a column in front of each row."""
    numbers = np.empty((len(rows), len(columns)), "<u4")
    for place, column in enumerate(columns):
        numbers[:, place] = column
    return np.hstack([numbers.view(np.uint8), rows])


def _pcap(frames: Rows, times: NDArray[np.int64], _: bool) -> Rows:
    length = frames.shape[1]
    return _words(frames, times // 1_000_000_000, times % 1_000_000_000, length, length)


def _pcapng_size(length: int) -> int:
    return 28 + (length + 3) // 4 * 4 + 16


def _pcapng(frames: Rows, times: NDArray[np.int64], by_client: bool) -> Rows:
    """Enhanced packet blocks with the direction: what the client sends comes in."""
    count, length = frames.shape
    size = _pcapng_size(length)
    tail = np.frombuffer(pack("<HHIII", 2, 4, 1 if by_client else 2, 0, size), np.uint8)
    padding = np.zeros((count, -length % 4), np.uint8)
    rows = np.hstack([frames, padding, np.broadcast_to(tail, (count, len(tail)))])
    return _words(rows, 6, size, 0, times >> 32, times & 0xFFFFFFFF, length, length)


_SECTION = pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
_INTERFACE = pack("<IIHHIHH4sHHB3xII", 1, 40, 1, 0, 262144, 2, 4, b"tap0", 9, 1, 9, 0, 40)

FORMATS = {
    ".pcap": Format(pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1), lambda length: 16 + length, _pcap),
    ".pcapng": Format(_SECTION + _INTERFACE, _pcapng_size, _pcapng),
}
