import select
import time

import numpy as np
import pytest
from capture_kit import rows, running

from tapscope.capture.replay import GAP_NS, PacedReplay, ReplaySource
from tapscope.capture.source import Ended, Opened
from tapscope.capture.timer import Timer
from tapscope.frame import Direction, Interface
from tapscope.store.batches import batch_of

MS = 1_000_000
LONG_AGO = 1_000_000_000


def recorded(*times: int | None):
    return batch_of([(b"frame %d" % number, time, Direction.IN) for number, time in enumerate(times)])


def wait(source) -> None:
    poll = select.poll()
    poll.register(source, select.POLLIN)
    assert poll.poll(5000)


def collect(source, count: int) -> list[tuple[bytes, int]]:
    """Data and time of the first ``count`` frames."""
    found: list[tuple[bytes, int]] = []
    while len(found) < count:
        wait(source)
        batch = source.read()
        found += [(data, when) for (data, _), when in zip(rows(batch), batch.time_ns.tolist(), strict=True)]
    return found


def test_hands_over_each_batch_and_ends():
    batches = [recorded(1), recorded(2, 3)]
    source = ReplaySource(batches, [Interface("tape")], "tape")
    assert [source.read(), source.read(), source.read(), source.read()] == [*batches, None, None]
    assert not source.info.live


def test_frames_come_in_their_rhythm_again_and_again():
    before = time.time_ns()
    source = PacedReplay(recorded(LONG_AGO, LONG_AGO + 20 * MS, LONG_AGO + 60 * MS), [Interface("tape")], "tape")
    found = collect(source, 6)
    assert [data for data, _ in found] == [b"frame 0", b"frame 1", b"frame 2"] * 2
    delays = np.array([when for _, when in found]) - found[0][1]
    second = 60 * MS + GAP_NS
    assert delays.tolist() == [0, 20 * MS, 60 * MS, second, second + 20 * MS, second + 60 * MS]
    assert before - MS < found[0][1] < before + 5_000 * MS
    assert time.time_ns() >= found[-1][1] - MS, "a frame came before its time"
    source.close()


@pytest.mark.parametrize(
    ("times", "delays"),
    [
        ([None, None], [0, 0]),
        ([None, LONG_AGO, None, LONG_AGO + 2 * MS], [0, 0, 0, 2 * MS]),
        ([LONG_AGO + MS, LONG_AGO, LONG_AGO + 3 * MS], [0, 0, 2 * MS]),
        ([LONG_AGO], [0]),
    ],
)
def test_odd_times_hold_nothing_up(times, delays):
    source = PacedReplay(recorded(*times), [Interface("tape")], "tape")
    found = collect(source, len(times))
    assert [when - found[0][1] for _, when in found] == delays
    source.close()


def test_a_part_has_a_block_of_its_own():
    source = PacedReplay(recorded(LONG_AGO, LONG_AGO + 10 * MS), [Interface("tape")], "tape")
    wait(source)
    assert bytes(source.read().block) == b"frame 0"
    source.close()


def test_the_loop_waits_for_a_paced_replay_and_stops_it():
    source = PacedReplay(recorded(LONG_AGO, LONG_AGO + 3_600_000 * MS), [Interface("tape")], "tape", ("a note",))
    with running(lambda: source) as capture:
        capture.until(lambda: capture.saw(b"frame 0"))
    assert capture.events[0] == Opened(source.info, (Interface("tape"),))
    assert capture.events[0].info.live
    assert capture.events[0].info.notes == ("a note",)
    assert capture.events[-1] == Ended()


def test_a_timer_rings_once_and_can_be_set_anew():
    timer = Timer()
    poll = select.poll()
    poll.register(timer, select.POLLIN)
    timer.ring_in(3_600_000 * MS)
    assert not poll.poll(0)
    timer.ring_in(-5)
    assert poll.poll(5000)
    timer.ring_in(3_600_000 * MS)
    assert not poll.poll(0)
    timer.close()
