"""The one place where two threads meet: the capture puts, the taker is woken once and takes everything."""

from collections.abc import Callable
from threading import Lock

import numpy as np

from tapscope.capture.source import Event
from tapscope.store.batch import Batch
from tapscope.store.batches import FRAME_BYTES, is_mapped

LIMIT_BYTES = 64 << 20
"""A taker that stands still for a second loses nothing below about half a gigabit a second."""

_BATCH_BYTES = 1024
"""What a batch costs beyond its frames: its objects."""


def weight(batch: Batch) -> int:
    """About the bytes of memory that waiting for the taker costs: those of a mapped file cost none."""
    held = 0 if is_mapped(batch.block) else int(batch.captured.sum(dtype=np.int64))
    return _BATCH_BYTES + FRAME_BYTES * len(batch) + held


class Inbox:
    """Events in the order in which they were put.

    Bounded: a batch that comes while ``limit_bytes`` or more are waiting is dropped and its frames counted in
    ``dropped``. Other events always get through. ``wake`` is called in the putting thread, once until the next
    ``take``. ``on_room`` is called in the taking thread when the inbox was full and no longer is.
    """

    def __init__(self, wake: Callable[[], object], *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._wake = wake
        self._limit = limit_bytes
        self._lock = Lock()
        self._events: list[Event] = []
        self._waiting_bytes = 0
        self._dropped = 0
        self.on_room: Callable[[], object] = lambda: None

    @property
    def full(self) -> bool:
        """True when the next batch would be dropped."""
        return self._waiting_bytes >= self._limit

    @property
    def dropped(self) -> int:
        """Frames dropped since the beginning."""
        return self._dropped

    def put(self, event: Event) -> None:
        """Add one event. Never blocks for longer than a ``take``."""
        with self._lock:
            if isinstance(event, Batch):
                if self.full:
                    self._dropped += len(event)
                    return
                self._waiting_bytes += weight(event)
            self._events.append(event)
            first = len(self._events) == 1
        if first:
            self._wake()

    def take(self) -> list[Event]:
        """Everything that waits, oldest first."""
        with self._lock:
            events, self._events = self._events, []
            was_full = self.full
            self._waiting_bytes = 0
        if was_full:
            self.on_room()
        return events
