"""Layers and fields of known frames: values in words, and the bits that they come from."""

from dataclasses import replace
from typing import ClassVar

import pytest
from dissect_kit import HERE, THERE, every, frame_of, named, one, place, tree_of
from scapy.fields import BitField, ByteField
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import (
    ICMP,
    IP,
    TCP,
    UDP,
    ICMPExtension_Header,
    ICMPExtension_InterfaceInformation,
    IPerror,
    IPOption_RR,
    UDPerror,
)
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Packet, Raw

from tapscope.dissect import MOST
from tapscope.dissect.node import Dissection, Node
from tapscope.dissect.ranges import read
from tapscope.dissect.tree import dissect
from tapscope.frame import Direction, Frame, Interface, Offload

IPV4 = Ether(src=HERE, dst=THERE) / IP(src="10.0.0.1", dst="10.0.0.2")
ANSWER = DNS(
    id=7,
    qr=1,
    qd=DNSQR(qname="example.com"),
    an=[
        DNSRR(rrname="example.com", rdata="192.0.2.1", ttl=60),
        DNSRR(rrname="example.com", type="TXT", rdata=[b"a", b"bc"]),
    ],
)


def labels(nodes):
    return [node.label for node in nodes]


def test_the_frame_itself_is_the_first_layer():
    frame = Frame(7, 1_700_000_000_123_456_789, Direction.IN, 1514, bytes(60), Interface("tap9"), ("seen twice",))
    dissection = dissect(frame)
    about, last = dissection.layers[0], dissection.layers[-1]
    assert (about.label, place(about)) == ("Frame", (0, 60))
    assert about.value == "1514 bytes on the wire, truncated by the capture to 60"
    assert {node.label: node.value for node in about.children} == {
        "number": "7",
        "time": "2023-11-14 22:13:20.123456789 UTC",
        "direction": "in",
        "interface": "tap9",
        "link type": "1",
        "length on the wire": "1514 bytes",
        "captured": "60 bytes",
        "comment": "seen twice",
    }
    assert all(node.start_bit == node.end_bit for node in about.children)
    assert (last.label, last.value) == ("Not captured", "1454 bytes of 1514")


def test_what_a_frame_has_not_is_not_shown():
    frame = Frame(1, None, Direction.UNKNOWN, 60, bytes(60), Interface("tap0"))
    assert not {"time", "direction", "comment"} & set(labels(dissect(frame).layers[0].children))


def test_ethernet_ip_and_tcp_field_by_field():
    dissection = tree_of(bytes(IPV4 / TCP(sport=39222, dport=65000, flags="SA", dataofs=5)))
    assert labels(dissection.layers) == ["Frame", "Ethernet", "IP", "TCP"]
    expected = {
        "Ether.dst": (THERE, 0, 6),
        "Ether.type": ("IPv4 (0x800)", 12, 14),
        "IP.version": ("4", 14, 14.5),
        "IP.ihl": ("5", 14.5, 15),
        "IP.flags": ("0x0", 20, 20.375),
        "IP.frag": ("0", 20.375, 22),
        "IP.proto": ("tcp (6)", 23, 24),
        "IP.src": ("10.0.0.1", 26, 30),
        "TCP.sport": ("39222", 34, 36),
        "TCP.dataofs": ("5", 46, 46.5),
        "TCP.flags": ("SYN, ACK (0x12)", 46.875, 48),
        "TCP.window": ("8192", 48, 50),
    }
    found = {name: (one(dissection, name).value, *place(one(dissection, name))) for name in expected}
    assert found == expected
    assert all(node.exact for node in every(dissection.layers))


def test_layers_say_in_one_line_what_they_are():
    dissection = tree_of(bytes(IPV4 / UDP(sport=1000, dport=53) / ANSWER))
    assert [node.value for node in dissection.layers[1:]] == [
        f"{HERE} → {THERE}",
        "10.0.0.1 → 10.0.0.2",
        f"1000 → 53 Len={len(ANSWER)}",
        "Answer 0x0007 A example.com: A 192.0.2.1, TXT a, bc",
    ]


