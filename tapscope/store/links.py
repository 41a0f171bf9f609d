"""The link layer: from the link type to the ethertype and where the network header begins."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tapscope.store.decoding import Decoding, Rows
from tapscope.store.kinds import NETWORKS, Kind, Network

_IPV4, _IPV6 = 0x0800, 0x86DD
_LONGEST_LENGTH = 1500
"""IEEE 802.3: up to here the field behind the addresses is a length, not an ethertype."""
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
        return
    for link_type in np.unique(link_types).tolist():
        _read_link(frames, rows[link_types == link_type], link_type)


def _read_link(frames: Decoding, rows: Rows, link_type: int) -> None:
    reader = _READERS.get(link_type)
    if reader is None:
        frames.mark(rows, Kind.OPAQUE)
        return
    rows = reader(frames, rows)
    _unwrap_tags(frames, rows)
    carried = NETWORKS[frames.ethertype[rows]]
    frames.mark(rows[(carried == Network.NESTED) & (frames.network[rows] < frames.limit[rows])], Kind.NESTED)


def _ethernet(frames: Decoding, rows: Rows) -> Rows:
    """IEEE 802.3, 14 bytes. Returns the frames that have them."""
    rows = rows[frames.having(rows, 0, 14)]
    head = frames.read(rows, 0, _ETHERNET)
    frames.mac_destination_high[rows] = head["to_high"]
    frames.mac_destination_low[rows] = head["to_low"]
    frames.mac_source_high[rows] = head["from_high"]
    frames.mac_source_low[rows] = head["from_low"]
    return _set(frames, rows, 14, head["ethertype"])


def _cooked(hardware_at: int, protocol_at: int, size: int) -> Callable[[Decoding, Rows], Rows]:
    """LINKTYPE_LINUX_SLL and _SLL2."""

    def read(frames: Decoding, rows: Rows) -> Rows:
        rows = rows[frames.having(rows, 0, size)]
        special = np.isin(frames.read(rows, hardware_at, _WORD), _SPECIAL_HARDWARE)
        frames.mark(rows[special], Kind.OPAQUE)
        rows = rows[~special]
        return _set(frames, rows, size, frames.read(rows, protocol_at, _WORD))

    return read


def _null(frames: Decoding, rows: Rows) -> Rows:
    """LINKTYPE_NULL and _LOOP: an address family of four bytes, of either byte order."""
    rows = rows[frames.having(rows, 0, 4)]
    family = frames.read(rows, 0, np.dtype("<u4")).astype(np.uint32)
    family = np.where(family > 0xFFFF, family.byteswap(), family)
    ethertype = np.where(family > 0xFFFF, 0, family)
    for number, meant in _FAMILIES.items():
        ethertype[family == number] = meant
    return _set(frames, rows, 4, ethertype)


def _raw(frames: Decoding, rows: Rows) -> Rows:
    """LINKTYPE_RAW: the version in the first four bits tells."""
    rows = rows[frames.having(rows, 0, 1)]
    version = frames.read(rows, 0, _BYTE) >> 4
    return _set(frames, rows, 0, np.select([version == 4, version == 6], [_IPV4, _IPV6]))


def _always(ethertype: int) -> Callable[[Decoding, Rows], Rows]:
    """LINKTYPE_IPV4 and _IPV6."""
    return lambda frames, rows: _set(frames, rows, 0, np.full(len(rows), ethertype))


def _set(frames: Decoding, rows: Rows, network: int, ethertype: NDArray[np.integer]) -> Rows:
    frames.network[rows] = network
    frames.ethertype[rows] = np.where(ethertype <= _LONGEST_LENGTH, 0, ethertype)
    return rows


def _unwrap_tags(frames: Decoding, rows: Rows) -> None:
    """IEEE 802.1Q and 802.1ad: the outermost tag's VID, and the ethertype behind the last."""
    level = 0
    while len(rows := rows[NETWORKS[frames.ethertype[rows]] == Network.TAG]):
        rows = rows[frames.having(rows, frames.network[rows], 4)]
        far = frames.network[rows] + 4 > _FURTHEST
        frames.mark(rows[far], Kind.OPAQUE)
        rows = rows[~far]
        tag = frames.read(rows, frames.network[rows], _TAG)
        if level == 0:
            frames.vlan[rows] = tag["control"] & 0x0FFF
        else:
            frames.mark(rows, Kind.TAGS)
        frames.network[rows] += 4
        frames.ethertype[rows] = np.where(tag["ethertype"] <= _LONGEST_LENGTH, 0, tag["ethertype"])
        level += 1


_READERS: dict[int, Callable[[Decoding, Rows], Rows]] = {
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
