"""Addresses of many frames as columns of numbers: MAC, IPv4 and IPv6 addresses, and ports where they count."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import LINKTYPE_ETHERNET, Interface
from tapscope.store.batch import Batch
from tapscope.store.grouping import Keys
from tapscope.store.headers import Headers, Kind, gather_bytes

_ADDRESSES = 12
"""Bytes of an Ethernet frame that hold its two addresses."""


class Level(Enum):
    """What is taken for an address; the value is its name."""

    ETHERNET = "Ethernet"
    IPV4 = "IPv4"
    IPV6 = "IPv6"
    TCP = "TCP"
    UDP = "UDP"

    @property
    def has_ports(self) -> bool:
        """Whether an address has a port."""
        return self in _PORTED


_PORTED = {Level.TCP: 6, Level.UDP: 17}
_FAMILIES = {Level.IPV4: Kind.IPV4, Level.IPV6: Kind.IPV6}


@dataclass(frozen=True, slots=True)
class Hosts:
    """``n`` addresses. All columns have shape ``(n,)``.

    ``family``  uint8, 4 or 6, 0 for a MAC address
    ``high``    uint64, the upper half of an IPv6 address, else 0
    ``low``     uint64, the lower half, or the whole of another address
    ``port``    uint16, 0 where the level has none
    """

    family: NDArray[np.uint8]
    high: Keys
    low: Keys
    port: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.low)

    def of(self, rows: NDArray[Any]) -> "Hosts":
        """Those at ``rows``, indices or a mask."""
        return Hosts(*(getattr(self, each.name)[rows] for each in fields(self)))

    @property
    def keys(self) -> tuple[Keys, Keys, Keys]:
        """What tells them apart, each of shape ``(n,)``; the least significant first, as ``np.lexsort`` has it."""
        place = self.family.astype(np.uint64) << np.uint64(16) | self.port
        return place, self.low, self.high

    def after(self, others: "Hosts") -> NDArray[np.bool_]:
        """Where it comes after the other one in the order of numbers, shape ``(n,)``."""
        later = self.port > others.port
        for mine, theirs in ((self.low, others.low), (self.high, others.high)):
            later = (mine > theirs) | ((mine == theirs) & later)
        return later

    def address(self, row: int) -> str:
        """One of them in words, without its port."""
        family, low = int(self.family[row]), int(self.low[row])
        if family == 4:
            return str(IPv4Address(low))
        if family == 6:
            return str(IPv6Address(int(self.high[row]) << 64 | low))
        return low.to_bytes(6, "big").hex(":")


def joined_hosts(pieces: Sequence[Hosts]) -> Hosts:
    """Of several (at least one) that follow each other."""
    return Hosts(*(np.concatenate([getattr(piece, each.name) for piece in pieces]) for each in fields(Hosts)))


def rows_with(batch: Batch, level: Level, interfaces: Sequence[Interface]) -> NDArray[np.intp]:
    """Which frames of a batch with headers have addresses of this level: indices, in ascending order."""
    headers = batch.headers
    assert headers is not None
    if level is Level.ETHERNET:
        ethernet = np.array([interface.link_type == LINKTYPE_ETHERNET for interface in interfaces], np.bool_)
        known = batch.interface < len(ethernet)
        there = known & (batch.captured >= _ADDRESSES)
        there[known] &= ethernet[batch.interface[known]]
    elif level.has_ports:
        there = (headers.protocol == _PORTED[level]) & (headers.transport > 0)
        there &= batch.captured.astype(np.int64) >= headers.transport.astype(np.int64) + 4
    else:
        there = headers.kind & _FAMILIES[level] != 0
    return np.flatnonzero(there)


def hosts_of(batch: Batch, level: Level, rows: NDArray[np.intp]) -> tuple[Hosts, Hosts]:
    """Sources and destinations of those frames of a batch with headers that have addresses of this level."""
    headers = batch.headers
    assert headers is not None
    if level is Level.ETHERNET:
        return _stations(headers, rows, "source"), _stations(headers, rows, "destination")
    six = headers.kind[rows] & Kind.IPV6 != 0
    family, zero = np.where(six, 6, 4).astype(np.uint8), np.zeros(len(rows), np.uint64)
    source, destination = headers.source[rows].astype(np.uint64), headers.destination[rows].astype(np.uint64)
    words = [zero, source, zero.copy(), destination]
    if six.any():
        long = rows[six]
        found = gather_bytes(batch, headers.network[long].astype(np.int64) + 8, 32, long)
        for column, value in zip(words, found.view(">u8").astype(np.uint64).T, strict=True):
            column[six] = value
    ports = [headers.first[rows], headers.second[rows]] if level.has_ports else [np.zeros(len(rows), np.uint16)] * 2
    return Hosts(family, words[0], words[1], ports[0]), Hosts(family, words[2], words[3], ports[1])


def _stations(headers: Headers, rows: NDArray[np.intp], side: str) -> Hosts:
    high, low = getattr(headers, f"mac_{side}_high")[rows], getattr(headers, f"mac_{side}_low")[rows]
    zero = np.zeros(len(rows), np.uint64)
    whole = high.astype(np.uint64) << np.uint64(32) | low
    return Hosts(zero.astype(np.uint8), zero, whole, zero.astype(np.uint16))
