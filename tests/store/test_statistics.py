"""Counting by protocol, conversation and endpoint: beside plain Python, and beside tshark's tables."""

import os
import shutil
from collections import Counter, defaultdict
from ipaddress import ip_address
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_tshark import tshark_tables

from tapscope.capture.files import open_file
from tapscope.frame import Direction, Interface
from tapscope.store import grouping
from tapscope.store.arena import Store
from tapscope.store.batch import NO_TIME
from tapscope.store.batches import batch_of
from tapscope.store.conversations import NEVER, endpoints_of
from tapscope.store.grouping import group_rows
from tapscope.store.hosts import Level
from tapscope.store.pieces import pieces
from tapscope.store.statistics import count_conversations, count_layers

STATION = "02:00:00:00:00:0{}"
CORPUS = os.environ.get("TAPSCOPE_CORPUS", "")
FILES = (
    "bgp-large-community.pcap",
    "dns_tcp.pcap",
    "dnssec.pcap",
    "mptcp-v1.pcap",
    "dhcpv6-ia-na.pcap",
    "babel_rtt.pcap",
    "HSRP_election.pcap",
    "EIGRP_adjacency.pcap",
    "OSPFv3_broadcast_adjacency.pcap",
    "ntp.pcap",
)
"""Captures of the corpus in which nothing is carried inside something else that tshark would count as well."""


def frame(one: str, other: str, ports: tuple[int, int] | None = None, protocol: int = 6, pad: int = 0) -> bytes:
    """An Ethernet frame between two IP addresses; the last digit of an address is its station's."""
    source, destination = ip_address(one), ip_address(other)
    payload = b"" if ports is None else b"".join(port.to_bytes(2, "big") for port in ports) + bytes(16)
    carried = 59 if ports is None else protocol
    macs = bytes([2, 0, 0, 0, 0, int(other[-1]), 2, 0, 0, 0, 0, int(one[-1])])
    if source.version == 4:
        head = bytes([0x45, 0]) + (20 + len(payload)).to_bytes(2, "big") + bytes([0, 0, 0, 0, 64, carried, 0, 0])
        return macs + b"\x08\x00" + head + source.packed + destination.packed + payload + bytes(pad)
    head = bytes([0x60, 0, 0, 0]) + len(payload).to_bytes(2, "big") + bytes([carried, 64])
    return macs + b"\x86\xdd" + head + source.packed + destination.packed + payload + bytes(pad)


def store_of(*batches, link_type: int = 1) -> Store:
    store = Store()
    store.set_interfaces([Interface("tap0", link_type)])
    for frames in batches:
        store.append(batch_of([(data, time, Direction.IN) for data, time in frames]))
    return store


def table_of(store: Store, level: Level, numbers=None):
    return count_conversations(pieces(store.parts(), numbers), level, store.interfaces)


def words(hosts, row: int, level: Level) -> str:
    return f"{hosts.address(row)}:{hosts.port[row]}" if level.has_ports else hosts.address(row)


def told(table, level: Level) -> list[tuple]:
    """The table as rows of words and numbers."""
    names = ("number", "begin_ns", "end_ns", "frames_there", "octets_there", "frames_back", "octets_back")
    return [
        (
            words(table.one, row, level),
            words(table.other, row, level),
            *(int(getattr(table, name)[row]) for name in names),
        )
        for row in range(len(table))
    ]


addresses = st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3", "fe80::1", "fe80::2", "1::fe80:0:0:2", "::10.0.0.1"])
ports = st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3))
spoken = st.tuples(addresses, addresses, ports, st.sampled_from([6, 17]), st.integers(0, 3)).filter(
    lambda each: ip_address(each[0]).version == ip_address(each[1]).version
)
times = st.integers(0, 10**12) | st.none()


