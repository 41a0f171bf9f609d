"""What the headers of many frames say, as columns: for lists, filters, sorting and counting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tapscope.store.decoding import Decoding
from tapscope.store.gathering import Block, bytes_of, gather
from tapscope.store.kinds import Kind
from tapscope.store.links import read_links
from tapscope.store.networks import read_networks
from tapscope.store.transports import read_transports

if TYPE_CHECKING:
    from tapscope.store.batch import Batch

__all__ = ["HEADERS", "HEADER_BYTES", "NO_NETWORK", "NO_VLAN", "Headers", "Kind", "gather_bytes", "read_headers"]

HEADERS: dict[str, type[np.generic]] = {
    "mac_destination_high": np.uint16,
    "mac_destination_low": np.uint32,
    "mac_source_high": np.uint16,
    "mac_source_low": np.uint32,
    "ethertype": np.uint16,
    "vlan": np.uint16,
    "network": np.uint8,
    "transport": np.uint16,
    "source": np.uint32,
    "destination": np.uint32,
    "protocol": np.uint8,
    "kind": np.uint8,
    "first": np.uint16,
    "second": np.uint16,
    "tcp_flags": np.uint16,
}
"""The header columns and their types."""

HEADER_BYTES = sum(np.dtype(kind).itemsize for kind in HEADERS.values())
"""What the header columns of one frame take: 35 bytes."""

NO_VLAN = 0xFFFF
NO_NETWORK = 0xFF

_STEP = 16384
"""Frames read at a time: what is known of them stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Headers:
    """What the outermost headers of ``n`` frames say. All columns have shape ``(n,)`` and the types of ``HEADERS``.

    ``mac_…``        the Ethernet addresses' upper 16 and lower 32 bits; 0 where the link has none
    ``ethertype``    behind all VLAN tags; 0 where there is none (IEEE 802.3 with a length); of raw IP as if it had one
    ``vlan``         VID of the outermost tag, or ``NO_VLAN``
    ``network``      offset of the network header in the frame, or ``NO_NETWORK``
    ``transport``    offset of the transport header; 0: none that is here, or a later fragment
    ``source``, ``destination``  IPv4 addresses, ARP's protocol addresses; of IPv6 the four words XORed: equal addresses
                     have equal values, unequal ones mostly not
    ``protocol``     IP protocol, of IPv6 that behind the extension headers; where ``kind`` says there is no IP: 0
    ``kind``         ``Kind`` bits
    ``first``, ``second``  ports of TCP, UDP, UDP-Lite, SCTP and DCCP; ICMP's type and code; ARP's operation and 0
    ``tcp_flags``    the low 12 bits of TCP's offset and flags (RFC 9293, section 3.1)
    """

    mac_destination_high: NDArray[np.uint16]
    mac_destination_low: NDArray[np.uint32]
    mac_source_high: NDArray[np.uint16]
    mac_source_low: NDArray[np.uint32]
    ethertype: NDArray[np.uint16]
    vlan: NDArray[np.uint16]
    network: NDArray[np.uint8]
    transport: NDArray[np.uint16]
    source: NDArray[np.uint32]
    destination: NDArray[np.uint32]
    protocol: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    first: NDArray[np.uint16]
    second: NDArray[np.uint16]
    tcp_flags: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.kind)

    def of(self, rows: slice | NDArray[Any]) -> "Headers":
        """Those of some of the frames: a slice (views), a mask or indices (copies)."""
        return Headers(*(getattr(self, name)[rows] for name in HEADERS))


def joined_headers(pieces: Sequence[Headers]) -> Headers:
    """Of several (at least one) that follow each other."""
    if len(pieces) == 1:
        return pieces[0]
    return Headers(*(np.concatenate([getattr(each, name) for each in pieces]) for name in HEADERS))


def read_headers(
    block: Block, offset: NDArray[np.int64], captured: NDArray[np.uint32], link_types: NDArray[np.integer] | int
) -> Headers:
    """The header columns of the frames ``block[offset[i]:offset[i] + captured[i]]``.

    ``link_types``: the LINKTYPE_ number of all, or of each, shape ``(n,)``. Never raises, whatever the bytes are, and
    looks at no byte beyond ``captured``. What a mapped file that shrank no longer has counts as not captured.
    """
    data = bytes_of(block)
    pieces = []
    for start in range(0, max(1, len(offset)), _STEP):
        part = slice(start, start + _STEP)
        types = link_types if isinstance(link_types, int) else link_types[part]
        pieces.append(_decoded(Decoding(data, offset[part], captured[part]), types))
    return joined_headers(pieces)


def gather_bytes(
    batch: "Batch", at: NDArray[np.integer] | int, count: int, rows: slice | NDArray[Any] = slice(None)
) -> NDArray[np.uint8]:
    """``count`` bytes of each frame, or of those at ``rows``, shape ``(n, count)``.

    ``at`` is where they begin in the frame: for all, or for each of them. What was not captured reads as zeros.
    """
    data, offset = bytes_of(batch.block), batch.offset[rows]
    places = np.broadcast_to(np.asarray(at, np.int64), offset.shape)
    found = gather(data, offset + places, np.dtype((np.uint8, count)))
    found = found.reshape(len(offset), count)
    left = batch.captured[rows].astype(np.int64) - places
    if (left < count).any():
        found[np.arange(count) >= left[:, None]] = 0
    return found


def _decoded(frames: Decoding, link_types: NDArray[np.integer] | int) -> Headers:
    read_links(frames, link_types)
    read_networks(frames)
    read_transports(frames)
    frames.network[frames.network < 0] = NO_NETWORK
    return Headers(*(getattr(frames, name).astype(kind, copy=False) for name, kind in HEADERS.items()))
