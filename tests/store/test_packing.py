"""Frames copied together, beside slices joined one by one."""

import mmap
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tapscope.frame import Direction
from tapscope.store.batches import batch_of, lean, memory_of, packed, slim, with_headers
from tapscope.store.headers import HEADER_BYTES
from tapscope.store.packing import SPARE, pack_into

PIECE = st.one_of(st.binary(max_size=300), st.integers(0, 9).map(lambda n: bytes([n]) * (n * SPARE)), st.just(b""))
PLACES = st.lists(st.tuples(PIECE, st.binary(max_size=9), st.integers(0, 99)), max_size=40)


def loose(places):
    """Frames that lie apart, in an order of their own, the last of them at the very end of the block."""
    order = sorted(range(len(places)), key=lambda at: places[at][2])
    block, starts = b"", {}
    for at in order:
        data, gap, _ = places[at]
        starts[at] = len(block) + len(gap)
        block += gap + data
    frames = batch_of([(data, 0, Direction.IN) for data, _, _ in places])
    return replace(frames, block=block, offset=np.array([starts[at] for at in range(len(places))], np.int64))


@given(PLACES)
def test_frames_lie_one_after_the_other_afterwards(places):
    batch = packed(loose(places))
    assert batch.block.tobytes() == b"".join(data for data, _, _ in places)
    assert batch.offset.tolist() == [sum(len(data) for data, _, _ in places[:at]) for at in range(len(places))]


@given(PLACES.filter(bool))
def test_what_lies_before_the_room_is_left_alone(places):
    batch = loose(places)
    size = int(batch.captured.sum())
    room = np.full(7 + size + SPARE, 0xEE, np.uint8)
    pack_into(room[7:], batch)
    assert room[: 7 + size].tobytes() == b"\xee" * 7 + b"".join(data for data, _, _ in places)


def test_large_frames_that_lie_apart():
    places = [(bytes([n]) * 9000, b"gap", n) for n in range(20)]
    assert packed(loose(places)).block.tobytes() == b"".join(data for data, _, _ in places)


def test_what_a_mapped_file_has_lost_is_zeros(tmp_path):
    path = tmp_path / "block"
    path.write_bytes(b"\x01" * 4096 * 10)
    frames = batch_of([(bytes(4000), 0, Direction.IN)] * 10)
    with path.open("r+b") as file:
        block = memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
        file.truncate(4096 * 2 + 100)
    for size in (4000, 400):
        captured = np.full(10, size, np.uint32)
        batch = packed(replace(frames, block=block, captured=captured, offset=np.arange(10) * 4096))
        assert batch.block.tobytes() == b"\x01" * (2 * size + 100) + bytes(8 * size - 100)


def test_a_part_of_a_larger_block_counts_as_all_of_it_until_it_is_lean():
    frames = batch_of([(bytes(100), 0, Direction.IN)] * 10)
    part = replace(frames, block=memoryview(bytes(1 << 20))[:1000])
    assert memory_of(part) > 1 << 20
    assert memory_of(lean(part)) < 1000 + 10 * (28 + HEADER_BYTES) + 4096


def test_comments_count():
    frames = batch_of([(bytes(100), 0, Direction.IN)] * 10)
    assert memory_of(replace(frames, comments={3: ("x" * 10_000,)})) > memory_of(frames) + 10_000


def test_a_column_that_is_the_same_twice_is_kept_once():
    frames = batch_of([(bytes(100), 0, Direction.IN)] * 10)
    twice = replace(frames, captured=frames.length.copy())
    assert slim(twice).captured is twice.length
    assert memory_of(twice) - memory_of(slim(twice)) == 40 + 40
    cut = replace(frames, length=frames.length + 1)
    assert slim(cut).captured.tolist() == [100] * 10


def test_a_column_that_says_the_same_of_all_takes_nothing():
    frames = with_headers(batch_of([(bytes(100), 0, Direction.IN)] * 10), ())
    assert memory_of(frames) - memory_of(slim(frames)) == 10 * (1 + 1 + 2 + 2)
    assert slim(frames).direction.tolist() == [Direction.IN] * 10
    assert slim(frames).headers.vlan.tolist() == frames.headers.vlan.tolist()
    other = replace(frames, direction=np.arange(10, dtype=np.uint8))
    assert slim(other).direction.tolist() == list(range(10))
