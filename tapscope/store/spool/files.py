"""The files of a spool, one after the other: a new one when one is full; the oldest removed, if few are to be kept."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import part_of
from tapscope.store.encoding import MOST_OVERHEAD
from tapscope.store.spool.file import Spooled, SpoolFile
from tapscope.store.spool.names import dated
from tapscope.store.spool.plan import SpoolPlan

_AT_ONCE = 1 << 20
"""Bytes that are encoded and written in one go: the longer one takes, the longer other threads wait for theirs."""


@dataclass(frozen=True, slots=True)
class SpoolState:
    """How a spool stands. ``path`` is that of the newest file, or of the folder before there is one.

    ``frames`` and ``octets`` are on disk now, in ``files`` files; ``missed`` frames never came there, and ``removed``
    went again with the oldest files. ``fault`` says in a few words why nothing is kept any more, else empty.
    """

    path: str
    files: int = 0
    frames: int = 0
    octets: int = 0
    missed: int = 0
    removed: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """Frames that follow each other in a file. ``places``: where in it the bytes of each begin, shape ``(n,)``."""

    file: SpoolFile
    places: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.places)


class Files:
    """Writes frames, by one thread; ``state`` may be read by any. ``OSError`` goes up."""

    def __init__(self, plan: SpoolPlan, name: str, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self._plan = plan
        self._clock = clock
        self._name, self._begun = name, now()
        self._files: deque[SpoolFile] = deque()
        self._made = 0
        self._full = True
        self.state = SpoolState(plan.folder)
        self.removed_until = 0

    def write(self, first: int, batch: Batch, interfaces: Sequence[Interface]) -> Iterator[Run]:
        """Write frames, the first of them numbered ``first``; says of each run when it is written."""
        ends = np.cumsum(batch.captured + np.int64(MOST_OVERHEAD))
        start = 0
        while start < len(batch):
            file = self._open(interfaces)
            stop = self._fitting(file, ends, start)
            self._full = stop == start
            if self._full:
                continue
            size = file.size
            places = file.append(part_of(batch, start, stop), interfaces)
            file.last = first + stop - 1
            self.state = replace(self.state, octets=self.state.octets + file.size - size)
            yield Run(file, places)
            start = stop

    @property
    def vanished(self) -> int:
        """How many frames were in files that somebody else removed."""
        return sum(file.frames for file in self._files if not file.is_there)

    def _fitting(self, file: SpoolFile, ends: NDArray[np.int64], start: int) -> int:
        """Up to which frame there is room at once; ``start`` where the file has no room for another."""
        room = self._plan.most_bytes - file.size if self._plan.most_bytes else _AT_ONCE
        before = int(ends[start - 1]) if start else 0
        stop = int(np.searchsorted(ends, before + min(room, _AT_ONCE), side="right"))
        return max(stop, start + 1) if not file.frames or room >= _AT_ONCE else max(stop, start)

    def _open(self, interfaces: Sequence[Interface]) -> SpoolFile:
        newest = self._files[-1] if self._files else None
        if newest is None or self._full or self._is_old(newest):
            newest = self._make(interfaces)
            self._files.append(newest)
            self._full = False
            self.state = replace(
                self.state, path=str(newest.path), files=len(self._files), octets=self.state.octets + newest.size
            )
            self._remove_oldest()
        return newest

    def _is_old(self, file: SpoolFile) -> bool:
        most = self._plan.most_seconds
        return bool(most and file.frames and self._clock() - file.made >= most)

    def _make(self, interfaces: Sequence[Interface]) -> SpoolFile:
        """A file of a new name; a name that is taken is left alone."""
        while True:
            self._made += 1
            more = f"-{self._made:05}" if self._plan.rotates or self._made > 1 else ""
            path = Path(self._plan.folder, dated(self._name, self._begun, more))
            with contextlib.suppress(FileExistsError):
                return SpoolFile(path, interfaces, made=self._clock())

    def _remove_oldest(self) -> None:
        while self._plan.most_files and len(self._files) > self._plan.most_files:
            oldest = self._files.popleft()
            with contextlib.suppress(FileNotFoundError):
                oldest.path.unlink()
            self.removed_until = oldest.last
            self.state = replace(
                self.state,
                files=len(self._files),
                octets=self.state.octets - oldest.size,
                removed=self.state.removed + oldest.frames,
            )


def kept_on_disk(batch: Batch, runs: Sequence[Run]) -> list[Spooled]:
    """What stands for a batch whose frames were all written, in these runs, one after the other."""
    found, start = [], 0
    for file, same in groupby(runs, key=lambda run: run.file):
        places = np.concatenate([run.places for run in same])
        part = part_of(batch, start, start + len(places))
        found.append(file.keep(replace(part, offset=places)))
        start += len(places)
    return found
