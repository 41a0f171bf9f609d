"""Rows of known frames: addresses, protocol, Info and tint."""

import struct
from dataclasses import replace

import pytest
from dissect_kit import HERE, THERE, frame_of
from scapy.contrib.cdp import CDPMsgDeviceID, CDPMsgPortID, CDPv2_HDR
from scapy.contrib.lldp import (
    LLDPDU,
    LLDPDUChassisID,
    LLDPDUEndOfLLDPDU,
    LLDPDUPortID,
    LLDPDUSystemName,
    LLDPDUTimeToLive,
)
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Solicit, DHCP6OptElapsedTime
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.hsrp import HSRP
from scapy.layers.igmp import IGMPv2_MR
from scapy.layers.inet import ICMP, IP, TCP, UDP, ICMPerror, IPerror
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6ND_NS,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6TimeExceeded,
    IPv6,
)
from scapy.layers.l2 import ARP, LLC, SNAP, STP, CookedLinux, Dot1Q, Dot3, Ether
from scapy.layers.ntp import NTP
from scapy.layers.sctp import SCTP, SCTPChunkAbort, SCTPChunkCookieAck, SCTPChunkData
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from tapscope.dissect.summary import Tint, summarize
from tapscope.frame import Offload

ETHER = Ether(src=HERE, dst=THERE)
IPV4 = ETHER / IP(src="10.0.0.1", dst="10.0.0.2")
IPV6 = ETHER / IPv6(src="fe80::1", dst="fe80::2")
FOUR, SIX, MACS = ("10.0.0.1", "10.0.0.2"), ("fe80::1", "fe80::2"), (HERE, THERE)
SYN = TCP(sport=39222, dport=80, flags="S", seq=7, window=64240)

