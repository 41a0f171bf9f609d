"""The Info of many frames, for those who sort by it: the dissector makes it, a few frames at a time."""

from time import monotonic

import numpy as np

from tapscope.dissect.summary import summarize
from tapscope.filters.backlog import Numbers
from tapscope.filters.context import Context
from tapscope.filters.workers import Found, Job
from tapscope.frame import Frame
from tapscope.store.arena import Store
from tapscope.store.grouping import Keys
from tapscope.store.ordering import LAST
from tapscope.store.picking import bundle

LONGEST = 128
"""Bytes of an Info, as UTF-8, that are sorted by."""


def info_of(frame: Frame) -> bytes:
    """What is sorted by. Never raises."""
    return summarize(frame).info.encode()[:LONGEST]


class Infos:
    """The Info of the frames with these ascending ``numbers``, as far as they are held when their turn comes.

    They are looked into here (``look``) or elsewhere (``job`` and ``answered``), until none is ``left``.
    """

    def __init__(self, store: Store, numbers: Numbers) -> None:
        self.numbers = numbers
        self._store = store
        self._waiting = [numbers]
        self._away: set[Job] = set()
        self._found: list[tuple[Numbers, Found]] = []
        self.left = len(numbers)
        """How many frames were not looked into yet."""

    def look(self, seconds: float) -> None:
        """Look into frames for so long, and one frame more."""
        until = monotonic() + seconds
        numbers, infos = [], []
        while len(taken := self._take(1)):
            number = int(taken[0])
            if number >= self._store.first:
                numbers.append(number)
                infos.append(info_of(self._store.row(number)))
            self.left -= 1
            if monotonic() >= until:
                break
        self._found.append((np.array(numbers, np.int64), np.array(infos, f"S{LONGEST}")))

    def job(self, count: int) -> Job | None:
        """At most so many frames to be looked into elsewhere; None where none waits."""
        taken = self._take(count)
        held = taken[np.searchsorted(taken, self._store.first) :]
        self.left -= len(taken) - len(held)
        if not len(held):
            return None
        job = Job(None, Context(tuple(self._store.interfaces)), bundle(self._store, held))
        self._away.add(job)
        return job

    def answered(self, job: Job, found: Found | None) -> None:
        """Take the Info of a job's frames; None: nobody did it, and they wait again. Others' jobs are nothing."""
        if job not in self._away:
            return
        self._away.remove(job)
        if found is None:
            self._waiting.append(job.numbers)
        else:
            self._found.append((job.numbers, found))
            self.left -= len(found)

    def _take(self, count: int) -> Numbers:
        """The next of those that wait."""
        taken = self._waiting[-1][:count]
        self._waiting[-1] = self._waiting[-1][count:]
        if not len(self._waiting[-1]) and len(self._waiting) > 1:
            self._waiting.pop()
        return taken

    def keys(self) -> Keys:
        """What to sort the frames by once none is left, in the order of ``numbers``. In any thread."""
        keys = np.full(len(self.numbers), LAST)
        numbers = np.concatenate([np.empty(0, np.int64), *(numbers for numbers, _ in self._found)])
        infos = np.concatenate([np.empty(0, "S1"), *(infos for _, infos in self._found)])
        keys[np.searchsorted(self.numbers, numbers)] = np.unique(infos, return_inverse=True)[1]
        return keys
