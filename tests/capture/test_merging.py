"""Putting frames of several sources into the order of their times: a pure function of what came, and when."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tapscope.capture.merging import LONGEST_NS, NEVER, Merging
from tapscope.frame import Direction, Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of, frames_of

INTERFACES = [Interface(f"tap{number}") for number in range(3)]

deliveries = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.integers(0, 9), min_size=1, max_size=6), st.booleans()), max_size=12
)
"""What comes: of which source, how many nanoseconds each frame is after the one before, whether to take then."""


def test_nothing_comes_of_nothing():
    merging = Merging(2)
    assert merging.oldest_ns is None
    assert len(merging.take(NEVER)) == 0


@given(deliveries)
def test_what_comes_out_is_sorted(told):
    """Whenever it is taken, all together is in order, whole, and what was sent."""
    merging, clocks, sent = Merging(3), [0, 0, 0], []
    out: list[Batch] = []
    for source, steps, take in told:
        frames = []
        for step in steps:
            clocks[source] += step
            frames.append((b"%d %d" % (source, len(sent)), clocks[source], Direction.IN))
            sent.append((clocks[source], frames[-1][0], source))
        merging.add(source, batch_of(frames, source), now=0)
        if take:
            out.append(merging.take(merging.bound_ns(0)))
    for source in range(3):
        merging.reach(source, NEVER)
    out.append(merging.take(merging.bound_ns(0)))
    came = [frame for batch in out for frame in frames_of(batch, INTERFACES)]
    assert [frame.time_ns for frame in came] == sorted(time for time, _, _ in sent)
    assert sorted((f.time_ns, f.data, INTERFACES.index(f.interface)) for f in came) == sorted(sent)
    for source in range(3):
        own = [data for _, data, of in sent if of == source]
        assert [frame.data for frame in came if frame.interface is INTERFACES[source]] == own


def test_a_frame_waits_for_those_that_are_silent_and_no_longer():
    merging = Merging(2)
    merging.add(0, batch_of([(b"a", 100, Direction.IN), (b"b", 200, Direction.IN)]), now=0)
    assert len(merging.take(merging.bound_ns(0))) == 0
    merging.reach(1, 150)
    assert datas(merging.take(merging.bound_ns(0))) == [b"a"]
    assert merging.oldest_ns == 200
    merging.reach(1, 149)
    merging.add(1, batch_of([(b"c", 199, Direction.IN)]), now=0)
    assert datas(merging.take(merging.bound_ns(0))) == [b"c"]
    assert merging.bound_ns(LONGEST_NS) == 199
    assert datas(merging.take(merging.bound_ns(LONGEST_NS + 1))) == [b"b"]


def test_what_has_no_time_goes_with_the_one_before_it():
    merging = Merging(2)
    merging.add(0, batch_of([(b"a", 100, Direction.IN), (b"b", None, Direction.IN), (b"d", 300, Direction.IN)]), now=0)
    merging.add(1, batch_of([(b"", None, Direction.IN), (b"c", 200, Direction.IN)]), now=0)
    taken = merging.take(NEVER)
    assert datas(taken) == [b"", b"a", b"b", b"c", b"d"]
    assert taken.time_ns.tolist().count(np.iinfo(np.int64).min) == 2


def test_comments_stay_with_their_frames():
    merging = Merging(2)
    merging.add(0, commented(batch_of([(b"b", 200, Direction.IN), (b"d", 400, Direction.IN)]), "b"), now=0)
    late = batch_of([(b"c", 300, Direction.IN)])
    merging.add(1, commented(batch_of([(b"a", 100, Direction.IN)]), "a"), now=0)
    merging.add(1, commented(late, "c"), now=0)
    first, rest = merging.take(250), merging.take(NEVER)
    frames = [*frames_of(first, INTERFACES), *frames_of(rest, INTERFACES)]
    assert [(frame.data, frame.comments) for frame in frames] == [
        (b"a", ("a",)),
        (b"b", ("b",)),
        (b"c", ("c",)),
        (b"d", ()),
    ]


def commented(batch: Batch, words: str) -> Batch:
    return replace(batch, comments={0: (words,)})


def datas(batch: Batch) -> list[bytes]:
    return [frame.data for frame in frames_of(batch, INTERFACES)]
