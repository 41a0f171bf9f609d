"""The conversations that a made capture consists of: frames with marks where every conversation has numbers of its own.

scapy builds each frame once; ``captures`` makes a million of them by putting numbers in the place of the marks.
"""

from dataclasses import dataclass

import numpy as np
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Packet, Raw

CLIENT, SERVER, PORT, IDENT, CLIENT_START, SERVER_START = 0xC1E7, 0xDE77, 0xD0A7, 0xFD1D, 0xC150, 0xE150
DIGITS = (0xF0F1, 0xF2F3)
"""Marks: 16-bit words at an even place that occur in a frame nowhere else. The last two stand for four figures."""

_CLIENT_MAC, _SERVER_MAC = "02:00:0a:00:c1:e7", "02:00:0a:08:de:77"
_CLIENT_IP, _SERVER_IP = f"10.0.{CLIENT >> 8}.{CLIENT & 255}", f"198.18.{SERVER >> 8}.{SERVER & 255}"
_CLIENT_IP6, _SERVER_IP6 = f"2001:db8::{CLIENT:x}", f"2001:db8:5::{SERVER:x}"
_LABEL = b"host-\xf0\xf1\xf2\xf3"
_BULK = bytes(np.random.default_rng(7).integers(0, 128, 1460, dtype=np.uint8))
"""Below 0x80, so that no mark is in it by accident."""


@dataclass(frozen=True)
class Step:
    """A frame with marks, and whether the client sends it."""

    frame: bytes
    by_client: bool

    @property
    def checksums(self) -> list[tuple[int, tuple[range, ...]]]:
        """The place of each, and the words that it is over, all counted in 16-bit words (RFC 791, 768, 9293, 4443)."""
        tags = 2 if self.frame[12:14] == b"\x81\0" else 0
        kind, network = self.frame[12 + 2 * tags : 14 + 2 * tags], 7 + tags
        if kind == b"\x08\0":
            protocol, transport, addresses = self.frame[2 * network + 9], network + 10, range(network + 6, network + 10)
            later = self.frame[2 * network + 6] & 0x1F or self.frame[2 * network + 7]
            whole = [] if later else self._transport(protocol, transport, addresses)
            return [(network + 5, (range(network, network + 10),)), *whole]
        if kind == b"\x86\xdd":
            addresses = range(network + 4, network + 20)
            return self._transport(self.frame[2 * network + 6], network + 20, addresses)
        return []

    def _transport(self, protocol: int, at: int, addresses: range) -> list[tuple[int, tuple[range, ...]]]:
        place = at + {1: 1, 6: 8, 17: 3, 58: 1}[protocol]
        message = range(at, len(self.frame))
        return [(place, (message,) if protocol == 1 else (message, addresses))]


@dataclass(frozen=True)
class Conversation:
    """Frames in their order, and how many of a thousand frames belong to conversations like this."""

    steps: tuple[Step, ...]
    share: int


