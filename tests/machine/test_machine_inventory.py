"""The list of interfaces with their holders: real ones, in a namespace of their own."""

import os
import sys
import time
from pathlib import Path

import pytest

from tapscope.machine import inventory, links, tuntap
from tapscope.machine.holders import Holder, Search
from tapscope.machine.inventory import Entry, Inventory, Rate, sort_key

HOLD = """
import sys
from tapscope.machine import tuntap
tuntap.attach(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def look():
    return {entry.link.name: entry for entry in Inventory().look()}


def device(name, kind="", *, mode=None, carrier=None, queues=None):
    tap = links.TapSettings(mode, queues=queues) if mode else None
    return links.Link(1, name, True, carrier, "up", 1500, "", "tun" if mode else kind, tap, None, ())


def test_taps_come_first_and_two_before_ten():
    shuffled = [
        device("lo"),
        device("tun0", mode="tun"),
        device("vnet10", mode="tap"),
        device("br0", "bridge"),
        device("eth0"),
        device("mv0", "macvtap"),
        device("vnet2", mode="tap"),
        device("2", mode="tap"),
    ]
    entries = sorted((Entry(link, None, Search(), None) for link in shuffled), key=sort_key)
    assert [entry.link.name for entry in entries] == ["2", "vnet2", "vnet10", "mv0", "tun0", "br0", "eth0", "lo"]


QEMU = Holder(7, "qemu", 0, None)


@pytest.mark.parametrize(
    ("link", "search", "held", "likely"),
    [
        (device("a", mode="tap", carrier=True), Search((QEMU,)), True, ()),
        (device("a", mode="tap", carrier=True), Search((), (QEMU,), 3), True, (QEMU,)),
        (device("a", mode="tap", carrier=False), Search((), (QEMU,), 3), False, ()),
        (device("a", mode="tap", carrier=False, queues=1), Search((), (), 3), True, ()),
        (device("a", mode="tap", carrier=False), Search((QEMU,)), True, ()),
        (device("a", "macvtap", carrier=True), Search(), False, ()),
        (device("a", "macvtap", carrier=True), Search((), (QEMU,), 3), None, ()),
        (device("a", "macvtap", carrier=False), Search((QEMU,)), True, ()),
        (device("a", "veth", carrier=True), Search(), None, ()),
    ],
)
def test_whether_somebody_holds_it(link, search, held, likely):
    entry = Entry(link, None, search, None)
    assert (entry.held, entry.likely) == (held, likely)


def test_two_hold_one_with_many_queues_and_a_bridge_is_named(private_network, unique, children, run):
    def work():
        run(f"ip tuntap add dev {unique} mode tap multi_queue; ip link add {unique}b type bridge")
        run(f"ip link set {unique} master {unique}b; ip link add {unique}v type veth peer name {unique}w")
        pids = []
        for _ in range(2):
            child = children(sys.executable, "-c", HOLD, unique)
            assert child.stdout.readline() == "held\n"
            pids.append(child.pid)
        return sorted(pids), look()

    pids, found = private_network(work)
    tap = found[unique]
    assert [holder.pid for holder in tap.search.found] == pids
    assert (tap.kind, tap.port_of, tap.held, tap.link.tap.queues) == ("tap", f"{unique}b", True, 2)
    assert (found[f"{unique}v"].kind, found[f"{unique}v"].held, found[f"{unique}b"].port_of) == ("veth", None, None)


def test_a_rate_is_what_the_counters_grew_in_a_second(private_network, unique, run):
    def work():
        run(f"ip tuntap add dev {unique} mode tap; sysctl -qw net.ipv6.conf.{unique}.disable_ipv6=1")
        run(f"ip link set {unique} up")
        attached = tuntap.attach(unique)
        counted = Inventory()
        begin = time.monotonic()
        for _ in range(10):
            os.write(attached.fd, bytes(12) + b"\x88\xb5" + bytes(86))
        at_once = {entry.link.name: entry for entry in Inventory().look()}
        found = {entry.link.name: entry for entry in counted.look(over=inventory.SHORTEST)}
        most = time.monotonic() - begin
        os.close(attached.fd)
        return at_once[unique].rate, found[unique].rate, most

    at_once, rate, most = private_network(work)
    assert at_once is None
    assert 10 / most <= rate.in_frames <= 10 / inventory.SHORTEST
    assert rate.in_bytes == pytest.approx(100 * rate.in_frames)
    assert (rate.out_frames, rate.out_bytes, rate.octets) == (0, 0, rate.in_bytes)


def test_an_interface_that_came_meanwhile_and_one_made_anew_have_no_rate(monkeypatch):
    clock = iter([0.0, 0.4, 0.4, 0.8, 0.8])
    seen = iter(
        [
            [counted(1, 100)],
            [counted(1, 300), counted(2, 50)],
            [counted(1, 0), counted(2, 90)],
        ]
    )
    monkeypatch.setattr(inventory.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(inventory.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(inventory, "list_links", lambda: next(seen))
    looks = Inventory()
    rates = [{entry.link.index: entry.rate for entry in looks.look()} for _ in range(2)]
    assert rates == [{1: Rate(0, 500, 0, 0), 2: None}, {1: None, 2: Rate(0, 100, 0, 0)}]


def counted(index, octets):
    return links.Link(index, f"d{index}", True, True, "up", 1500, "", "", None, None, (), rx_bytes=octets)


def test_who_looks_as_another_user_is_told_that_the_holder_is_hidden(private_network, unique, children, run):
    code = (
        "import sys; from tapscope.machine.inventory import Inventory;"
        "[print(e.held, len(e.search.found), e.search.hidden > 0, [h.machine for h in e.likely])"
        " for e in Inventory().look() if e.link.name == sys.argv[1]]"
    )
    other = "setpriv --reuid 4242 --regid 4242 --clear-groups"

    def work():
        program = str(Path(sys.executable).with_name("qemu-system-x86_64"))
        arguments = (program, "-c", HOLD, unique, "-netdev", f"tap,ifname={unique}", "-name", "guest=web1")
        child = children(*arguments, executable=sys.executable)
        assert child.stdout.readline() == "held\n"
        return run(f"{other} {sys.executable} -c '{code}' {unique}")

    assert private_network(work) == "True 0 True ['web1']\n"
