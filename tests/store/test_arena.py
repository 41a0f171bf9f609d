"""The store against a plain list of frames, and what it promises about memory and cost."""

import mmap
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapscope.frame import Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import FRAME_BYTES, batch_of, frames_of, joined, packed

WHOLE_FRAME_BYTES = FRAME_BYTES - 4 - 6
"""What the columns of a frame take where none is cut, all are of one interface and direction, and none has a tag."""

TAP = Interface("tap0")
VETH = Interface("veth0", link_type=113)


def batch(*frames: bytes, time: int | None = 5, interface: int = 0) -> Batch:
    return batch_of([(data, time, Direction.IN) for data in frames], interface)


def gapped(frames: list[bytes], gap: int) -> Batch:
    """The same frames with ``gap`` bytes that belong to none in front of each."""
    whole = batch(*frames)
    block = b"".join(b"\xee" * gap + data for data in frames)
    return replace(whole, block=block, offset=whole.offset + gap * np.arange(1, len(frames) + 1))


def store_of(*batches: Batch, limit: int = 1 << 30) -> Store:
    store = Store(limit_bytes=limit)
    store.set_interfaces([TAP, VETH])
    for each in batches:
        store.append(each)
    return store


class TestNumbers:
    def test_an_empty_store_holds_nothing(self):
        store = Store()
        assert (store.first, store.last, len(store), store.evicted) == (1, 0, 0, 0)
        assert store.first_time_ns is None
        assert list(store.frames()) == []
        assert len(store.columns(1, 10).number) == 0
        for number in (0, 1, -1):
            with pytest.raises(KeyError):
                store.row(number)

    def test_an_empty_batch_changes_nothing(self):
        store = store_of(batch(b"one"), batch())
        assert (store.first, store.last) == (1, 1)

    def test_rows_come_back_as_they_went_in(self):
        comments = {1: ("first", "second")}
        store = store_of(
            replace(batch_of([(b"ab", 7, Direction.OUT), (b"c", None, Direction.UNKNOWN)], 1), comments=comments)
        )
        assert store.row(1) == Frame(1, 7, Direction.OUT, 2, b"ab", VETH)
        assert store.row(2) == Frame(2, None, Direction.UNKNOWN, 1, b"c", VETH, ("first", "second"))

    def test_every_row_is_found_among_adopted_and_copied_segments(self):
        large, small = batch(*[bytes(1000)] * 100), batch(b"a", b"b", b"c")
        store = store_of(small, large, small, small, large, large, small)
        assert [store.row(number).number for number in range(1, 313)] == list(range(1, 313))
        assert [len(store.row(number).data) for number in range(308, 313)] == [1000, 1000, 1, 1, 1]

    def test_an_interface_nobody_described_has_no_name(self):
        store = Store()
        store.append(batch(b"x", interface=3))
        assert store.row(1).interface == Interface("")
        store.set_interfaces([TAP, TAP, TAP, VETH])
        assert store.row(1).interface == VETH

    def test_the_zero_of_time_is_the_first_time_there_is_and_outlives_its_frame(self):
        store = store_of(batch(b"a", time=None), batch(b"b", time=100), batch(b"c", time=50), limit=0)
        for _ in range(10):
            store.append(batch(bytes(100), time=1))
        assert store.first > 2
        assert store.first_time_ns == 100

    def test_totals_count_the_wire_and_what_is_gone(self):
        cut = replace(batch(b"abc"), length=np.array([1500], np.uint32))
        store = store_of(*[cut] * 20, limit=0)
        assert (store.total_frames, store.total_bytes) == (20, 30_000)
        assert store.evicted == store.first - 1 > 0


FILLING = """
import sys
from pathlib import Path
from tapscope.frame import Direction
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
frames, size, each = map(int, sys.argv[1:])
store, batch = Store(), batch_of([(b"x" * size, 5, Direction.IN)] * each)
store.append(batch)
before = resident()
for _ in range(frames // each):
    store.append(batch)
print(resident() - before)
"""


