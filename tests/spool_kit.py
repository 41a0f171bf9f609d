"""A store that keeps everything on disk, and what is there, as our reader and as Wireshark's read it."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tapscope.capture.files import open_file
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of, frames_of
from tapscope.store.spool.plan import SpoolPlan
from tapscope.store.spool.spool import Spool

PATIENCE = 30.0
MIB = 1 << 20
TAP = Interface("tap0")
NOW = 1_795_000_000_123_456_789
NOON = 1_700_000_000.0


class Spooling:
    """A store of ``limit`` bytes with a spool in ``folder``; ``woken`` counts the calls."""

    def __init__(self, folder: Path, limit: int, clock: Callable[[], float] = lambda: 0.0, **plan: float) -> None:
        self.woken = 0
        self.spool = Spool(SpoolPlan(str(folder), **plan), "tap0", self._wake, clock=clock, now=lambda: NOON)
        self.store = Store(limit_bytes=limit, keeper=self.spool)
        self.store.set_interfaces([TAP])
        self.folder = folder

    def _wake(self) -> None:
        self.woken += 1

    def until_written(self) -> None:
        """Every frame is on disk, was removed with its file, or is counted as missed."""
        until(self._is_idle)
        state = self.spool.state
        assert state.frames + state.missed + state.removed == self.store.total_frames
        self.store.evict()

    def _is_idle(self) -> bool:
        with self.spool._news:
            return self.spool._busy is None and not self.spool._to_do()


@contextmanager
def spooling(folder: Path, limit: int = 0, **more) -> Iterator[Spooling]:
    found = Spooling(folder, limit, **more)
    yield found
    found.spool.close()


def until(fact: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


def numbered(first: int, count: int, size: int = 100) -> Batch:
    """Frames that differ, a nanosecond apart."""
    frames = range(first, first + count)
    return batch_of([(b"%012d" % number + bytes(size - 12), NOW + number, Direction.OUT) for number in frames])


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def on_disk(folder: Path) -> list[Frame]:
    """All frames of all files, numbered through."""
    found: list[Frame] = []
    for path in files(folder):
        source = open_file(str(path))
        while (batch := source.read()) is not None:
            found += frames_of(batch, source.interfaces, len(found) + 1)
        source.close()
        assert source.fault == ""
    return found


def said(*command: str | Path) -> str:
    """What a program says on stdout."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