ROWS = [
    (
        Ether(src=HERE, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=HERE, psrc="10.0.0.1", pdst="10.0.0.2"),
        ((HERE, "ff:ff:ff:ff:ff:ff"), "ARP", "who has 10.0.0.2 says 10.0.0.1", Tint.ARP),
    ),
    (
        ETHER / ARP(op=2, hwsrc=HERE, psrc="10.0.0.1", hwdst=THERE, pdst="10.0.0.2"),
        (MACS, "ARP", f"is at {HERE} says 10.0.0.1", Tint.ARP),
    ),
    (IPV4 / SYN, (FOUR, "TCP", "39222 → 80 [SYN] Seq=7 Win=64240 Len=0", Tint.HANDSHAKE)),
    (
        IPV4 / TCP(sport=80, dport=39222, flags="PA", seq=1, ack=8, window=502) / b"12345",
        (FOUR, "TCP", "80 → 39222 [PSH, ACK] Seq=1 Ack=8 Win=502 Len=5", Tint.TCP),
    ),
    (
        IPV6 / TCP(sport=80, dport=39222, flags="R", window=0),
        (SIX, "TCP", "80 → 39222 [RST] Seq=0 Win=0 Len=0", Tint.ERROR),
    ),
    (IPV4 / UDP(sport=1000, dport=2000) / b"123", (FOUR, "UDP", "1000 → 2000 Len=3", Tint.UDP)),
    (IPV4 / ICMP(type=8, id=0x1234, seq=1), (FOUR, "ICMP", "echo-request id=0x1234 seq=1", Tint.ICMP)),
    (
        IPV4 / ICMP(type=3, code=3) / IPerror(src="10.0.0.2", dst="10.0.0.1", ttl=1) / ICMPerror(type=8),
        (FOUR, "ICMP", "dest-unreach port-unreachable", Tint.WARNING),
    ),
    (IPV6 / ICMPv6EchoRequest(id=1, seq=2), (SIX, "ICMPv6", "Echo Request (id: 0x1 seq: 0x2)", Tint.ICMP)),
    (
        IPV6 / ICMPv6ND_NS(tgt="fe80::2") / ICMPv6NDOptSrcLLAddr(lladdr=HERE),
        (SIX, "ICMPv6", "Neighbor Discovery - Neighbor Solicitation (tgt: fe80::2)", Tint.ICMP),
    ),
    (
        IPV6 / ICMPv6TimeExceeded() / IPv6(src="fe80::2", dst="fe80::9") / UDP(sport=1, dport=2),
        (SIX, "ICMPv6", "ICMPv6 Time Exceeded", Tint.WARNING),
    ),
    (
        IPV4 / UDP(sport=40000, dport=53) / DNS(id=7, qd=DNSQR(qname="example.com")),
        (FOUR, "DNS", "Query 0x0007 A example.com", Tint.UDP),
    ),
    (
        IPV4
        / UDP(sport=53, dport=40000)
        / DNS(
            id=7,
            qr=1,
            qd=DNSQR(qname="example.com"),
            an=[DNSRR(rrname="example.com", type=5, rdata="a.example"), DNSRR(rrname="a.example", rdata="192.0.2.1")],
        ),
        (FOUR, "DNS", "Answer 0x0007 A example.com: CNAME a.example, A 192.0.2.1", Tint.UDP),
    ),
    (
        IPV4 / UDP(sport=53, dport=40000) / DNS(id=7, qr=1, rcode=3, qd=DNSQR(qname="nowhere")),
        (FOUR, "DNS", "Answer 0x0007 A nowhere name-error", Tint.UDP),
    ),
    (
        IPV4 / UDP(sport=5353, dport=5353) / DNS(qd=DNSQR(qname="_http._tcp.local", qtype="PTR")),
        (FOUR, "MDNS", "Query PTR _http._tcp.local", Tint.UDP),
    ),
    (
        IPV4 / UDP(sport=68, dport=67) / BOOTP(xid=0xABC) / DHCP(options=[("message-type", "discover"), "end"]),
        (FOUR, "DHCP", "Discover - Transaction ID 0xabc", Tint.UDP),
    ),
    (
        IPV4
        / UDP(sport=67, dport=68)
        / BOOTP(op=2, xid=0xABC, yiaddr="10.0.0.9")
        / DHCP(options=[("message-type", "ack")]),
        (FOUR, "DHCP", "Ack - Transaction ID 0xabc 10.0.0.9", Tint.UDP),
    ),
    (
        IPV6 / UDP(sport=546, dport=547) / DHCP6_Solicit(trid=5) / DHCP6OptElapsedTime(),
        (SIX, "DHCPv6", "DHCPv6 Solicit Message trid=0x5", Tint.UDP),
    ),
    (
        IPV4 / TCP(sport=39222, dport=80, flags="PA") / b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
        (FOUR, "HTTP", "GET /x HTTP/1.1", Tint.HTTP),
    ),
    (
        IPV4 / TCP(sport=80, dport=39222, flags="PA") / b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nx",
        (FOUR, "HTTP", "HTTP/1.1 200 OK (text/html)", Tint.HTTP),
    ),
    (
        IPV4 / TCP(sport=80, dport=39222, flags="A", window=1) / b"the middle of a page",
        (FOUR, "TCP", "80 → 39222 [ACK] Seq=0 Ack=0 Win=1 Len=20", Tint.TCP),
    ),
    (IPV4 / UDP(sport=123, dport=123) / NTP(), (FOUR, "NTP", "v4, client", Tint.UDP)),
    (
        ETHER / Dot1Q(vlan=5) / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2),
        (FOUR, "UDP", "1 → 2 Len=0", Tint.UDP),
    ),
    (
        ETHER / IP(src="10.0.0.1", dst="192.0.2.9", ttl=1) / UDP(sport=1, dport=33434),
        (("10.0.0.1", "192.0.2.9"), "UDP", "1 → 33434 Len=0", Tint.WARNING),
    ),
    (
        IPV4 / UDP(sport=40000, dport=4789) / VXLAN(vni=5) / Ether(src=THERE, dst=HERE) / ARP(psrc="1.1.1.1"),
        ((THERE, HERE), "ARP", "who has 0.0.0.0 says 1.1.1.1", Tint.ARP),
    ),
    (
        Dot3(src=HERE, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42) / STP(rootmac=HERE, bridgemac=THERE),
        (
            (HERE, "01:80:c2:00:00:00"),
            "STP",
            f"Root 0/{HERE} cost 0 bridge 0/{THERE} port 0x0000",
            Tint.NONE,
        ),
    ),
    (
        Ether(src=HERE, dst="01:80:c2:00:00:0e")
        / LLDPDU()
        / LLDPDUChassisID(subtype=4, id=HERE)
        / LLDPDUPortID(subtype=5, id="eth0")
        / LLDPDUTimeToLive(ttl=120)
        / LLDPDUSystemName(system_name="switch")
        / LLDPDUEndOfLLDPDU(),
        ((HERE, "01:80:c2:00:00:0e"), "LLDP", f"{HERE} eth0 switch", Tint.BROADCAST),
    ),
    (
        IPV4 / SCTP(sport=1000, dport=2000) / SCTPChunkCookieAck() / SCTPChunkData(data=b"x"),
        (FOUR, "SCTP", "1000 → 2000 CookieAck, Data", Tint.NONE),
    ),
    (
        IPV4 / SCTP(sport=1000, dport=2000) / SCTPChunkAbort(),
        (FOUR, "SCTP", "1000 → 2000 Abort", Tint.ERROR),
    ),
    (
        Dot3(src=HERE, dst="01:00:0c:cc:cc:cc")
        / LLC()
        / SNAP(OUI=0xC, code=0x2000)
        / CDPv2_HDR(msg=[CDPMsgDeviceID(val="switch"), CDPMsgPortID(iface="eth0")]),
        ((HERE, "01:00:0c:cc:cc:cc"), "CDP", "switch eth0", Tint.ROUTING),
    ),
    (
        IPV4 / UDP(sport=1985, dport=1985) / HSRP(state=4, virtualIP="10.0.0.254"),
        (FOUR, "HSRP", "HSRPv1 opcode=Hello (0) state=Speak (4) hellotime=3 holdtime=10", Tint.WARNING),
    ),
    (
        ETHER / IP(src="10.0.0.1", dst="224.0.0.22", ttl=1) / IGMPv2_MR(gaddr="239.1.1.1"),
        (("10.0.0.1", "224.0.0.22"), "IGMPv2", "Version 2 - Membership Report 239.1.1.1", Tint.ROUTING),
    ),
    (Ether(src=HERE, dst=THERE, type=0x88B5) / b"1234", (MACS, "0x88b5", "Ethernet type 0x88b5, 4 bytes", Tint.NONE)),
]


