"""Header fields as columns: from the store's own, or gathered from the bytes of the frames that have them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tapscope.filters.columns import Column, Dense, Sparse
from tapscope.filters.context import Mask
from tapscope.filters.kinds import Interval
from tapscope.filters.rows import Rows, number_of
from tapscope.store.batch import NO_TIME
from tapscope.store.headers import Kind

Reader = Callable[[Rows], Column]

_ARP = 0x0806
_ARP_BYTES = 28
_ARP_OVER_ETHERNET = (0, 1, 8, 0, 6, 4)
"""RFC 826: Ethernet, IPv4, and the lengths of their addresses."""


def own(values: Callable[[Rows], NDArray[np.integer]], where: Callable[[Rows], Mask] | None = None) -> Reader:
    """What the store itself says of every frame, or of those ``where``."""

    def read(rows: Rows) -> Column:
        there = np.ones(len(rows), np.bool_) if where is None else where(rows)
        return Column((Dense(values(rows), there),), rows.none)

    return read


def relative(rows: Rows) -> NDArray[np.int64]:
    """Nanoseconds since the capture began."""
    first = rows.context.first_time_ns
    return rows.batch.time_ns - np.int64(first or 0)


def timed(rows: Rows) -> Mask:
    """Frames that have a time."""
    found: Mask = rows.batch.time_ns != NO_TIME
    return found


def mac(*ends: str) -> Reader:
    """MAC addresses, of ``source`` or ``destination`` or both."""

    def read(rows: Rows) -> Column:
        parts = [Dense(_mac_numbers(rows, end), rows.ethernet) for end in ends]
        return Column(tuple(parts), rows.nested)

    return read


def _mac_numbers(rows: Rows, end: str) -> NDArray[np.uint64]:
    high = getattr(rows.headers, f"mac_{end}_high").astype(np.uint64)
    number: NDArray[np.uint64] = high << np.uint64(32) | getattr(rows.headers, f"mac_{end}_low")
    return number


def address(kind: Kind, *ends: str) -> Reader:
    """IPv4 addresses, of ``source`` or ``destination`` or both."""

    def read(rows: Rows) -> Column:
        where = rows.of_kind(kind)
        parts = [Dense(getattr(rows.headers, end), where) for end in ends]
        return Column(tuple(parts), rows.nested)

    return read


@dataclass(frozen=True, slots=True)
class _Addresses6:
    """IPv6 addresses: the columns have 32 bits of them, which tell where to look at all 128."""

    rows: Rows
    end: str
    where: Mask

    def within(self, intervals: Sequence[Interval]) -> Mask:
        """Those whose address is in one of the intervals."""
        found = np.zeros(len(self.rows), np.bool_)
        for low, high in intervals:
            candidates = self.where
            if low == high:
                folded = np.uint32((low ^ low >> 32 ^ low >> 64 ^ low >> 96) & 0xFFFFFFFF)
                candidates = candidates & (getattr(self.rows.headers, self.end) == folded)
            self._look(np.flatnonzero(candidates), low, high, found)
        return found

    def _look(self, rows: NDArray[np.int64], low: int, high: int, found: Mask) -> None:
        at = self.rows.headers.network[rows].astype(np.int64) + (8 if self.end == "source" else 24)
        data = self.rows.gathered(at, 16, rows)
        words = number_of(data[:, :8]), number_of(data[:, 8:])
        found[rows] |= ~_below(words, low) & ~_above(words, high)


def _halves(number: int) -> tuple[np.uint64, np.uint64]:
    return np.uint64(number >> 64), np.uint64(number & (1 << 64) - 1)


def _below(words: tuple[NDArray[np.uint64], NDArray[np.uint64]], number: int) -> Mask:
    high, low = _halves(number)
    found: Mask = (words[0] < high) | ((words[0] == high) & (words[1] < low))
    return found


def _above(words: tuple[NDArray[np.uint64], NDArray[np.uint64]], number: int) -> Mask:
    high, low = _halves(number)
    found: Mask = (words[0] > high) | ((words[0] == high) & (words[1] > low))
    return found


def address6(*ends: str) -> Reader:
    """IPv6 addresses, of ``source`` or ``destination`` or both."""

    def read(rows: Rows) -> Column:
        where = rows.of_kind(Kind.IPV6)
        parts = [_Addresses6(rows, end, where) for end in ends]
        return Column(tuple(parts), rows.nested)

    return read


def transport(protocol: int, *columns: str, right: int = 0, mask: int = 0) -> Reader:
    """Columns of frames that carry the IP protocol, shifted and masked."""

    def read(rows: Rows) -> Column:
        where, broken = rows.carrying(protocol)
        parts = []
        for name in columns:
            values = getattr(rows.headers, name)
            parts.append(Dense(values >> np.uint16(right) & np.uint16(mask) if mask else values, where))
        return Column(tuple(parts), rows.nested | broken)

    return read


def vlan(rows: Rows) -> Column:
    """The VLAN of frames with a single 802.1Q tag."""
    where, unclear = rows.tagged
    return Column((Dense(rows.headers.vlan, where),), rows.nested | unclear)


def present(where: Callable[[Rows], tuple[Mask, Mask]]) -> Reader:
    """A protocol: one value, 0, where it is for certain, and perhaps where it may be."""

    def read(rows: Rows) -> Column:
        certain, perhaps = where(rows)
        return Column((Dense(np.zeros(len(rows), np.uint8), certain),), rows.nested | perhaps)

    return read


def network(kind: Kind, rows: Rows) -> tuple[Mask, Mask]:
    """Frames with a whole header of that kind, and those with a part of it."""
    there = rows.of_kind(kind)
    if kind is not Kind.ARP:
        return there, rows.none
    whole = there & (rows.batch.captured >= rows.headers.network + np.uint32(_ARP_BYTES))
    return whole, (rows.headers.ethertype == np.uint16(_ARP)) & ~whole


def placed(base: str, protocol: int | Kind, at: int, size: int, right: int = 0, mask: int = 0) -> Reader:  # noqa: PLR0913, PLR0917  a place has these parts
    """A number in a protocol's header, of ``base`` ``network`` or ``transport``; shifted (negative: left), masked."""

    def read(rows: Rows) -> Column:
        where, broken = network(protocol, rows) if isinstance(protocol, Kind) else rows.carrying(protocol)
        found = rows.numbers_at(getattr(rows.headers, base), at, size, where)
        values = found.values >> np.uint64(right) if right >= 0 else found.values << np.uint64(-right)
        part = Sparse(values & np.uint64(mask) if mask else values, found.rows, len(rows))
        return Column((part,), rows.nested | broken | (where & ~part.where))

    return read


def arp_address(at: int, size: int) -> Reader:
    """An address of ARP for IPv4 over Ethernet; what other ARP holds is not told here."""

    def read(rows: Rows) -> Column:
        where, perhaps = network(Kind.ARP, rows)
        usual = np.zeros(len(rows), np.bool_)
        chosen = np.flatnonzero(where)
        begins = rows.headers.network[chosen].astype(np.int64)
        usual[chosen] = (rows.gathered(begins, 6, chosen) == _ARP_OVER_ETHERNET).all(axis=1)
        part = rows.numbers_at(rows.headers.network, at, size, usual)
        return Column((part,), rows.nested | perhaps | (where & ~part.where))

    return read