def plain_count(frames, level: Level, numbers) -> list[tuple]:
    """The same with dictionaries."""
    found: dict[tuple[str, str], list[int]] = {}
    for number, (said, time) in enumerate(frames, 1):
        one, other, both, protocol, _ = said
        names = hosts_at(level, one, other, both, protocol)
        if number not in numbers or names is None:
            continue
        key = names if names in found else names[::-1] if names[::-1] in found else names
        row = found.setdefault(key, [number, NEVER, NO_TIME, 0, 0, 0, 0])
        if time is not None:
            row[1:3] = min(row[1], time), max(row[2], time)
        way = 3 if key == names else 5
        row[way] += 1
        row[way + 1] += len(frame(*said))
    return [(*key, *row) for key, row in found.items()]


def hosts_at(level: Level, one: str, other: str, both, protocol: int):
    version = ip_address(one).version
    if level is Level.ETHERNET:
        return STATION.format(one[-1]), STATION.format(other[-1])
    one, other = str(ip_address(one)), str(ip_address(other))
    if level is (Level.IPV4 if version == 4 else Level.IPV6):
        return one, other
    if level.has_ports and both and protocol == (6 if level is Level.TCP else 17):
        return f"{one}:{both[0]}", f"{other}:{both[1]}"
    return None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.tuples(spoken, times), max_size=30), max_size=5), st.data())
def test_conversations_are_those_of_a_plain_count(batches, data):
    store = store_of(*([(frame(*said), time) for said, time in each] for each in batches))
    every = [each for batch in batches for each in batch]
    some = data.draw(st.none() | st.sets(st.integers(1, len(every) + 1)))
    numbers = None if some is None else np.array(sorted(some), np.int64)
    chosen = set(range(1, len(every) + 1)) if some is None else some
    for level in Level:
        table = table_of(store, level, numbers)
        assert told(table, level) == plain_count(every, level, chosen)
        ends = endpoints_of(table)
        sent, received = Counter(), Counter()
        for one, other, _, _, _, there, _, back, _ in told(table, level):
            sent += Counter({one: there}) + Counter({other: back})
            received += Counter({other: there}) + Counter({one: back})
        names = [words(ends.host, row, level) for row in range(len(ends))]
        assert +Counter(dict(zip(names, ends.frames_sent.tolist(), strict=True))) == sent
        assert +Counter(dict(zip(names, ends.frames_received.tolist(), strict=True))) == received
        assert ends.octets_sent.sum() == ends.octets_received.sum()
        assert len(set(names)) == len(names)


def test_what_a_host_sends_itself_counts_both_ways():
    ends = endpoints_of(table_of(store_of([(frame("10.0.0.1", "10.0.0.1"), 1)]), Level.IPV4))
    assert (ends.frames_sent.tolist(), ends.frames_received.tolist()) == ([1], [1])


def test_nothing_is_counted_of_nothing():
    for level in Level:
        assert len(table_of(Store(), level)) == len(endpoints_of(table_of(Store(), level))) == 0
    assert count_layers(pieces(Store().parts()), ()) == []


def test_stations_are_those_of_ethernet_only():
    assert len(table_of(store_of([(frame("10.0.0.1", "10.0.0.2")[14:], 1)], link_type=101), Level.ETHERNET)) == 0
    assert len(table_of(store_of([(b"\x02" * 11, 1)]), Level.ETHERNET)) == 0


def test_a_torn_port_is_no_port():
    torn = frame("10.0.0.1", "10.0.0.2", (1, 2))[: 14 + 20 + 3]
    assert len(table_of(store_of([(torn, 1)]), Level.TCP)) == 0
    assert len(table_of(store_of([(torn, 1)]), Level.IPV4)) == 1


