"""The guest at the other end of the demo's cable: answers what a small server on the wire would answer.

No state but what it knows of the host's address: every answer follows from the frame that asks, so a frame that is
sent twice is answered twice, alike. Frames are built with scapy, which fills in lengths and checksums.
"""

from collections.abc import Callable, Iterable

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6NDOptDstLLAddr,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from tapscope.demo.network import (
    GUEST_ADDRESS,
    GUEST_ADDRESS6,
    GUEST_MAC,
    GUEST_NAME,
    HOST_ADDRESS,
    LEASE_SECONDS,
    MDNS_ADDRESS,
    MDNS_MAC,
    NAMES,
    NETMASK,
    NO_ADDRESS,
)

_EVERYBODY = "ff:ff:ff:ff:ff:ff"
_EVERYBODY6 = "33:33:"
"""What the MAC of every IPv6 group begins with (RFC 2464, section 7)."""
_HEARD = {GUEST_MAC, _EVERYBODY, MDNS_MAC}
_ETHERNET_HEADER = 14
_SYN, _FIN, _RST = 0x02, 0x01, 0x04
_PAGE = b"<!doctype html><title>demo</title><p>Hello from the other end of the cable.\n"
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nServer: demo\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(_PAGE), _PAGE)
)
_DHCP_ANSWERS = {1: "offer", 3: "ack"}
"""What a server says to DISCOVER and REQUEST (RFC 2131, section 3.1)."""
_TYPE_A, _TYPE_PTR, _TYPE_AAAA = 1, 12, 28
_CLASS = 0x7FFF
"""Without the bit that mDNS uses for something else (RFC 6762, section 10.2)."""


class Peer:
    """Answers one frame at a time: ARP, ICMP, ICMPv6, DNS, mDNS, DHCP, HTTP, and a ping of its own now and then."""

    def __init__(self) -> None:
        self._host_mac = ""
        self._pings = 0

    def reply(self, frame: bytes) -> list[bytes]:
        """The frames that the guest sends when it receives ``frame``; none for what it does not understand."""
        if len(frame) < _ETHERNET_HEADER:
            return []
        ether = Ether(frame)
        if not (ether.dst in _HEARD or ether.dst.startswith(_EVERYBODY6)):
            return []
        for layer, answer in self._answers():
            if ether.haslayer(layer):
                return [bytes(packet) for packet in answer(ether)]
        return []

    def _answers(self) -> Iterable[tuple[type[Packet], Callable[[Packet], Iterable[Packet]]]]:
        return (
            (ARP, self._arp),
            (BOOTP, _dhcp),
            (DNS, _dns),
            (ICMP, self._icmp),
            (TCP, _tcp),
            (UDP, _udp),
            (ICMPv6ND_NS, _neighbour),
            (ICMPv6EchoRequest, _echo6),
        )

    def _arp(self, ether: Packet) -> Iterable[Packet]:
        arp = ether[ARP]
        if arp.op == 1 and arp.pdst == GUEST_ADDRESS:
            yield _to(ether) / ARP(op="is-at", hwsrc=GUEST_MAC, psrc=GUEST_ADDRESS, hwdst=arp.hwsrc, pdst=arp.psrc)
        elif arp.op == 2 and arp.psrc == HOST_ADDRESS:
            self._host_mac = arp.hwsrc
            yield self._ping()

    def _icmp(self, ether: Packet) -> Iterable[Packet]:
        icmp = ether[ICMP]
        if icmp.type != 8 or ether[IP].dst != GUEST_ADDRESS:
            return
        answer = ICMP(type="echo-reply", id=icmp.id, seq=icmp.seq) / icmp.payload
        yield _to(ether) / _ip(ether) / answer
        if self._host_mac:
            yield self._ping()
        else:
            yield Ether(src=GUEST_MAC, dst=_EVERYBODY) / ARP(
                op="who-has", hwsrc=GUEST_MAC, psrc=GUEST_ADDRESS, pdst=HOST_ADDRESS
            )

    def _ping(self) -> Packet:
        self._pings = self._pings + 1 & 0xFFFF
        ping = ICMP(type="echo-request", id=0x6E57, seq=self._pings) / Raw(b"from the guest's side".ljust(48, b"."))
        return Ether(src=GUEST_MAC, dst=self._host_mac) / IP(src=GUEST_ADDRESS, dst=HOST_ADDRESS) / ping


def _to(ether: Packet) -> Packet:
    return Ether(src=GUEST_MAC, dst=ether.src)


def _ip(ether: Packet) -> Packet:
    return IP(src=GUEST_ADDRESS, dst=ether[IP].src)


