"""The network layer: IPv4, IPv6 with its extension headers, and ARP."""

import numpy as np
from numpy.typing import NDArray

from tapscope.store.decoding import Decoding, Rows
from tapscope.store.kinds import EXTENSIONS, NETWORKS, Kind, Network

_IPV4 = np.dtype(
    {
        "names": ["version", "total", "fragment", "protocol", "source", "destination"],
        "formats": ["u1", ">u2", ">u2", "u1", ">u4", ">u4"],
        "offsets": [0, 2, 6, 9, 12, 16],
        "itemsize": 20,
    }
)
_IPV6 = np.dtype(
    {
        "names": ["version", "payload", "next", "source", "destination"],
        "formats": ["u1", ">u2", "u1", (">u4", 4), (">u4", 4)],
        "offsets": [0, 4, 6, 8, 24],
        "itemsize": 40,
    }
)
_EXTENSION = np.dtype([("next", "u1"), ("size", "u1"), ("fragment", ">u2")])
_ARP = np.dtype(
    {
        "names": ["network", "hardware_size", "network_size", "operation"],
        "formats": [">u2", "u1", "u1", ">u2"],
        "offsets": [2, 4, 5, 6],
        "itemsize": 8,
    }
)
_ADDRESS = np.dtype(">u4")
_READ = np.uint8(Kind.IPV4 | Kind.IPV6 | Kind.ARP)
_LATER = np.uint8(Kind.LATER)
_BYTE = np.dtype("u1")

_FRAGMENT, _AUTHENTICATION, _NOTHING_NEXT = 44, 51, 59
_EXTENDS = np.isin(np.arange(256), EXTENSIONS)
_ENDS = np.isin(np.arange(256), (135, 139, 140))
"""Those that carry something themselves: the protocol where nothing comes behind."""
_MOST_EXTENSIONS = 16
_FURTHEST = 0xFFFF
"""The last place that the ``transport`` column can say."""


def read_networks(frames: Decoding) -> None:
    """Fill in what IPv4, IPv6 and ARP say, and where the transport header begins."""
    carried = NETWORKS[frames.ethertype]
    rows = np.flatnonzero((carried == Network.IPV4) | (carried == Network.IPV6))
    rows = rows[frames.having(rows, frames.network[rows], 1)]
    version = frames.read(rows, frames.network[rows], _BYTE) >> 4
    announced = carried[rows]
    readers = (
        (_read_ipv4, rows[(version == 4) & (announced == Network.IPV4)]),
        (_read_ipv6, rows[version == 6]),
        (_read_arp, np.flatnonzero(carried == Network.ARP)),
    )
    for read, rows in readers:
        if len(rows):
            read(frames, rows)
    frames.mark(np.flatnonzero((carried >= Network.IPV4) & (frames.kind & _READ == 0)), Kind.OPAQUE)


def _read_ipv4(frames: Decoding, rows: Rows) -> None:
    """RFC 791. A header that cannot be true is none; a total length of 0 is left to the hardware (segmentation)."""
    rows = rows[frames.having(rows, frames.network[rows], 20)]
    head = frames.read(rows, frames.network[rows], _IPV4)
    size = (head["version"] & 15).astype(np.int64) * 4
    total = head["total"].astype(np.int64)
    sound = (size >= 20) & ((total >= size) | (total == 0))
    rows, head, size, total = rows[sound], head[sound], size[sound], total[sound]
    frames.source[rows] = head["source"]
    frames.destination[rows] = head["destination"]
    frames.protocol[rows] = head["protocol"]
    _cut(frames, rows, total)
    frames.mark(rows, Kind.IPV4)
    frames.mark(rows, _fragment_bits(head["fragment"] & 0x1FFF, head["fragment"] & 0x2000))
    frames.mark(rows[~frames.having(rows, frames.network[rows], size)], Kind.OPAQUE)
    _set_transport(frames, rows, frames.network[rows] + size)