class _Talk:
    """Two hosts and their sequence numbers; keeps what they say."""

    def __init__(self, port: int, *, version: int = 4, vlan: int = 0) -> None:
        self.steps: list[Step] = []
        self._port, self._version, self._vlan = port, version, vlan
        self._next = {True: CLIENT_START << 16 | 1, False: SERVER_START << 16 | 1}

    def ip(self, payload: Packet, by_client: bool) -> "_Talk":
        """What goes into an IP packet."""
        macs = (_CLIENT_MAC, _SERVER_MAC) if by_client else (_SERVER_MAC, _CLIENT_MAC)
        link = Ether(src=macs[0], dst=macs[1])
        if self._vlan:
            link /= Dot1Q(vlan=self._vlan)
        hosts = (_CLIENT_IP6, _SERVER_IP6) if self._version == 6 else (_CLIENT_IP, _SERVER_IP)
        source, destination = hosts if by_client else hosts[::-1]
        network = IPv6(src=source, dst=destination) if self._version == 6 else IP(src=source, dst=destination, id=IDENT)
        self.steps.append(Step(bytes(link / network / payload), by_client))
        return self

    def _ports(self, by_client: bool) -> dict[str, int]:
        ports = (PORT, self._port) if by_client else (self._port, PORT)
        return {"sport": ports[0], "dport": ports[1]}

    def udp(self, payload: Packet, by_client: bool) -> "_Talk":
        """A datagram."""
        return self.ip(UDP(**self._ports(by_client)) / payload, by_client)

    def tcp(self, flags: str, payload: bytes = b"", *, by_client: bool) -> "_Talk":
        """A segment, numbered as the ones before it ask for."""
        ack = self._next[not by_client] if "A" in flags else 0
        options = [("MSS", 1460), ("SAckOK", b""), ("NOP", None), ("WScale", 7)] if "S" in flags else []
        head = TCP(**self._ports(by_client), seq=self._next[by_client], ack=ack, flags=flags, options=options)
        self._next[by_client] += len(payload) + ("S" in flags or "F" in flags)
        return self.ip(head / Raw(payload) if payload else head, by_client)

    def session(self, asked: bytes, head: bytes, pieces: list[bytes]) -> tuple[Step, ...]:
        """A whole connection: a question, and an answer of which every second piece is acknowledged."""
        self.tcp("S", by_client=True).tcp("SA", by_client=False).tcp("A", by_client=True)
        self.tcp("PA", asked, by_client=True).tcp("PA", head, by_client=False)
        for number, piece in enumerate(pieces):
            self.tcp("PA" if piece is pieces[-1] else "A", piece, by_client=False)
            if number % 2:
                self.tcp("A", by_client=True)
        self.tcp("FA", by_client=True).tcp("FA", by_client=False).tcp("A", by_client=True)
        return tuple(self.steps)


def _web(**where: int) -> tuple[Step, ...]:
    asked = b"GET /a HTTP/1.1\r\nHost: " + _LABEL + b".example.org\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n"
    pieces = [_BULK] * 7 + [_BULK[:600]]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % sum(map(len, pieces))
    return _Talk(80, **where).session(asked, head, pieces)


def _record(kind: int, body: bytes) -> bytes:
    """RFC 8446, 5.1."""
    return bytes([kind, 3, 3]) + len(body).to_bytes(2) + body


def _hello(kind: int, body: bytes) -> bytes:
    return _record(22, bytes([kind]) + len(body).to_bytes(3) + body)


def _tls(**where: int) -> tuple[Step, ...]:
    name = _LABEL + b".example.net"
    names = b"\0" + len(name).to_bytes(2) + name
    server_name = b"\0\0" + (len(names) + 2).to_bytes(2) + len(names).to_bytes(2) + names
    suites = bytes.fromhex("130113021303")
    client = b"\3\3" + _BULK[:32] + b"\0" + len(suites).to_bytes(2) + suites + b"\1\0"
    client += len(server_name).to_bytes(2) + server_name
    server = b"\3\3" + _BULK[32:64] + b"\0" + suites[:2] + b"\0" + bytes.fromhex("0006002b00020304")
    pieces = [_record(23, _BULK[:1435])] * 7 + [_record(23, _BULK[:300])]
    return _Talk(443, **where).session(_hello(1, client), _hello(2, server) + _record(20, b"\1"), pieces)


def _dns(suffix: bytes, port: int = 53, **where: int) -> tuple[Step, ...]:
    asked = DNSQR(qname=_LABEL + suffix, qtype="A")
    answer = DNSRR(rrname=asked.qname, type="A", ttl=300, rdata=_SERVER_IP)
    talk = _Talk(port, **where)
    talk.udp(DNS(id=IDENT, rd=1, qd=[asked]), True)
    return tuple(talk.udp(DNS(id=IDENT, qr=1, rd=1, ra=1, qd=[asked], an=[answer]), False).steps)


