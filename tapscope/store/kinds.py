"""What a frame carries, as bits, and which protocols may carry others."""

from collections.abc import Mapping
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray


class Kind(IntFlag):
    """What the header columns of one frame say, one bit each.

    ``IPV4``, ``IPV6``, ``ARP``: the network header that was read (ARP also stands for RARP). ``FRAGMENT``: a part of an
    IP datagram; ``LATER``: not its first. ``TAGS``: more than one VLAN tag. ``NESTED``: another IP or Ethernet header
    may lie inside (tunnels, ICMP errors, LLC), so that there may be addresses and ports that the columns do not have.
    ``OPAQUE``: a link type, or a chain of headers, that is not read here, or a header that is not whole or cannot be
    true: only the dissector can tell what there is. Such columns as could be read are filled in all the same.
    """

    IPV4 = 1
    IPV6 = 2
    ARP = 4
    FRAGMENT = 8
    LATER = 16
    TAGS = 32
    NESTED = 64
    OPAQUE = 128


class Network(IntEnum):
    """What an ethertype announces."""

    NESTED = 0
    FLAT = 1
    TAG = 2
    IPV4 = 3
    IPV6 = 4
    ARP = 5


class Transport(IntEnum):
    """What an IP protocol number announces."""

    NESTED = 0
    FLAT = 1
    PORTS = 2
    TCP = 3
    UDP = 4
    ICMP = 5
    ICMPV6 = 6


_FLAT_ETHERTYPES = (
    0x0842,  # Wake-on-LAN
    0x8808,  # MAC control: pause frames
    0x8809,  # slow protocols: LACP
    0x8863,  # PPPoE discovery
    0x888E,  # EAPOL
    0x88A2,  # AoE
    0x88CC,  # LLDP
    0x88F7,  # PTP
    0x8902,  # CFM
    0x9000,  # configuration test
)
_FLAT_PROTOCOLS = (
    2,  # IGMP
    46,  # RSVP
    50,  # ESP
    59,  # no next header (RFC 8200)
    88,  # EIGRP
    89,  # OSPF
    112,  # VRRP
    135,  # mobility
    139,  # HIP
    140,  # shim6
)
TUNNEL_PORTS = (
    434,  # Mobile IP
    1701,  # L2TP
    2123,  # GTP
    2152,  # GTP-U
    3386,  # GTP'
    3544,  # Teredo
    4341,  # LISP
    4342,
    4500,  # ESP in UDP
    4754,  # GRE in UDP
    4755,
    4789,  # VXLAN
    4790,  # VXLAN-GPE
    5072,  # AYIYA
    5246,  # CAPWAP
    5247,
    6080,  # GUE
    6081,  # GENEVE
    6343,  # sFlow
    6633,  # VXLAN before it had a number
    6635,  # MPLS in UDP
    8138,  # BIER
    8472,  # VXLAN, as Linux has it
    12222,  # LWAPP
    12223,
    37008,  # TZSP
    48879,  # VXLAN, as Cisco has it
)
"""UDP ports behind which Wireshark or scapy look for another IP or Ethernet header."""


def _table(size: int, known: Mapping[int, int]) -> NDArray[np.uint8]:
    table = np.zeros(size, np.uint8)
    table[list(known)] = list(known.values())
    return table


NETWORKS = _table(
    1 << 16,
    dict.fromkeys(_FLAT_ETHERTYPES, Network.FLAT)
    | dict.fromkeys((0x8100, 0x88A8, 0x9100), Network.TAG)
    | dict.fromkeys((0x0806, 0x8035), Network.ARP)
    | {0x0800: Network.IPV4, 0x86DD: Network.IPV6},
)
"""A ``Network`` by ethertype; what nobody listed may carry anything."""

TRANSPORTS = _table(
    1 << 8,
    dict.fromkeys(_FLAT_PROTOCOLS, Transport.FLAT)
    | dict.fromkeys((33, 132, 136), Transport.PORTS)
    | {1: Transport.ICMP, 6: Transport.TCP, 17: Transport.UDP, 58: Transport.ICMPV6},
)
"""A ``Transport`` by IP protocol; what nobody listed may carry anything."""

EXTENSIONS = (0, 43, 44, 51, 60, 135, 139, 140)
"""Hop-by-hop, routing, fragment, AH, destination, mobility, HIP and shim6 (IANA, IPv6 Extension Header Types)."""

TRANSPORT_BYTES = _table(
    1 << 8,
    dict.fromkeys(EXTENSIONS, 8) | dict.fromkeys((1, 17, 58, 136), 8) | dict.fromkeys((33, 132), 12) | {6: 20},
)
"""The least that a header of this IP protocol has; fewer bytes of it are for the dissector to judge."""
