"""Frames in the order of one of their columns."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Interface
from tapscope.store.arena import Store
from tapscope.store.batch import Batch
from tapscope.store.headers import Headers, Kind, gather_bytes
from tapscope.store.protocols import NAMES, protocols_of

Numbers = NDArray[np.int64]
Keys = NDArray[Any]
Rows = NDArray[np.int64]

_FAMILY = 56
"""Where in a key of 64 bits stands what kind of address it is: none, a MAC address, IPv4 or IPv6."""
_MAC, _IPV4, _IPV6 = 1, 4, 6
_PLACE = {"source": 8, "destination": 24}
"""Where IPv6 has its addresses."""


def order_of(store: Store, numbers: Numbers | None, column: str, *, reverse: bool = False) -> Numbers:
    """The numbers of those frames (None: of all) that are held, in the order of ``column``, one of ``SORTABLE``.

    Frames that are alike there stay in the order of their numbers, also in ``reverse``. Addresses are those of the
    outermost headers, ordered as numbers: no address, MAC addresses of frames without IP, IPv4, IPv6. Names are ordered
    as text, whatever their case.
    """
    wanted = None if numbers is None else np.sort(numbers)
    pieces = list(_pieces(store, wanted))
    held = np.concatenate([np.zeros(0, np.int64), *(found for found, _, _ in pieces)])
    if not len(held) or column == "number":
        return held[::-1] if reverse else held
    if column in _PLACE:
        keys = _address_keys(pieces, column)
    else:
        interfaces = tuple(store.interfaces)
        keys = np.concatenate([_SIMPLE[column](batch, interfaces)[rows] for _, batch, rows in pieces])
    return held[np.argsort(~keys if reverse else keys, kind="stable")]


def _pieces(store: Store, wanted: Numbers | None) -> Iterator[tuple[Numbers, Batch, Rows]]:
    """What is held of them, a batch of each block: the numbers, the batch, and their rows in it."""
    first, last = (None, None) if wanted is None or not len(wanted) else (int(wanted[0]), int(wanted[-1]))
    for part in store.parts(first, last):
        behind = part.number + part.where.stop - part.where.start
        if wanted is None:
            found = np.arange(part.number, behind)
        else:
            found = wanted[slice(*np.searchsorted(wanted, (part.number, behind)))]
        if len(found):
            yield found, part.batch, found - part.number + part.where.start


def _interface_ranks(batch: Batch, interfaces: Sequence[Interface]) -> Keys:
    names = [interface.name.casefold() for interface in interfaces]
    ranks = np.zeros(1 << 16, np.uint16)
    ranks[: len(names)] = np.unique(names, return_inverse=True)[1] + 1 if names else 0
    return ranks[batch.interface]


_PROTOCOL_RANKS = np.unique([name.casefold() for name in NAMES], return_inverse=True)[1].astype(np.uint8)

_SIMPLE: dict[str, Callable[[Batch, Sequence[Interface]], Keys]] = {
    "time": lambda batch, _: batch.time_ns,
    "interface": _interface_ranks,
    "direction": lambda batch, _: batch.direction,
    "length": lambda batch, _: batch.length,
    "protocol": lambda batch, _: _PROTOCOL_RANKS[protocols_of(batch)],
}
SORTABLE = ("number", *_SIMPLE, *_PLACE)
"""The columns that have an order."""


def _address_keys(pieces: Sequence[tuple[Numbers, Batch, Rows]], column: str) -> Keys:
    """Of all frames, 64 bits each: an IPv6 address has more, and is told by its rank among them."""
    keys, long = [], []
    for _, batch, rows in pieces:
        assert batch.headers is not None
        found = _short_keys(batch.headers, column)[rows]
        six = rows[found >> np.uint64(_FAMILY) == _IPV6]
        place = batch.headers.network[six].astype(np.int64) + _PLACE[column]
        long.append(gather_bytes(batch, place, 16, six).view(">u8").astype(np.uint64))
        keys.append(found)
    whole, halves = np.concatenate(keys), np.concatenate(long)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    ranks = np.zeros(len(halves), np.uint64)
    ranks[order[1:]] = np.cumsum((halves[order[1:]] != halves[order[:-1]]).any(axis=1))
    whole[whole >> np.uint64(_FAMILY) == _IPV6] += ranks
    return whole


def _short_keys(headers: Headers, column: str) -> Keys:
    """Of IPv6 only that it is."""
    high, low = (getattr(headers, f"mac_{column}_{half}").astype(np.uint64) for half in ("high", "low"))
    mac = high << np.uint64(32) | low
    keys = np.where(mac > 0, mac | np.uint64(_MAC << _FAMILY), np.uint64(0))
    four = headers.kind & np.uint8(Kind.IPV4) != 0
    keys[four] = getattr(headers, column)[four] | np.uint64(_IPV4 << _FAMILY)
    keys[headers.kind & np.uint8(Kind.IPV6) != 0] = _IPV6 << _FAMILY
    return keys
