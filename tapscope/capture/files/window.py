"""What passes between a source of bytes and a parser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of

MAX_BLOCK = 16 * 1024 * 1024
"""The longest block or frame that is believed; longer lengths are taken for damage (as libpcap's sf-pcapng.c does)."""

NOTHING = batch_of(())
"""A batch without frames."""


@dataclass(frozen=True, slots=True)
class Window:
    """``data[:size]`` are the file's bytes from offset ``base``; it ends at ``end``, None while that is unknown."""

    data: bytes | bytearray
    base: int
    size: int
    end: int | None

    def holds(self, start: int, count: int) -> bool:
        """Whether ``count`` bytes from offset ``start`` of the file are here."""
        return self.base <= start and start + count <= self.base + self.size


class Parser(Protocol):
    """Reads records one after the other; never raises, whatever the bytes are.

    ``at`` is the file offset of the next record and ``need`` how many bytes from there a window must hold for the
    parser to go on; ``at`` may lie beyond the window. ``stopped``: the end was reached, or damage that cannot be
    passed. ``fault`` names the first damage and its offset, else it is empty.
    """

    at: int
    need: int
    stopped: bool
    fault: str

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those described so far; always the same list, which grows."""

    def read(self, window: Window) -> Batch:
        """The frames of all whole records in the window, which holds ``need`` bytes from ``at`` or the file's end."""


def gather(data: bytes | bytearray, places: NDArray[np.int64], kind: np.dtype[Any]) -> NDArray[Any]:
    """The values of type ``kind`` at these offsets, aligned or not; shape ``(n,)``."""
    if not len(places):
        return np.empty(0, kind)
    every = np.ndarray((len(data) - kind.itemsize + 1,), kind, data, 0, (1,))
    return every[places]


def first_true(mask: NDArray[np.bool_]) -> int:
    """The index of the first True; the length when there is none."""
    return int(mask.argmax()) if mask.any() else len(mask)
