"""Further processes that look into frames, for filters that ask more than one process has time for.

Not ``multiprocessing``: a fork of a process with threads may hang, and its other ways run the main module again, keep
one more process for its semaphores, and leave orphans when they are killed. These end with their pipe.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.filters.backlog import Numbers
from tapscope.filters.context import Context, Wanted
from tapscope.store.batch import Batch

AT_ONCE = 2
"""Jobs of a worker: one that it does, one that is there when it is done."""
MOST = 8

_PROGRAM = "import sys; sys.path[:] = {path!r}; from tapscope.filters.worker import main; main()"
"""With this process's own search path, so that nothing comes from the folder it happens to stand in."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Frames to be looked into: what for (None: for their Info), and numbers with their frames."""

    wanted: Wanted | None
    context: Context
    pieces: list[tuple[Numbers, Batch]]

    @property
    def numbers(self) -> Numbers:
        """Of all its frames, ascending."""
        return np.concatenate([numbers for numbers, _ in self.pieces])


Found = NDArray[Any]
"""The numbers of the frames that pass, or the Info of each."""
Answer = tuple[Job, Found | None]
"""The job and what was found; None where the worker died of it."""


class Workers:
    """As many processes as there are cores, from the first ``start`` until ``close``.

    ``wake`` is called in a thread of theirs when a worker is ready, or an answer there.
    """

    def __init__(self, wake: Callable[[], object], *, count: int | None = None) -> None:
        self._wake = wake
        self._count = min(len(os.sched_getaffinity(0)), MOST) if count is None else count
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._answers: deque[Answer] = deque()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[Thread] = []
        self._alive: list[subprocess.Popen[bytes]] = []
        self._doing: dict[subprocess.Popen[bytes], Job] = {}
        self._given = 0
        self._closed = False

    @property
    def serving(self) -> bool:
        """Whether one is ready or at work."""
        return bool(self._alive)

    @property
    def free(self) -> int:
        """How many jobs they could do with now; none before they are ready."""
        return max(0, len(self._alive) * AT_ONCE - self._given)

    def start(self) -> None:
        """Start them, unless that was done. Where the system allows no process, there is none."""
        if self._processes or self._closed:
            return
        command = [sys.executable, "-P", "-c", _PROGRAM.format(path=sys.path)]
        for _ in range(self._count):
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError:
                return
            self._processes.append(process)
            self._threads.append(Thread(target=self._serve, args=(process,), name="filter worker", daemon=True))
            self._threads[-1].start()

    def give(self, job: Job) -> None:
        """Have it done, sooner or later."""
        self._given += 1
        self._jobs.put(job)

    def answers(self) -> list[Answer]:
        """Those that came since the last call."""
        found = []
        while self._answers:
            found.append(self._answers.popleft())
        self._given -= len(found)
        return found

    def close(self) -> None:
        """End them, whatever they are doing."""
        self._closed = True
        for process in self._processes:
            process.kill()
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._processes.clear()
        self._threads.clear()

    def _serve(self, process: subprocess.Popen[bytes]) -> None:
        """In a thread: hand one job after the other to one process, until there is neither."""
        try:
            with process:
                self._hand_over(process)
        except (OSError, EOFError, pickle.UnpicklingError):
            self._lost(process)

    def _hand_over(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        pickle.load(process.stdout)  # noqa: S301  our own process wrote it
        self._alive.append(process)
        self._wake()
        while (job := self._jobs.get()) is not None:
            self._doing[process] = job
            pickle.dump(job, process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            found = pickle.load(process.stdout)  # noqa: S301  our own process wrote it
            self._answers.append((self._doing.pop(process), found))
            self._wake()

    def _lost(self, process: subprocess.Popen[bytes]) -> None:
        """What it was doing is not done; nor is anything else, where it was the last."""
        if process in self._doing:
            self._answers.append((self._doing.pop(process), None))
        if process in self._alive:
            self._alive.remove(process)
        if not self._alive and not self._closed:
            with suppress(Empty):
                while (job := self._jobs.get_nowait()) is not None:
                    self._answers.append((job, None))
                self._jobs.put(None)  # that was for another thread, to end it
        self._wake()
