"""Frames that somebody made to break dissectors: rows, trees and copies come out whole, inside and printable."""

import os
import subprocess
import sys
import time

from dissect_kit import HERE, THERE, every, frame_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scapy.contrib.lldp import LLDPDU, LLDPDUChassisID, LLDPDUPortID, LLDPDUTimeToLive
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Solicit, DHCP6OptElapsedTime
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, IPOption_RR, UDPerror
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, LLC, STP, Dot1Q, Dot3, Ether
from scapy.layers.ntp import NTP
from scapy.layers.radius import Radius
from scapy.layers.sctp import SCTP, SCTPChunkInit
from scapy.layers.snmp import SNMP
from scapy.layers.vxlan import VXLAN

from tapscope.dissect import MOST, copying, nodes, rows
from tapscope.dissect.summary import summarize
from tapscope.dissect.tree import dissect

ETHER = Ether(src=HERE, dst=THERE)
IPV4 = ETHER / IP(src="10.0.0.1", dst="10.0.0.2")
IPV6 = ETHER / IPv6(src="fe80::1", dst="fe80::2")
ANSWER = DNS(qr=1, qd=DNSQR(qname="a.example"), an=[DNSRR(rrname="a.example", rdata="1.2.3.4")] * 2)
SEEDS = [
    bytes(packet)
    for packet in (
        ETHER / ARP(psrc="10.0.0.1"),
        ETHER / Dot1Q(vlan=1) / Dot1Q(vlan=2) / IP(src="1.2.3.4", dst="1.2.3.5") / UDP(sport=53, dport=1) / ANSWER,
        IPV4 / UDP(sport=53, dport=1) / ANSWER.compress(),
        IPV4 / TCP(sport=53, dport=1) / ANSWER,
        IPV4 / TCP(options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 2)), ("NOP", None), ("WScale", 7)]),
        IPV4 / TCP(sport=1, dport=80) / b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\nbody",
        IPV4 / UDP(sport=68, dport=67) / BOOTP() / DHCP(options=[("message-type", 1), ("router", "1.2.3.4"), "end"]),
        IPV4 / ICMP(type=3) / IPerror(src="1.2.3.4", dst="1.2.3.5") / UDPerror(sport=1, dport=53) / ANSWER,
        ETHER / IP(src="1.2.3.4", dst="1.2.3.5", options=[IPOption_RR(routers=["1.1.1.1"] * 3)]) / UDP(),
        IPV4 / IP(src="1.2.3.4", dst="1.2.3.5") / IPv6(src="::1", dst="::2") / UDP(sport=123, dport=123) / NTP(),
        IPV4 / UDP(sport=1, dport=4789) / VXLAN() / ETHER / ARP(),
        IPV4 / UDP(sport=1, dport=161) / SNMP(),
        IPV4 / UDP(sport=1, dport=1812) / Radius(),
        IPV4 / SCTP(sport=1, dport=2) / SCTPChunkInit(),
        IPV6 / IPv6ExtHdrHopByHop() / ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(),
        IPV6 / UDP(sport=546, dport=547) / DHCP6_Solicit() / DHCP6OptElapsedTime(),
        ETHER / LLDPDU() / LLDPDUChassisID(subtype=4, id=HERE) / LLDPDUPortID(subtype=5, id="x") / LLDPDUTimeToLive(),
        Dot3(src=HERE, dst=THERE) / LLC() / STP(),
    )
]

EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 400), st.binary(min_size=1, max_size=4)),
        st.tuples(st.just("insert"), st.integers(0, 400), st.binary(min_size=1, max_size=40)),
        st.tuples(st.just("cut"), st.integers(0, 400), st.integers(1, 60)),
        st.tuples(st.just("repeat"), st.integers(0, 400), st.integers(1, 24)),
    ),
    max_size=6,
)


def edited(seed, edits):
    data = bytearray(seed)
    for kind, near, what in edits:
        at = near % (len(data) + 1)
        if kind == "set":
            data[at : at + len(what)] = what
        elif kind == "insert":
            data[at:at] = what
        elif kind == "cut":
            del data[at : at + what]
        else:
            data[at:at] = data[at : at + what] * 20
    return bytes(data)


FRAMES = st.one_of(st.builds(edited, st.sampled_from(SEEDS), EDITS), st.binary(max_size=200))


def texts(node):
    return (node.label, node.value, node.name)


