"""The loop on a real TAP: the device changes, goes, comes back, and the reader stops when asked."""

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from capture_kit import PROMPT, Running, frame, ip, running, send

from tapscope.attempt import Attempt, Step
from tapscope.capture.loop import Capture
from tapscope.capture.source import Ended, LinkChanged, Opened, Refused
from tapscope.capture.tap import open_tap
from tapscope.frame import Direction

pytestmark = pytest.mark.private


def watching(name: str = "tap0"):
    return running(lambda: open_tap(name), watch=name)


def existing(name: str = "tap0", *words: str) -> None:
    ip("tuntap", "add", "dev", name, "mode", "tap", *words)
    ip("link", "set", name, "up")


def test_tells_the_interface_and_its_frames():
    with watching() as capture:
        assert capture.first(Opened).info.created
        assert capture.link(lambda told: told.link.up).link.name == "tap0"
        send("tap0", frame(b"hello"))
        capture.until(lambda: (frame(b"hello"), Direction.OUT) in capture.rows())


def test_the_end_of_a_deleted_device_is_told_in_time():
    existing()
    with watching() as capture:
        capture.first(LinkChanged)
        ip("link", "del", "tap0")
        ended = capture.first(Ended, patience=PROMPT)
        assert ended.fault == "tap0 is gone: the device was deleted"
        assert ended.attempt.errno in {errno.EBADFD, errno.EFAULT}
        assert capture.events[-2:] == [LinkChanged(None), ended]


def test_a_device_that_is_deleted_under_a_flood_ends_as_well():
    existing()
    with watching() as capture:
        capture.first(LinkChanged)
        stop = threading.Event()
        sender = threading.Thread(target=flood, args=(stop,))
        sender.start()
        capture.until(lambda: len(capture.rows()) > 2000)
        ip("link", "del", "tap0")
        assert "deleted" in capture.first(Ended).fault
        stop.set()
        sender.join()


def flood(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            send("tap0", *[frame(b"flood")] * 50)
        except OSError:  # down, or gone
            stop.wait(0.01)


def test_down_and_up_again_goes_on():
    existing()
    with watching() as capture:
        capture.link(lambda told: told.link.up)
        ip("link", "set", "tap0", "down")
        capture.link(lambda told: not told.link.up, patience=PROMPT)
        ip("link", "set", "tap0", "up")
        capture.link(lambda told: told.link.up, patience=PROMPT)
        send("tap0", frame(b"again"))
        capture.until(lambda: capture.saw(frame(b"again")), patience=PROMPT)
        assert not any(isinstance(event, Ended) for event in capture.events)


def test_a_device_under_a_new_name_is_still_the_same():
    existing()
    with watching() as capture:
        capture.first(LinkChanged)
        ip("link", "set", "tap0", "down")
        ip("link", "set", "tap0", "name", "tap9", "up")
        capture.link(lambda told: told.link.name == "tap9" and told.link.up)
        sent = capture.link(lambda told: told.link.tx_packets >= 0).link.tx_packets
        send("tap9", frame(b"renamed"))
        capture.until(lambda: capture.saw(frame(b"renamed")))
        capture.link(lambda told: told.link.tx_packets > sent)


def test_a_device_that_leaves_the_namespace_is_gone_from_sight_and_still_read():
    existing()
    with watching() as capture:
        capture.first(LinkChanged)
        with another_namespace() as other:
            ip("link", "set", "tap0", "netns", str(other.pid))
            capture.link(lambda told: told.link is None)
            seen = len(capture.rows())
            other.communicate("go\n", timeout=5)
            capture.until(lambda: frame(b"elsewhere") in [data for data, _ in capture.rows()[seen:]])
        assert "deleted" in capture.first(Ended).fault  # with its namespace


SEND = """
import sys
print("inside", flush=True)
sys.stdin.readline()
from capture_kit import frame, ip, send
ip("link", "set", "tap0", "up")
send("tap0", frame(b"elsewhere"))
"""


@contextmanager
def another_namespace() -> Iterator[subprocess.Popen[str]]:
    """A process in a network namespace of its own, which sends a frame when it reads a line."""
    command = ["unshare", "-n", sys.executable, "-c", SEND]
    folder = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=folder) as process:
        assert process.stdout.readline() == "inside\n"
        yield process


def test_counters_are_told_though_the_kernel_announces_none():
    with watching() as capture:
        capture.first(LinkChanged)
        send("tap0", *[frame(b"counted")] * 5)
        capture.link(lambda told: told.link.tx_packets >= 5)


def test_other_interfaces_are_none_of_its_business():
    with watching() as capture:
        capture.first(LinkChanged)
        ip("tuntap", "add", "dev", "tap1", "mode", "tap")
        ip("link", "del", "tap1")
        send("tap0", frame(b"after"))
        capture.until(lambda: capture.saw(frame(b"after")))
        assert {event.link.name for event in capture.events if isinstance(event, LinkChanged)} == {"tap0"}


def test_a_second_capture_finds_it_busy_and_gets_it_later():
    with watching() as first:
        first.first(Opened)
        with watching() as second:
            assert second.first(Refused).attempt == Attempt(Step.SET_INTERFACE, errno.EBUSY, "tap0")
    with watching() as third:
        third.first(Opened)


def test_twenty_restarts_never_overlap():
    before: Capture | None = None
    for _ in range(20):
        if before is not None:
            before.closed.wait()
        capture = Running(lambda: open_tap("tap0"), watch="tap0")
        capture.until(lambda told=capture: told.events)
        assert isinstance(capture.events[0], Opened), capture.events
        capture.capture.stop()
        before = capture.capture
    assert before is not None
    assert before.closed.wait(5)


def test_stops_in_time_under_a_flood():
    stop = threading.Event()
    with watching() as capture:
        capture.first(LinkChanged)
        sender = threading.Thread(target=flood, args=(stop,))
        sender.start()
        capture.until(lambda: len(capture.rows()) > 5000)
        assert capture.stop() < PROMPT
        stop.set()
        sender.join()
