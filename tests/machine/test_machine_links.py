"""Interfaces by rtnetlink: recorded bytes, and a real namespace."""

import os
import select
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.machine import links, rtnetlink, tuntap


def attach_and_look(name):
    attached = tuntap.attach(name)
    try:
        return links.find_link(name)
    finally:
        os.close(attached.fd)


def test_a_new_tap_is_seen_with_its_settings(private_network):
    link = private_network(lambda: attach_and_look("tap0"))
    assert (link.name, link.kind, link.up, link.carrier, link.mtu) == ("tap0", "tun", False, True, 1500)
    assert link.tap == links.TapSettings(mode="tap", no_pi=True)
    assert len(link.address) == 17


def test_what_ip_tuntap_was_told_is_what_netlink_tells(private_network, run):
    def work():
        run("ip tuntap add dev tap1 mode tap user 4242 group 4300 multi_queue vnet_hdr pi")
        run("ip tuntap add dev tun1 mode tun; ip link set tun1 up")
        return {link.name: link for link in links.list_links()}

    found = private_network(work)
    assert set(found) == {"lo", "tap1", "tun1"}
    assert found["tap1"].tap == links.TapSettings(
        "tap", owner=4242, group=4300, no_pi=False, vnet_hdr=True, multi_queue=True, persist=True, queues=0
    )
    assert found["tap1"].carrier is False
    assert found["tun1"].tap == links.TapSettings("tun", no_pi=True, persist=True)
    assert (found["tun1"].up, found["tun1"].operstate, found["tun1"].address) == (True, "down", "")
    assert (found["lo"].kind, found["lo"].tap) == ("", None)


def test_owner_zero_is_not_no_owner(private_network, run):
    def work():
        run("ip tuntap add dev tap0 mode tap user 0 group 0")
        return links.find_link("tap0").tap

    settings = private_network(work)
    assert (settings.owner, settings.group) == (0, 0)


def test_an_alternative_name_finds_the_interface_and_a_missing_one_finds_none(private_network, run):
    long = "the_tap_of_the_first_guest"

    def work():
        run(f"ip tuntap add dev tap0 mode tap; ip link property add dev tap0 altname {long} altname short")
        return [links.find_link(name) for name in (long, "short", "nosuch", "nosuch_and_long_as_well", "", "x" * 300)]

    by_long, by_short, *missing = private_network(work)
    assert by_long.name == by_short.name == "tap0"
    assert set(by_long.altnames) == {long, "short"}
    assert missing == [None] * 4


def test_addresses_and_master(private_network, run):
    def work():
        run("ip tuntap add dev tap0 mode tap; ip link add br0 type bridge; ip link set tap0 master br0")
        run("ip addr add 10.9.8.7/24 dev br0; ip -6 addr add fd00::1/64 dev br0 nodad")
        bridge, tap = links.find_link("br0"), links.find_link("tap0")
        return bridge, tap, links.addresses(bridge.index), links.addresses(tap.index)

    bridge, tap, of_bridge, of_tap = private_network(work)
    assert tap.master == bridge.index
    assert set(of_bridge) == {"10.9.8.7/24", "fd00::1/64"}
    assert of_tap == []


def test_the_counters_tell_what_the_device_carried(private_network, run):
    def work():
        run("ip tuntap add dev tap0 mode tap; sysctl -qw net.ipv6.conf.tap0.disable_ipv6=1; ip link set tap0 up")
        attached = tuntap.attach("tap0")
        os.write(attached.fd, bytes(12) + b"\x88\xb5" + bytes(50))
        link = links.find_link("tap0")
        os.close(attached.fd)
        return link

    link = private_network(work)
    assert (link.rx_packets, link.rx_bytes) == (1, 64)


def test_the_monitor_tells_of_coming_changing_and_going(private_network):
    def work():
        monitor = links.LinkMonitor()
        poller = select.poll()
        poller.register(monitor, select.POLLIN)
        assert monitor.read() == []
        attached = tuntap.attach("tap7")
        tuntap.set_up("tap7")
        os.close(attached.fd)
        told = []
        while not told or told[-1].kind != "gone":
            assert poller.poll(5000)
            told += [event for event in monitor.read() if event.link.name == "tap7"]
        monitor.close()
        return told

    told = private_network(work)
    assert told[0].kind == "new"
    assert not told[0].link.up
    assert any(event.kind == "new" and event.link.up for event in told)


def test_the_monitor_is_right_after_messages_were_lost(private_network, run):
    def work():
        run("ip tuntap add dev tap0 mode tap; ip tuntap add dev tap1 mode tap")
        monitor = links.LinkMonitor()
        # As many as overrun the socket's buffer: each change is a message of over a kilobyte.
        run("for i in $(seq 400); do echo 'link set tap0 up'; echo 'link set tap0 down'; done | ip -b -; "
            "ip link del tap1; ip link set tap0 mtu 1400")  # fmt: skip
        told = monitor.read()
        monitor.close()
        return told

    last = {event.link.name: event for event in private_network(work)}
    assert (last["tap0"].kind, last["tap0"].link.mtu) == ("new", 1400)
    assert last["tap1"].kind == "gone"


def test_an_error_answer_is_an_oserror_with_the_kernels_number():
    with pytest.raises(OSError, match="No such device") as raised:
        rtnetlink.ask(rtnetlink.RTM_GETLINK, struct.pack("=BxHiII", 0, 0, 1 << 30, 0, 0))
    assert raised.value.errno == 19


@given(st.binary(max_size=200))
def test_damage_ends_the_walk_and_never_the_program(data):
    for _kind, payload in [*rtnetlink.messages(data), *rtnetlink.attributes(data)]:
        assert len(payload) <= len(data)


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=40))))
def test_attributes_survive_coding(pairs):
    coded = b"".join(rtnetlink.attribute(kind, payload) for kind, payload in pairs)
    assert list(rtnetlink.attributes(coded)) == pairs
