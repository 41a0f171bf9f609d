"""What protocol each frame is of, as far as header columns tell: all frames at once, without a dissector.

The names are those of the list's Protocol column. What is carried over a well-known port is named after it, as
Wireshark does, where there is payload; of what lies inside a tunnel the tunnel is named.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from tapscope.store.batch import Batch
from tapscope.store.headers import NO_NETWORK, Headers, Kind, gather_bytes

_OTHER, _FRAME, _IPV4, _IPV6, _LLC = "Other", "Ethernet", "IPv4", "IPv6", "LLC"

_ETHERTYPES = {
    0x0000: _LLC,
    0x0800: _IPV4,
    0x0806: "ARP",
    0x8035: "RARP",
    0x86DD: _IPV6,
    0x8808: "MAC CTRL",
    0x8809: "LACP",
    0x8847: "MPLS",
    0x8848: "MPLS",
    0x8863: "PPPoED",
    0x8864: "PPPoES",
    0x888E: "EAPOL",
    0x88CC: "LLDP",
    0x88E5: "802_1AE",
    0x88F7: "PTP",
}
"""https://www.iana.org/assignments/ieee-802-numbers; 0 stands for IEEE 802.3 with a length."""

_PROTOCOLS = {
    1: "ICMP",
    2: "IGMP",
    6: "TCP",
    17: "UDP",
    33: "DCCP",
    46: "RSVP",
    47: "GRE",
    50: "ESP",
    51: "AH",
    58: "ICMPv6",
    88: "EIGRP",
    89: "OSPF",
    103: "PIM",
    108: "IPCOMP",
    112: "VRRP",
    115: "L2TP",
    132: "SCTP",
    136: "UDPLITE",
}
"""https://www.iana.org/assignments/protocol-numbers."""

OVER_TCP = {
    "DNS": (53,),
    "NBT": (139, 445),
    "HTTP": (80, 8080),
    "TLS": (443, 465, 636, 853, 993, 995, 8443),
    "SSH": (22,),
    "FTP": (21,),
    "TELNET": (23,),
    "SMTP": (25, 587),
    "BGP": (179,),
}
OVER_UDP = {
    "MDNS": (5353,),
    "DNS": (53,),
    "LLMNR": (5355,),
    "DHCP": (67, 68),
    "DHCPv6": (546, 547),
    "NTP": (123,),
    "TFTP": (69,),
    "SNMP": (161, 162),
    "RADIUS": (1812, 1813, 3799),
    "RIP": (520,),
    "HSRP": (1985, 2029),
    "NBNS": (137,),
    "NBT": (138,),
    "VXLAN": (4789, 4790, 8472),
    "L2TP": (1701,),
    "ESP": (4500,),
    "ISAKMP": (500,),
    "Geneve": (6081,),
    "WireGuard": (51820,),
}
"""Ports of https://www.iana.org/assignments/service-names-port-numbers. Where both of a frame's have a name, the
earlier one here counts."""

_STATIONS = {(0x0180, 0xC2000000): "STP", (0x0100, 0x0CCCCCCC): "CDP"}
"""Destinations (IEEE 802.1D, and Cisco's) of what has no ethertype: high 16 bits and low 32."""


def _all_names() -> Iterable[str]:
    yield from (_OTHER, _FRAME, _IPV4, _IPV6)
    for names in (_ETHERTYPES.values(), _PROTOCOLS.values(), OVER_TCP, OVER_UDP, _STATIONS.values()):
        yield from names


NAMES: tuple[str, ...] = tuple(dict.fromkeys(_all_names()))
"""What ``protocols_of`` answers with indexes into."""

_CODES = {name: code for code, name in enumerate(NAMES)}
_NOWHERE = 255


def _table(names: Mapping[int, str], size: int, otherwise: str) -> NDArray[np.uint8]:
    table = np.full(size, _CODES[otherwise], np.uint8)
    for number, name in names.items():
        table[number] = _CODES[name]
    return table