def _dhcp() -> tuple[Step, ...]:
    steps = []
    for kind, operation in (("discover", 1), ("offer", 2), ("request", 1), ("ack", 2)):
        by_client = operation == 1
        source, destination, ports = (
            ("0.0.0.0", "255.255.255.255", (68, 67)) if by_client else (_SERVER_IP, _CLIENT_IP, (67, 68))
        )
        ends = (_CLIENT_MAC, "ff:ff:ff:ff:ff:ff") if by_client else (_SERVER_MAC, _CLIENT_MAC)
        offered = "0.0.0.0" if by_client else _CLIENT_IP
        boot = BOOTP(op=operation, xid=IDENT, yiaddr=offered, chaddr=bytes.fromhex(_CLIENT_MAC.replace(":", "")))
        options = DHCP(options=[("message-type", kind), ("hostname", b"guest"), "end"])
        frame = Ether(src=ends[0], dst=ends[1]) / IP(src=source, dst=destination, id=IDENT)
        steps.append(Step(bytes(frame / UDP(sport=ports[0], dport=ports[1]) / boot / options), by_client))
    return tuple(steps)


def _arp() -> tuple[Step, ...]:
    asked = ARP(op=1, hwsrc=_CLIENT_MAC, psrc=_CLIENT_IP, pdst=_SERVER_IP)
    told = ARP(op=2, hwsrc=_SERVER_MAC, psrc=_SERVER_IP, hwdst=_CLIENT_MAC, pdst=_CLIENT_IP)
    question, answer = (
        Ether(src=_CLIENT_MAC, dst="ff:ff:ff:ff:ff:ff") / asked,
        Ether(src=_SERVER_MAC, dst=_CLIENT_MAC) / told,
    )
    return Step(bytes(question), True), Step(bytes(answer).ljust(60, b"\0"), False)


def _neighbours() -> tuple[Step, ...]:
    group = f"ff02::1:ff00:{SERVER:x}"
    asked = IPv6(src=_CLIENT_IP6, dst=group, hlim=255) / ICMPv6ND_NS(tgt=_SERVER_IP6)
    told = IPv6(src=_SERVER_IP6, dst=_CLIENT_IP6, hlim=255) / ICMPv6ND_NA(tgt=_SERVER_IP6, R=0)
    question = Ether(src=_CLIENT_MAC, dst="33:33:ff:00:de:77") / asked / ICMPv6NDOptSrcLLAddr(lladdr=_CLIENT_MAC)
    answer = Ether(src=_SERVER_MAC, dst=_CLIENT_MAC) / told / ICMPv6NDOptDstLLAddr(lladdr=_SERVER_MAC)
    return Step(bytes(question), True), Step(bytes(answer), False)


def _ping() -> tuple[Step, ...]:
    talk = _Talk(0)
    for sequence in (1, 2, 3):
        for kind in (8, 0):
            talk.ip(ICMP(type=kind, id=IDENT, seq=sequence) / Raw(_BULK[:56]), kind == 8)
    return tuple(talk.steps)


def _stream() -> tuple[Step, ...]:
    talk = _Talk(5004)
    for number in range(8):
        talk.udp(Raw(b"\x40\x08" + number.to_bytes(2) + _BULK[:168]), False)
    return tuple(talk.steps)


def _fragments() -> tuple[Step, ...]:
    """A datagram of 2,000 bytes in two."""
    datagram = IP(src=_CLIENT_IP, dst=_SERVER_IP, id=IDENT) / UDP(sport=PORT, dport=2049) / Raw((_BULK * 2)[:2000])
    link = Ether(src=_CLIENT_MAC, dst=_SERVER_MAC)
    return tuple(Step(bytes(link / piece), True) for piece in fragment(datagram, 1480))


def conversations() -> tuple[Conversation, ...]:
    """All of them; the shares add up to a thousand."""
    return (
        Conversation(_web(), 220),
        Conversation(_web(vlan=100), 80),
        Conversation(_tls(), 280),
        Conversation(_tls(version=6), 100),
        Conversation(_dns(b".example.org"), 90),
        Conversation(_dns(b".service.internal", version=6), 40),
        Conversation(_dns(b".local", 5353), 10),
        Conversation(_dhcp(), 10),
        Conversation(_arp(), 40),
        Conversation(_neighbours(), 20),
        Conversation(_ping(), 30),
        Conversation(_stream(), 60),
        Conversation(_fragments(), 20),
    )
