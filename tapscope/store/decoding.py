"""Frames on their way to header columns: what is known of each so far."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.store.gathering import gather
from tapscope.store.kinds import Kind

Rows = NDArray[np.int64]
"""Indices of frames, ascending."""


class Decoding:
    """``n`` frames of one block, and what their headers said up to now; all arrays have shape ``(n,)``.

    ``limit`` is how many bytes of the frame are its own and here: what was captured, later cut to what the IP header
    says. ``network`` and ``transport`` are offsets into the frame, 0 where there is none (``network``: -1).
    """

    def __init__(self, data: NDArray[np.uint8], offset: NDArray[np.int64], captured: NDArray[np.uint32]) -> None:
        count = len(offset)
        self._data = data
        self._offset = offset
        self.limit: NDArray[np.int64] = np.minimum(captured, np.maximum(len(data) - offset, 0))
        self.network = np.full(count, -1, np.int64)
        self.transport = np.zeros(count, np.int64)
        self.ethertype = np.zeros(count, np.uint16)
        self.kind = np.zeros(count, np.uint8)
        self.protocol = np.zeros(count, np.uint8)
        self.vlan = np.full(count, 0xFFFF, np.uint16)
        self.tcp_flags = np.zeros(count, np.uint16)
        self.source, self.destination = np.zeros((2, count), np.uint32)
        self.first, self.second = np.zeros((2, count), np.uint16)
        self.mac_destination_high, self.mac_source_high = np.zeros((2, count), np.uint16)
        self.mac_destination_low, self.mac_source_low = np.zeros((2, count), np.uint32)

    def __len__(self) -> int:
        return len(self._offset)

    def having(self, rows: Rows, at: NDArray[np.int64] | int, count: NDArray[np.int64] | int) -> NDArray[np.bool_]:
        """Of which of these frames ``count`` bytes from ``at`` on are here."""
        return self.limit[rows] >= at + count

    def read(self, rows: Rows, at: NDArray[np.int64] | int, kind: np.dtype[Any]) -> NDArray[Any]:
        """What these frames have at offset ``at``; meaningless where ``having`` says no."""
        return gather(self._data, self._offset[rows] + at, kind)

    def mark(self, rows: Rows, kind: Kind | NDArray[np.uint8]) -> None:
        """Set bits of ``kind`` of these frames."""
        self.kind[rows] |= np.asarray(kind, np.uint8)
