"""The guest at the other end of the demo's cable: answers what a small server on the wire would answer.

Frames in, frames out. They are built with scapy, which fills in lengths and checksums.
"""

from collections.abc import Callable, Iterable

from scapy.layers.dhcp import BOOTP
from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptPrefixInfo,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from tapscope.demo import servers
from tapscope.demo.network import (
    GUEST_ADDRESS,
    GUEST_ADDRESS6,
    GUEST_LINK_LOCAL,
    GUEST_MAC,
    HOST_ADDRESS,
    MDNS_MAC,
    PREFIX6,
)
from tapscope.demo.web import WebServer
from tapscope.dissect.layers import parse
from tapscope.frame import LINKTYPE_ETHERNET

_EVERYBODY = "ff:ff:ff:ff:ff:ff"
_EVERYBODY6 = "33:33:"
"""What the MAC of every IPv6 group begins with (RFC 2464, section 7)."""
_HEARD = {GUEST_MAC, _EVERYBODY, MDNS_MAC}
_ADDRESSES6 = {GUEST_ADDRESS6, GUEST_LINK_LOCAL}

_REQUEST, _REPLY = 1, 2
_ECHO_REQUEST = 8


class Peer:
    """Answers one frame at a time: ARP, ICMP, ICMPv6, DNS, mDNS, DHCP, HTTP; after a ping it pings back."""

    def __init__(self) -> None:
        self._web = WebServer()
        self._host_mac = ""
        self._pings = 0

    def reply(self, frame: bytes) -> list[bytes]:
        """The frames that the guest sends when it receives ``frame``; none for what it does not understand."""
        ether = parse(frame, LINKTYPE_ETHERNET)
        if not isinstance(ether, Ether) or not (ether.dst in _HEARD or ether.dst.startswith(_EVERYBODY6)):
            return []
        for layer, answer in self._answers():
            if ether.haslayer(layer):
                return [bytes(packet) for packet in answer(ether)]
        return []

    def _answers(self) -> Iterable[tuple[type[Packet], Callable[[Packet], Iterable[Packet]]]]:
        return (
            (ARP, self._arp),
            (BOOTP, servers.lease),
            (DNS, servers.name),
            (ICMP, self._icmp),
            (TCP, self._tcp),
            (UDP, _udp),
            (ICMPv6ND_NS, _neighbour),
            (ICMPv6ND_RS, _router),
            (ICMPv6EchoRequest, _echo6),
        )

    def _arp(self, ether: Packet) -> Iterable[Packet]:
        arp = ether[ARP]
        if arp.op == _REQUEST and arp.pdst == GUEST_ADDRESS:
            yield _to(ether) / ARP(op="is-at", hwsrc=GUEST_MAC, psrc=GUEST_ADDRESS, hwdst=arp.hwsrc, pdst=arp.psrc)
        elif arp.op == _REPLY and arp.psrc == HOST_ADDRESS:
            self._host_mac = arp.hwsrc
            yield self._ping()

    def _icmp(self, ether: Packet) -> Iterable[Packet]:
        icmp = ether[ICMP]
        if icmp.type != _ECHO_REQUEST or ether[IP].dst != GUEST_ADDRESS:
            return
        yield _to(ether) / _ip(ether) / ICMP(type="echo-reply", id=icmp.id, seq=icmp.seq) / icmp.payload
        if self._host_mac:
            yield self._ping()
        else:
            question = ARP(op="who-has", hwsrc=GUEST_MAC, psrc=GUEST_ADDRESS, pdst=HOST_ADDRESS)
            yield Ether(src=GUEST_MAC, dst=_EVERYBODY) / question

    def _ping(self) -> Packet:
        self._pings = self._pings + 1 & 0xFFFF
        ping = ICMP(type="echo-request", id=0x6E57, seq=self._pings) / Raw(b"from the guest's side".ljust(48, b"."))
        return Ether(src=GUEST_MAC, dst=self._host_mac) / IP(src=GUEST_ADDRESS, dst=HOST_ADDRESS) / ping

    def _tcp(self, ether: Packet) -> Iterable[Packet]:
        if not ether.haslayer(IP) or ether[IP].dst != GUEST_ADDRESS:
            return
        ip, tcp = ether[IP], ether[TCP]
        data = bytes(tcp.payload)[: ip.len - 4 * ip.ihl - 4 * tcp.dataofs]
        for answer in self._web.answer(ip.src, tcp, data):
            yield _to(ether) / _ip(ether) / answer


def _to(ether: Packet) -> Packet:
    return Ether(src=GUEST_MAC, dst=ether.src)


def _ip(ether: Packet) -> Packet:
    return IP(src=GUEST_ADDRESS, dst=ether[IP].src)


def _udp(ether: Packet) -> Iterable[Packet]:
    """Nobody listens there: port unreachable, with the beginning of what was sent (RFC 1122, section 3.2.2.1)."""
    if ether.dst == GUEST_MAC and ether.haslayer(IP):
        sent = Raw(bytes(ether[IP])[:48])
        yield _to(ether) / _ip(ether) / ICMP(type="dest-unreach", code="port-unreachable") / sent


def _neighbour(ether: Packet) -> Iterable[Packet]:
    """RFC 4861, section 7.2.4. An address that the host only tries out (from ``::``) is the host's."""
    target, asker = ether[ICMPv6ND_NS].tgt, ether[IPv6].src
    if target in _ADDRESSES6 and asker != "::":
        told = ICMPv6ND_NA(tgt=target, R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=GUEST_MAC)
        yield _to(ether) / IPv6(src=target, dst=asker, hlim=255) / told


def _router(_: Packet) -> Iterable[Packet]:
    """A prefix to make an address in, but no way further (lifetime 0): RFC 4861, section 6.2.6.

    The router's own MAC is left out, as it may be: the host has to ask for it, and that is seen.
    """
    told = ICMPv6ND_RA(routerlifetime=0) / ICMPv6NDOptPrefixInfo(prefix=PREFIX6, prefixlen=64)
    yield Ether(src=GUEST_MAC, dst="33:33:00:00:00:01") / IPv6(src=GUEST_LINK_LOCAL, dst="ff02::1", hlim=255) / told


def _echo6(ether: Packet) -> Iterable[Packet]:
    asked, ip = ether[ICMPv6EchoRequest], ether[IPv6]
    if ip.dst in _ADDRESSES6:
        answer = ICMPv6EchoReply(id=asked.id, seq=asked.seq, data=asked.data)
        yield _to(ether) / IPv6(src=ip.dst, dst=ip.src) / answer
