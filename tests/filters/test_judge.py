"""What the judge is certain of, from columns and bytes, is what the frame says itself, taken apart."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filters_kit import batch_and_frames, contradictions, corpus, store_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import UDP
from scapy.layers.l2 import ARP
from seeds import IP4, SEEDS, SYN, E

from tapscope.capture.files import BadCapture
from tapscope.filters import Context, compile_filter
from tapscope.filters.catalogue import fields
from tapscope.filters.header_fields import LABELS, READERS
from tapscope.frame import Frame, Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of, frames_of, selected, with_headers

FILTERS = """
frame
frame.number > 3
frame.len in {60, 74..90}
frame.time_relative >= 3.5
frame[12:2] == 08:00
frame[-2:] != 00:00
frame[0:3] > 33:33
frame contains 00:01
frame contains "HTTP"
frame matches "http.1"
direction == in
interface != tap0
eth.src[0:3] == 52:54:00
eth.addr == 33:33:00:00:00:01
eth.dst[-1] == 01
vlan.id > 2
vlan
arp.opcode == 2
arp.src.proto_ipv4 == 10.0.0.0/8
!arp
ip.addr == 10.0.0.0/8
ip.addr != 10.0.0.1
ip.addr !== 10.0.0.1
ip.addr === 10.0.0.1
ip.src in {1.2.3.4, 10.0.0.1..10.0.0.9}
ip.ttl < 10
ip.src[0] == 0a
ipv6.addr == fe80::/10
ipv6.src == fe80::1
ipv6.dst in {2001:db8::2, fe80::4}
ipv6.dst != 2001:db8::2
ipv6.flow == 77
tcp.port in {80, 443, 1, 2, 3, 4, 5, 6..10}
tcp.port > 1000
all tcp.port > 1000
tcp.flags.syn == 1 && tcp.flags.ack == 0
tcp.flags & 0x12
tcp.flags & 0x12 == 0x02
tcp.flags == 0x002
tcp.window_size_value == 512
tcp contains "GET"
udp.port == 53
udp.port != 53
not udp.port == 53
udp.srcport == udp.dstport
udp contains "www"
sctp.port == 2905
icmp.type == 3
icmp.type in {0, 8}
icmpv6.type == 135
icmpv6
dns
mdns
dns.qry.name contains "www"
dns.id == 9 || tcp
dns.a == 1.2.3.4
dhcp
mdns or dhcp
snmp
rip or radius
isakmp
not dns and udp
dhcpv6
lldp
stp
gre
vxlan
ip xor ipv6
tcp ^^ udp ^^ ip
""".strip().splitlines()


def disagreements(data: Iterable[bytes], link_type: int = 1) -> list[tuple[str, int]]:
    batch, frames, context = batch_and_frames(data, link_type)
    return [(text, index) for text in FILTERS for index in contradictions(compile_filter(text), batch, frames, context)]


def test_whole_frames() -> None:
    assert not disagreements(SEEDS)


def test_frames_cut_anywhere() -> None:
    assert not disagreements(seed[:length] for seed in SEEDS for length in range(1, len(seed), 3))


@pytest.mark.parametrize("link_type", [0, 12, 101, 113, 127, 147, 228, 229, 276])
def test_the_same_bytes_on_other_links(link_type: int) -> None:
    assert not disagreements([*SEEDS, *(seed[14:] for seed in SEEDS)], link_type)


EDITS = st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=3)), max_size=3)


def edited(seed: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    data = bytearray(seed)
    for at, change in edits:
        data[at : at + len(change)] = change
    return bytes(data)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.builds(edited, st.sampled_from(SEEDS), EDITS), min_size=1, max_size=6))
def test_frames_that_lie(frames: list[bytes]) -> None:
    assert not disagreements(frames)


@pytest.mark.timeout(600)
def test_frames_of_the_corpus() -> None:
    wanted = [compile_filter(text) for text in FILTERS]
    wrong = []
    for file in corpus()[::3]:
        store = _first_frames(file)
        if store is None:
            continue
        batch, frames, context = store
        wrong += [
            (file.name, each.text, index) for each in wanted for index in contradictions(each, batch, frames, context)
        ]
    assert not wrong


def _first_frames(file: Path) -> tuple[Batch, list[Frame], Context] | None:
    try:
        store = store_of(file)
    except BadCapture:
        return None
    for part in store.parts(store.first, min(store.last, 8)):
        frames = list(store.frames(part.number, part.number + (part.where.stop - part.where.start) - 1))
        return _only(part.batch, part.where), frames, Context(tuple(store.interfaces), store.first_time_ns)
    return None


def _only(batch: Batch, where: slice) -> Batch:
    mask = np.zeros(len(batch), np.bool_)
    mask[where] = True
    return selected(batch, mask)


def test_every_field_that_columns_have_is_certain_of_plain_frames() -> None:
    """A plain TCP, UDP and ARP frame asks for no dissector."""
    plain = [bytes(E / IP4 / SYN), bytes(E / IP4 / UDP(sport=1, dport=2) / b"x"), bytes(E / ARP())]
    batch, _, context = batch_and_frames(plain)
    for name in READERS:
        verdicts = compile_filter(name).judge(batch, 1, context)
        assert not verdicts.unsure.any(), name


def test_every_reader_and_label_is_a_field() -> None:
    assert {*READERS, *LABELS} <= set(fields())


def test_hits_across_two_frames_are_none() -> None:
    batch, frames, context = batch_and_frames([b"xxGE", b"T GET", b"GETGET", b"GE", b"TTG", b"ET"])
    verdicts = compile_filter('frame contains "GET"').judge(batch, 1, context)
    assert verdicts.yes.tolist() == [False, True, True, False, False, False]
    assert not contradictions(compile_filter('frame contains "GET"'), batch, frames, context)


def test_frames_that_do_not_lie_in_their_order() -> None:
    batch, _, context = batch_and_frames([b"one", b"two", b"three"])
    turned = selected(batch, np.array([True, True, True]))
    order = np.array([2, 0, 1])
    turned = replace(turned, offset=batch.offset[order], captured=batch.captured[order], length=batch.length[order])
    for text in ('frame contains "wo"', 'frame matches "TWO"'):
        assert compile_filter(text).judge(turned, 1, context).yes.tolist() == [False, False, True]


def test_numbers_start_where_they_are_said_to() -> None:
    batch, _, context = batch_and_frames([b"a" * 20] * 5)
    assert compile_filter("frame.number in {101, 103..900}").judge(batch, 100, context).yes.tolist() == [
        *(False, True, False),
        *(True, True),
    ]


def test_interfaces_are_told_apart() -> None:
    taps = Interface("tap0"), Interface("vnet3"), Interface("")
    batch = batch_of([(b"x", None, 0)] * 4)
    batch = replace(batch, interface=np.array([0, 1, 2, 7], np.uint16))
    frames = list(frames_of(batch, taps))
    for text, expected in (
        ("interface == vnet3", [1]),
        ("interface", [0, 1]),
        ('interface matches "^TAP"', [0]),
        ("interface != tap0", [1]),
        ("!(interface == tap0)", [1, 2, 3]),
        ("frame.time", []),
        ("frame.time_relative", []),
    ):
        verdicts = compile_filter(text).judge(batch, 1, Context(taps))
        assert np.flatnonzero(verdicts.yes).tolist() == expected, text
        assert not contradictions(compile_filter(text), batch, frames, Context(taps))


def test_a_million_frames_are_judged_without_looking_at_each() -> None:
    """No frame of them is ever made: only their columns exist."""
    count = 1_000_000
    header = bytes(E / IP4 / SYN)
    ports = np.arange(count, dtype=np.uint32) % 65536
    block = bytearray(header * 16)
    batch = batch_of([(header, 0, 1)])
    context = Context((Interface("tap0"),), 0)
    one = with_headers(batch, context.interfaces)
    many = replace(
        one,
        block=bytes(block),
        **{
            name: np.repeat(getattr(one, name), count)
            for name in ("offset", "length", "captured", "time_ns", "direction", "offload", "interface")
        },
        headers=one.headers.of(np.zeros(count, np.int64)),
    )
    many.headers.first[:] = ports
    verdicts = compile_filter("tcp.srcport in {80, 443, 8000..8002} && ip.src == 10.0.0.1").judge(many, 1, context)
    assert np.count_nonzero(verdicts.yes) == np.isin(ports, (80, 443, 8000, 8001, 8002)).sum()
    assert not verdicts.unsure.any()