def _read_ipv6(frames: Decoding, rows: Rows) -> None:
    """RFC 8200. A payload length of 0 before a hop-by-hop header is a jumbogram's (RFC 2675)."""
    rows = rows[frames.having(rows, frames.network[rows], 40)]
    head = frames.read(rows, frames.network[rows], _IPV6)
    payload = head["payload"].astype(np.int64)
    frames.source[rows] = np.bitwise_xor.reduce(head["source"], axis=1)
    frames.destination[rows] = np.bitwise_xor.reduce(head["destination"], axis=1)
    frames.protocol[rows] = head["next"]
    frames.mark(rows, Kind.IPV6)
    _cut(frames, rows, np.where((payload == 0) & (head["next"] == 0), 0, payload + 40))
    _walk_extensions(frames, rows, frames.network[rows] + 40)


def _walk_extensions(frames: Decoding, rows: Rows, at: NDArray[np.int64]) -> None:
    """Follow the chain to the upper layer (RFC 8200, section 4); ``at`` is where the next header begins."""
    for _ in range(_MOST_EXTENSIONS):
        number = frames.protocol[rows]
        more = _EXTENDS[number]
        _set_transport(frames, rows[~more], at[~more])
        more &= frames.having(rows, at, 8)
        rows, at, number = rows[more], at[more], number[more]
        if not len(rows):
            return
        head = frames.read(rows, at, _EXTENSION)
        goes_on = ~_ENDS[number] | (head["next"] != _NOTHING_NEXT)
        _set_transport(frames, rows[~goes_on], at[~goes_on])
        rows, at, number, head = rows[goes_on], at[goes_on], number[goes_on], head[goes_on]
        fragment = np.where(number == _FRAGMENT, head["fragment"], 0)
        frames.mark(rows, _fragment_bits(fragment >> 3, fragment & 1))
        frames.protocol[rows] = head["next"]
        first = fragment >> 3 == 0
        rows, at = rows[first], (at + _extension_bytes(number, head["size"]))[first]
    frames.mark(rows, Kind.OPAQUE)


def _extension_bytes(number: NDArray[np.uint8], size: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The length of extension headers, counted in eights but for the fragment header's, AH's in fours (RFC 4302)."""
    units = size.astype(np.int64)
    lengths = np.where(number == _AUTHENTICATION, (units + 2) * 4, (units + 1) * 8)
    return np.where(number == _FRAGMENT, 8, lengths)


def _read_arp(frames: Decoding, rows: Rows) -> None:
    """RFC 826, and RFC 903 for RARP; addresses where they are IPv4's."""
    rows = rows[frames.having(rows, frames.network[rows], 8)]
    head = frames.read(rows, frames.network[rows], _ARP)
    frames.mark(rows, Kind.ARP)
    frames.first[rows] = head["operation"]
    hardware = head["hardware_size"].astype(np.int64)
    at = frames.network[rows] + 8 + hardware
    numbers = (head["network"] == 0x0800) & (head["network_size"] == 4) & frames.having(rows, at, 8 + hardware)
    rows, at, hardware = rows[numbers], at[numbers], hardware[numbers]
    frames.source[rows] = frames.read(rows, at, _ADDRESS)
    frames.destination[rows] = frames.read(rows, at + 4 + hardware, _ADDRESS)


def _cut(frames: Decoding, rows: Rows, total: NDArray[np.int64]) -> None:
    """What lies behind the datagram's end is the link's padding; a ``total`` of 0 says nothing."""
    ends = frames.network[rows] + total
    frames.limit[rows] = np.where(total == 0, frames.limit[rows], np.minimum(frames.limit[rows], ends))


def _set_transport(frames: Decoding, rows: Rows, at: NDArray[np.int64]) -> None:
    """The transport header begins at ``at``, where there is a byte of it and it is not that of a later fragment."""
    here = frames.having(rows, at, 1) & (frames.kind[rows] & _LATER == 0)
    far = at > _FURTHEST
    frames.mark(rows[here & far], Kind.OPAQUE)
    here &= ~far
    frames.transport[rows[here]] = at[here]


def _fragment_bits(offset: NDArray[np.integer], more: NDArray[np.integer]) -> NDArray[np.uint8]:
    later, part = offset != 0, (offset != 0) | (more != 0)
    return np.asarray(later * np.uint8(Kind.LATER) | part * np.uint8(Kind.FRAGMENT), np.uint8)
