"""Which protocols lie over which, and how much each carries: the protocol hierarchy, from header columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import link_types
from tapscope.store.grouping import group_rows
from tapscope.store.headers import NO_VLAN, Kind
from tapscope.store.protocols import NAMES, carriers_of, protocols_of

_LINKS = {
    0: "Null",
    1: "Ethernet",
    9: "PPP",
    12: "Raw IP",
    14: "Raw IP",
    101: "Raw IP",
    105: "802.11",
    108: "Loopback",
    113: "SLL",
    127: "802.11",
    228: "Raw IP",
    229: "Raw IP",
    276: "SLL2",
}
"""LINKTYPE_ number of https://www.tcpdump.org/linktypes.html -> name."""
_BELOW = frozenset({"Other", "Ethernet", "IPv4", "IPv6"})
"""Names that say nothing beyond what stands below them in the path."""
_IP_BITS = Kind.IPV4 | Kind.IPV6


@dataclass(frozen=True, slots=True)
class Layer:
    """A protocol over others. ``path`` names them from the link up, itself last; ``octets`` are bytes on the wire.

    ``frames`` and ``octets`` count the frames in which it is, with everything above it.
    """

    path: tuple[str, ...]
    frames: int
    octets: int


@dataclass(frozen=True, slots=True)
class Stacks:
    """What lies over what: ``n`` kinds of frames, each a key of ``_keys``. All columns have shape ``(n,)``."""

    key: NDArray[np.uint64]
    frames: NDArray[np.int64]
    octets: NDArray[np.int64]


def stacks_of(batch: Batch, interfaces: Sequence[Interface]) -> Stacks:
    """Those of a batch with headers."""
    return merged_stacks(
        [Stacks(_keys(batch, interfaces), np.ones(len(batch), np.int64), batch.length.astype(np.int64))]
    )


def merged_stacks(pieces: Sequence[Stacks]) -> Stacks:
    """One table of several (at least one)."""
    key = np.concatenate([piece.key for piece in pieces])
    groups = group_rows(key)
    frames, octets = (
        groups.sum(np.concatenate([getattr(piece, name) for piece in pieces])) for name in ("frames", "octets")
    )
    return Stacks(key[groups.first], frames, octets)


def layers_of(stacks: Stacks) -> list[Layer]:
    """The hierarchy, depth first; of those over the same protocol the most frequent first."""
    frames: dict[tuple[str, ...], int] = {}
    octets: dict[tuple[str, ...], int] = {}
    for key, count, size in zip(stacks.key.tolist(), stacks.frames.tolist(), stacks.octets.tolist(), strict=True):
        path = _path(key)
        for depth in range(1, len(path) + 1):
            frames[path[:depth]] = frames.get(path[:depth], 0) + count
            octets[path[:depth]] = octets.get(path[:depth], 0) + size
    return [Layer(path, frames[path], octets[path]) for path in _depth_first(frames)]


def _keys(batch: Batch, interfaces: Sequence[Interface]) -> NDArray[np.uint64]:
    """Link type, VLAN tag, IP version, carrier and protocol of each frame as one number, shape ``(n,)``."""
    headers = batch.headers
    assert headers is not None
    parts = (
        (carriers_of(headers), 8),
        (headers.kind & _IP_BITS, 2),
        (headers.vlan != NO_VLAN, 1),
        (np.asarray(link_types(batch.interface, interfaces)), 16),
    )
    key, shift = protocols_of(batch).astype(np.uint64), 8
    for values, bits in parts:
        key |= values.astype(np.uint64) << np.uint64(shift)
        shift += bits
    return key


def _path(key: int) -> tuple[str, ...]:
    protocol, carrier = NAMES[key & 0xFF], NAMES[key >> 8 & 0xFF]
    kind, tagged, link = Kind(key >> 16 & 3), key >> 18 & 1, key >> 19
    path = [_LINKS.get(link, f"link type {link}")]
    path += ["VLAN"] if tagged else []
    path += ["IPv4"] if Kind.IPV4 in kind else ["IPv6"] if Kind.IPV6 in kind else []
    path += [] if carrier in _BELOW else [carrier]
    path += [] if protocol in {carrier, *_BELOW} else [protocol]
    return tuple(path)


def _depth_first(frames: dict[tuple[str, ...], int]) -> Iterable[tuple[str, ...]]:
    def rank(path: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
        return tuple((-frames[path[:depth]], path[depth - 1]) for depth in range(1, len(path) + 1))

    return sorted(frames, key=rank)