def test_a_byte_leads_to_the_field_that_it_is_of():
    dissection = tree_of(bytes(IPV4 / TCP(sport=39222, dport=65000, options=[("MSS", 1460), ("NOP", None)]) / b"data"))
    owners = {0: "Ether.dst", 14: "IP.version", 20: "IP.frag", 46: "TCP.dataofs", 47: "TCP.flags", 56: "TCP.MSS"}
    assert {offset: dissection.node_at(offset).name for offset in owners} == owners
    assert dissection.node_at(58).name == "TCP.No-operation"
    assert dissection.node_at(62).name == "Raw.load"
    assert dissection.node_at(66) is None


def test_a_node_masks_its_bits_of_a_byte():
    dissection = tree_of(bytes(IPV4 / TCP()))
    version, flags = one(dissection, "IP.version"), one(dissection, "TCP.flags")
    assert [version.mask(offset) for offset in (13, 14, 15)] == [0, 0xF0, 0]
    assert [flags.mask(offset) for offset in (45, 46, 47, 48)] == [0, 0x01, 0xFF, 0]


def test_an_uncertain_field_never_answers_for_a_byte():
    certain = Node("a", "", 0, 8)
    layer = Node("layer", "", 0, 32, True, (Node("b", "", 0, 32, False), certain))
    dissection = Dissection((Node("Frame", "", 0, 40), layer))
    assert dissection.node_at(0) is certain
    assert dissection.node_at(1) is layer
    assert dissection.node_at(4).label == "Frame"


def test_records_of_dns_have_their_own_bytes_and_lengths():
    dissection = tree_of(bytes(IPV4 / UDP(sport=53, dport=40000) / ANSWER))
    first, second = named(dissection, "DNSRR")
    assert [place(node) for node in (first, second)] == [(71, 98), (98, 126)]
    assert [(node.value, place(node)) for node in named(dissection, "DNSRR.rdlen")] == [
        ("4", (92, 94)),
        ("5", (119, 121)),
    ]
    assert [(node.value, place(node)) for node in named(dissection, "DNSRR.rdata")] == [
        ("192.0.2.1", (94, 98)),
        ("a, bc", (121, 126)),
    ]
    assert one(dissection, "DNS.qr").mask(44) == 0x80
    assert one(dissection, "DNS.rcode").mask(45) == 0x0F


def test_a_compressed_name_is_read_whole_and_marked_where_it_stands():
    question = b"\x07example\x03com\x00\x00\x01\x00\x01"
    answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"
    message = b"\x00\x07\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + question + answer
    dissection = tree_of(bytes(IPV4 / UDP(sport=53, dport=40000) / Raw(message)))
    name, length = one(dissection, "DNSRR.rrname"), one(dissection, "DNSRR.rdlen")
    assert (name.value, place(name)) == ("example.com.", (71, 73))
    assert (length.value, place(length)) == ("4", (81, 83))


def test_options_of_dhcp_lie_behind_the_cookie_one_by_one():
    options = [("message-type", "discover"), ("hostname", b"vm1"), ("requested_addr", "10.0.0.9"), "end", "pad"]
    dissection = tree_of(bytes(IPV4 / UDP(sport=68, dport=67) / BOOTP(chaddr=bytes(6)) / DHCP(options=options)))
    assert place(one(dissection, "BOOTP.options")) == (278, 282)
    assert [(node.label, node.value, place(node)) for node in one(dissection, "DHCP.options").children] == [
        ("message-type", "discover (1)", (282, 285)),
        ("hostname", "vm1", (285, 290)),
        ("requested_addr", "10.0.0.9", (290, 296)),
        ("end", "", (296, 297)),
        ("pad", "", (297, 298)),
    ]
    assert place(one(dissection, "BOOTP")) == (42, 282)


def test_a_broken_option_of_dhcp_takes_the_rest():
    layers = IPV4 / UDP(sport=68, dport=67) / BOOTP() / DHCP(options=[("hostname", b"vm1")])
    data = bytes(layers) + b"\x0c\xff\x00"
    data = (
        data[:16] + (len(data) - 14).to_bytes(2, "big") + data[18:38] + (len(data) - 34).to_bytes(2, "big") + data[40:]
    )
    children = one(tree_of(data), "DHCP.options").children
    assert [(node.label, place(node)) for node in children] == [("hostname", (282, 287)), ("(broken)", (287, 290))]


