"""The loop over sources that are made up: what it tells, and in which order."""

import os
import select
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from capture_kit import PROMPT, Running, rows, running

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.doorbell import Doorbell
from tapscope.capture.files import BadCapture
from tapscope.capture.inbox import Inbox, weight
from tapscope.capture.loop import Capture
from tapscope.capture.names import NameRefused
from tapscope.capture.replay import ReplaySource
from tapscope.capture.source import Dropped, Ended, LinkChanged, Opened, Progress, Refused, SourceInfo
from tapscope.frame import Direction, Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of

BUSY = Attempt(Step.SET_INTERFACE, 16, "tap0")


def batch(text: bytes = b"frame", count: int = 1) -> Batch:
    return batch_of([(text, 1, Direction.UNKNOWN)] * count)


class Fails(ReplaySource):
    """A device that hands over its batches and then raises."""

    def __init__(self, error: Exception) -> None:
        super().__init__([batch()])
        self.info = replace(self.info, live=True)
        self.error = error
        self.closes = 0

    def read(self) -> Batch | None:
        batch = super().read()
        if batch is None:
            raise self.error
        return batch

    def close(self) -> None:
        self.closes += 1


def raising(error: Exception):
    def open_source():
        raise error

    return open_source


def test_tells_everything_in_order_and_ends():
    source = ReplaySource([batch(b"one"), batch(b""), batch(b"two", 2)], name="tape")
    with running(lambda: source) as capture:
        capture.first(Ended)
    opened, *batches, ended = capture.events
    assert opened == Opened(source.info, tuple(source.interfaces))
    assert [data for batch in batches for data, _ in rows(batch)] == [b"one", b"", b"two", b"two"]
    assert ended == Ended()


class Drops(Fails):
    """A ring that drops three frames, is read no more, and is no network interface's."""

    def __init__(self) -> None:
        super().__init__(BUSY)
        self.info = replace(self.info, ring=True)
        self.dropped = 3
        self._silent, self._other = os.pipe()

    def fileno(self) -> int:
        return self._silent

    def close(self) -> None:
        os.close(self._silent)
        os.close(self._other)


def test_what_the_kernel_dropped_is_told_while_nothing_comes():
    with running(Drops) as capture:
        assert capture.first(Dropped) == Dropped(3)


def test_an_empty_batch_is_no_news():
    with running(lambda: ReplaySource([batch_of([])])) as capture:
        capture.first(Ended)
    assert [type(event) for event in capture.events] == [Opened, Ended]


def test_the_end_names_the_fault_of_the_source():
    with running(lambda: ReplaySource([], fault="x.pcap: cut off at offset 24")) as capture:
        assert capture.first(Ended).fault == "x.pcap: cut off at offset 24"


def test_a_refusal_is_told_and_nothing_else():
    with running(raising(AttemptFailed(BUSY))) as capture:
        capture.first(Refused)
    assert capture.events == [Refused(BUSY)]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FileNotFoundError(2, "No such file or directory", "x.pcap"), "x.pcap: No such file or directory"),
        (BadCapture("x.pcap: empty, not even a header"), "x.pcap: empty, not even a header"),
        (NameRefused("the interface name is empty"), "the interface name is empty"),
        (OSError("odd"), "odd"),
    ],
)
def test_what_cannot_be_opened_ends_with_one_line(error, line):
    with running(raising(error)) as capture:
        capture.first(Ended)
    assert capture.events == [Ended(line)]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (AttemptFailed(Attempt(Step.READ, 77, "tap0")), "tap0 is gone: the device was deleted"),
        (AttemptFailed(Attempt(Step.READ, 14, "tap0")), "tap0 is gone: the device was deleted"),
        (AttemptFailed(Attempt(Step.READ, 5, "x.pcap")), "read x.pcap: EIO (Input/output error)"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (BadCapture("-: no capture"), "-: no capture"),
    ],
)
def test_what_fails_while_it_is_read_ends_with_one_line(error, line):
    source = Fails(error)
    with running(lambda: source) as capture:
        capture.first(Ended)
    assert [type(event) for event in capture.events] == [Opened, Batch, Ended]
    assert capture.events[-1] == Ended(line, error.attempt if isinstance(error, AttemptFailed) else None)
    assert source.closes == 1


@pytest.mark.parametrize("make", [lambda error: lambda: Fails(error), raising], ids=["reading", "opening"])
def test_a_bug_is_raised_and_still_everything_is_closed(make):
    capture = Capture(make(KeyError("bug")), Inbox(lambda: None))
    with pytest.raises(KeyError, match="bug"):
        capture.run()
    assert capture.closed.is_set()
    capture.stop()


def test_stopped_before_it_began_it_opens_nothing():
    capture = Capture(raising(AssertionError("opened")), Inbox(lambda: None))
    capture.stop()
    assert capture.closed.is_set()
    capture.run()


class Idle:
    """A live source that has nothing to say until it is told to."""

    fault = ""
    dropped = 0

    def __init__(self) -> None:
        self.info = SourceInfo("idle", "peer", live=True)
        self.interfaces = [Interface("idle")]
        self.batches: list[Batch] = []
        self.closed = threading.Event()
        self._bell = Doorbell()

    def say(self, batch: Batch) -> None:
        self.batches.append(batch)
        self._bell.ring()

    def fileno(self) -> int:
        return self._bell.fileno()

    def read(self) -> Batch:
        self._bell.silence()
        return self.batches.pop(0)

    def close(self) -> None:
        self._bell.close()
        self.closed.set()


