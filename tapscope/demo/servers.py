"""The guest's DHCP and name servers. Every answer follows from the question alone: asked twice, told twice."""

from collections.abc import Iterable

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from tapscope.demo.network import (
    GUEST_ADDRESS,
    GUEST_MAC,
    GUEST_NAME,
    HOST_ADDRESS,
    LEASE_SECONDS,
    MDNS_ADDRESS,
    MDNS_MAC,
    MDNS_PORT,
    NAMES,
    NETMASK,
    NO_ADDRESS,
)

_DHCP_ANSWERS = {1: "offer", 3: "ack"}
"""What a server says to DISCOVER and REQUEST (RFC 2131, section 3.1)."""

_KINDS = {1: "A", 12: "PTR", 28: "AAAA"}
_INTERNET = 1
_CLASS = 0x7FFF
"""Without the bit that mDNS uses for something else (RFC 6762, section 10.2)."""
_NO_SUCH_NAME = 3


def lease(ether: Packet) -> Iterable[Packet]:
    """OFFER or ACK, broadcast to who has no address yet."""
    asked = ether[BOOTP]
    options = ether[DHCP].options if ether.haslayer(DHCP) else []
    kinds = [option[1] for option in options if isinstance(option, tuple) and option[0] == "message-type"]
    answer = _DHCP_ANSWERS.get(kinds[0]) if kinds else None
    if asked.op != 1 or answer is None:
        return
    renews = asked.ciaddr != NO_ADDRESS
    told = BOOTP(
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
    to = Ether(src=GUEST_MAC, dst=ether.src if renews else "ff:ff:ff:ff:ff:ff")
    ip = IP(src=GUEST_ADDRESS, dst=asked.ciaddr if renews else "255.255.255.255")
    yield to / ip / UDP(sport=67, dport=68) / told / DHCP(options=said)


def name(ether: Packet) -> Iterable[Packet]:
    """What is known of a name, to who asked; over mDNS to everybody, and only when it is known."""
    asked, udp = ether[DNS], ether[UDP]
    question = asked.qd[0] if asked.qd and not asked.qr else None
    if not isinstance(question, DNSQR) or question.qclass & _CLASS != _INTERNET or not ether.haslayer(IP):
        return
    wanted = question.qname.decode("ascii", "replace").rstrip(".").lower()
    known = NAMES.get(wanted, {})
    kind = _KINDS.get(question.qtype, "")
    records = [DNSRR(rrname=question.qname, type=kind, ttl=120, rdata=known[kind])] if kind in known else []
    if udp.dport == MDNS_PORT:
        if records:
            ip = IP(src=GUEST_ADDRESS, dst=MDNS_ADDRESS, ttl=255)
            told = DNS(id=0, qr=1, aa=1, rd=0, qd=[], an=records)
            yield Ether(src=GUEST_MAC, dst=MDNS_MAC) / ip / UDP(sport=MDNS_PORT, dport=MDNS_PORT) / told
        return
    code = 0 if wanted in NAMES else _NO_SUCH_NAME
    told = DNS(id=asked.id, qr=1, aa=1, rd=asked.rd, ra=1, rcode=code, qd=[question], an=records)
    ip = IP(src=GUEST_ADDRESS, dst=ether[IP].src)
    yield Ether(src=GUEST_MAC, dst=ether.src) / ip / UDP(sport=53, dport=udp.sport) / told