def test_options_of_tcp_have_their_own_bytes():
    options = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 2)), ("NOP", None), ("WScale", 7), ("EOL", None)]
    children = one(tree_of(bytes(IPV4 / TCP(options=options))), "TCP.options").children
    assert [(node.label, node.value, place(node)) for node in children] == [
        ("MSS", "1460", (54, 58)),
        ("SACK permitted", "", (58, 60)),
        ("Timestamp", "TSval=1 TSecr=2", (60, 70)),
        ("No-operation", "", (70, 71)),
        ("Window scale", "7 (multiply by 128)", (71, 74)),
        ("End of options", "", (74, 75)),
        ("padding", "00 00 00", (75, 78)),
    ]


def test_an_option_of_tcp_that_lies_about_its_length_stays_inside():
    data = bytearray(bytes(IPV4 / TCP(options=[("MSS", 1460)])))
    data[55] = 200
    assert place(one(tree_of(bytes(data)), "TCP.MSS")) == (54, 58)


def test_options_of_ip_are_packets_of_their_own():
    packet = Ether(src=HERE, dst=THERE) / IP(src="10.0.0.1", dst="10.0.0.2", options=[IPOption_RR(routers=["1.2.3.4"])])
    dissection = tree_of(bytes(packet / UDP(sport=1, dport=2)))
    routers = one(dissection, "IPOption_RR.routers")
    assert (routers.value, place(routers)) == ("1.2.3.4", (37, 41))
    assert one(dissection, "IPOption_RR.option").mask(34) == 0x1F


def test_extensions_behind_the_quoted_packet_do_not_shift_it():
    """RFC 4884: what ICMP appends lies behind the payload."""
    quoted = IPerror(src="10.0.0.2", dst="192.0.2.1") / UDPerror(sport=1234, dport=53) / ANSWER
    extension = ICMPExtension_Header() / ICMPExtension_InterfaceInformation(has_ifindex=1, ifindex=5)
    dissection = tree_of(bytes(IPV4 / ICMP(type=11, code=0, ext=extension) / quoted))
    assert place(one(dissection, "IPerror")) == (42, 62)
    assert place(one(dissection, "UDPerror.dport")) == (64, 66)
    assert one(dissection, "DNS.id").value == "7"
    assert place(one(dissection, "DNS.id")) == (70, 72)
    ifindex = one(dissection, "ICMPExtension_InterfaceInformation.ifindex")
    assert (ifindex.value, place(ifindex)) == ("5", (178, 182))


def test_padding_of_the_wire_is_found_behind_what_it_fills():
    dissection = tree_of(bytes(Ether(src=HERE, dst=THERE) / ARP(psrc="10.0.0.1")) + bytes(18))
    assert place(one(dissection, "Padding")) == (42, 60)
    tail = b"\x07" * 26
    assert place(one(tree_of(bytes(IPV4 / TCP()) + tail), "Padding")) == (54, 80)


def test_lines_of_an_http_header_have_their_own_bytes():
    dissection = tree_of(
        bytes(IPV4 / TCP(sport=1234, dport=80) / b"GET /x HTTP/1.1\r\nHost: a\r\nX-Odd: 1\r\n\r\nbody")
    )
    (request,) = named(dissection, "HTTPRequest")
    assert [(node.label, node.value, place(node)) for node in request.children] == [
        ("start line", "GET /x HTTP/1.1", (54, 71)),
        ("Host", "a", (71, 80)),
        ("X-Odd", "1", (80, 90)),
        ("end of header", "", (90, 92)),
    ]
    assert place(one(dissection, "Raw")) == (92, 96)


def test_a_compressed_body_is_left_as_it_is_on_the_wire():
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    bomb = bytes.fromhex("1f8b08000000000000ff") + b"\x4b\x4c\x04\x00"
    dissection = tree_of(bytes(IPV4 / TCP(sport=80, dport=1234) / Raw(head + bomb)))
    assert one(dissection, "Raw.load").value == bomb.hex(" ")


class Turned(Packet):
    """Bits of a 16-bit little-endian word: nine, two and five of them, then a whole one of its own."""

    fields_desc: ClassVar = [
        BitField("wide", 0, 9, tot_size=-2),
        BitField("two", 0, 2),
        BitField("five", 0, 5, end_tot_size=-2),
        BitField("word", 0, -16),
        ByteField("after", 0),
    ]


