"""Frames in the order of one of the list's columns, from what columns tell: all of them at once, without a dissector.

A key is an unsigned number a frame; equal ones are equal to the reader. Where there is nothing to go by (no time, no
address, a header that cannot be read) it is ``LAST``, which is behind all others whichever way they are sorted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Direction, Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.grouping import Keys
from tapscope.store.hosts import Hosts, Level, hosts_of, joined_hosts, rows_with
from tapscope.store.pieces import Piece
from tapscope.store.protocols import NAMES, protocols_of
from tapscope.store.view import Sort

LAST = np.uint64(np.iinfo(np.uint64).max)

_SIGN = np.uint64(1 << 63)
_FAMILY = np.uint64(62)
"""The bit from which on the family of an address stands in its key."""
_SIX, _NOBODY = 6, 255
_PLACES = {4: 0, _SIX: 1, 0: 2}
"""In which order the families of addresses come: IPv4, IPv6, the link's."""
_NARROW = (np.uint8, np.uint16, np.uint32)
"""What keys are sorted as where that holds them: numpy's sort of few bits is many times faster."""
_UNKNOWN = "other"


@dataclass(frozen=True, slots=True)
class Order:
    """``n`` frames: their ``numbers``, int64 and ascending, and ``rows``, uint32: which of them is first, second, …"""

    sort: Sort
    numbers: NDArray[np.int64]
    rows: NDArray[np.uint32]


def order_of(pieces: Iterable[Piece], sort: Sort, interfaces: Sequence[Interface]) -> Order:
    """The frames of these pieces, sorted by any column but Info; equal ones stay in the order in which they come."""
    of, together = _COLUMNS[sort.column]
    numbers, found = [np.empty(0, np.int64)], []
    for piece in pieces:
        numbers.append(piece.numbers)
        found.append(of(piece, interfaces))
    return ordered(np.concatenate(numbers), sort, together(found))


def ordered(numbers: NDArray[np.int64], sort: Sort, keys: Keys) -> Order:
    """Frames with these ascending numbers, sorted by these keys."""
    order = np.argsort(_sortable(keys, falling=sort.falling), kind="stable")
    return Order(sort, numbers, order.astype(np.uint32))


def _sortable(keys: Keys, *, falling: bool) -> NDArray[Any]:
    """Keys of as few bits as will do, by which to sort so that the smallest comes first."""
    known = keys[keys != LAST]
    if not len(known):
        return keys
    least, most = known.min(), known.max()
    narrow = next((kind for kind in _NARROW if most - least < np.iinfo(kind).max), np.uint64)
    last = np.uint64(np.iinfo(narrow).max)
    found = np.where(keys == LAST, last, most - keys if falling else keys - least)
    return found.astype(narrow, copy=False)


def _numbers(piece: Piece, _: Sequence[Interface]) -> NDArray[Any]:
    return piece.numbers


def _times(piece: Piece, _: Sequence[Interface]) -> NDArray[Any]:
    times = piece.batch.time_ns
    return np.where(times == NO_TIME, LAST, times.view(np.uint64) ^ _SIGN)


def _lengths(piece: Piece, _: Sequence[Interface]) -> NDArray[Any]:
    return piece.batch.length


def _directions(piece: Piece, _: Sequence[Interface]) -> NDArray[Any]:
    return _ranks([direction.word for direction in Direction], unknown="")[piece.batch.direction]


def _interfaces(piece: Piece, interfaces: Sequence[Interface]) -> NDArray[Any]:
    ranks = np.full(1 << 16, LAST)
    ranks[: len(interfaces)] = _ranks([interface.name.casefold() for interface in interfaces], unknown="")
    return ranks[piece.batch.interface]


def _protocols(piece: Piece, _: Sequence[Interface]) -> NDArray[Any]:
    """By name, as headers tell it; of which they tell none, only the dissector knows it."""
    return _ranks([name.casefold() for name in NAMES], unknown=_UNKNOWN)[protocols_of(piece.batch)]


def _ranks(names: Sequence[str], *, unknown: str) -> Keys:
    """The place of each name among them, equal ones having the same; ``LAST`` for the unknown one."""
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([LAST if name == unknown else places[name] for name in names], np.uint64)


def _sources(piece: Piece, interfaces: Sequence[Interface]) -> Hosts:
    return _ends(piece.batch, interfaces, 0)


def _destinations(piece: Piece, interfaces: Sequence[Interface]) -> Hosts:
    return _ends(piece.batch, interfaces, 1)


def _ends(batch: Batch, interfaces: Sequence[Interface], side: int) -> Hosts:
    """The address of each frame that the list shows: the network's before the link's. Of a tunnel it is the outer one.

    The family is ``_NOBODY`` where there is none.
    """
    count = len(batch)
    high, low = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    found = Hosts(np.full(count, _NOBODY, np.uint8), high, low, np.zeros(count, np.uint16))
    for level in (Level.ETHERNET, Level.IPV4, Level.IPV6):
        rows = rows_with(batch, level, interfaces)
        if len(rows):
            hosts = hosts_of(batch, level, rows)[side]
            found.family[rows], high[rows], low[rows] = hosts.family, hosts.high, hosts.low
    return found


def _joined(found: Sequence[NDArray[Any]]) -> Keys:
    return np.concatenate([np.empty(0, np.uint64), *(keys.astype(np.uint64) for keys in found)])


def _addresses(found: Sequence[Hosts]) -> Keys:
    """In the order of their numbers, one family after the other."""
    if not found:
        return np.empty(0, np.uint64)
    hosts = joined_hosts(found)
    keys = hosts.low.copy()
    six = np.flatnonzero(hosts.family == _SIX)
    keys[six] = _dense(hosts.high[six], hosts.low[six])
    for family, place in _PLACES.items():
        keys[hosts.family == family] |= np.uint64(place) << _FAMILY
    keys[hosts.family == _NOBODY] = LAST
    return keys


def _dense(high: Keys, low: Keys) -> Keys:
    """The place of each number of 128 bits among them, equal ones having the same."""
    order = np.lexsort((low, high))
    changes = np.zeros(len(order), np.uint64)
    changes[1:] = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    places = np.empty(len(order), np.uint64)
    places[order] = np.cumsum(changes)
    return places


_Of = Callable[[Piece, Sequence[Interface]], Any]
_COLUMNS: dict[str, tuple[_Of, Callable[[Any], Keys]]] = {
    "number": (_numbers, _joined),
    "time": (_times, _joined),
    "interface": (_interfaces, _joined),
    "direction": (_directions, _joined),
    "length": (_lengths, _joined),
    "source": (_sources, _addresses),
    "destination": (_destinations, _addresses),
    "protocol": (_protocols, _joined),
}
"""What is read of each piece, and how that of all of them becomes keys."""
SORTABLE = tuple(_COLUMNS)
"""The columns that have an order of their own: all but Info."""
