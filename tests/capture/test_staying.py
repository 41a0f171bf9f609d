"""An interface that goes and comes again, and what else befalls it, by the door that the command line opens."""

import errno
import os
import subprocess

import pytest
from capture_kit import Running, frame, ip, send
from test_loop_tap import another_namespace

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.door import Door, open_interface
from tapscope.capture.ring import open_ring
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import SievingSource
from tapscope.capture.source import Ended, LinkChanged, Mark, Opened, SourceInfo
from tapscope.capture.staying import Staying
from tapscope.machine import tuntap

pytestmark = pytest.mark.private


def looking(name: str = "tap0", door: Door = Door.AUTO) -> Running:
    running = Running(lambda: open_interface(name, door), watch=name)
    running.first(Opened)
    return running


def marks(running: Running) -> list[str]:
    return [event.text for event in running.events if isinstance(event, Mark)]


def wait_for_mark(running: Running, words: str) -> None:
    running.until(lambda: any(words in mark for mark in marks(running)))


def now(running: Running) -> SourceInfo:
    return [event for event in running.events if isinstance(event, Opened)][-1].info


def hold(name: str = "tap0") -> int:
    """Be the other end, as QEMU is: make the TAP, and bring it up."""
    fd = tuntap.attach(name).fd
    tuntap.set_up(name)
    return fd


def test_a_guest_that_goes_and_comes_again_is_one_capture():
    holder = hold()
    running = looking()
    os.write(holder, frame(b"before"))
    running.until(lambda: running.saw(frame(b"before")))
    os.write(holder, frame(b"the last word"))
    os.close(holder)
    wait_for_mark(running, "tap0 is gone: waiting until there is one again")
    assert running.saw(frame(b"the last word"))
    running.until(lambda: now(running).waiting)
    holder = hold()
    wait_for_mark(running, "tap0 is there again")
    running.link(lambda told: told.link is not None and told.link.up)
    running.until(lambda: not now(running).waiting)
    os.write(holder, frame(b"after"))
    running.until(lambda: running.saw(frame(b"after")))
    assert not any(isinstance(event, Ended) for event in running.events)
    assert now(running).mode == "watch"
    running.stop()
    os.close(holder)


def test_ten_times_one_after_the_other():
    holder = hold()
    running = looking()
    for count in range(10):
        os.close(holder)
        holder = hold()
        running.until(lambda count=count: sum("there again" in mark for mark in marks(running)) > count)
        os.write(holder, frame(b"%d" % count))
        running.until(lambda count=count: running.saw(frame(b"%d" % count)))
    running.stop()
    os.close(holder)


def test_what_was_watched_is_not_attached_to_when_it_comes_again():
    """The guest would find its TAP busy."""
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    holder = hold()
    running = looking()
    os.close(holder)
    ip("link", "del", "tap0")
    wait_for_mark(running, "is gone")
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    running.until(lambda: not now(running).waiting and now(running).why == "nobody holds it")
    holder = hold()
    wait_for_mark(running, f"tap0: held by python (pid {os.getpid()})")
    os.write(holder, frame(b"from the guest"))
    running.until(lambda: running.saw(frame(b"from the guest")))
    running.stop()
    os.close(holder)


def test_what_was_attached_to_is_attached_to_again():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    ip("link", "set", "tap0", "up")
    running = looking()
    before = running.first(LinkChanged).link
    ip("link", "del", "tap0")
    wait_for_mark(running, "is gone")
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    ip("link", "set", "tap0", "up")
    wait_for_mark(running, "tap0 is there again, frames by a packet ring")
    running.link(lambda told: told.link is not None and told.link.index != before.index and told.link.up)
    send("tap0", frame(b"again"))
    running.until(lambda: running.saw(frame(b"again")))
    running.stop()


def test_what_was_created_here_nobody_makes_again():
    running = looking()
    ip("link", "del", "tap0")
    assert running.first(Ended).fault == "tap0 is gone: the device was deleted"
    assert marks(running) == []


def test_down_up_and_renamed_are_told():
    holder = hold()
    running = looking()
    ip("link", "set", "tap0", "down")
    wait_for_mark(running, "tap0 is down: nothing comes until it is up")
    ip("link", "set", "tap0", "name", "web1")
    wait_for_mark(running, "tap0 is called web1 now")
    ip("link", "set", "web1", "up")
    wait_for_mark(running, "web1 is up")
    os.write(holder, frame(b"renamed"))
    running.until(lambda: running.saw(frame(b"renamed")))
    running.stop()
    os.close(holder)


def test_one_that_moves_to_another_namespace_is_told_and_waited_for():
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
    running = looking("v0")
    with another_namespace() as other:
        ip("link", "set", "v0", "netns", str(other.pid))
        wait_for_mark(running, "v0 was moved to another network namespace")
        wait_for_mark(running, "v0 is gone: waiting")
        subprocess.run(
            ["nsenter", "-n", "-t", str(other.pid), "ip", "link", "set", "v0", "netns", str(os.getpid())], check=True
        )
        wait_for_mark(running, "v0 is there again, veth, no TAP")
        other.kill()
    running.stop()


def test_where_it_cannot_be_opened_the_next_change_is_the_next_try():
    refusals = [Attempt(Step.SET_INTERFACE, errno.EBUSY, "tap0")] * 2

    def again(_mode: str, sieve: Sieve | None) -> SievingSource:
        if refusals:
            raise AttemptFailed(refusals.pop())
        return open_ring("tap0", sieve=sieve)

    holder = hold()
    running = Running(lambda: Staying("tap0", lambda sieve: open_ring("tap0", sieve=sieve), again, lambda: "held"))
    running.first(Opened)
    os.close(holder)
    wait_for_mark(running, "is gone")
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    wait_for_mark(running, "tap0 is there again, and cannot be opened: TUNSETIFF tap0: EBUSY")
    for mtu in (1400, 1300):
        ip("link", "set", "tap0", "mtu", str(mtu))
    running.until(lambda: "tap0 is there again, held" in marks(running))
    assert sum("cannot be opened" in mark for mark in marks(running)) == 1
    running.stop()


def test_the_link_is_followed_to_the_next_of_its_name():
    holder = hold()
    running = looking()
    os.close(holder)
    running.link(lambda told: told.link is None)
    holder = hold()
    running.until(lambda: [e.link for e in running.events if isinstance(e, LinkChanged)][-1] is not None)
    running.stop()
    os.close(holder)
