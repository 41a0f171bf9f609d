"""The link layer: from the link type to the ethertype and where the network header begins."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tapscope.store.decoding import Decoding, Rows
from tapscope.store.kinds import NETWORKS, Kind, Network

_IPV4, _IPV6 = 0x0800, 0x86DD
_LEAST_ETHERTYPE = 0x0600
"""IEEE 802.3: a lower number behind the addresses is a length, or nothing."""
_FURTHEST = 254
"""The last place that the ``network`` column can say."""

_ETHERNET = np.dtype(
    {
        "names": ["to_high", "to_low", "from_high", "from_low", "ethertype"],
        "formats": [">u2", ">u4", ">u2", ">u4", ">u2"],
        "offsets": [0, 2, 6, 8, 12],
        "itemsize": 14,
    }
)
_TAG = np.dtype([("control", ">u2"), ("ethertype", ">u2")])
_WORD = np.dtype(">u2")
_BYTE = np.dtype("u1")

_SPECIAL_HARDWARE = (801, 802, 803, 824)
"""ARPHRD_IEEE80211, _PRISM, _RADIOTAP and _NETLINK (linux/if_arp.h): no ethertype in a cooked header."""

_FAMILIES = dict.fromkeys((2,), _IPV4) | dict.fromkeys((23, 24, 28, 30), _IPV6)
"""AF_INET, and AF_INET6 of Windows, NetBSD and OpenBSD, FreeBSD, macOS (LINKTYPE_NULL)."""


def read_links(frames: Decoding, link_types: NDArray[np.integer] | int) -> None:
    """Fill in addresses, tags, ethertype and network of all frames, whose LINKTYPE_ is one, or one each."""
    rows = np.arange(len(frames))
    if isinstance(link_types, int):
        _read_link(frames, rows, link_types)
    else:
        for link_type in np.unique(link_types).tolist():
            _read_link(frames, rows[link_types == link_type], link_type)
    _unwrap_tags(frames, np.flatnonzero(NETWORKS[frames.ethertype] == Network.TAG))
    frames.mark(np.flatnonzero(frames.network < 0), Kind.OPAQUE)
    more = (frames.network >= 0) & (frames.network < frames.limit)
    frames.mark(np.flatnonzero(more & (NETWORKS[frames.ethertype] == Network.NESTED)), Kind.NESTED)


def _read_link(frames: Decoding, rows: Rows, link_type: int) -> None:
    reader = _READERS.get(link_type)
    if reader is not None:
        reader(frames, rows)


def _ethernet(frames: Decoding, rows: Rows) -> None:
    """IEEE 802.3: two addresses and an ethertype. What Cisco's ISL wraps up is left to the dissector."""
    rows = rows[frames.having(rows, 0, 14)]
    head = frames.read(rows, 0, _ETHERNET)
    frames.mac_destination_high[rows] = head["to_high"]
    frames.mac_destination_low[rows] = head["to_low"]
    frames.mac_source_high[rows] = head["from_high"]
    frames.mac_source_low[rows] = head["from_low"]
    _set(frames, rows, 14, head["ethertype"])
    wrapped = (head["ethertype"] < _LEAST_ETHERTYPE) & np.isin(head["to_high"], (0x0100, 0x0C00))
    wrapped &= head["to_low"] >> 8 == 0x0C0000
    frames.mark(rows[wrapped], Kind.OPAQUE)


def _cooked(hardware_at: int, protocol_at: int, size: int) -> Callable[[Decoding, Rows], None]:
    """LINKTYPE_LINUX_SLL and _SLL2."""

    def read(frames: Decoding, rows: Rows) -> None:
        rows = rows[frames.having(rows, 0, size)]
        rows = rows[~np.isin(frames.read(rows, hardware_at, _WORD), _SPECIAL_HARDWARE)]
        _set(frames, rows, size, frames.read(rows, protocol_at, _WORD))

    return read


def _null(frames: Decoding, rows: Rows) -> None:
    """LINKTYPE_NULL and _LOOP: an address family of four bytes, of either byte order."""
    rows = rows[frames.having(rows, 0, 4)]
    family = frames.read(rows, 0, np.dtype("<u4")).astype(np.uint32)
    family = np.where(family > 0xFFFF, family.byteswap(), family)
    ethertype = np.where(family > 0xFFFF, 0, family)
    for number, meant in _FAMILIES.items():
        ethertype[family == number] = meant
    _set(frames, rows, 4, ethertype)


def _raw(frames: Decoding, rows: Rows) -> None:
    """LINKTYPE_RAW: the version in the first four bits tells."""
    rows = rows[frames.having(rows, 0, 1)]
    version = frames.read(rows, 0, _BYTE) >> 4
    _set(frames, rows, 0, np.select([version == 4, version == 6], [_IPV4, _IPV6]))


def _always(ethertype: int) -> Callable[[Decoding, Rows], None]:
    """LINKTYPE_IPV4 and _IPV6."""
    return lambda frames, rows: _set(frames, rows, 0, np.full(len(rows), ethertype))


def _set(frames: Decoding, rows: Rows, network: NDArray[np.int64] | int, ethertype: NDArray[np.integer]) -> None:
    frames.network[rows] = network
    frames.ethertype[rows] = np.where(ethertype < _LEAST_ETHERTYPE, 0, ethertype)


def _unwrap_tags(frames: Decoding, rows: Rows) -> None:
    """IEEE 802.1Q and 802.1ad: the outermost tag's VID, and the ethertype behind the last."""
    level = 0
    while len(rows):
        at = frames.network[rows]
        here = frames.having(rows, at, 4) & (at + 4 <= _FURTHEST)
        frames.mark(rows[~here], Kind.OPAQUE)
        rows = rows[here]
        tag = frames.read(rows, at[here], _TAG)
        if level == 0:
            frames.vlan[rows] = tag["control"] & 0x0FFF
        else:
            frames.mark(rows, Kind.TAGS)
        _set(frames, rows, at[here] + 4, tag["ethertype"])
        rows = rows[NETWORKS[tag["ethertype"]] == Network.TAG]
        level += 1


_READERS: dict[int, Callable[[Decoding, Rows], None]] = {
    0: _null,
    1: _ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _null,
    113: _cooked(2, 14, 16),
    228: _always(_IPV4),
    229: _always(_IPV6),
    276: _cooked(8, 0, 20),
}
"""By LINKTYPE_ number (https://www.tcpdump.org/linktypes.html)."""
