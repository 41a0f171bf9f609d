"""The tint of a row, by the conditions that Wireshark's users know from its colour rules."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address

from scapy.contrib.cdp import CDPv2_HDR
from scapy.layers.hsrp import HSRP
from scapy.layers.http import HTTPRequest, HTTPResponse
from scapy.layers.igmp import IGMP, IGMPv3
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import _ICMPv6, _ICMPv6Error
from scapy.layers.l2 import ARP, STP, Ether
from scapy.layers.rip import RIP
from scapy.layers.sctp import SCTPChunkAbort
from scapy.layers.vrrp import VRRP, VRRPv3
from scapy.packet import Packet

from tapscope.dissect.summary import Tint

_ACTIVE, _STANDBY = 16, 8
"""HSRP's settled states, RFC 2281 section 5.1."""
_TOPOLOGY_CHANGE = 0x80
"""BPDU type of a notification, IEEE 802.1D-2004 section 9.3.2."""
_FEW_HOPS = 5


def _about_to_expire(layer: Packet) -> bool:
    return layer.getfieldval("ttl") < _FEW_HOPS and not ip_address(layer.getfieldval("dst")).is_multicast


def _always(_: Packet) -> bool:
    return True


_RULES: tuple[tuple[Tint, tuple[type[Packet], ...], Callable[[Packet], bool]], ...] = (
    (Tint.WARNING, (HSRP,), lambda layer: layer.getfieldval("state") not in {_ACTIVE, _STANDBY}),
    (Tint.WARNING, (STP,), lambda layer: layer.getfieldval("bpdutype") == _TOPOLOGY_CHANGE),
    (Tint.WARNING, (ICMP,), lambda layer: layer.getfieldval("type") in {3, 4, 5, 11}),
    (Tint.WARNING, (_ICMPv6Error,), _always),
    (Tint.ARP, (ARP,), _always),
    (Tint.ICMP, (ICMP, _ICMPv6), _always),
    (Tint.ERROR, (TCP,), lambda layer: bool(layer.getfieldval("flags").R)),
    (Tint.ERROR, (SCTPChunkAbort,), _always),
    (Tint.WARNING, (IP,), _about_to_expire),
    (Tint.HTTP, (HTTPRequest, HTTPResponse), _always),
    (Tint.ROUTING, (HSRP, VRRP, VRRPv3, RIP, IGMP, IGMPv3, CDPv2_HDR), _always),
    (Tint.HANDSHAKE, (TCP,), lambda layer: bool(layer.getfieldval("flags").value & 0x03)),
    (Tint.TCP, (TCP,), _always),
    (Tint.UDP, (UDP,), _always),
    (Tint.BROADCAST, (Ether,), lambda layer: bool(int(layer.getfieldval("dst")[:2], 16) & 1)),
)
"""In the order of judgement."""


def tint(layers: Sequence[Packet]) -> Tint:
    """The first rule's tint that fits one of ``layers``."""
    for role, kinds, fits in _RULES:
        for layer in layers:
            if isinstance(layer, kinds) and fits(layer):
                return role
    return Tint.NONE
