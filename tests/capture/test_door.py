"""Which way into an interface: attached, attached with a ring beside, or watched."""

import errno
import os
import threading

import pytest
from capture_kit import Running, drop, frame, ip, read_until_it_fails, send

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.attached import RingedTap
from tapscope.capture.door import Door, open_interface, open_now
from tapscope.capture.source import Opened
from tapscope.frame import Direction
from tapscope.machine import tuntap
from tapscope.machine.links import find_link

pytestmark = pytest.mark.private


def test_a_free_tap_is_attached_to_and_seen_both_ways_once():
    running = Running(lambda: open_interface("tap0"), watch="tap0")
    running.first(Opened)
    before = find_link("tap0").tx_dropped
    sent = [frame(b"%d" % number) for number in range(3000)]
    for start in range(0, len(sent), 100):
        send("tap0", *sent[start : start + 100])
        running.until(lambda last=sent[start + 99]: running.saw(last))
    assert [row for row in running.rows() if row[0][12:14] == b"\x88\xb5"] == [(data, Direction.OUT) for data in sent]
    assert find_link("tap0").tx_dropped == before
    running.stop()
    assert find_link("tap0") is None


def test_without_net_raw_it_is_read():
    drop("net_raw")
    source = open_now("tap0")
    assert (source.info.mode, source.info.ring) == ("peer", False)
    source.close()


def test_with_net_raw_a_ring_is_read():
    source = open_now("tap0")
    assert isinstance(source, RingedTap)
    assert (source.info.mode, source.info.created) == ("peer", True)
    ip("link", "del", "tap0")
    with pytest.raises(AttemptFailed):
        read_until_it_fails(source)
    source.close()


def test_what_is_sent_as_soon_as_there_is_carrier_is_seen():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    ip("link", "set", "tap0", "up")
    stop = threading.Event()
    sender = threading.Thread(target=_send_while_there_is_carrier, args=(stop,))
    sender.start()
    running = Running(lambda: open_now("tap0"))
    running.until(lambda: running.saw(frame(b"50")))
    stop.set()
    sender.join()
    running.until(lambda: len(running.rows()) >= find_link("tap0").tx_packets)
    running.stop()


def _send_while_there_is_carrier(stop: threading.Event) -> None:
    count = 0
    while not stop.is_set():
        send("tap0", frame(b"%d" % count))
        count += 1


def test_a_held_tap_is_watched_and_its_holder_named():
    holder = tuntap.attach("tap0")
    source = open_now("tap0")
    assert (source.info.mode, source.info.ring) == ("watch", True)
    assert f"pid {os.getpid()}" in source.info.why
    source.close()
    with pytest.raises(AttemptFailed) as failed:
        open_now("tap0", Door.PEER)
    assert failed.value.attempt.errno == errno.EBUSY
    os.close(holder.fd)


def test_a_held_tap_without_net_raw_is_busy():
    holder = tuntap.attach("tap0")
    drop("net_raw")
    with pytest.raises(AttemptFailed) as failed:
        open_now("tap0")
    assert failed.value.attempt == Attempt(Step.SET_INTERFACE, errno.EBUSY, "tap0")
    os.close(holder.fd)


def test_of_many_queues_none_is_taken_beside_those_of_a_holder():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", "multi_queue")
    free = open_interface("tap0")
    assert free.info.mode == "peer"
    free.close()
    holder = tuntap.attach("tap0")
    source = open_interface("tap0")
    assert (source.info.mode, find_link("tap0").tap.queues) == ("watch", 1)
    assert f"pid {os.getpid()}" in source.info.why
    source.close()
    asked = open_interface("tap0", Door.PEER)
    assert find_link("tap0").tap.queues == 2
    asked.close()
    drop("net_raw")
    with pytest.raises(AttemptFailed) as failed:
        open_interface("tap0")
    assert failed.value.attempt == Attempt(Step.PACKET_SOCKET, errno.EPERM)
    os.close(holder.fd)


def test_what_is_no_tap_is_watched():
    source = open_now("lo")
    assert (source.info.mode, source.info.why) == ("watch", "a device, no TAP")
    source.close()


def test_watched_because_asked():
    holder = tuntap.attach("tap0")
    source = open_now("tap0", Door.WATCH)
    assert source.info.mode == "watch"
    source.close()
    os.close(holder.fd)


@pytest.mark.private("root")
def test_anothers_tap_is_watched_only_while_it_is_held():
    """Without a holder the kernel drops what is sent before a packet socket sees it."""
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", "user", "4242")
    holder = tuntap.attach("tap0")
    drop("net_admin")
    source = open_now("tap0")
    assert (source.info.mode, source.info.why) == ("watch", "attaching is refused: EPERM")
    source.close()
    os.close(holder.fd)
    with pytest.raises(AttemptFailed) as failed:
        open_now("tap0")
    assert failed.value.attempt == Attempt(Step.SET_INTERFACE, errno.EPERM, "tap0")
