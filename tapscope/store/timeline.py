"""How many frames and bytes came when, by protocol group, over a whole capture: bins that grow with it."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tapscope.store.arena import Store
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import FRAME_BYTES
from tapscope.store.headers import Headers, Kind
from tapscope.store.pieces import pieces

BINS = 4096
"""Bins there are. When a capture needs more, two and two become one: at least half of them are used then."""
MANY = 4096
"""Frames that may wait to be counted: a few at a time cost as much."""
FINEST_NS = 1_000_000
"""Width of a bin at first; it doubles whenever the capture outgrows the bins."""

_FARTHEST_NS = 1 << 62
"""Times beyond this, which no clock tells for a century to come, count as this: bins must not leave the int64."""


class Group(IntEnum):
    """What a frame is counted as; the value is its row."""

    TCP = 0
    UDP = 1
    ICMP = 2
    ARP = 3
    OTHER = 4

    @property
    def word(self) -> str:
        """As Wireshark's users know it."""
        return "other" if self is Group.OTHER else self.name


_FRAMES, _OCTETS = slice(0, len(Group)), slice(len(Group), 2 * len(Group))
_LOST, _GAPS = 2 * len(Group), 2 * len(Group) + 1
"""The rows of the counts."""

_BY_PROTOCOL = np.full(1 << 8, Group.OTHER, np.uint8)
_BY_PROTOCOL[[6, 17, 1, 58]] = (Group.TCP, Group.UDP, Group.ICMP, Group.ICMP)
_IP = np.uint8(Kind.IPV4 | Kind.IPV6)


def groups_of(headers: Headers) -> NDArray[np.uint8]:
    """The ``Group`` of each frame, shape ``(n,)``."""
    found = _BY_PROTOCOL[headers.protocol]
    found[headers.kind & _IP == 0] = Group.OTHER
    found[headers.kind & Kind.ARP != 0] = Group.ARP
    return found


@dataclass(frozen=True, slots=True)
class Slots:
    """A whole capture in ``n`` slots, each from its ``begin_ns`` up to its ``end_ns``, int64, shape ``(n,)``.

    ``frames`` and ``octets`` (bytes on the wire), int64, shape ``(groups, n)``; ``lost`` frames and ``gaps``, int64,
    shape ``(n,)``. A slot holds whole bins; where there are fewer bins than slots, the same bin is in several.
    """

    begin_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    frames: NDArray[np.int64]
    octets: NDArray[np.int64]
    lost: NDArray[np.int64]
    gaps: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.begin_ns)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """What each stands for, shape ``(n,)``."""
        return (self.end_ns - self.begin_ns) / 1e9

    def at(self, time_ns: int) -> int:
        """The slot of that time; the first or the last for one before or after all."""
        return max(0, int(np.searchsorted(self.begin_ns, min(time_ns, int(self.end_ns[-1]) - 1), side="right")) - 1)