def inside(parent_start, parent_end, found):
    return all(
        node.start_bit == node.end_bit
        or (
            (parent_start <= node.start_bit < node.end_bit <= parent_end)
            and inside(node.start_bit, node.end_bit, node.children)
        )
        for node in found
    )


@settings(max_examples=400)
@given(FRAMES, st.sampled_from([1, 1, 1, 101, 113, 127, 0]))
@example(edited(bytes(IPV4 / UDP(sport=1, dport=161) / SNMP()), [("repeat", 44, 24)]), 1)
@example(b"-\x070\x18\x02\x01\x01\x04\x06public\xa0\x0b\x02\x01\x00\x02\x01\x00\x02\x01\x000\x00", 127)
def test_no_frame_breaks_a_row_or_a_tree(data, link_type):
    frame = frame_of(data, link_type)
    row = rows.row(frame)  # also without the net that summarize spreads
    shown = summarize(frame)
    assert row.tint == shown.tint
    assert all(text.isprintable() for text in (shown.source, shown.destination, shown.protocol, shown.info))
    assert nodes.layers(frame) or not data
    dissection = dissect(frame)
    assert inside(0, len(data) * 8, dissection.layers)
    assert all(text.isprintable() for node in every(dissection.layers) for text in texts(node))
    assert all(dissection.node_at(offset) for offset in range(len(data)))


@given(FRAMES)
def test_every_frame_has_an_expression_that_passes_the_door(data):
    text = copying.scapy_expression(frame_of(data))
    assert text.isascii()
    assert text.isprintable()


def timed(action, *arguments):
    begin = time.process_time()
    action(*arguments)
    return time.process_time() - begin


def test_a_message_of_nothing_but_pointers_costs_no_more_than_its_first_9_kib():
    """64 KiB of it keep scapy busy for seconds."""
    header = b"\x00\x00\x84\x00\x00\x01\x00\xff\x00\x00\x00\x00"
    message = header + b"\x01a\xc0\x0c" * 15_000
    head = bytes(IPV4 / UDP(sport=53, dport=1, len=60_000) / message[: MOST - 42])
    whole = bytes(IPV4 / UDP(sport=53, dport=1, len=60_000) / message)
    few = min(timed(dissect, frame_of(head)) for _ in range(3))
    many = min(timed(dissect, frame_of(whole)) for _ in range(3))
    assert many < 10 * few + 0.1


def test_towers_of_layers_end():
    tower = bytes(Ether(src=HERE, dst=THERE, type=0x8100)) + bytes(Dot1Q(vlan=1, type=0x8100)) * 2000
    limit = sys.getrecursionlimit()
    frame = frame_of(tower)
    assert summarize(frame).protocol
    assert len(dissect(frame).layers) < 80
    assert copying.scapy_expression(frame).isascii()
    assert sys.getrecursionlimit() == limit


def test_nothing_is_ever_written_to_the_terminal():
    """scapy warns of loops in names, options of no length, and of much else; and it has a log handler of its own."""
    code = """
from tapscope import dissect
dissect.load()
import logging
from tapscope.dissect import copying
from tapscope.dissect.summary import summarize
from tapscope.dissect.tree import dissect
from tapscope.frame import Direction, Frame, Interface
import sys
for line in sys.stdin:
    frame = Frame(1, 1, Direction.IN, 60, bytes.fromhex(line), Interface("tap0"))
    summarize(frame), dissect(frame), copying.scapy_expression(frame)
for name in ("scapy", "scapy.runtime", "scapy.loading", "scapy.interactive"):
    logging.getLogger(name).critical("not on the screen")
"""
    loop = b"\x00\x00\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"
    hostile = [
        *SEEDS,
        bytes(IPV4 / UDP(sport=53, dport=1) / loop),
        bytes(IPV4 / TCP(options=[("MSS", 1460)])).replace(b"\x02\x04\x05\xb4", b"\x02\x00\x05\xb4"),
    ]
    lines = "\n".join(data.hex() for data in hostile)
    environment = {**os.environ, "PYTHONWARNINGS": "always"}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, input=lines, capture_output=True, text=True, env=environment, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_scapy_comes_only_when_it_is_asked_for():
    code = """
import sys
import tapscope.dissect.copying, tapscope.dissect.summary, tapscope.dissect.text, tapscope.dissect.tree
assert "scapy" not in sys.modules
tapscope.dissect.load()
assert "scapy.layers.inet" in sys.modules
assert "textual" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
