"""Many frames encoded at once are, byte for byte, the frames encoded one after the other."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapscope.frame import Direction, Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import batch_of, frames_of
from tapscope.store.encoding import MOST_OVERHEAD, encode
from tapscope.store.pcapng import Section

NOW = 1_795_000_000_123_456_789
INTERFACES = [Interface("tap0"), Interface("veth0", 113, 96), Interface("tap0"), Interface("", 101, 40)]

times = st.none() | st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(NOW, NOW + 10**12)
a_frame = st.tuples(
    st.binary(max_size=50) | st.integers(0, 20_000).map(bytes) | st.just(b"x" * 64),
    times,
    st.sampled_from(Direction),
    st.sampled_from([0, 0, 0, 1, 2, 3, 9]),
    st.sampled_from([0, 0, 1, 5000]),
    st.lists(st.text(max_size=20), max_size=2).map(tuple),
)


def batch(frames, gap: int = 0) -> Batch:
    whole = batch_of([(data, time, direction) for data, time, direction, *_ in frames])
    block = b"".join(b"\xee" * gap + data for data, *_ in frames)
    return replace(
        whole,
        block=block,
        offset=whole.offset + gap * np.arange(1, len(frames) + 1),
        interface=np.array([interface for *_, interface, _, _ in frames], np.uint16),
        length=whole.captured + np.array([more for *_, more, _ in frames], np.uint32),
        comments={index: comments for index, (*_, comments) in enumerate(frames) if comments},
    )


def one_by_one(section: Section, frames: Batch) -> bytes:
    return b"".join(map(section.frame, frames_of(frames, INTERFACES)))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(a_frame, max_size=30), max_size=3),
    st.sampled_from([0, 3]),
    st.lists(st.sampled_from(INTERFACES), max_size=2),
)
def test_it_is_what_the_frames_are_one_by_one(batches, gap, known):
    together, apart = Section(), Section()
    assert together.begin(known) == apart.begin(known)
    for frames in batches:
        found = batch(frames, gap)
        data, places = encode(together, found, INTERFACES)
        assert data.tobytes() == one_by_one(apart, found)
        for at, (octets, *_) in zip(places.tolist(), frames, strict=True):
            assert data[at : at + len(octets)].tobytes() == octets


@pytest.mark.parametrize("lengths", [[64], [0], [64, 1500, 0, 61], range(60, 1500)])
def test_many_frames_of_few_lengths_and_of_many(lengths):
    generator = np.random.default_rng(1)
    frames = [
        (generator.bytes(int(size)), NOW + at, Direction.OUT, 0, 0, ())
        for at, size in enumerate(generator.choice(np.array(lengths), 2000))
    ]
    found = batch(frames, 2)
    data, _ = encode(Section(), found, INTERFACES)
    assert data.tobytes() == one_by_one(Section(), found)
    assert len(data) <= int(found.captured.sum()) + len(found) * MOST_OVERHEAD + 100


def test_no_frames_are_no_bytes():
    data, places = encode(Section(), batch([]), INTERFACES)
    assert (len(data), len(places)) == (0, 0)


def test_no_time_and_the_earliest_time_are_told_apart():
    earliest = batch([(b"x", NO_TIME + 1, Direction.IN, 0, 0, ()), (b"x", None, Direction.IN, 0, 0, ())])
    data, _ = encode(Section(), earliest, INTERFACES)
    assert data.tobytes() == one_by_one(Section(), earliest)
