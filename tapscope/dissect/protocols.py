"""Which name the Protocol column gives a scapy layer, as Wireshark's users know it."""

import re
from collections.abc import Callable, Sequence
from functools import cache

from scapy.layers.dns import DNS
from scapy.layers.igmp import IGMP_MQ
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import LLC, SNAP, Dot1Q, Dot3, Ether
from scapy.layers.rip import RIP
from scapy.packet import Packet

_PARTS = re.compile(r"ICMPv6NDOpt|DHCP6Opt|ISAKMP_payload|RIP(Entry|Auth)|NTPAuth|HTTP$|LLDPDU\w|SCTPChunk")
_IP_PROTOCOLS = IP.proto.i2s
_FAMILIES = (
    ("ICMPv6", "ICMPv6"),
    ("MLD", "ICMPv6"),
    ("DHCP6", "DHCPv6"),
    ("DHCP", "DHCP"),
    ("LLMNR", "LLMNR"),
    ("IPv6", "IPv6"),
    ("IGMPv3", "IGMPv3"),
    ("IGMPv2", "IGMPv2"),
    ("IGMP", "IGMPv1"),
    ("SCTP", "SCTP"),
    ("HTTP", "HTTP"),
    ("H2", "HTTP2"),
    ("TFTP", "TFTP"),
    ("NBNS", "NBNS"),
    ("NBT", "NBT"),
    ("NTP", "NTP"),
    ("Radius", "RADIUS"),
    ("LLDP", "LLDP"),
    ("CDP", "CDP"),
    ("MACControl", "MAC CTRL"),
    ("HSRP", "HSRP"),
    ("VRRP", "VRRP"),
    ("ISAKMP", "ISAKMP"),
    ("IKEv2", "ISAKMP"),
    ("PPP_LCP", "PPP LCP"),
    ("PPP_IPCP", "PPP IPCP"),
    ("PPP_ECP", "PPP ECP"),
    ("PPP_PAP", "PPP PAP"),
    ("PPP_CHAP", "PPP CHAP"),
    ("PPPoED", "PPPoED"),
    ("PPPoE", "PPPoES"),
    ("PPP", "PPP"),
    ("HDLC", "PPP"),
    ("EAPOL", "EAPOL"),
    ("EAP", "EAP"),
    ("Dot11", "802.11"),
    ("RadioTap", "802.11"),
    ("Wireguard", "WireGuard"),
    ("NAT_KEEPALIVE", "UDPENCAP"),
    ("GENEVE", "Geneve"),
    ("GRE", "GRE"),
    ("CookedLinux", "SLL"),
    ("Loopback", "Null/Loopback"),
    ("OSPF", "OSPF"),
    ("BGP", "BGP"),
    ("PIM", "PIM"),
    ("ISIS", "IS-IS"),
    ("RSVP", "RSVP"),
    ("LDP", "LDP"),
    ("TLS", "TLS"),
    ("QUIC", "QUIC"),
    ("SSH", "SSH"),
    ("SMB2", "SMB2"),
    ("SMB", "SMB"),
    ("LDAP", "LDAP"),
    ("Kerberos", "KRB5"),
    ("KRB", "KRB5"),
    ("PPTP", "PPTP"),
    ("MQTT", "MQTT"),
    ("CoAP", "CoAP"),
    ("Modbus", "Modbus"),
    ("Tacacs", "TACACS+"),
    ("STUN", "STUN"),
    ("Diam", "Diameter"),
    ("RTCP", "RTCP"),
    ("RTP", "RTP"),
    ("GTP", "GTP"),
    ("PFCP", "PFCP"),
)
"""Beginning of a scapy class's name -> protocol; the first that fits. Others are called what scapy calls them."""


def _of_ethernet(layer: Packet) -> str:
    return _named(layer, "type", "0x{:04x}")


def _of_ip(layer: Packet) -> str:
    return "IPv4" if is_fragment(layer) else next_protocol(layer.getfieldval("proto")) or "IPv4"


def _of_ipv6(layer: Packet) -> str:
    return next_protocol(layer.getfieldval("nh")) or "IPv6"


def _of_dns(layer: Packet) -> str:
    carrier = layer.underlayer
    multicast = isinstance(carrier, UDP) and 5353 in (carrier.sport, carrier.dport)
    return "MDNS" if multicast else "DNS"


def _of_query(layer: Packet) -> str:
    return "IGMPv2" if layer.getfieldval("mrcode") else "IGMPv1"


_JUDGED: dict[type[Packet], Callable[[Packet], str]] = {
    Ether: _of_ethernet,
    Dot1Q: _of_ethernet,
    Dot3: lambda _: "802.3",
    LLC: lambda _: "LLC",
    SNAP: lambda layer: _named(layer, "code", "0x{:04x}"),
    IP: _of_ip,
    IPv6: _of_ipv6,
    IPv6ExtHdrFragment: lambda _: "IPv6",
    DNS: _of_dns,
    IGMP_MQ: _of_query,
    RIP: lambda layer: f"RIPv{layer.getfieldval('version')}",
}
"""Layers whose name depends on what they hold."""


def protocol(layers: Sequence[Packet]) -> str:
    """The name of the topmost layer that carries meaning; ``layers`` run from the link up, without ``Raw``."""
    layer = topmost_message(layers)
    if layer is None:
        return "Raw"
    judge = _JUDGED.get(type(layer))
    return judge(layer) if judge else _family(type(layer))


def topmost_message(layers: Sequence[Packet]) -> Packet | None:
    """The topmost layer that is not merely a part of the message below it, such as an option."""
    return next((layer for layer in reversed(layers) if not _is_part(type(layer))), None)


def next_protocol(number: int) -> str:
    """What scapy's table calls the IP protocol ``number``; empty where it is not there."""
    return str(_IP_PROTOCOLS.get(number, "")).upper()


def is_fragment(layer: Packet) -> bool:
    """True for an IPv4 packet that holds a part of a datagram, also the first."""
    return isinstance(layer, IP) and bool(layer.frag or layer.flags.MF)


@cache
def _is_part(kind: type[Packet]) -> bool:
    return _PARTS.match(kind.__name__) is not None


@cache
def _family(kind: type[Packet]) -> str:
    return next((name for begin, name in _FAMILIES if kind.__name__.startswith(begin)), kind.__name__)


def _named(layer: Packet, field: str, otherwise: str) -> str:
    """The name that scapy's tables give the next protocol, else ``otherwise`` formatted with its number."""
    number = layer.getfieldval(field)
    name = getattr(layer.get_field(field), "i2s", {}).get(number)
    return str(name).upper() if name else otherwise.format(number)
