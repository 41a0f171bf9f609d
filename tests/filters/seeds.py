"""Frames of all kinds, whole."""

from scapy.contrib.lldp import LLDPDU, LLDPDUChassisID, LLDPDUPortID, LLDPDUTimeToLive
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Solicit, DHCP6OptElapsedTime
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, IPOption_RR, UDPerror
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6NDOptPrefixInfo,
    ICMPv6TimeExceeded,
    IPv6,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
)
from scapy.layers.isakmp import ISAKMP
from scapy.layers.l2 import ARP, GRE, LLC, STP, Dot1AD, Dot1Q, Dot3, Ether
from scapy.layers.radius import Radius
from scapy.layers.sctp import SCTP, SCTPChunkInit
from scapy.layers.snmp import SNMP
from scapy.layers.vxlan import VXLAN

E = Ether(src="52:54:00:00:00:01", dst="33:33:00:00:00:01")
IP4 = IP(src="10.0.0.1", dst="10.0.0.2", ttl=7, id=5)
IP6 = IPv6(src="fe80::1", dst="2001:db8::2", hlim=9, fl=77)
ANSWER = DNS(id=9, qr=1, qd=DNSQR(qname="www.example"), an=[DNSRR(rrname="www.example", rdata="1.2.3.4")] * 2)
SYN = TCP(sport=40000, dport=443, flags="S", seq=1 << 31, window=512, options=[("MSS", 1460), ("WScale", 7)])
SEEDS = [
    bytes(packet)
    for packet in (
        E / ARP(psrc="10.0.0.1", pdst="10.0.0.2", op=2),
        E / Dot1Q(vlan=3) / ARP(),
        E / Dot1Q(vlan=1) / Dot1Q(vlan=2) / IP4 / UDP(sport=53, dport=1) / ANSWER,
        E / Dot1AD(vlan=4) / IP4 / SYN,
        E / Dot1Q(vlan=5) / IP6 / SYN,
        E / IP4 / SYN / b"GET / HTTP/1.1\r\n",
        E / IP4 / TCP(sport=80, dport=8080, flags="RPAUECN", reserved=5),
        E / IP(src="1.2.3.4", dst="1.2.3.5", options=[IPOption_RR(routers=["1.1.1.1"] * 3)]) / UDP(sport=1, dport=53),
        E / IP4 / UDP(sport=5353, dport=5353) / ANSWER,
        E / IP4 / UDP(sport=68, dport=67) / BOOTP() / DHCP(options=[("message-type", 1), "end"]),
        E / IP4 / UDP(sport=1, dport=161) / SNMP(),
        E / IP4 / UDP(sport=1812, dport=1) / Radius(),
        E / IP4 / UDP(sport=500, dport=500) / ISAKMP(),
        E / IP4 / UDP(sport=520, dport=53) / b"either",
        E / IP4 / UDP(sport=9, dport=53),
        E / IP4 / TCP(sport=9, dport=53) / ANSWER,
        E / IP4 / ICMP(type=8, code=0, seq=3),
        E / IP4 / ICMP(type=3, code=1) / IPerror(src="1.2.3.4", dst="1.2.3.5") / UDPerror(sport=1, dport=53) / ANSWER,
        E / IP(src="10.0.0.1", dst="10.0.0.2", frag=10) / b"later fragment",
        E / IP(src="10.0.0.1", dst="10.0.0.2", flags="MF") / UDP(sport=53, dport=53) / ANSWER,
        E / IP4 / IP(src="1.2.3.4", dst="1.2.3.5") / SYN,
        E / IP4 / GRE() / IP6 / UDP(sport=123, dport=123),
        E / IP4 / UDP(sport=1, dport=4789) / VXLAN() / Ether(src="00:00:00:00:00:07") / IP6 / SYN,
        E / IP4 / SCTP(sport=1, dport=2905) / SCTPChunkInit(),
        E / IP6 / UDP(sport=546, dport=547) / DHCP6_Solicit() / DHCP6OptElapsedTime(),
        E / IP6 / ICMPv6EchoRequest(id=1, seq=2),
        E / IP6 / ICMPv6ND_NS(tgt="fe80::9"),
        E / IP6 / IPv6ExtHdrHopByHop() / ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(),
        E / IP6 / ICMPv6TimeExceeded() / IPv6(src="fe80::3", dst="fe80::4") / UDP(sport=53, dport=99),
        E / IP6 / IPv6ExtHdrFragment(offset=0, m=1) / SYN,
        E / IP6 / IPv6ExtHdrFragment(offset=9) / b"later fragment of some length",
        E
        / LLDPDU()
        / LLDPDUChassisID(subtype=4, id="00:00:00:00:00:01")
        / LLDPDUPortID(subtype=5, id="x")
        / LLDPDUTimeToLive(),
        Dot3(src=E.src, dst=E.dst) / LLC() / STP(),
    )
]