class Timeline:
    """Counts every frame that ever came, also when the store no longer holds it, and the frames that were lost.

    Bins begin at multiples of their width since the epoch, so that joining two and two keeps every count exact. Frames
    without a time are in none. ``memory`` is what the store may take, in bytes: nothing goes from it uncounted.
    Owned by the thread that owns the store.
    """

    def __init__(self, *, memory: int = 1 << 30) -> None:
        self.seen = 0
        self._most_bytes = memory // 4
        self._waiting_bytes = 0
        self._width_ns = FINEST_NS
        self._base = 0
        self._used = 0
        self._counts = np.zeros((_GAPS + 1, BINS), np.int64)
        self._lost = self._waiting_lost = self._waiting_gaps = 0
        self._latest_ns = 0

    @property
    def frames(self) -> NDArray[np.int64]:
        """All that have a time, shape ``(groups,)``."""
        found: NDArray[np.int64] = self._counts[_FRAMES].sum(axis=1)
        return found

    @property
    def lost(self) -> int:
        """All that were lost."""
        return self._lost

    def before(self, batch: Batch, store: Store) -> None:
        """Count what the store has if much waits. To be called before each batch goes in, for which others may go."""
        self._waiting_bytes += int(batch.captured.sum(dtype=np.int64)) + len(batch) * FRAME_BYTES
        if store.last - self.seen + len(batch) > MANY or self._waiting_bytes > self._most_bytes:
            self.follow(store)

    def follow(self, store: Store) -> None:
        """Count what came since, and what the store says was dropped: at the time of the newest frame."""
        for piece in pieces(store.parts(self.seen + 1, store.last)):
            self._add(piece.batch)
        self.seen, self._waiting_bytes = store.last, 0
        self._waiting_lost += max(0, store.dropped - self._lost)
        self._lost = max(self._lost, store.dropped)
        self._place(_LOST, self._latest_ns, self._waiting_lost)
        self._waiting_lost = 0 if self._used else self._waiting_lost

    def note_gap(self, store: Store) -> None:
        """The capture was interrupted, or another from here on, after what the store has and before the next frame."""
        self.follow(store)
        self._waiting_gaps += 1

    def slots(self, count: int) -> Slots | None:
        """All of it in ``count`` slots; None where no frame has a time."""
        if not self._used:
            return None
        edges = np.arange(count + 1) * self._used // count
        low, high = edges[:-1], np.maximum(edges[:-1] + 1, edges[1:])
        sums = np.zeros((len(self._counts), self._used + 1), np.int64)
        np.cumsum(self._counts[:, : self._used], axis=1, out=sums[:, 1:])
        found = sums[:, high] - sums[:, low]
        begin_ns, end_ns = ((edge + self._base) * self._width_ns for edge in (low, high))
        return Slots(begin_ns, end_ns, found[_FRAMES], found[_OCTETS], found[_LOST], found[_GAPS])

    def _add(self, batch: Batch) -> None:
        assert batch.headers is not None
        timed = batch.time_ns != NO_TIME
        times, groups, octets = batch.time_ns, groups_of(batch.headers), batch.length
        if not timed.all():
            times, groups, octets = times[timed], groups[timed], octets[timed]
        if not len(times):
            return
        times = np.clip(times, -_FARTHEST_NS, _FARTHEST_NS)
        self._make_room(int(times.min()), int(times.max()))
        at = times // self._width_ns - self._base
        first = int(at.min())
        bins = int(at.max()) - first + 1
        places = groups.astype(np.int64) * bins + (at - first)
        for rows, weights in ((_FRAMES, None), (_OCTETS, octets)):
            sums = np.bincount(places, weights, minlength=bins * len(Group)).astype(np.int64)
            self._counts[rows, first : first + bins] += sums.reshape(len(Group), bins)
        self._latest_ns = int(times[-1])
        self._place(_GAPS, int(times[0]), self._waiting_gaps)
        self._waiting_gaps = 0

    def _place(self, row: int, time_ns: int, count: int) -> None:
        if count and self._used:
            self._counts[row, time_ns // self._width_ns - self._base] += count

    def _make_room(self, earliest_ns: int, latest_ns: int) -> None:
        """Have bins from the one time to the other."""
        while True:
            low, high = earliest_ns // self._width_ns, latest_ns // self._width_ns
            if self._used:
                low, high = min(low, self._base), max(high, self._base + self._used - 1)
            if high - low < BINS:
                break
            self._halve()
        if self._used and low < self._base:
            self._counts = np.roll(self._counts, self._base - low, axis=1)
        self._base, self._used = low, high - low + 1

    def _halve(self) -> None:
        """Make bins twice as wide: two and two become one."""
        odd = self._base % 2
        wide = np.zeros((len(self._counts), BINS + 2), np.int64)
        wide[:, odd : odd + self._used] = self._counts[:, : self._used]
        joined = wide.reshape(len(wide), -1, 2).sum(axis=2)
        self._counts[:] = 0
        self._used = (self._used + odd + 1) // 2
        self._counts[:, : self._used] = joined[:, : self._used]
        self._base //= 2
        self._width_ns *= 2
