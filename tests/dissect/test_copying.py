"""What is copied: rows, bytes, values, and expressions that scapy turns into the same bytes again."""

import ast

import pytest
import scapy.all
from dissect_kit import HERE, THERE, frame_of, one, tree_of
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_RR
from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, LLC, STP, Dot1Q, Dot3, Ether
from scapy.packet import Padding, Raw

from tapscope.dissect import copying, expression
from tapscope.dissect.summary import summarize
from tapscope.frame import Direction, Frame, Interface

ETHER = Ether(src=HERE, dst=THERE)
IPV4 = ETHER / IP(src="10.0.0.1", dst="10.0.0.2")


def rebuilt(text: str) -> bytes:
    """What somebody gets who pastes the expression into scapy's prompt."""
    return bytes(eval(text, dict(vars(scapy.all))))


def names(text: str) -> list[str]:
    """The calls in the expression, in their order."""
    calls = [node for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Call)]
    return [node.func.id for node in sorted(calls, key=lambda node: node.col_offset + (node.func.col_offset or 0))]


BY_LAYERS = [
    (ETHER / ARP(hwsrc=HERE, psrc="10.0.0.1", pdst="10.0.0.2") / Padding(bytes(18)), "Ether/ARP/Padding"),
    (IPV4 / TCP(options=[("MSS", 1460), ("Timestamp", (1, 2)), ("NOP", None)]) / b"data", "Ether/IP/TCP/Raw"),
    (IPV4 / UDP(sport=1, dport=53) / DNS(qd=DNSQR(qname="example.com")), "Ether/IP/UDP/DNS"),
    (ETHER / Dot1Q(vlan=7) / IP(src="1.2.3.4", dst="1.2.3.5") / ICMP(id=1, seq=2), "Ether/Dot1Q/IP/ICMP"),
    (
        ETHER / IPv6(src="fe80::1", dst="fe80::2") / ICMPv6ND_NS(tgt="::1") / ICMPv6NDOptSrcLLAddr(lladdr=HERE),
        "Ether/IPv6/ICMPv6ND_NS/ICMPv6NDOptSrcLLAddr",
    ),
    (
        IPV4 / UDP(sport=68, dport=67) / BOOTP(xid=5) / DHCP(options=[("message-type", "discover"), "end"]),
        "Ether/IP/UDP/BOOTP/DHCP",
    ),
    (Dot3(src=HERE, dst=THERE) / LLC() / STP(rootmac=HERE, bridgemac=THERE), "Dot3/LLC/STP"),
]


@pytest.mark.parametrize(("packet", "layers"), BY_LAYERS, ids=[layers for _, layers in BY_LAYERS])
def test_a_frame_is_copied_layer_by_layer(packet, layers):
    data = bytes(packet)
    text = copying.scapy_expression(frame_of(data))
    assert rebuilt(text) == data
    assert [part.split("(")[0] for part in text.split(")/")] == layers.split("/")


def test_options_that_are_packets_are_copied_too():
    data = bytes(ETHER / IP(src="1.2.3.4", dst="1.2.3.5", options=[IPOption_RR(routers=["1.1.1.1"])]) / UDP())
    text = copying.scapy_expression(frame_of(data))
    assert rebuilt(text) == data
    assert "IPOption_RR(" in text


def test_a_layer_that_scapy_would_build_otherwise_is_copied_as_bytes():
    """A compressed name: scapy writes it out when it builds the message anew."""
    message = DNS(qr=1, qd=DNSQR(qname="example.com"), an=[DNSRR(rrname="example.com", rdata="1.2.3.4")]).compress()
    data = bytes(IPV4 / UDP(sport=53, dport=1) / Raw(bytes(message)))
    text = copying.scapy_expression(frame_of(data))
    assert rebuilt(text) == data
    assert "UDP(" in text
    assert "DNS(" not in text