class TestGrouping:
    def test_rows_that_mix_to_the_same_number_are_told_apart(self, monkeypatch):
        monkeypatch.setattr(grouping, "_mixed", lambda columns: columns[0] * np.uint64(0))
        one = np.array([3, 1, 3, 1, 2], np.uint64)
        other = np.array([0, 0, 0, 1, 0], np.uint64)
        groups = group_rows(one, other)
        assert sorted(groups.sum(np.ones(5)).tolist()) == [1, 1, 1, 2]
        assert sorted(groups.first.tolist()) == [0, 1, 3, 4]

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**64 - 1) | st.integers(0, 3)), max_size=50))
    def test_sums_and_extremes_are_those_of_a_plain_count(self, rows):
        columns = np.array(rows, np.uint64).reshape(-1, 2).T
        values = np.arange(len(rows))[::-1]
        found = defaultdict(list)
        for row, value in zip(rows, values.tolist(), strict=True):
            found[row].append(value)
        groups = group_rows(*columns)
        mine = zip(*(column[groups.first].tolist() for column in columns), strict=True)
        sums = zip(
            groups.sum(values).tolist(), groups.least(values).tolist(), groups.most(values).tolist(), strict=True
        )
        assert dict(zip(mine, sums, strict=True)) == {row: (sum(v), min(v), max(v)) for row, v in found.items()}


def test_layers_lie_over_each_other():
    frames = [
        *[frame("10.0.0.1", "10.0.0.2", (443, 9))] * 3,
        frame("fe80::1", "fe80::2", (53, 9), 17),
        frame("10.0.0.1", "10.0.0.2", (7, 9)),
        b"\x02" * 12 + b"\x08\x06" + bytes(28),
        b"\x02" * 12 + b"\x81\x00\x00\x01\x08\x06" + bytes(28),
    ]
    layers = count_layers(pieces(store_of([(data, 1) for data in frames]).parts()), [Interface("tap0")])
    assert [(layer.path, layer.frames) for layer in layers] == [
        (("Ethernet",), 7),
        (("Ethernet", "IPv4"), 4),
        (("Ethernet", "IPv4", "TCP"), 4),
        (("Ethernet", "IPv4", "TCP", "TLS"), 3),
        (("Ethernet", "ARP"), 1),
        (("Ethernet", "IPv6"), 1),
        (("Ethernet", "IPv6", "UDP"), 1),
        (("Ethernet", "IPv6", "UDP", "DNS"), 1),
        (("Ethernet", "VLAN"), 1),
        (("Ethernet", "VLAN", "ARP"), 1),
    ]
    assert layers[0].octets == sum(map(len, frames))


WORDS = {
    "Ethernet": "eth",
    "SLL": "sll",
    "Raw IP": "raw",
    "IPv4": "ip",
    "IPv6": "ipv6",
    "TCP": "tcp",
    "UDP": "udp",
    "ICMPv6": "icmpv6",
    "ARP": "arp",
}


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
@pytest.mark.skipif(not CORPUS, reason="TAPSCOPE_CORPUS names no folder of captures")
@pytest.mark.parametrize("name", FILES)
def test_tshark_counts_the_same(name):
    path = Path(CORPUS) / name
    source, store = open_file(path), Store()
    while (batch := source.read()) is not None:
        store.set_interfaces(source.interfaces)
        store.append(batch)
    theirs = tshark_tables(path)
    for level in Level:
        table = table_of(store, level)
        mine = {}
        for one, other, _, begin, end, there, _, back, _ in told(table, level):
            seconds = f"{(end - begin) / 1e9:.4f}"
            mine |= {(other, one): (back, there, seconds)} | {(one, other): (there, back, seconds)}
        said = theirs.conversations[level.value]
        assert {pair: mine.get(pair) for pair in said} == said
        assert len(said) == len(table)
        ends = endpoints_of(table)
        columns = (ends.frames_sent, ends.octets_sent, ends.frames_received, ends.octets_received)
        counts = zip(*(column.tolist() for column in columns), strict=True)
        names = [words(ends.host, row, level) for row in range(len(ends))]
        assert dict(zip(names, counts, strict=True)) == theirs.endpoints[level.value]
    layers = count_layers(pieces(store.parts()), store.interfaces)
    known = [layer for layer in layers if set(layer.path) <= set(WORDS)]
    assert known
    for layer in known:
        assert theirs.layers[tuple(WORDS[word] for word in layer.path)] == (layer.frames, layer.octets)
    source.close()
