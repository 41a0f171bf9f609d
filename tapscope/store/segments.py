"""The segments of a store, oldest first: in memory, on disk, or given up."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import numpy as np

from tapscope.frame import Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import COLUMNS, lean, memory_of, wasted_bytes
from tapscope.store.headers import HEADERS, NO_NETWORK, NO_VLAN, Headers

UNWRITTEN_BYTES = 64 << 20
"""What may wait for the disk beyond the limit: as much as may wait between two threads."""

GIVEN_UP = "given up: memory was full, and this was not on disk"
"""The comment of every frame of which nothing else is left."""


class Elsewhere(Protocol):
    """Frames that take no memory until they are asked for."""

    def __len__(self) -> int: ...

    def batch(self) -> Batch:
        """All of them."""
        ...


class Keeper(Protocol):
    """What keeps segments elsewhere. All of them are known by the number of their first frame."""

    @property
    def forgotten(self) -> int:
        """The number of the last frame that is kept no more; 0 where that is none."""
        ...

    def offer(self, first: int, batch: Batch, interfaces: Sequence[Interface], *, sealed: bool) -> None:
        """A segment as it is by now; ``sealed``: for good."""
        ...

    def take(self, first: int, *, at_once: bool) -> Sequence[Elsewhere] | None:
        """What stands for a segment, elsewhere: told once. Empty where there is nothing, and nothing comes any more.

        None where there will be something; never ``at_once``.
        """
        ...


@dataclass(frozen=True, slots=True)
class GivenUp:
    """So many frames of which nothing is left but their numbers."""

    frames: int

    def __len__(self) -> int:
        return self.frames

    def batch(self) -> Batch:
        """Frames without a byte, that say so. Takes no memory, however many they are."""
        empty = {"time_ns": NO_TIME, "vlan": NO_VLAN, "network": NO_NETWORK}
        found: dict[str, Any] = {
            name: np.broadcast_to(np.array(empty.get(name, 0), kind), self.frames)
            for name, kind in (COLUMNS | HEADERS).items()
        }
        headers = Headers(*(found[name] for name in HEADERS))
        columns = {name: found[name] for name in COLUMNS}
        return Batch(block=b"", comments=_Same(self.frames, (GIVEN_UP,)), headers=headers, **columns)


class _Same(Mapping[int, tuple[str, ...]]):
    """The same comments for every frame."""

    def __init__(self, frames: int, comments: tuple[str, ...]) -> None:
        self._places = range(frames)
        self._comments = comments

    def __getitem__(self, place: int) -> tuple[str, ...]:
        if place not in self._places:
            raise KeyError(place)
        return self._comments

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)


Segment = Batch | Elsewhere


def batch_of_segment(segment: Segment) -> Batch:
    """Its frames."""
    return segment if isinstance(segment, Batch) else segment.batch()


class Segments:
    """Segments by the number of their first frame. The oldest take no memory, the others are batches.

    ``memory`` is what those take, in bytes; ``given_up`` counts frames that have a number here, and nothing else.
    """

    def __init__(self, keeper: Keeper | None) -> None:
        self._keeper = keeper
        self._list: list[Segment] = []
        self._firsts: list[int] = []
        self._loose: deque[int] = deque()
        self._elsewhere = 0
        self.memory = 0
        self.given_up = 0
        self.next = 1

    def __len__(self) -> int:
        return len(self._list)

    @property
    def first(self) -> int:
        """The number of the first frame; of the next where there is none."""
        return self._firsts[0] if self._firsts else self.next

    def add(self, batch: Batch) -> None:
        """A further segment."""
        if wasted_bytes(batch) > 0:
            self._loose.append(self.next)
        self._list.append(batch)
        self._firsts.append(self.next)
        self.memory += memory_of(batch)
        self.next += len(batch)

    def between(self, first: int, last: int) -> Iterator[tuple[Segment, slice, int]]:
        """The segments that hold frames ``first`` to ``last``, which of their frames, and the first one's number."""
        at = bisect_right(self._firsts, first) - 1
        last = min(last, self.next - 1)
        while first <= last:
            segment, begin = self._list[at], first - self._firsts[at]
            part = slice(begin, min(len(segment), begin + last - first + 1))
            yield segment, part, first
            first += part.stop - part.start
            at += 1

    def tidy(self) -> bool:
        """Have the oldest segment whose block holds more than its frames take less; False where there is none."""
        while self._loose:
            first = self._loose.popleft()
            at = bisect_right(self._firsts, first) - 1
            batch = self._list[at] if at >= self._elsewhere else None
            if isinstance(batch, Batch):
                self._list[at] = tidied = lean(batch)
                self.memory += memory_of(tidied) - memory_of(batch)
                return True
        return False

    def evict(self, room: int, *, spare: int) -> None:
        """Let the oldest go until the others take no more than ``room`` bytes, but for the newest ``spare``.

        One that is still to be written elsewhere is waited for, as long as that takes bearable memory.
        """
        self._forget()
        while self._elsewhere < len(self._list) - spare and self.memory > room:
            pressing = self.memory > max(room, UNWRITTEN_BYTES)
            if not self._let_go(self._firsts[self._elsewhere], pressing=pressing):
                return

    def _let_go(self, first: int, *, pressing: bool) -> bool:
        """Have something else stand for the oldest segment in memory; False while that cannot be."""
        at = self._elsewhere
        if self._keeper is None:
            self._put(at, ())
            return True
        kept = self._keeper.take(first, at_once=pressing)
        if kept is None:
            return False
        if kept:
            self._put(at, kept)
            return True
        lost = len(self._list[at])
        self.given_up += lost
        before = self._list[at - 1] if at else None
        if isinstance(before, GivenUp):
            self._put(at, ())
            self._list[at - 1] = GivenUp(len(before) + lost)
        else:
            self._put(at, (GivenUp(lost),))
        return True

    def _put(self, at: int, instead: Sequence[Elsewhere]) -> None:
        segment, first = self._list[at], self._firsts[at]
        assert isinstance(segment, Batch)
        self.memory -= memory_of(segment)
        self._list[at : at + 1] = instead
        self._firsts[at : at + 1] = list(accumulate(map(len, instead), initial=first))[:-1]
        self._elsewhere += len(instead)

    def _forget(self) -> None:
        """What the keeper has forgotten is not here either."""
        forgotten = self._keeper.forgotten if self._keeper else 0
        while self._elsewhere and self._firsts[0] + len(self._list[0]) - 1 <= forgotten:
            if isinstance(self._list[0], GivenUp):
                self.given_up -= len(self._list[0])
            del self._list[0], self._firsts[0]
            self._elsewhere -= 1
