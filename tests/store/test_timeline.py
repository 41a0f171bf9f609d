"""The timeline beside a plain count, whatever comes in whatever order."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapscope.frame import Direction, Interface
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.store.timeline import BINS, FINEST_NS, MANY, Group, Timeline

BEGIN = 1_700_000_000_000_000_123
MACS = bytes(12)


def ipv4(protocol: int, size: int = 0) -> bytes:
    head = bytes([0x45, 0]) + (20 + size).to_bytes(2, "big") + bytes([0, 0, 0, 0, 64, protocol, 0, 0])
    return MACS + b"\x08\x00" + head + bytes(8 + size)


FRAMES = {
    Group.TCP: ipv4(6, 40),
    Group.UDP: ipv4(17, 20),
    Group.ICMP: ipv4(1, 8),
    Group.ARP: MACS + b"\x08\x06" + bytes(28),
    Group.OTHER: MACS + b"\x88\xcc" + bytes(46),
}


def store_with(limit: int = 1 << 30) -> Store:
    store = Store(limit_bytes=limit)
    store.set_interfaces([Interface("tap0")])
    return store


def feed(store: Store, frames) -> None:
    store.append(batch_of([(FRAMES[group], time, Direction.IN) for group, time in frames]))


moments = st.integers(0, 10**7) | st.integers(0, 10**13) | st.integers(-(10**18), 29 * 10**17)
arrivals = st.lists(st.tuples(st.sampled_from(Group), moments.map(lambda ns: BEGIN + ns) | st.none()), max_size=40)


@settings(deadline=None, max_examples=150)
@given(st.lists(arrivals, max_size=6), st.integers(1, 300))
def test_every_frame_is_in_the_slot_of_its_time(batches, count):
    store, timeline = store_with(), Timeline()
    for each in batches:
        feed(store, each)
        timeline.follow(store)
    timed = [(group, time) for each in batches for group, time in each if time is not None]
    totals = Counter(group for group, _ in timed)
    assert timeline.frames.tolist() == [totals[group] for group in Group]
    slots = timeline.slots(count)
    if not timed:
        assert slots is None
        return
    times = [time for _, time in timed]
    assert slots.begin_ns[0] <= min(times)
    assert max(times) < slots.end_ns[-1]
    width = timeline._width_ns
    assert width == FINEST_NS or (max(times) - min(times)) >= (BINS // 2 - 2) * width
    for slot in range(count):
        low, high = slots.begin_ns[slot], slots.end_ns[slot]
        within = [(group, time) for group, time in timed if low <= time < high]
        assert slots.frames[:, slot].tolist() == [sum(group is each for group, _ in within) for each in Group]
        sizes = [sum(len(FRAMES[each]) for group, _ in within if group is each) for each in Group]
        assert slots.octets[:, slot].tolist() == sizes
        assert (low - slots.begin_ns[0]) % width == (high - low) % width == 0
    steps = np.flatnonzero(np.diff(slots.begin_ns))
    assert (slots.begin_ns[1:] == slots.end_ns[:-1])[steps].all()
    for time in times:
        assert slots.begin_ns[slots.at(time)] <= time < slots.end_ns[slots.at(time)]


def test_times_that_no_clock_tells_are_counted_all_the_same():
    store, timeline = store_with(), Timeline()
    far = np.iinfo(np.int64)
    feed(store, [(Group.TCP, time) for time in (BEGIN, far.max, far.min + 1, 0)])
    timeline.follow(store)
    slots = timeline.slots(100)
    assert slots.frames.sum() == 4
    assert (slots.begin_ns < slots.end_ns).all()
    assert (np.diff(slots.begin_ns) > 0).all()


class TestFollowing:
    def test_what_is_evicted_stays_counted(self):
        store, timeline = store_with(limit=100_000), Timeline()
        for at in range(100):
            feed(store, [(Group.TCP, BEGIN + at * 10**9)] * 100)
            timeline.follow(store)
        assert store.evicted > 0
        assert timeline.frames.sum() == 10_000
        assert timeline.slots(100).frames[Group.TCP].sum() == 10_000

    def test_nothing_is_counted_twice(self):
        store, timeline = store_with(), Timeline()
        feed(store, [(Group.UDP, BEGIN)] * 3)
        timeline.follow(store)
        timeline.follow(store)
        feed(store, [(Group.ARP, BEGIN)])
        timeline.follow(store)
        assert timeline.frames.tolist() == [0, 3, 0, 1, 0]

    @pytest.mark.parametrize("each", [1, 30, 1000])
    def test_nothing_is_evicted_uncounted(self, each):
        store, timeline = store_with(limit=200_000), Timeline(memory=200_000)
        for at in range(6000 // each):
            batch = batch_of([(FRAMES[Group.TCP], BEGIN + at, Direction.IN)] * each)
            timeline.before(batch, store)
            store.append(batch)
        timeline.follow(store)
        assert store.evicted
        assert timeline.frames.sum() == store.total_frames == 6000 // each * each

    def test_a_few_frames_wait_until_they_are_many(self):
        store, timeline = store_with(), Timeline()
        for _ in range(MANY + 1):
            assert timeline.seen == 0
            batch = batch_of([(FRAMES[Group.TCP], BEGIN, Direction.IN)])
            timeline.before(batch, store)
            store.append(batch)
        assert timeline.seen == MANY

    def test_a_batch_of_many_pieces(self):
        store, timeline = store_with(), Timeline()
        frames = 70_000
        feed(store, [(Group.UDP, BEGIN + at * 1000) for at in range(frames)])
        timeline.follow(store)
        slots = timeline.slots(1)
        assert slots.frames[Group.UDP].tolist() == [frames]
        assert slots.octets[Group.UDP].tolist() == [frames * len(FRAMES[Group.UDP])]


class TestLost:
    def test_frames_lost_stand_where_the_newest_frame_was(self):
        store, timeline = store_with(), Timeline()
        feed(store, [(Group.TCP, BEGIN)])
        feed(store, [(Group.TCP, BEGIN + 3 * 10**9 // 2)])
        store.dropped = 5
        timeline.follow(store)
        feed(store, [(Group.TCP, BEGIN + 4 * 10**9)])
        timeline.follow(store)
        store.dropped = 7
        timeline.follow(store)
        slots = timeline.slots(4)
        assert slots.lost.tolist() == [0, 5, 0, 2]
        assert timeline.lost == 7

    def test_those_lost_before_the_first_frame_wait_for_it(self):
        store, timeline = store_with(), Timeline()
        store.dropped = 3
        timeline.follow(store)
        assert timeline.slots(10) is None
        feed(store, [(Group.TCP, BEGIN)])
        timeline.follow(store)
        assert timeline.slots(1).lost.tolist() == [3]

    def test_a_gap_stands_where_the_next_frame_is(self):
        store, timeline = store_with(), Timeline()
        feed(store, [(Group.TCP, BEGIN)])
        timeline.note_gap(store)
        timeline.follow(store)
        assert timeline.slots(1).gaps.tolist() == [0]
        feed(store, [(Group.TCP, BEGIN + 10**10), (Group.TCP, BEGIN + 2 * 10**10)])
        timeline.follow(store)
        assert np.flatnonzero(timeline.slots(3).gaps).tolist() == [1]


@pytest.mark.parametrize("group", Group)
def test_groups(group):
    store, timeline = store_with(), Timeline()
    feed(store, [(group, BEGIN)])
    timeline.follow(store)
    assert timeline.frames.tolist() == [int(each is group) for each in Group]