@pytest.mark.parametrize(("packet", "expected"), ROWS, ids=lambda it: it[1] if isinstance(it, tuple) else "")
def test_the_row_of_a_known_frame(packet, expected):
    row = summarize(frame_of(bytes(packet)))
    assert ((row.source, row.destination), row.protocol, row.info, row.tint) == expected


def test_what_an_error_quotes_is_not_the_frames():
    """An ICMP error quotes as little as 8 bytes of what caused it: that they end is no fault."""
    quoted = bytes(IP(src="10.0.0.2", dst="10.0.0.1") / UDP(sport=53, dport=1) / b"\x00\x07\x81")
    row = summarize(frame_of(bytes(IPV4 / ICMP(type=3, code=3) / Raw(quoted))))
    assert (row.protocol, row.info) == ("ICMP", "dest-unreach port-unreachable")


def test_every_part_of_a_fragmented_datagram_says_so():
    parts = (IPV4.payload / UDP(sport=1, dport=53) / Raw(bytes(2000))).fragment(1480)
    rows = [summarize(frame_of(bytes(ETHER / part))) for part in parts]
    assert [row.protocol for row in rows] == ["IPv4", "IPv4"]
    assert [row.info.partition(", ")[2] for row in rows] == ["off=0, ID=0001)", "off=1480, ID=0001)"]