class TestMemory:
    def test_large_batches_are_adopted_without_a_copy(self):
        large = batch(*[bytes(1000)] * 1100)
        store = store_of(large)
        assert store.columns(1, 1100).length is not large.length
        assert np.shares_memory(store.columns(1, 200).length, large.length)

    @pytest.mark.parametrize("gap", [1000, 30, 2])
    def test_a_block_with_gaps_is_packed(self, gap):
        store = store_of(gapped([bytes(100)] * 5000, gap=gap))
        assert 0 < store.held_bytes - 5000 * (100 + WHOLE_FRAME_BYTES) < 4096

    def test_so_much_that_there_is_no_time_for_it_is_packed_later(self):
        hurried = gapped([bytes([n % 256]) * 2000 for n in range(3000)], gap=80)
        store = store_of(batch(b"first"), hurried, batch(b"next"), hurried)
        before = store.held_bytes
        assert before > 6000 * 2080
        asked = store.frames(1, 3001)
        assert [store.tidy(), store.tidy(), store.tidy()] == [True, True, False]
        assert 0 < store.held_bytes - 6000 * (2000 + WHOLE_FRAME_BYTES) < 32 * 1024
        assert [frame.data[:1] for frame in store.frames(2, 3001)] == [bytes([n % 256]) for n in range(3000)]
        assert list(asked) == list(store.frames(1, 3001))

    def test_what_is_gone_by_then_is_not_packed(self):
        hurried = gapped([bytes(2000)] * 3000, gap=80)
        store = store_of(hurried, hurried, limit=1)
        assert store.first == 3001
        assert [store.tidy(), store.tidy()] == [True, False]
        assert 0 < store.held_bytes - 3000 * (2000 + WHOLE_FRAME_BYTES) < 4096

    @pytest.mark.parametrize("each", [1, 40])
    def test_many_small_batches_cost_about_their_bytes_and_the_columns(self, each):
        frames, size = 200_000, 100
        done = subprocess.run(
            [sys.executable, "-c", FILLING, str(frames), str(size), str(each)],
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
        assert frames * size < int(done.stdout) < frames * (size + 80)

    def test_the_limit_holds_and_the_newest_stays(self):
        store = store_of(limit=1 << 20)
        for _ in range(400):
            store.append(batch(*[bytes(1000)] * 30))
            assert store.held_bytes <= (1 << 20)
        assert store.last == 12_000
        assert len(store) > 800
        store.append(batch(*[bytes(10_000)] * 200))  # alone more than the limit
        assert (store.first, store.last) == (12_001, 12_200)

    def test_a_mapped_file_does_not_count(self, tmp_path):
        store, _, _ = mapped(tmp_path, [bytes(1000)] * 500)
        assert 0 < store.held_bytes - 500 * WHOLE_FRAME_BYTES < 4096


def mapped(tmp_path, frames):
    path = tmp_path / "block"
    path.write_bytes(b"".join(frames))
    with path.open("rb") as file:
        block = memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
    return store_of(replace(batch(*frames), block=block)), path, block


class TestMappedFile:
    def test_rows_are_read_from_the_file(self, tmp_path):
        store, _, _ = mapped(tmp_path, [bytes([n]) * 4096 for n in range(100)])
        assert store.row(42).data == bytes([41]) * 4096

    def test_a_file_that_shrank_gives_what_is_left(self, tmp_path):
        store, path, _ = mapped(tmp_path, [bytes([n]) * 4096 for n in range(100)])
        with path.open("r+b") as file:
            file.truncate(10 * 4096 + 100)
        assert store.row(10).data == bytes([9]) * 4096
        assert store.row(11).data == bytes([10]) * 100
        assert store.row(12).data == b""
        assert store.row(100).length == 4096
        assert sum(len(frame.data) for frame in store.frames()) == 10 * 4096 + 100


class TestColumns:
    def test_they_follow_each_other_over_segments(self):
        store = store_of(batch(*[bytes(1000)] * 100), batch(b"a"), batch(*[bytes(500)] * 200), batch(b"bc"))
        columns = store.columns(99, 103)
        assert columns.number.tolist() == [99, 100, 101, 102, 103]
        assert columns.length.tolist() == [1000, 1000, 1, 500, 500]
        assert columns.captured.dtype == np.uint32

    def test_what_is_not_held_is_left_out(self):
        store = store_of(batch(b"a", b"b"))
        assert store.columns(-5, 900).number.tolist() == [1, 2]
        assert store.columns(3, 9).number.tolist() == []

    def test_one_segment_is_not_copied(self):
        store = store_of(batch(*[bytes(1000)] * 100))
        assert np.shares_memory(store.columns(5, 9).length, store.columns(1, 100).length)


class TestFrames:
    def test_what_was_asked_for_outlives_eviction(self):
        store = store_of(*[batch(bytes([n]) * 100) for n in range(50)], limit=100_000)
        asked = store.frames(3, 5)
        for _ in range(50):
            store.append(batch(*[bytes(1000)] * 100))
        assert store.first > 5
        assert [frame.number for frame in asked] == [3, 4, 5]

    def test_what_was_asked_for_does_not_grow(self):
        store = store_of(batch(b"a"), batch(b"b"))
        asked = store.frames()
        store.append(batch(*[b"c"] * 2000))
        assert [frame.data for frame in asked] == [b"a", b"b"]


class TestBatches:
    def test_frames_of_a_part_keep_their_numbers(self):
        frames = list(frames_of(batch(b"a", b"b", b"c", b"d"), [TAP], 7, 1, 3))
        assert [(frame.number, frame.data) for frame in frames] == [(7, b"b"), (8, b"c")]

    def test_packing_and_joining_keep_frames_and_comments(self):
        loose = replace(gapped([b"ab", b"", b"cde"], gap=3), comments={2: ("last",)})
        again = joined([loose, loose])
        assert packed(again).block == b"abcdeabcde"
        assert again.comments == {2: ("last",), 5: ("last",)}
        assert [frame.data for frame in frames_of(packed(again), [])] == [b"ab", b"", b"cde"] * 2

    def test_no_time_is_told_from_time_zero(self):
        both = batch_of([(b"", None, Direction.IN), (b"", 0, Direction.OUT)])
        assert both.time_ns.tolist() == [NO_TIME, 0]


frame_bytes = st.one_of(st.binary(max_size=40), st.integers(0, 9000).map(bytes))
a_batch = st.builds(
    lambda frames, gap, comment: replace(gapped(frames, gap), comments={0: (comment,)} if comment else {}),
    st.lists(frame_bytes, min_size=1, max_size=60),
    st.sampled_from([0, 0, 1, 5000]),
    st.sampled_from(["", "", "odd"]),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(a_batch, max_size=12), st.sampled_from([0, 1, 20_000, 300_000, 1 << 30]), st.data())
def test_the_store_is_a_list_that_loses_its_head(batches, limit, data):
    store = store_of(limit=limit)
    model: list[Frame] = []
    first = 1
    for each in batches:
        store.append(each)
        model += frames_of(each, [TAP], len(model) + 1)
        assert first <= store.first <= store.last == len(model)
        first = store.first
    if not model:
        return
    assert list(store.frames()) == model[first - 1 :]
    assert len(store) == len(model) - store.evicted
    assert [store.row(each) for each in range(first, len(model) + 1)] == model[first - 1 :]
    number = data.draw(st.integers(first, len(model)))
    low, high = sorted((number, data.draw(st.integers(first, len(model)))))
    assert store.columns(low, high).number.tolist() == list(range(low, high + 1))
    assert store.columns(low, high).captured.tolist() == [len(frame.data) for frame in model[low - 1 : high]]
    with pytest.raises(KeyError):
        store.row(first - 1)