def test_little_endian_bits_lie_where_the_frame_has_them():
    data = bytes.fromhex("63804433aa")
    spans = {span.field.name: span for span in read(Turned(data), data).spans}
    assert {name: span.value for name, span in spans.items()} == {
        "wide": 0x100, "two": 3, "five": 3, "word": 0x3344, "after": 0xAA,
    }  # fmt: skip
    assert {name: (span.start, span.end) for name, span in spans.items() if span.exact} == {
        "two": (1, 3), "five": (3, 8), "word": (16, 32), "after": (32, 40),
    }  # fmt: skip
    assert not spans["wide"].exact


@pytest.mark.parametrize("size", [0, 1, 13])
def test_less_than_a_header_is_bytes(size):
    dissection = tree_of(b"\x01" * size)
    assert labels(dissection.layers) == ["Frame", *(["Raw"] if size else [])]


def test_what_could_not_be_decoded_is_said_and_the_rest_still_shown():
    dissection = tree_of(bytes(IPV4 / UDP(sport=53, dport=40000) / Raw(b"\x00\x07\x81")))
    assert one(dissection, "Raw").value == "3 bytes, DNS could not be decoded"
    assert one(dissection, "UDP.sport").exact


def test_a_field_that_fails_shows_as_broken_beside_its_siblings(monkeypatch):
    """scapy's words for a date of the year 10000 raise, for one: here it is the words for a hop count."""
    usual = ByteField.i2repr

    def failing(field, packet, value):
        if field.name == "ttl":
            raise OverflowError("date value out of range")
        return usual(field, packet, value)

    monkeypatch.setattr(ByteField, "i2repr", failing)
    dissection = tree_of(bytes(IPV4 / TCP()))
    broken = one(dissection, "IP.ttl")
    assert (broken.value, place(broken)) == ("(broken: OverflowError: date value out of range)", (22, 23))
    assert one(dissection, "IP.src").value == "10.0.0.1"
    assert one(dissection, "TCP.sport").exact


def test_a_tower_of_tags_is_cut_with_a_word():
    data = bytes(Ether(src=HERE, dst=THERE, type=0x8100)) + bytes(Dot1Q(vlan=1, type=0x8100)) * 300
    dissection = tree_of(data)
    assert len(dissection.layers) == 66
    assert dissection.layers[-1].label.endswith("more layers")


def test_more_than_is_dissected_is_said():
    data = bytes(IPV4 / TCP(sport=1, dport=2) / bytes(60_000))
    dissection = tree_of(data)
    assert place(one(dissection, "Raw.load")) == (54, MOST)
    note = dissection.layers[-1]
    assert (note.label, note.value) == ("Not dissected", f"{len(data) - MOST} bytes after the first {MOST}")
    assert dissection.node_at(len(data) - 1) is note


def test_a_link_type_that_nothing_decodes_is_bytes():
    dissection = tree_of(b"hello", 147)
    assert one(dissection, "Raw.load").value == "hello"
    assert one(dissection, "Frame.link type").value == "147"


def test_text_of_the_wire_is_shown_not_obeyed():
    dissection = tree_of(bytes(IPV4 / UDP(sport=1, dport=2) / Raw(b"\x1b[2J[/x]\xe2\x80\xae\xf0\x9f\x98\x80")))
    assert all(text.isprintable() for node in every(dissection.layers) for text in (node.label, node.value, node.name))


def test_a_frame_cut_anywhere_shows_what_is_left_of_it():
    whole = bytes(IPV4 / TCP(options=[("MSS", 1460)]))
    for cut in range(14, len(whole)):
        dissection = dissect(frame_of(whole[:cut], length=len(whole)))
        assert one(dissection, "Ether.src").value == HERE
        assert dissection.node_at(cut - 1).name not in {"Frame", ""}
        assert dissection.layers[-1].label == "Not captured"


def test_what_was_left_to_the_hardware_is_told_as_it_is():
    data = bytes(IPV4 / TCP(chksum=0x1234) / b"x")
    both = Offload.CHECKSUM_PENDING | Offload.SEGMENTS
    dissection = dissect(replace(frame_of(data), offload=both))
    told = [node.value for node in named(dissection, "Frame.offload")]
    assert told[0].startswith("stands for several frames on a wire")
    assert told[1] == "the transport checksum is left to the hardware, not filled in yet: that is no fault of the frame"
    assert one(dissection, "TCP.chksum").value == "0x1234 (left to the hardware, not filled in yet)"
    assert "hardware" not in one(dissection, "IP.chksum").value
    assert "bad" not in " ".join(node.value for node in every(dissection.layers))
    assert "hardware" not in one(tree_of(data), "TCP.chksum").value