def test_the_length_of_a_segment_is_the_wires_not_the_captures():
    data = bytes(IPV4 / SYN / bytes(1000))
    assert summarize(frame_of(data[:60], length=len(data))).info.endswith("Len=1000")


def test_the_length_of_a_segment_larger_than_is_dissected():
    packet = IPV4 / TCP(sport=39222, dport=5001) / bytes(40_000)
    assert summarize(frame_of(bytes(packet))).info.endswith("Len=40000")


def test_what_a_dissector_gave_up_on_is_said():
    row = summarize(frame_of(bytes(IPV4 / UDP(sport=53, dport=4444) / b"\x00\x07\x81")))
    assert (row.protocol, row.info) == ("UDP", "53 → 4444 Len=3 [DNS could not be decoded]")


@pytest.mark.parametrize("size", [0, 1, 6, 13])
def test_less_than_a_header_is_a_row_of_bytes(size):
    row = summarize(frame_of(bytes(size)))
    assert (row.source, row.destination, row.protocol, row.info) == ("", "", "Raw", f"{size} bytes")


@pytest.mark.parametrize(
    ("link_type", "packet", "addresses"),
    [
        (101, IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2), FOUR),
        (101, IPv6(src="fe80::1", dst="fe80::2") / UDP(sport=1, dport=2), SIX),
        (228, IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2), FOUR),
        (229, IPv6(src="fe80::1", dst="fe80::2") / UDP(sport=1, dport=2), SIX),
        (0, Raw(struct.pack("=I", 30)) / IPv6(src="fe80::1", dst="fe80::2") / UDP(sport=1, dport=2), SIX),
        (0, Raw(struct.pack("=I", 2)) / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2), FOUR),
        (113, CookedLinux() / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2), FOUR),
    ],
)
def test_other_link_types_start_elsewhere(link_type, packet, addresses):
    row = summarize(frame_of(bytes(packet), link_type))
    assert ((row.source, row.destination), row.protocol, row.info) == (addresses, "UDP", "1 → 2 Len=0")


def test_a_cooked_frame_without_a_network_layer_has_one_address():
    packet = CookedLinux(lladdrlen=6, src=bytes.fromhex("020000000001"), proto=0x0806) / ARP(psrc="10.0.0.1")
    row = summarize(frame_of(bytes(packet), 113))
    assert (row.source, row.destination, row.protocol) == (HERE, "", "ARP")


def test_a_link_type_that_nothing_decodes_is_named():
    assert summarize(frame_of(b"12345", 147)).info == "5 bytes of link type 147, not decoded"


def test_wire_text_is_shown_not_obeyed():
    name = b"\x1b]0;owned\x07[/x]\xe2\x80\xae.local"
    question = bytes([len(name)]) + name + b"\x00\x00\x01\x00\x01"
    header = struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 0)
    row = summarize(frame_of(bytes(IPV4 / UDP(sport=5353, dport=5353) / Raw(header + question))))
    assert row.protocol == "MDNS"
    assert row.info.isprintable()
    assert "owned" not in row.info or "\\x1b" in row.info


@pytest.mark.parametrize(
    ("offload", "badges"),
    [(Offload.NONE, ""), (Offload.SEGMENTS, " [GSO]"), (Offload.SEGMENTS | Offload.CHECKSUM_PENDING, " [GSO] [CSUM]")],
)
def test_what_was_left_to_the_hardware_has_a_badge(offload, badges):
    frame = frame_of(bytes(IPV4 / UDP() / b"x"))
    assert summarize(replace(frame, offload=offload)).info == summarize(frame).info + badges