def _dhcp(ether: Packet) -> Iterable[Packet]:
    asked = ether[BOOTP]
    options = dict(option for option in ether[DHCP].options if isinstance(option, tuple) and len(option) == 2)
    answer = _DHCP_ANSWERS.get(options.get("message-type", 0))
    if asked.op != 1 or answer is None:
        return
    renews = asked.ciaddr != NO_ADDRESS
    offer = BOOTP(
        op=2, xid=asked.xid, ciaddr=asked.ciaddr, yiaddr=HOST_ADDRESS, siaddr=GUEST_ADDRESS, chaddr=asked.chaddr
    )
    said = [
        ("message-type", answer),
        ("server_id", GUEST_ADDRESS),
        ("lease_time", LEASE_SECONDS),
        ("subnet_mask", NETMASK),
        ("name_server", GUEST_ADDRESS),
        ("domain", GUEST_NAME.partition(".")[2].encode()),
        "end",
    ]
    yield (
        Ether(src=GUEST_MAC, dst=ether.src if renews else _EVERYBODY)
        / IP(src=GUEST_ADDRESS, dst=asked.ciaddr if renews else "255.255.255.255")
        / UDP(sport=67, dport=68)
        / offer
        / DHCP(options=said)
    )


def _records(question: Packet) -> list[Packet]:
    """The answers to one question, of the types that the guest knows."""
    name = question.qname.decode("ascii", "replace").rstrip(".").lower()
    known = NAMES.get(name, {})
    kinds = {_TYPE_A: "A", _TYPE_AAAA: "AAAA", _TYPE_PTR: "PTR"}
    kind = kinds.get(question.qtype, "")
    return [DNSRR(rrname=question.qname, type=kind, ttl=120, rdata=known[kind])] if kind in known else []


def _dns(ether: Packet) -> Iterable[Packet]:
    asked, udp = ether[DNS], ether[UDP]
    if asked.qr or not asked.qd:
        return
    question = asked.qd[0]
    if not isinstance(question, DNSQR) or question.qclass & _CLASS != 1:
        return
    records = _records(question)
    if udp.dport == 5353:
        if records and ether.haslayer(IP):
            answer = DNS(id=0, qr=1, aa=1, rd=0, qd=[], an=records)
            ip = IP(src=GUEST_ADDRESS, dst=MDNS_ADDRESS, ttl=255)
            yield Ether(src=GUEST_MAC, dst=MDNS_MAC) / ip / UDP(sport=5353, dport=5353) / answer
        return
    name = question.qname.decode("ascii", "replace").rstrip(".").lower()
    answer = DNS(id=asked.id, qr=1, aa=1, rd=asked.rd, ra=1, rcode=0 if name in NAMES else 3, qd=[question], an=records)
    yield _to(ether) / _ip(ether) / UDP(sport=53, dport=udp.sport) / answer


def _udp(ether: Packet) -> Iterable[Packet]:
    """Nobody listens there: port unreachable, with the beginning of what was sent (RFC 1122, section 3.2.2.1)."""
    if ether.dst == GUEST_MAC and ether.haslayer(IP):
        sent = Raw(bytes(ether[IP])[:48])
        yield _to(ether) / _ip(ether) / ICMP(type="dest-unreach", code="port-unreachable") / sent


def _tcp(ether: Packet) -> Iterable[Packet]:
    """One end of a connection whose whole state is in the segment that comes: RFC 9293, without retransmission."""
    if not ether.haslayer(IP) or ether[IP].dst != GUEST_ADDRESS:
        return
    ip, tcp = ether[IP], ether[TCP]
    data = bytes(tcp.payload)[: ip.len - 4 * ip.ihl - 4 * tcp.dataofs]
    back = _to(ether) / _ip(ether)
    flags = int(tcp.flags)
    after = tcp.seq + len(data) + bool(flags & (_SYN | _FIN)) & 0xFFFFFFFF
    ports = {"sport": tcp.dport, "dport": tcp.sport}
    if flags & _RST:
        return
    if tcp.dport != 80:
        yield back / TCP(flags="RA", seq=tcp.ack, ack=after, **ports)
    elif flags & _SYN:
        first = (tcp.sport << 16 ^ tcp.seq) & 0xFFFFFFFF
        yield back / TCP(flags="SA", seq=first, ack=after, window=64240, options=[("MSS", 1460)], **ports)
    elif data:
        # The end in the same segment: the host's own FIN can then not cross it, and what it acknowledges is all.
        yield back / TCP(flags="FPA", seq=tcp.ack, ack=after, window=64240, **ports) / Raw(_RESPONSE)
    elif flags & _FIN:
        yield back / TCP(flags="A", seq=tcp.ack, ack=after, window=64240, **ports)


def _neighbour(ether: Packet) -> Iterable[Packet]:
    """RFC 4861, section 7.2.4."""
    if ether[ICMPv6ND_NS].tgt == GUEST_ADDRESS6 and ether[IPv6].src != "::":
        told = ICMPv6ND_NA(tgt=GUEST_ADDRESS6, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=GUEST_MAC)
        yield _to(ether) / IPv6(src=GUEST_ADDRESS6, dst=ether[IPv6].src, hlim=255) / told


def _echo6(ether: Packet) -> Iterable[Packet]:
    asked = ether[ICMPv6EchoRequest]
    if ether[IPv6].dst == GUEST_ADDRESS6:
        answer = ICMPv6EchoReply(id=asked.id, seq=asked.seq, data=asked.data)
        yield _to(ether) / IPv6(src=GUEST_ADDRESS6, dst=ether[IPv6].src) / answer
