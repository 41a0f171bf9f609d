"""Keeps every frame of a store on disk, in a thread of its own: a slow disk holds nobody up."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import commented, part_of
from tapscope.store.spool.file import Spooled
from tapscope.store.spool.files import Files, Run, SpoolState, kept_on_disk
from tapscope.store.spool.plan import SpoolPlan

REST_S = 0.1
"""How often frames that come one by one are written together."""
PATIENCE_S = 10
"""How long the end waits for a disk that takes nothing."""


@dataclass(slots=True)
class _Job:
    """A segment of the store from its first frame on; until it is ``sealed``, ``batch`` is replaced as it grows."""

    first: int
    batch: Batch
    interfaces: Sequence[Interface]
    sealed: bool
    abandoned: bool = False
    written: int = 0
    runs: list[Run] = field(default_factory=list)


class Spool:
    """``offer``, ``take`` and ``forgotten`` are the store's, all from one thread.

    The store itself is the queue: what it has offered and still holds is written, in order. ``wake`` is called in the
    spool's thread when there is a fault, and when a segment that the store asked for in vain is on disk. ``clock`` and
    ``now`` are in seconds, the latter since the epoch.
    """

    def __init__(
        self,
        plan: SpoolPlan,
        name: str,
        wake: Callable[[], object] = lambda: None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._files = Files(plan, name, clock, now)
        self._wake = wake
        self._news = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._busy: _Job | None = None
        self._ready: dict[int, list[Spooled]] = {}
        self._wanted = False
        self._offered = self._written = 0
        self._expected = 1
        self._fault = ""
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)

    def offer(self, first: int, batch: Batch, interfaces: Sequence[Interface], *, sealed: bool) -> None:
        """Have the segment that begins with frame ``first`` written: as it is by now, or, ``sealed``, for good."""
        with self._news:
            if not self._thread.ident and not self._closing:
                self._thread.start()
            self._offered = first + len(batch) - 1
            if self._fault or self._closing:
                return
            if self._jobs and self._jobs[-1].first == first:
                job = self._jobs[-1]
                job.batch, job.interfaces, job.sealed = batch, interfaces, sealed
            else:
                self._jobs.append(_Job(first, batch, interfaces, sealed))
            self._news.notify()

    def take(self, first: int, *, at_once: bool) -> Sequence[Spooled] | None:
        """What stands on disk for the segment that begins with frame ``first``: told once.

        Empty where it is not there. None where it will be: ``wake`` then says when. ``at_once``: it is not waited for;
        nothing more of it is written then, unless that is being done at this moment.
        """
        with self._news:
            if first in self._ready:
                return self._ready.pop(first)
            job = next((job for job in self._jobs if job.first == first), None)
            if job is None:
                return ()
            if not at_once:
                self._wanted = True
                return None
            job.abandoned = True
            if job is not self._busy:
                self._jobs.remove(job)
            return ()

    @property
    def forgotten(self) -> int:
        """The number of the last frame whose file was removed for newer ones; 0 where none was."""
        return self._files.removed_until

    @property
    def state(self) -> SpoolState:
        """How it stands; from any thread."""
        with self._news:
            waiting = sum(len(job.batch) - job.written for job in self._jobs)
            missed = self._offered - self._written - waiting
            state = replace(self._files.state, missed=missed, fault=self._fault)
            return replace(state, frames=self._written - state.removed)

    def finish(self) -> None:
        """Write what waits, and no more; returns at once."""
        with self._news:
            self._closing = True
            self._news.notify()

    def close(self, patience: float = PATIENCE_S) -> SpoolState:
        """Write what waits, and say how it stands; waits as long as the disk takes something at all."""
        self.finish()
        octets = -1
        while self._thread.is_alive() and octets != self._files.state.octets:
            octets = self._files.state.octets
            self._thread.join(patience)
        with self._news:
            self._jobs.clear()
        return self.state

    def _run(self) -> None:
        fault = "an error in tapscope itself"
        try:
            while (work := self._next()) is not None:
                self._write(*work)
            fault = ""
        except OSError as error:
            fault = error.strerror or str(error)
        finally:
            self._end(fault)

    def _next(self) -> tuple[_Job, Batch, bool] | None:
        """The oldest segment of which something is to be written, and what is known of it now; None at the end."""
        with self._news:
            while True:
                self._news.wait_for(lambda: self._closing or self._to_do())
                self._news.wait_for(lambda: self._closing or not self._jobs or self._jobs[0].sealed, REST_S)
                if self._to_do():
                    self._busy = self._jobs[0]
                    return self._busy, self._busy.batch, self._busy.sealed
                if self._closing:
                    return None

    def _to_do(self) -> bool:
        return bool(self._jobs) and (self._jobs[0].sealed or self._jobs[0].written < len(self._jobs[0].batch))

    def _write(self, job: _Job, batch: Batch, sealed: bool) -> None:
        """Write what is new of a segment; when there is all of it, have it stand on disk."""
        new, number = part_of(batch, job.written, len(batch)), job.first + job.written
        if number > self._expected:
            new = commented(new, [f"missing before this: {number - self._expected} frames, too many for the disk"])
        for run in self._files.write(number, new, job.interfaces):
            self._expected = number = number + len(run)
            with self._news:
                job.runs.append(run)
                job.written += len(run)
                self._written += len(run)
        kept = kept_on_disk(batch, job.runs) if sealed else None
        with self._news:
            self._busy = None
            if kept is not None:
                self._jobs.popleft()
                if not job.abandoned:
                    self._ready[job.first] = kept
            wanted, self._wanted = self._wanted, self._wanted and kept is None
        if wanted and kept is not None:
            self._wake()

    def _end(self, fault: str) -> None:
        with self._news:
            self._busy, self._fault = None, fault
            self._jobs.clear()
            self._written -= self._files.vanished if fault else 0
        if fault:
            self._wake()