def _ranks(ports: Mapping[str, tuple[int, ...]]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """By port its name's place in ``ports`` (255: none), and by place its code."""
    ranks = np.full(1 << 16, _NOWHERE, np.uint8)
    for rank, numbers in enumerate(ports.values()):
        ranks[list(numbers)] = rank
    return ranks, np.array([_CODES[name] for name in ports], np.uint8)


_BY_ETHERTYPE = _table(_ETHERTYPES, 1 << 16, _FRAME)
_BY_PROTOCOL_4 = _table(_PROTOCOLS, 1 << 8, _IPV4)
_BY_PROTOCOL_6 = _table(_PROTOCOLS, 1 << 8, _IPV6)
_TCP, _UDP = 6, 17
_BY_PORT = {_TCP: _ranks(OVER_TCP), _UDP: _ranks(OVER_UDP)}


def protocols_of(batch: Batch) -> NDArray[np.uint8]:
    """The protocol of each frame of a batch with headers: indexes into ``NAMES``, shape ``(n,)``."""
    headers = batch.headers
    assert headers is not None
    found = carriers_of(headers)
    for carrier in _BY_PORT:
        there = np.flatnonzero((found == _BY_PROTOCOL_4[carrier]) & (headers.transport > 0))
        if len(there):
            _name_by_port(batch, headers, carrier, there, found)
    return found


def carriers_of(headers: Headers) -> NDArray[np.uint8]:
    """The same without what ports tell: TCP, whatever it carries. Indexes into ``NAMES``, shape ``(n,)``."""
    kind = headers.kind
    found = _BY_ETHERTYPE[headers.ethertype]
    for (high, low), name in _STATIONS.items():
        there = (found == _CODES[_LLC]) & (headers.mac_destination_low == low) & (headers.mac_destination_high == high)
        found[there] = _CODES[name]
    whole = kind & Kind.FRAGMENT == 0
    for family, table, name in ((Kind.IPV4, _BY_PROTOCOL_4, _IPV4), (Kind.IPV6, _BY_PROTOCOL_6, _IPV6)):
        there = kind & family != 0
        found[there] = np.where(whole, table[headers.protocol], _CODES[name])[there]
    unaddressed = headers.mac_source_low | headers.mac_source_high | headers.mac_destination_low == 0
    found[(headers.network == NO_NETWORK) | (found == _CODES[_LLC]) & unaddressed] = _CODES[_OTHER]
    return found


def _name_by_port(
    batch: Batch, headers: Headers, carrier: int, there: NDArray[np.intp], found: NDArray[np.uint8]
) -> None:
    """Give those frames that are ``there`` the name of their port in ``found``, where it has one."""
    ranks, codes = _BY_PORT[carrier]
    rank = np.minimum(ranks[headers.first[there]], ranks[headers.second[there]])
    known = rank != _NOWHERE
    there, rank = there[known], rank[known]
    if carrier == _TCP and len(there):
        loaded = _tcp_payload(batch, headers, there) > 0
        there, rank = there[loaded], rank[loaded]
    found[there] = codes[rank]


def _tcp_payload(batch: Batch, headers: Headers, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Bytes behind TCP's header and within the IP packet, shape of ``rows``: what pads a short Ethernet frame is none.

    A length of 0 is that of a segment too long for the field, which ends with the frame.
    """
    six = headers.kind[rows] & Kind.IPV6 != 0
    network, transport = headers.network[rows].astype(np.int64), headers.transport[rows].astype(np.int64)
    told = gather_bytes(batch, network + np.where(six, 4, 2), 2, rows).astype(np.int64)
    length = told[:, 0] << 8 | told[:, 1]
    captured = batch.captured[rows].astype(np.int64)
    end = np.where(length == 0, captured, np.minimum(captured, network + length + np.where(six, 40, 0)))
    return end - transport - (gather_bytes(batch, transport + 12, 1, rows)[:, 0] >> 4) * 4
