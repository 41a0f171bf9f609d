"""A batch being put together from frames that come one by one."""

import ctypes

import numpy as np

from tapscope.frame import Direction, Offload
from tapscope.store.batch import Batch

LARGEST_FRAME = (1 << 16) + 256
"""A whole GSO frame with its Ethernet, VLAN, packet-information and virtio headers."""

BLOCK_BYTES = 1 << 20
BLOCK_FRAMES = 4096
"""A block is full when this much is in it; the last frame may go beyond. Reading so many frames takes some 10 ms."""


class Assembly:
    """One preallocated block that is filled, cut into a ``Batch``, and filled again.

    A frame is read straight to ``address``, where ``LARGEST_FRAME`` bytes are free unless ``full``.
    """

    def __init__(self) -> None:
        self._block = bytearray(BLOCK_BYTES + LARGEST_FRAME)
        self._pin = ctypes.c_char.from_buffer(self._block)  # while it is held the block cannot move
        self._base = ctypes.addressof(self._pin)
        self._end = 0
        self._rows: list[tuple[int, int, int, int, int]] = []

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def full(self) -> bool:
        """True when the next frame may not fit."""
        return self._end >= BLOCK_BYTES or len(self._rows) >= BLOCK_FRAMES

    @property
    def address(self) -> int:
        """Where the next frame's bytes go."""
        return self._base + self._end

    def keep(
        self, size: int, skip: int, time_ns: int, direction: Direction, offload: Offload = Offload.NONE
    ) -> memoryview:
        """Count the ``size`` bytes at ``address`` as a frame after ``skip`` bytes of header; a view of the frame.

        What the view shows changes after the next ``cut``.
        """
        start = self._end + skip
        self._end += size
        self._rows.append((start, size - skip, time_ns, direction, offload))
        return memoryview(self._block)[start : self._end]

    def add(self, frame: bytes, time_ns: int, direction: Direction) -> None:
        """Add a copy of ``frame``: not longer than ``LARGEST_FRAME``, and not while ``full``."""
        self._block[self._end : self._end + len(frame)] = frame
        self.keep(len(frame), 0, time_ns, direction).release()

    def cut(self) -> Batch:
        """Everything added since the last cut, all of interface 0; the block is empty afterwards."""
        rows = np.array(self._rows, np.int64).reshape(-1, 5)
        block = bytes(memoryview(self._block)[: self._end])
        self._rows.clear()
        self._end = 0
        length = rows[:, 1].astype(np.uint32)
        return Batch(
            block=block,
            offset=rows[:, 0].copy(),
            length=length,
            captured=length,
            time_ns=rows[:, 2].copy(),
            direction=rows[:, 3].astype(np.uint8),
            offload=rows[:, 4].astype(np.uint8),
            interface=np.zeros(len(rows), np.uint16),
        )
