"""Which frames carry anything behind their transport header, and what scapy takes it for by the ports."""

import numpy as np
from numpy.typing import NDArray

from tapscope.filters.catalogue import Field
from tapscope.filters.context import Mask
from tapscope.filters.rows import Rows, number_of
from tapscope.store.headers import Kind

_TCP, _UDP = 6, 17


def empty(rows: Rows, among: Mask) -> Mask:
    """Those frames ``among`` that end with their TCP or UDP header, by what IP, UDP or the capture says."""
    found = rows.none.copy()
    for protocol in (_TCP, _UDP):
        whole, _ = rows.carrying(protocol)
        chosen = np.flatnonzero(among & whole)
        start = _start(rows, chosen, protocol)
        found[chosen] = start >= _end(rows, chosen, protocol)
    return found


def taken_for(rows: Rows, field: Field, among: Mask) -> tuple[Mask, Mask]:
    """Those frames ``among`` whose UDP payload scapy takes for the protocol ``field``, whatever it says, and those
    whose it takes for that on other ports.
    """
    from tapscope.dissect.gates import bound_ports, carried_by_udp  # noqa: PLC0415  scapy takes 300 ms

    whole, _ = rows.carrying(_UDP)
    chosen = np.flatnonzero(among & whole)
    known = np.isin(np.arange(1 << 16), list(bound_ports()))
    pairs = [np.where(known[ports[chosen]], ports[chosen], 0) for ports in (rows.headers.first, rows.headers.second)]
    joined = pairs[0].astype(np.uint32) << np.uint32(16) | pairs[1]
    different, inverse = np.unique(joined, return_inverse=True)
    answers = [carried_by_udp(field.sources, pair >> 16, pair & 0xFFFF) for pair in different.tolist()]
    found, other = rows.none.copy(), rows.none.copy()
    for mask, answer in ((found, True), (other, False)):
        mask[chosen] = np.array([each is answer for each in answers], np.bool_)[inverse.reshape(-1)]
    return found, other


def _start(rows: Rows, chosen: NDArray[np.int64], protocol: int) -> NDArray[np.int64]:
    """Where the payload would begin."""
    at = rows.headers.transport[chosen].astype(np.int64)
    if protocol == _UDP:
        return at + 8
    words = rows.gathered(at + 12, 1, chosen)[:, 0].astype(np.int64) >> 4
    return np.asarray(at + np.maximum(words * 4, 20))


def _end(rows: Rows, chosen: NDArray[np.int64], protocol: int) -> NDArray[np.int64]:
    """Where the datagram ends, at most with what was captured. A length of 0 is the sender's hardware's business."""
    network = rows.headers.network[chosen].astype(np.int64)
    six = (rows.headers.kind[chosen] & np.uint8(Kind.IPV6)) != 0
    says = number_of(rows.gathered(network + np.where(six, 4, 2), 2, chosen)).astype(np.int64)
    end = rows.batch.captured[chosen].astype(np.int64)
    end = np.where(says == 0, end, np.minimum(end, network + says + np.where(six, 40, 0)))
    if protocol == _TCP:
        return end
    at = rows.headers.transport[chosen].astype(np.int64)
    length = number_of(rows.gathered(at + 4, 2, chosen)).astype(np.int64)
    return np.where(length < 8, end, np.minimum(end, at + length))
