"""A capture filter that is changed while frames come: none that passes both is lost, the mark stands where it holds.

Numbered datagrams go to ports 7 and 9 by turns; every filter lets port 7 pass.
"""

import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from capture_kit import Running, become, drop, ip, rows, running
from test_ring import veths

from tapscope.capture.door import Door, open_interface
from tapscope.capture.files import open_file
from tapscope.capture.inbox import Inbox
from tapscope.capture.loop import Capture
from tapscope.capture.merged import open_merged
from tapscope.capture.merging import Merging
from tapscope.capture.sieve import Sieve
from tapscope.capture.source import Mark, Opened
from tapscope.frame import Direction, Frame, Interface
from tapscope.machine import tuntap
from tapscope.machine.links import find_link
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of
from tapscope.store.writers import PcapngWriter

PORTS = [bytes((0, 1, 0, port)) for port in (7, 9, 9, 7, 9)]
NARROW, WIDE = "udp dst port 7", "udp dst port 7 or udp dst port 9"


def address(name: str, other: str = "10.0.0.2") -> None:
    ip("address", "add", "10.0.0.1/24", "dev", name)
    ip("neighbour", "add", other, "lladdr", "02:00:00:00:00:02", "dev", name, "nud", "permanent")


@contextmanager
def traffic(other: str = "10.0.0.2") -> Iterator[None]:
    """Datagrams until the end, a few thousand a second."""
    done = threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            number = 0
            while not done.wait(0.001):
                for _ in range(4):
                    channel.sendto(number.to_bytes(4, "big"), (other, 7))
                    channel.sendto(number.to_bytes(4, "big"), (other, 9))
                    number += 1

    sender = threading.Thread(target=send, name="sender")
    sender.start()
    try:
        yield
    finally:
        done.set()
        sender.join()


def told(capture: Running) -> list[tuple[int, int] | str]:
    """Port and number of each datagram, and the marks between them."""
    found: list[tuple[int, int] | str] = []
    for event in capture.events:
        if isinstance(event, Mark):
            found.append(event.text)
        elif isinstance(event, Batch):
            datagrams = [data for data, _ in rows(event) if data[12:14] == b"\x08\x00" and data[23] == 17]
            found += [(int.from_bytes(data[36:38], "big"), int.from_bytes(data[42:46], "big")) for data in datagrams]
    return found


def turn(capture: Running, text: str) -> None:
    """Ask for the filter, and wait until frames come that passed it."""
    mark = f"capture filter from here on: {text}" if text else "no capture filter from here on"
    before = sum(each == mark for each in told(capture))
    capture.capture.set_sieve(Sieve(text) if text else None)

    def enough() -> bool:
        found = told(capture)
        places = [at for at, each in enumerate(found) if each == mark]
        return len(places) > before and len(found) - places[-1] > 50

    capture.until(enough)


def check(capture: Running) -> None:
    """Port 7 in order and without a gap; port 9 only where the last mark lets it."""
    found = told(capture)
    sevens = [each[1] for each in found if each[0] == 7]
    assert sevens == list(range(sevens[0], sevens[0] + len(sevens)))
    may = True
    for each in found:
        if isinstance(each, str):
            may = "7" not in each or "9" in each
        else:
            assert may or each[0] == 7
    assert any(each[0] == 9 for each in found)


def changes(capture: Running) -> None:
    with traffic():
        capture.until(lambda: len(told(capture)) > 50)
        for text in (NARROW, WIDE, NARROW, "", NARROW, NARROW + " and udp", ""):
            turn(capture, text)
    check(capture)


@pytest.mark.private
def test_on_a_ring_beside_the_tap():
    with running(partial(open_interface, "tap0")) as capture:
        assert capture.first(Opened).info.ring
        address("tap0")
        changes(capture)


@pytest.mark.private
def test_on_an_interface_that_is_watched():
    veths()
    address("v0")
    with running(partial(open_interface, "v0", Door.WATCH)) as capture:
        capture.first(Opened)
        changes(capture)


@pytest.mark.private
def test_on_a_tap_that_is_read():
    drop("net_raw")
    with running(partial(open_interface, "tap0")) as capture:
        assert not capture.first(Opened).info.ring
        address("tap0")
        changes(capture)
        assert [event for event in capture.events if isinstance(event, Opened)][-1].info.sieve_counts


@pytest.mark.private
def test_on_several():
    veths()
    address("v0")
    openers = [(name, partial(open_interface, name, Door.WATCH)) for name in ("lo", "v0")]
    ip("link", "set", "lo", "up")
    with running(partial(open_merged, openers)) as capture:
        capture.first(Opened)
        changes(capture)
        infos = [event.info for event in capture.events if isinstance(event, Opened)]
        assert [info.sieve for info in infos][-1] == ""
        assert NARROW in {info.sieve for info in infos}


