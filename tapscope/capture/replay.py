"""Sources of frames that were there before: at once, or in the rhythm in which they were recorded."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tapscope.capture.source import SourceInfo
from tapscope.capture.timer import Timer
from tapscope.frame import Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import COLUMNS, packed

ONE_INTERFACE = (Interface("replay"),)
GAP_NS = 500_000_000
"""Between the last frame of one round and the first of the next."""


class ReplaySource:
    """A ``Source`` that hands over ``batches``, one a read, and then ends."""

    dropped = 0

    def __init__(
        self,
        batches: Sequence[Batch],
        interfaces: Sequence[Interface] = ONE_INTERFACE,
        name: str = "replay",
        *,
        live: bool = False,
        fault: str = "",
    ) -> None:
        self.info = SourceInfo(name, "replay", live)
        self.interfaces = interfaces
        self.fault = fault
        self._waiting = list(reversed(batches))

    def fileno(self) -> int:
        """-1: always ready."""
        return -1

    def read(self) -> Batch | None:
        """The next batch; None when there is none left."""
        return self._waiting.pop() if self._waiting else None

    def close(self) -> None:
        """Nothing is held."""


class PacedReplay:
    """A ``Source`` that repeats frames for ever, each when its time has come, stamped with that time.

    ``recorded`` are at least one frame, in the order in which they are to come. A frame without a time, or with an
    earlier one than the frame before, comes together with that. Time runs from the making of the source.
    """

    fault = ""
    dropped = 0

    def __init__(
        self, recorded: Batch, interfaces: Sequence[Interface], name: str, notes: tuple[str, ...] = ()
    ) -> None:
        self.info = SourceInfo(name, "replay", live=True, notes=notes)
        self.interfaces = interfaces
        self._frames = packed(recorded)
        self._due = _delays(recorded.time_ns)
        self._next = 0
        self._offset_ns = time.time_ns() - time.monotonic_ns()
        self._round_at = time.monotonic_ns()
        self._timer = Timer()
        self._timer.ring_in(0)

    def fileno(self) -> int:
        """Readable when the next frame is due."""
        return self._timer.fileno()

    def read(self) -> Batch:
        """What is due of this round."""
        passed = time.monotonic_ns() - self._round_at
        last = int(np.searchsorted(self._due, passed, side="right"))
        batch = self._part(slice(self._next, last))
        self._next = last
        if last == len(self._due):
            self._round_at += int(self._due[-1]) + GAP_NS
            self._next = 0
        self._timer.ring_in(self._round_at + int(self._due[self._next]) - time.monotonic_ns())
        return batch

    def _part(self, rows: slice) -> Batch:
        """These rows in a block of their own."""
        columns = {name: getattr(self._frames, name)[rows] for name in COLUMNS}
        columns["time_ns"] = self._due[rows] + (self._round_at + self._offset_ns)
        return packed(Batch(block=self._frames.block, **columns))

    def close(self) -> None:
        """Release the timer."""
        self._timer.close()


def _delays(time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Nanoseconds from the first frame that has a time, never decreasing."""
    timed = time_ns[time_ns != NO_TIME]
    first = timed[0] if len(timed) else np.int64(0)
    return np.maximum.accumulate(np.maximum(time_ns, first)) - first