def test_stops_while_nothing_happens():
    capture = Running(Idle)
    capture.first(Opened)
    assert capture.stop() < PROMPT
    assert capture.events[-1] == Ended()
    capture.capture.stop()


def test_closed_means_that_the_source_is_closed():
    source = Idle()
    capture = Running(lambda: source)
    capture.first(Opened)
    assert not capture.capture.closed.is_set()
    capture.capture.stop()
    assert capture.capture.closed.wait(5)
    assert source.closed.is_set()
    capture.stop()


def test_no_descriptor_stays():
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with running(Idle) as capture:
            capture.first(Opened)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_switch_interval_is_short_while_a_tap_is_read():
    usual = sys.getswitchinterval()
    with running(Idle) as capture:
        capture.first(Opened)
        assert sys.getswitchinterval() == pytest.approx(0.001)
    assert sys.getswitchinterval() == usual
    with running(lambda: ReplaySource([])) as capture:
        capture.first(Opened)
        assert sys.getswitchinterval() == usual


class Long(ReplaySource):
    """A file of as many bytes as it has batches."""

    def __init__(self, batches: list[Batch]) -> None:
        super().__init__(batches)
        self.done, self.total = 0, len(batches)

    def read(self) -> Batch | None:
        batch = super().read()
        self.done += batch is not None
        return batch

    def extent(self) -> tuple[int, int]:
        return self.done, self.total


def test_how_far_a_file_is_read_is_told_behind_its_frames():
    with running(lambda: Long([batch(), batch_of([]), batch(), batch()])) as capture:
        capture.first(Ended)
    kinds = [type(event) for event in capture.events]
    assert kinds == [Opened, Batch, Progress, Progress, Batch, Progress, Batch, Progress, Ended]
    assert [event.part for event in capture.events if isinstance(event, Progress)] == [0.25, 0.5, 0.75, 1]


def test_what_is_read_at_once_makes_no_progress():
    with running(lambda: Long([batch()])) as capture:
        capture.first(Ended)
    assert [type(event) for event in capture.events] == [Opened, Batch, Ended]


def test_further_interfaces_are_told_before_their_frames():
    source = Idle()
    with running(lambda: source) as capture:
        capture.first(Opened)
        source.interfaces.append(Interface("second"))
        source.say(batch())
        capture.first(Batch)
    assert [type(event) for event in capture.events] == [Opened, Opened, Batch, Ended]
    assert [len(event.interfaces) for event in capture.events[:2]] == [1, 2]


def started(capture: Capture) -> threading.Thread:
    thread = threading.Thread(target=capture.run)
    thread.start()
    return thread


def test_a_file_waits_for_room_and_loses_nothing():
    pieces = [batch(b"%d" % number) for number in range(50)]
    news = threading.Event()
    inbox = Inbox(news.set, limit_bytes=weight(pieces[0]))
    thread = started(Capture(lambda: ReplaySource(pieces), inbox))
    events = []
    while not events or not isinstance(events[-1], Ended):
        assert news.wait(5)
        news.clear()
        taken = inbox.take()
        assert sum(isinstance(event, Batch) for event in taken) <= 1
        events += taken
    thread.join()
    assert inbox.dropped == 0
    assert sum(isinstance(event, Batch) for event in events) == 50


def test_a_file_that_waits_for_room_can_be_stopped():
    full = threading.Event()
    inbox = Inbox(lambda: None, limit_bytes=1)

    class Told(ReplaySource):
        def read(self) -> Batch | None:
            full.set()
            return super().read()

    capture = Capture(lambda: Told([batch()] * 5), inbox)
    thread = started(capture)
    assert full.wait(5)
    capture.stop()
    thread.join(PROMPT)
    assert not thread.is_alive()
    assert sum(isinstance(event, Batch) for event in inbox.take()) == 1


def test_a_live_source_goes_on_and_what_finds_no_room_is_counted():
    taken = threading.Semaphore(0)

    class Counted(Idle):
        def read(self) -> Batch:
            found = super().read()
            taken.release()
            return found

    source = Counted()
    inbox = Inbox(lambda: None, limit_bytes=1)
    capture = Capture(lambda: source, inbox)
    thread = started(capture)
    for count in (1, 2, 3):
        source.say(batch(count=count))
        assert taken.acquire(timeout=5)
    capture.stop()
    thread.join()
    assert inbox.dropped == 5


@pytest.mark.private
def test_what_the_descriptor_knows_to_be_gone_is_told_before_the_kernel_announces_it():
    """``lo`` stands for a device that is still listed while its descriptor is dead already."""
    with running(lambda: Fails(AttemptFailed(Attempt(Step.READ, 77, "lo"))), watch="lo") as capture:
        capture.first(Ended)
    links = [event.link for event in capture.events if isinstance(event, LinkChanged)]
    assert (links[0].name, links[-1]) == ("lo", None)


def test_the_bell_is_silenced_or_it_would_ring_for_ever():
    with running(Idle) as capture:
        capture.first(Opened)
        bell = capture.capture._bell
        bell.ring()
        poll = select.poll()
        poll.register(bell, select.POLLIN)
        capture.until(lambda: not poll.poll(0), step=0.01)
