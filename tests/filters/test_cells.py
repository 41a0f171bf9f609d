"""What a cell or a node stands for, as a filter: it selects the frame that it was taken from."""

from collections.abc import Iterator
from itertools import islice

import pytest
from filters_kit import BadCapture, batch_and_frames, context_of, corpus, store_of
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import UDP
from scapy.layers.l2 import ARP
from seeds import IP4, IP6, SEEDS, SYN, E

from tapscope.demo.sources import RECORDING
from tapscope.dissect.node import Node
from tapscope.dissect.summary import summarize
from tapscope.dissect.tree import dissect
from tapscope.filters import Context, compile_filter, field_filter
from tapscope.frame import Frame


def every(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from every(node.children)


def texts_of(frame: Frame, context: Context) -> Iterator[str]:
    row = summarize(frame)
    shown = {"source": row.source, "destination": row.destination, "protocol": row.protocol, "info": row.info}
    for name in ("number", "time", "interface", "direction", "length", *shown):
        yield field_filter(name, frame, context, shown.get(name, ""))
    for node in every(dissect(frame).layers):
        yield field_filter(node.name, frame, context, node.value, node)


def missed(frame: Frame, context: Context) -> list[str]:
    return [text for text in texts_of(frame, context) if not compile_filter(text).matches(frame, context)]


def test_frames_of_all_kinds() -> None:
    _, frames, context = batch_and_frames([*SEEDS, *(seed[: len(seed) * 2 // 3] for seed in SEEDS)])
    assert not [text for frame in frames for text in missed(frame, context)]


def test_frames_of_the_demo() -> None:
    store = store_of(RECORDING)
    assert not [text for frame in islice(store.frames(), 60) for text in missed(frame, context_of(store))]


@pytest.mark.timeout(600)
def test_frames_of_the_corpus() -> None:
    wrong = []
    for file in corpus()[::10]:
        try:
            store = store_of(file)
        except BadCapture:
            continue
        wrong += [text for frame in islice(store.frames(), 2) for text in missed(frame, context_of(store))]
    assert not wrong


OPTIONS = [("message-type", 1), ("hostname", b'a"b'), "end"]
DISCOVER = E / IP4 / UDP(sport=68, dport=67) / BOOTP() / DHCP(options=OPTIONS)
NAMED = [
    (E / IP4 / SYN, "IP.ttl", "7", "ip.ttl == 7"),
    (E / IP4 / SYN, "IP.src", "10.0.0.1", "ip.src == 10.0.0.1"),
    (E / IP4 / SYN, "IP", "", "ip"),
    (E / IP4 / SYN, "TCP.dport", "https (443)", "tcp.dstport == 443"),
    (E / IP4 / SYN, "TCP.MSS", "1460", "tcp.options.mss_val == 1460"),
    (E / IP4 / SYN, "TCP.urgptr", "0", "tcp.urgent_pointer == 0"),
    (E / IP4 / SYN, "IP.frag", "0", "IP.frag == 0"),
    (E / IP4 / IP4 / SYN, "IP.proto", "tcp (6)", "ip.proto == 6"),
    (E / IP4 / IP4 / SYN, "IP.proto", "ipencap (4)", "ip.proto == 4"),
    (E / IP6 / SYN, "IPv6.dst", "2001:db8::2", "ipv6.dst == 2001:db8::2"),
    (E / ARP(psrc="10.0.0.9"), "ARP.psrc", "10.0.0.9", "arp.src.proto_ipv4 == 10.0.0.9"),
    (E / IP4 / UDP(sport=9, dport=53) / DNS(qd=DNSQR(qname="a.b")), "DNSQR.qname", "a.b.", 'dns.qry.name == "a.b"'),
    (E / IP4 / UDP(sport=9, dport=5353) / DNS(), "DNS", "", "mdns"),
    (DISCOVER, "DHCP.hostname", 'a"b', 'dhcp.option.hostname == "a\\"b"'),
    (DISCOVER, "DHCP.message-type", "discover (1)", "dhcp.option.dhcp == 1"),
    (E / IP4 / SYN, "Frame.captured", "62 bytes", "frame.cap_len == 62"),
    (E / IP4 / SYN, "Frame.direction", "in", 'direction == "in"'),
    (E / IP4 / SYN, "source", "10.0.0.1", "ip.src == 10.0.0.1"),
    (E / IP6 / SYN, "destination", "2001:db8::2", "ipv6.dst == 2001:db8::2"),
    (E / ARP(), "source", "52:54:00:00:00:01", "eth.src == 52:54:00:00:00:01"),
    (E / IP4 / SYN, "protocol", "TCP", "tcp"),
    (E / IP4 / SYN, "length", "62", "frame.len == 62"),
    (E / IP4 / SYN, "number", "1", "frame.number == 1"),
    (E / IP4 / SYN, "time", "0.000000", "frame.time_relative == 0.000000000"),
    (E / IP4 / SYN, "info", "whatever", "frame.number == 1"),
    (E / IP4 / SYN, "no such thing", "", "frame.number == 1"),
]


@pytest.mark.parametrize(("packet", "name", "value", "text"), NAMED)
def test_wiresharks_names_come_first(packet, name: str, value: str, text: str) -> None:
    _, (frame,), context = batch_and_frames([bytes(packet)])
    assert field_filter(name, frame, context, value) == text


def test_bytes_stand_for_what_has_no_name() -> None:
    _, (frame,), context = batch_and_frames([bytes(E / IP4 / SYN)])
    (node,) = [each for each in every(dissect(frame).layers) if each.name == "TCP.Window scale"]
    text = field_filter(node.name, frame, context, node.value, node)
    assert text == f"frame[{node.start_bit // 8}:3] == 03:03:07"


def test_hostile_text_cannot_leave_its_string() -> None:
    name = b'x" or ip or "\x1b[31m'
    _, (frame, other), context = batch_and_frames(
        [bytes(E / IP4 / UDP(sport=68, dport=67) / BOOTP() / DHCP(options=[("hostname", name), "end"])), SEEDS[5]]
    )
    text = field_filter("DHCP.hostname", frame, context)
    assert text.isprintable()
    assert compile_filter(text).matches(frame, context)
    assert not compile_filter(text).matches(other, context)
