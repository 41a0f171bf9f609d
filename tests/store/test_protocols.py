"""Protocol names from header columns, beside those that the dissector gives the same frames."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tapscope.capture.files import BadCapture, open_file
from tapscope.dissect import layers  # noqa: F401  before scapy's own: it keeps scapy quiet
from tapscope.dissect.summary import summarize
from tapscope.frame import LINKTYPE_ETHERNET, LINKTYPE_RAW, Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.store.headers import Kind
from tapscope.store.protocols import NAMES, protocols_of

MACS = bytes.fromhex("020000000001020000000002")


def names_of(*frames: bytes, link_type: int = LINKTYPE_ETHERNET) -> list[str]:
    store = Store()
    store.set_interfaces([Interface("tap0", link_type)])
    store.append(batch_of([(data, 1, Direction.IN) for data in frames]))
    return [NAMES[code] for part in store.parts() for code in protocols_of(part.batch)[part.where]]


def ipv4(protocol: int, payload: bytes, *, fragment: int = 0, length: int | None = None) -> bytes:
    total = 20 + len(payload) if length is None else length
    head = bytes([0x45, 0]) + total.to_bytes(2, "big") + bytes(2) + fragment.to_bytes(2, "big")
    return head + bytes([64, protocol, 0, 0]) + bytes([10, 0, 0, 1, 10, 0, 0, 2]) + payload


def ipv6(protocol: int, payload: bytes) -> bytes:
    head = bytes([0x60, 0, 0, 0]) + len(payload).to_bytes(2, "big") + bytes([protocol, 64])
    return head + bytes(15) + b"\x01" + bytes(15) + b"\x02" + payload


def over(packet: bytes) -> bytes:
    return MACS + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet


def tcp(source: int, destination: int, payload: bytes = b"", options: bytes = b"") -> bytes:
    ports = source.to_bytes(2, "big") + destination.to_bytes(2, "big")
    return ports + bytes(8) + bytes([(20 + len(options)) // 4 << 4, 0x10]) + bytes(6) + options + payload


def udp(source: int, destination: int, payload: bytes = b"x") -> bytes:
    ports = source.to_bytes(2, "big") + destination.to_bytes(2, "big")
    return ports + (8 + len(payload)).to_bytes(2, "big") + bytes(2) + payload


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("ARP", MACS + b"\x08\x06" + bytes(28)),
        ("LLDP", MACS + b"\x88\xcc" + bytes(46)),
        ("Ethernet", MACS + b"\x12\x34" + bytes(46)),
        ("LLC", MACS + b"\x00\x2e" + bytes(46)),
        ("STP", bytes.fromhex("0180c2000000 020000000002 0026 424203") + bytes(40)),
        ("CDP", bytes.fromhex("01000ccccccc 020000000002 0026 aaaa03") + bytes(40)),
        ("ICMP", over(ipv4(1, bytes(8)))),
        ("ICMPv6", over(ipv6(58, bytes([128]) + bytes(7)))),
        ("OSPF", over(ipv4(89, bytes(20)))),
        ("IPv4", over(ipv4(253, bytes(20)))),
        ("IPv6", over(ipv6(253, bytes(20)))),
        ("IPv4", over(ipv4(17, udp(53, 53), fragment=0x2000))),
        ("IPv4", MACS + b"\x08\x00" + b"\x45"),
        ("TCP", over(ipv4(6, tcp(40000, 50000, b"x")))),
        ("TLS", over(ipv4(6, tcp(40000, 443, b"x")))),
        ("TLS", over(ipv6(6, tcp(443, 40000, b"x")))),
        ("HTTP", over(ipv4(6, tcp(40000, 80, b"x")))),
        ("SSH", over(ipv4(6, tcp(22, 40000, b"x")))),
        ("TCP", over(ipv4(6, tcp(40000, 443)))),
        ("TCP", over(ipv6(6, tcp(40000, 443, options=bytes(12))))),
        ("UDP", over(ipv4(17, udp(40000, 50000)))),
        ("DNS", over(ipv4(17, udp(40000, 53)))),
        ("MDNS", over(ipv6(17, udp(5353, 5353)))),
        ("DHCP", over(ipv4(17, udp(68, 67)))),
        ("DNS", over(ipv4(17, udp(53, 500)))),
        ("Other", b""),
    ],
)
def test_names(name, frame):
    assert names_of(frame) == [name]


def test_what_pads_a_short_frame_is_no_payload():
    acknowledgement = over(ipv4(6, tcp(40000, 443)))
    assert names_of(acknowledgement.ljust(60, b"\0")) == ["TCP"]
    assert names_of(over(ipv4(6, tcp(40000, 443, b"x"), length=0))) == ["TLS"]  # too long for the field: GSO


def test_raw_ip_and_links_that_are_not_read():
    assert names_of(ipv4(17, udp(53, 40000)), link_type=LINKTYPE_RAW) == ["DNS"]
    assert names_of(bytes(60), link_type=147) == ["Other"]


def test_many_at_once_are_named_as_one_by_one():
    frames = [over(ipv4(17, udp(53, 1))), MACS + b"\x08\x06" + bytes(28), over(ipv4(6, tcp(1, 443, b"x")))]
    assert names_of(*frames * 500) == ["DNS", "ARP", "TLS"] * 500


def corpus_rows() -> Iterator[tuple[Frame, str, Kind]]:
    """Some frames of every capture in the corpus, their names here, and what their headers say."""
    folder = os.environ.get("TAPSCOPE_CORPUS")
    if not folder:
        pytest.skip("TAPSCOPE_CORPUS names no folder of captures")
    for path in sorted(Path(folder).glob("*.pcap*")):
        try:
            source = open_file(path)
        except BadCapture:
            continue
        batch = source.read()
        if batch is not None:
            store = Store()
            store.set_interfaces(source.interfaces)
            store.append(batch)
            for part in store.parts(1, 30):
                names = [NAMES[code] for code in protocols_of(part.batch)[part.where]]
                kinds = [Kind(bits) for bits in part.batch.headers.kind[part.where].tolist()]
                yield from zip(store.frames(1, 30), names, kinds, strict=True)
        source.close()


NOT_DISSECTED = {"TLS", "SSH", "BGP", "FTP", "TELNET", "SMTP"}
"""Over TCP, as the dissector sees them."""
FAMILIES = {"IGMPv1": "IGMP", "IGMPv2": "IGMP", "IGMPv3": "IGMP", "RIPv1": "RIP", "RIPv2": "RIP", "EAP": "EAPOL"}


def test_the_dissector_says_the_same():
    verdicts = Counter()
    for frame, name, kind in corpus_rows():
        if kind & (Kind.NESTED | Kind.OPAQUE):
            continue  # what is inside, columns do not know
        said = summarize(frame).protocol
        said = FAMILIES.get(said, said)
        if said in NAMES and said not in ("AH", "Raw"):
            verdicts[name == said or (said == "TCP" and name in NOT_DISSECTED)] += 1
    assert verdicts[True] > 1000
    assert verdicts[False] < verdicts[True] / 50
