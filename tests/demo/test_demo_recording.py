"""The recording that is shipped for where no namespace is to be had."""

import ipaddress
from itertools import pairwise

import pytest
from scapy.layers.dhcp import DHCP
from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, IPv6
from scapy.layers.l2 import ARP, Ether

from tapscope.demo.network import INTERFACE
from tapscope.demo.sources import RECORDING, open_replay
from tapscope.frame import Direction, Frame
from tapscope.store.batches import frames_of


@pytest.fixture(scope="module")
def recorded() -> list[Frame]:
    replay = open_replay()
    frames = list(frames_of(replay._frames, replay.interfaces))
    replay.close()
    return frames


def test_is_small_and_names_its_interface(recorded):
    assert 60 <= len(recorded) <= 200
    assert RECORDING.stat().st_size < 64 * 1024
    assert {frame.interface.name for frame in recorded} == {INTERFACE}


def test_shows_the_same_traffic_both_ways(recorded):
    for way in (Direction.IN, Direction.OUT):
        packets = [Ether(frame.data) for frame in recorded if frame.direction is way]
        for layer in (ARP, ICMP, DNS, DHCP, TCP):
            assert any(layer in packet for packet in packets), (way, layer)
    assert any(ICMPv6ND_NS in Ether(frame.data) for frame in recorded)
    assert any(ICMPv6ND_NA in Ether(frame.data) for frame in recorded)


def test_tells_nothing_of_the_machine_it_was_made_on(recorded):
    for frame in recorded:
        packet = Ether(frame.data)
        for address in (packet.src, packet.dst):
            first = int(address[:2], 16)
            assert first & 0b11 != 0, f"{address} is some vendor's"
        for layer in (IP, IPv6):
            if layer in packet:
                for address in map(ipaddress.ip_address, (packet[layer].src, packet[layer].dst)):
                    assert address.is_private or address.is_multicast or address.is_link_local


def test_goes_on_without_long_gaps(recorded):
    times = [frame.time_ns for frame in recorded]
    assert all(0 <= after - before < 2_000_000_000 for before, after in pairwise(times))