def test_a_layer_that_scapys_prompt_does_not_know_is_copied_as_bytes():
    data = bytes(IPV4 / TCP(sport=1, dport=80) / b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    text = copying.scapy_expression(frame_of(data))
    assert rebuilt(text) == data
    assert text.endswith(r"/Raw(load=b'GET / HTTP/1.1\r\nHost: a\r\n\r\n')")


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(13), bytes(14), b"\xff" * 60])
def test_any_bytes_have_an_expression(data):
    assert rebuilt(copying.scapy_expression(frame_of(data))) == data


def test_a_frame_larger_than_is_dissected_is_copied_whole():
    data = bytes(IPV4 / TCP(sport=1, dport=2) / bytes(range(256)) / Raw(bytes(40_000)))
    text = copying.scapy_expression(frame_of(data))
    assert rebuilt(text) == data
    assert text.startswith("Ether(")


def test_a_link_type_that_nothing_decodes_is_copied_as_bytes():
    assert rebuilt(copying.scapy_expression(frame_of(b"\x00hello", 147))) == b"\x00hello"


@pytest.mark.parametrize(
    "payload",
    [
        b"')/__import__('os').system('true')#",
        b'"""\n__import__("os")',
        b"\\')\x1b[2J\r\n",
        "\u202e".encode(),
    ],
)
def test_text_of_the_wire_cannot_leave_its_literal(payload):
    name = b"\x20" + payload[:32].ljust(32, b"x")
    question = b"\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + name + b"\x00\x00\x01\x00\x01"
    for data in (bytes(IPV4 / UDP(sport=1, dport=2) / payload), bytes(IPV4 / UDP(sport=1, dport=53) / question)):
        text = copying.scapy_expression(frame_of(data))
        assert text.isascii()
        assert text.isprintable()
        assert set(names(text)) <= {"Ether", "IP", "UDP", "Raw", "DNS", "DNSQR"}
        assert rebuilt(text) == data


@pytest.mark.parametrize(
    "hostile",
    [
        "__import__('os')",
        "Ether(dst=__import__('os').system('true'))",
        "Ether(**{'dst': 'x'})",
        "Ether('x')",
        "eval('1')",
        "Packet_metaclass()",
        "sniff(count=1)",
        "_IPOption_HDR()",
        "Ether() if True else IP()",
        "[Ether() for _ in 'x']",
        "(lambda: 1)()",
        "IP(ttl=1 + 1)",
        "IP(src=f'{1}')",
    ],
)
def test_nothing_but_layers_with_literals_is_taken(hostile):
    """Were scapy to write such a thing, it would be refused before anything is called."""
    assert not expression._builds([hostile], b"")
    with pytest.raises(ValueError):
        expression._packet(ast.parse(hostile, mode="eval").body)


def test_a_row_is_copied_with_tabs_between_its_columns():
    data = bytes(ETHER / ARP(hwsrc=HERE, psrc="10.0.0.1", pdst="10.0.0.2"))
    frame = Frame(7, 1_700_000_000_000_000_001, Direction.IN, 60, data, Interface("tap0"))
    assert copying.row_text(frame, summarize(frame)).split("\t") == [
        "7", "1700000000.000000001", "in", HERE, THERE, "ARP", "60", "who has 10.0.0.2 says 10.0.0.1",
    ]  # fmt: skip
    untimed = Frame(7, None, Direction.UNKNOWN, 60, data, Interface("tap0"))
    assert copying.row_text(untimed, summarize(untimed)).split("\t")[:3] == ["7", "", ""]


def test_bytes_and_values_are_copied_as_shown():
    assert copying.hex_bytes(frame_of(b"\x00\xffA")) == "00ff41"
    dissection = tree_of(bytes(IPV4 / UDP(sport=1, dport=2)))
    assert copying.field_value(one(dissection, "IP.src")) == "10.0.0.1"
    nop = one(tree_of(bytes(IPV4 / TCP(options=[("SAckOK", b"")]))), "TCP.SACK permitted")
    assert copying.field_value(nop) == "SACK permitted"