@pytest.mark.private
def test_the_next_of_its_name_has_the_new_one():
    holder = tuntap.attach("tap0").fd
    tuntap.set_up("tap0")
    with running(partial(open_interface, "tap0", sieve=Sieve("arp"))) as capture:
        capture.first(Opened)
        os.close(holder)
        capture.until(lambda: any("is gone" in each for each in told(capture) if isinstance(each, str)))
        capture.capture.set_sieve(Sieve(NARROW))
        capture.until(lambda: any("from here on" in each for each in told(capture) if isinstance(each, str)))
        holder = tuntap.attach("tap0").fd
        tuntap.set_up("tap0")
        capture.until(lambda: any("is there again" in each for each in told(capture) if isinstance(each, str)))
        address("tap0")
        with traffic():
            capture.until(lambda: len([each for each in told(capture) if each[0] == 7]) > 20)
        assert not [each for each in told(capture) if each[0] == 9]
    os.close(holder)


@pytest.mark.private("root")
@pytest.mark.parametrize("form", [(), ("vnet_hdr",), ("multi_queue",), ("pi",)])
def test_nothing_is_left_on_a_persistent_tap(form):
    """Of many queues the filter is that of all, and with packet information it would come back: told here then."""
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", "user", "4321", *form)
    ip("link", "set", "tap0", "up")
    address("tap0")
    become(4321)
    with running(partial(open_interface, "tap0", sieve=Sieve("udp dst port 7"))) as capture:
        assert not capture.first(Opened).info.ring
        with traffic():
            capture.until(lambda: len(told(capture)) > 50)
        assert {each[0] for each in told(capture)} == {7}
        by_kernel = find_link("tap0").tx_dropped > 20
        assert by_kernel is (form in {(), ("vnet_hdr",)})
        assert capture.first(Opened).info.sieve_counts is by_kernel
    attached = tuntap.attach("tap0")
    before = find_link("tap0").tx_dropped
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.sendto(b"last", ("10.0.0.2", 9))
    assert select.select([attached.fd], [], [], 10)[0]
    assert find_link("tap0").tx_dropped == before
    os.close(attached.fd)


@pytest.mark.private
def test_what_a_link_does_not_know_is_refused_and_all_stays():
    ip("tuntap", "add", "dev", "tun0", "mode", "tun")
    drop("net_raw")
    with running(partial(open_interface, "tun0", sieve=Sieve("udp"))) as capture:
        capture.first(Opened)
        capture.capture.set_sieve(Sieve("ether src 02:00:00:00:00:01"))
        mark = capture.first(Mark).text
        assert mark.startswith("the capture filter stays as it was: ")
        assert [event for event in capture.events if isinstance(event, Opened)][-1].info.sieve == "udp"


def test_what_waits_to_be_put_in_order_is_sieved_as_well():
    merging = Merging(1)
    batch = batch_of([(bytes(12) + kind, at, Direction.IN) for at, kind in enumerate([b"\x08\x06", b"\x08\x00"] * 3)])
    merging.add(0, batch, 0)
    merging.sift(lambda waiting: Sieve("arp").of(waiting, ()))
    assert merging.oldest_ns == 0
    assert merging.take(10).time_ns.tolist() == [0, 2, 4]
    merging.add(0, batch, 0)
    merging.sift(lambda waiting: Sieve("ip6").of(waiting, ()))
    assert merging.oldest_ns is None


@pytest.mark.parametrize(("text", "kept"), [("", 5), ("udp", 5), ("udp dst port 7", 2), ("arp", 0)])
def test_a_file_begins_with_the_last_that_was_asked_for(tmp_path, text, kept):
    path = tmp_path / "a.pcapng"
    with path.open("wb") as stream:
        writer = PcapngWriter(stream, [Interface("a")])
        udp = bytes(12) + b"\x08\x00\x45" + bytes(8) + b"\x11" + bytes(10)
        writer.write([Frame(n, n, Direction.IN, 38, udp + port, Interface("a")) for n, port in enumerate(PORTS)])
        writer.finish()
    inbox = Inbox(lambda: None)
    capture = Capture(partial(open_file, str(path)), inbox)
    for each in ("arp", text):
        capture.set_sieve(Sieve(each) if each else None)
    capture.run()
    events = inbox.take()
    assert sum(len(event) for event in events if isinstance(event, Batch)) == kept
    assert [event.info.sieve for event in events if isinstance(event, Opened)] == [text]
    assert not [event for event in events if isinstance(event, Mark)]
