"""Several interfaces read as one source, their frames in the order of their times.

A packet ring hands a block over some milliseconds after its first frame, each ring at moments of its own. So a frame
waits until every interface has handed over something later, or for ``HORIZON_NS``, by when what is earlier has come.
"""

import select
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace

import numpy as np

from tapscope.attempt import Attempt, AttemptFailed
from tapscope.capture.merging import NEVER, Merging
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import sieving
from tapscope.capture.source import GONE, Source, SourceInfo, Telling
from tapscope.capture.timer import Timer
from tapscope.frame import Interface
from tapscope.machine.links import find_link
from tapscope.store.batch import Batch

HORIZON_NS = 70_000_000
"""More than a ring's time-out, which the kernel rounds up to its tick: ``ring.RETIRE_MS``."""
_SOON_NS = 1_000_000


def open_merged(openers: Iterable[tuple[str, Callable[[], Source]]]) -> "MergedSource":
    """Open all of them, each given by its interface's name and what opens it; they are live sources.

    Raises what an opener raises, and then closes what is open already. ``Attempt.interface`` says whose it is.
    """
    with ExitStack() as stack:
        sources: list[Source] = []
        for name, opener in openers:
            try:
                sources.append(stack.enter_context(closing(opener())))
            except AttemptFailed as refused:
                raise AttemptFailed(replace(refused.attempt, interface=name)) from refused
        merged = MergedSource(sources)
        stack.pop_all()
        return merged


class MergedSource:
    """A ``SievingSource`` of live ones. Owns them. Ends when the last of them is gone, with what that one raised."""

    fault = ""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = [sieving(source) for source in sources]
        self._open = dict(enumerate(self._sources))
        self._merging = Merging(len(sources))
        self._interfaces: list[Interface] = []
        self._numbers: list[list[int]] = [[] for _ in sources]
        self._notes = tuple(note for source in sources for note in _notes(source.info))
        self._dropped = 0
        self._marks: list[tuple[int, str]] = []
        self._due: list[str] = []
        self._failed: AttemptFailed | None = None
        self._timer = Timer()
        self._poll = select.epoll()
        self._poll.register(self._timer, select.EPOLLIN)
        for number, source in self._open.items():
            self._poll.register(source.fileno(), select.EPOLLIN)
            self._note_interfaces(number)

    @property
    def info(self) -> SourceInfo:
        """All names, mode ``merged``; by which door each came, and why."""
        infos = [source.info for source in self._sources]
        return SourceInfo(
            " ".join(info.name for info in infos),
            "merged",
            live=True,
            notes=self._notes,
            why="; ".join(_state(info, is_open=number in self._open) for number, info in enumerate(infos)),
            ring=any(info.ring for info in infos),
            sieve=next((infos[number].sieve for number in self._open), ""),
            sieve_counts=any(info.sieve_counts for info in infos),
            waiting=all(info.waiting or number not in self._open for number, info in enumerate(infos)),
        )

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those of each, in the order in which they were named."""
        return self._interfaces

    @property
    def dropped(self) -> int:
        """Those of all together."""
        return self._dropped + sum(source.dropped for source in self._open.values())

    def fileno(self) -> int:
        """Readable when any of them is, and when what waits is due."""
        return self._poll.fileno()

    def read(self) -> Batch:
        """What is due, in order. Raises ``AttemptFailed`` when the last interface is gone and all was handed over."""
        self._timer.silence()
        now = time.time_ns()
        ready = {fd for fd, _ in self._poll.poll(0)}
        for number, source in list(self._open.items()):
            if source.fileno() in ready:
                self._ask(number, source)
            else:
                self._merging.reach(number, now - HORIZON_NS)
        batch = self._take()
        if self._failed and not self._open and not len(batch) and not self._due:
            raise self._failed
        self._set_timer()
        return batch

    def _ask(self, number: int, source: Source) -> None:
        try:
            batch = source.read()
        except AttemptFailed as failed:
            self._failed = failed
            self._let_go(number, source, failed.attempt)
            batch = None
        if isinstance(source, Telling):
            self._marks += [(time.time_ns(), text) for text in source.take_marks()]
        if batch is not None and len(batch):
            self._note_interfaces(number)
            merged = np.array(self._numbers[number], np.uint16)[batch.interface]
            self._merging.add(number, replace(batch, interface=merged), time.monotonic_ns())

    def _let_go(self, number: int, source: Source, failed: Attempt) -> None:
        self._merging.reach(number, NEVER)
        self._dropped += source.dropped
        self._poll.unregister(source.fileno())
        del self._open[number]
        source.close()
        if self._open:
            what = f"{source.info.name} is gone" if failed.errno in GONE else str(failed)
            self._marks.append((time.time_ns(), f"{what}: the others go on"))

    def _note_interfaces(self, number: int) -> None:
        numbers = self._numbers[number]
        for interface in self._sources[number].interfaces[len(numbers) :]:
            numbers.append(len(self._interfaces))
            self._interfaces.append(interface)

    def _take(self) -> Batch:
        """Frames up to the next mark at most, so that it stands between those before it and those behind it."""
        bound = self._merging.bound_ns(time.monotonic_ns())
        if self._marks and self._marks[0][0] <= bound:
            bound = self._marks[0][0]
        self._due += [text for at, text in self._marks if at <= bound]
        self._marks = [(at, text) for at, text in self._marks if at > bound]
        return self._merging.take(bound)

    def set_sieve(self, sieve: Sieve | None) -> None:
        """For each of them, and for what waits to be put in order. Raises ``FilterRefused``."""
        if sieve is not None:
            sieve.fit(self._interfaces)
            self._merging.sift(lambda batch: sieve.of(batch, self._interfaces))
        for source in self._open.values():
            source.set_sieve(sieve)

    def take_marks(self) -> Sequence[str]:
        """What happened to any of them, up to the frames that were read."""
        due, self._due = self._due, []
        return due

    def _set_timer(self) -> None:
        oldest = self._merging.oldest_ns
        waiting = [at for at, _ in self._marks] + ([] if oldest is None else [oldest])
        if not self._open:
            self._timer.ring_in(0)
        elif waiting:
            ahead = min(waiting) + HORIZON_NS - time.time_ns()
            self._timer.ring_in(min(max(ahead, _SOON_NS), HORIZON_NS))

    def close(self) -> None:
        """Let all of them go."""
        self._poll.close()
        self._timer.close()
        for source in self._open.values():
            source.close()


def _state(info: SourceInfo, *, is_open: bool) -> str:
    if not is_open or info.waiting:
        return f"{info.name} {'waiting' if is_open else 'gone'}"
    return f"{info.name} {info.mode}" + (f": {info.why}" if info.why else "")


def _notes(info: SourceInfo) -> tuple[str, ...]:
    """Also that it is down at the beginning; what happens later are marks."""
    link = find_link(info.name)
    is_down = link is not None and not link.up
    return (*info.notes, f"{info.name} is down: nothing comes until it is up") if is_down else info.notes
