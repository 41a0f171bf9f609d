"""Many pieces of a block of bytes at once, never one byte beyond what is there."""

from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

Block = bytes | bytearray | memoryview


def bytes_of(block: Block) -> NDArray[np.uint8]:
    """The block's bytes, shape ``(n,)``, no copy; of a mapped file that shrank only those that are left.

    Reading a mapping past the end of its file is a SIGBUS (mmap(2)), so the file is asked for its size first.
    """
    data = np.frombuffer(block, np.uint8)
    if isinstance(block, memoryview) and isinstance(block.obj, mmap):
        return data[: block.obj.size()]
    return data


def gather(data: NDArray[np.uint8], places: NDArray[np.int64], kind: np.dtype[Any]) -> NDArray[Any]:
    """The values of type ``kind`` at these places (not negative), aligned or not; shape ``(n,)``.

    What lies beyond the end of ``data`` reads as zeros.
    """
    room = len(data) - kind.itemsize
    if room >= 0:
        every: NDArray[Any] = np.ndarray((room + 1,), f"V{kind.itemsize}", data, 0, (1,))
        inside = places <= room
        if inside.all():
            return every[places].view(kind)
        found = np.zeros(len(places), every.dtype)
        found[inside] = every[places[inside]]
    else:
        inside = np.zeros(len(places), np.bool_)
        found = np.zeros(len(places), f"V{kind.itemsize}")
    start = max(0, room)
    end = np.concatenate([data[start:], np.zeros(kind.itemsize, np.uint8)])
    beyond = np.minimum(places[~inside] - start, len(data) - start)
    found[~inside] = np.ndarray((len(end) - kind.itemsize + 1,), found.dtype, end, 0, (1,))[beyond]
    return found.view(kind)
