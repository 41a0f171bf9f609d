"""A batch as the judge sees it: its header columns, and masks that many fields want, each made once."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tapscope.filters.columns import Sparse
from tapscope.filters.context import Context, Mask
from tapscope.frame import LINKTYPE_ETHERNET
from tapscope.store.batch import Batch
from tapscope.store.batches import link_types, with_headers
from tapscope.store.headers import NO_VLAN, Headers, Kind, gather_bytes

_IPV4, _IPV6, _ARP = 0x0800, 0x86DD, 0x0806
_SHORTEST = {1: 8, 6: 20, 17: 8, 58: 4, 132: 12}
"""Bytes of a whole transport header, by IP protocol."""


class Rows:
    """``n`` frames, the first of which has the number ``number``."""

    def __init__(self, batch: Batch, number: int, context: Context) -> None:
        self.batch = with_headers(batch, context.interfaces)
        self.number = number
        self.context = context
        assert self.batch.headers is not None
        self.headers: Headers = self.batch.headers

    def __len__(self) -> int:
        return len(self.batch)

    @cached_property
    def none(self) -> Mask:
        """No frame."""
        return np.zeros(len(self), np.bool_)

    @cached_property
    def nested(self) -> Mask:
        """Frames that may have layers that the columns say nothing of; also where an IP header could not be read."""
        kind, ethertype = self.headers.kind, self.headers.ethertype
        found: Mask = (kind & np.uint8(Kind.NESTED | Kind.OPAQUE)) != 0
        unread: Mask = (kind & np.uint8(Kind.IPV4 | Kind.IPV6)) == 0
        unread &= (ethertype == np.uint16(_IPV4)) | (ethertype == np.uint16(_IPV6))
        return found | unread

    def of_kind(self, kind: Kind) -> Mask:
        """Frames whose network header was read, as ``IPV4``, ``IPV6`` or ``ARP``."""
        found: Mask = (self.headers.kind & np.uint8(kind)) != 0
        if kind is Kind.ARP:  # RARP is no ARP
            found &= self.headers.ethertype == np.uint16(_ARP)
        return found

    def carrying(self, protocol: int) -> tuple[Mask, Mask]:
        """Frames with the header of this IP protocol, whole, and those where a part of it is, or should be."""
        headers = self.headers
        network = Kind.IPV4 | Kind.IPV6 if protocol not in {1, 58} else Kind.IPV4 if protocol == 1 else Kind.IPV6
        here = (headers.protocol == np.uint8(protocol)) & ((headers.kind & np.uint8(network)) != 0)
        whole = here & (headers.transport != 0) & self._has_bytes(protocol)
        later = (headers.kind & np.uint8(Kind.LATER)) != 0
        return whole, here & ~whole & ~later

    def _has_bytes(self, protocol: int) -> Mask:
        headers = self.headers
        there: Mask = self.batch.captured >= headers.transport + np.uint32(_SHORTEST[protocol])
        if protocol == 6:  # where the flags were not read, the datagram ends before them
            there &= headers.tcp_flags != 0
        return there

    @cached_property
    def ethernet(self) -> Mask:
        """Frames with an Ethernet header."""
        types = link_types(self.batch.interface, self.context.interfaces)
        on_ethernet = (
            np.full(len(self), types == LINKTYPE_ETHERNET) if isinstance(types, int) else types == LINKTYPE_ETHERNET
        )
        found: Mask = on_ethernet & (self.batch.captured >= 14)
        return found

    @cached_property
    def tagged(self) -> tuple[Mask, Mask]:
        """Ethernet frames with one 802.1Q tag and nothing more, and those of which the tag's kind is not certain."""
        tags = self.headers.vlan != np.uint16(NO_VLAN)
        found = self.none.copy()
        rows = np.flatnonzero(tags & self.ethernet & ((self.headers.kind & np.uint8(Kind.TAGS)) == 0))
        found[rows] = (self.gathered(12, 2, rows) == (0x81, 0x00)).all(axis=1)
        return found, tags & ~found

    def gathered(self, at: "NDArray[np.integer] | int", count: int, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """``count`` bytes of these frames from ``at`` on, shape ``(m, count)``."""
        return gather_bytes(self.batch, at, count, rows)

    def numbers_at(self, base: NDArray[np.integer], at: int, size: int, where: Mask) -> Sparse:
        """The number in ``size`` bytes, at most 8, ``at`` behind ``base``: of those ``where`` that have it captured."""
        reach = base.astype(np.int64) + at
        rows = np.flatnonzero(where & (self.batch.captured >= reach + size))
        return Sparse(number_of(self.gathered(reach[rows], size, rows)), rows, len(self))


def number_of(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Bytes as big-endian numbers: shape ``(m, size)``, at most 8, to ``(m,)``."""
    number = np.zeros(len(data), np.uint64)
    for column in range(data.shape[1]):
        number = number << np.uint64(8) | data[:, column]
    return number
