"""What a source hands over: one block of bytes and numpy columns, never one Python object a frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tapscope.store.headers import Headers

NO_TIME = np.iinfo(np.int64).min
"""In the ``time_ns`` column: the source gave this frame no time."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``n`` frames. All columns have shape ``(n,)``.

    ``block``      the bytes; frame *i* is ``block[offset[i]:offset[i] + captured[i]]``; any buffer, also a mapped file
    ``offset``     int64, bytes into ``block``
    ``length``     uint32, bytes on the wire
    ``captured``   uint32, bytes held (never more than ``length``)
    ``time_ns``    int64, nanoseconds since the epoch, or ``NO_TIME``
    ``direction``  uint8, a ``Direction``
    ``offload``    uint8, ``Offload`` bits
    ``interface``  uint16, index into the source's ``interfaces``
    ``comments``   index within the batch -> the frame's comments
    ``headers``    what the frames' headers say, once somebody has read them
    """

    block: bytes | bytearray | memoryview
    offset: NDArray[np.int64]
    length: NDArray[np.uint32]
    captured: NDArray[np.uint32]
    time_ns: NDArray[np.int64]
    direction: NDArray[np.uint8]
    offload: NDArray[np.uint8]
    interface: NDArray[np.uint16]
    comments: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    headers: Headers | None = None

    def __len__(self) -> int:
        return len(self.offset)
