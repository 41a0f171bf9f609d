"""Frames of several sources in the order of their times. Pure: nothing is read here, and no clock is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.capture.files.window import NOTHING
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import COLUMNS, selected

LONGEST_NS = 1_000_000_000
"""No frame waits for longer, whatever the clock that stamps them does, or however far behind a source is."""

NEVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A batch, and the time of each frame, shape ``(n,)``; it came at the nanosecond ``since``."""

    batch: Batch
    time_ns: NDArray[np.int64]
    since: int


class Merging:
    """Takes batches, and gives back what nothing earlier can follow any more. ``sources`` are numbered from 0."""

    def __init__(self, sources: int) -> None:
        self._reached = [NO_TIME] * sources
        self._waiting: list[_Waiting] = []

    @property
    def oldest_ns(self) -> int | None:
        """The time of the earliest frame that waits; None where none does."""
        return min((int(each.time_ns.min()) for each in self._waiting), default=None)

    def add(self, source: int, batch: Batch, now: int) -> None:
        """What a source handed over; everything older of it has come. ``now`` is by a clock that is never set."""
        if len(batch):
            times = times_of(batch)
            self._waiting.append(_Waiting(batch, times, now))
            self._reached[source] = int(times[-1])

    def reach(self, source: int, time_ns: int) -> None:
        """Of that source everything up to this time has come; what is known already is not taken back."""
        self._reached[source] = max(self._reached[source], time_ns)

    def bound_ns(self, now: int) -> int:
        """The time up to which frames may be taken."""
        late = [int(each.time_ns.max()) for each in self._waiting if now - each.since > LONGEST_NS]
        return max([min(self._reached), *late])

    def sift(self, passing: Callable[[Batch], Batch]) -> None:
        """Of what waits, keep what passes."""
        kept = [replace(each, batch=passing(each.batch)) for each in self._waiting]
        self._waiting = [replace(each, time_ns=times_of(each.batch)) for each in kept if len(each.batch)]

    def take(self, bound_ns: int) -> Batch:
        """The frames up to that time, in order; those of the same time in the order in which they came."""
        ready, rest = [], []
        for each in self._waiting:
            early = each.time_ns <= bound_ns
            if early.all():
                ready.append(each)
                continue
            if early.any():
                ready.append(_picked(each, early))
            rest.append(_picked(each, ~early))
        self._waiting = rest
        return _sorted(ready)


def times_of(batch: Batch) -> NDArray[np.int64]:
    """By what each frame is ordered, shape ``(n,)``: its time; where it has none, that of the one before it."""
    timed = np.where(batch.time_ns != NO_TIME, np.arange(len(batch)), 0)
    return batch.time_ns[np.maximum.accumulate(timed)]


def _picked(each: _Waiting, mask: NDArray[np.bool_]) -> _Waiting:
    """Only these frames, and only the part of the block in which they lie."""
    batch = selected(each.batch, mask)
    start, end = int(batch.offset.min()), int((batch.offset + batch.captured).max())
    batch = replace(batch, block=memoryview(batch.block)[start:end], offset=batch.offset - start)
    return replace(each, batch=batch, time_ns=each.time_ns[mask])


def _sorted(pieces: Sequence[_Waiting]) -> Batch:
    """One batch of all; a single one whose frames are in order already as it is."""
    if not pieces:
        return NOTHING
    times = np.concatenate([each.time_ns for each in pieces])
    batches = [each.batch for each in pieces]
    if len(batches) == 1 and bool((times[1:] >= times[:-1]).all()):
        return batches[0]
    order = np.argsort(times, kind="stable")
    columns: dict[str, Any] = {name: np.concatenate([getattr(batch, name) for batch in batches]) for name in COLUMNS}
    sizes, counts = [len(batch.block) for batch in batches], [len(batch) for batch in batches]
    columns["offset"] = columns["offset"] + np.repeat(np.cumsum([0, *sizes[:-1]]), counts)
    comments = _moved(batches, order) if any(batch.comments for batch in batches) else {}
    block = b"".join(batch.block for batch in batches)
    return Batch(block=block, comments=comments, **{name: column[order] for name, column in columns.items()})


def _moved(batches: Sequence[Batch], order: NDArray[np.int64]) -> dict[int, tuple[str, ...]]:
    """The comments of all batches, where their frames are now: the n-th of them is the old ``order[n]``."""
    place = np.argsort(order)
    comments: dict[int, tuple[str, ...]] = {}
    first = 0
    for batch in batches:
        comments |= {int(place[first + at]): words for at, words in batch.comments.items()}
        first += len(batch)
    return comments
