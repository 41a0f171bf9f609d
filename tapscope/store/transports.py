"""The transport layer: ports, TCP's flags, ICMP's type and code, and who may carry another packet."""

import numpy as np
from numpy.typing import NDArray

from tapscope.store.decoding import Decoding, Rows
from tapscope.store.kinds import TRANSPORT_BYTES, TRANSPORTS, TUNNEL_PORTS, Kind, Transport

_HEAD = np.dtype({"names": ["first", "second", "flags"], "formats": [">u2"] * 3, "offsets": [0, 2, 12], "itemsize": 14})
_IP = np.uint8(Kind.IPV4 | Kind.IPV6)
_LATER = np.uint8(Kind.LATER)
_TCP_FLAGS = np.uint16(0x0FFF)
_LEAST_TCP = 5 << 12
"""A data offset of five words: a header of 20 bytes, the least there is."""

_TUNNELS = np.zeros(1 << 16, np.bool_)
_TUNNELS[list(TUNNEL_PORTS)] = True
_QUOTING = np.isin(np.arange(256), (3, 4, 5, 11, 12))
"""ICMP messages that quote the packet they are about (RFC 792)."""
_QUOTING_V6 = np.isin(np.arange(256), (*range(128), 137))
"""ICMPv6 errors, and the redirect, which may (RFC 4443, RFC 4861)."""


def read_transports(frames: Decoding) -> None:
    """Fill in ports, types and flags of all frames that have a transport header."""
    rows = np.flatnonzero((frames.kind & _IP != 0) & (frames.kind & _LATER == 0))
    at = frames.transport[rows]
    here = np.where(at > 0, frames.limit[rows] - at, 0)
    frames.mark(rows[here < TRANSPORT_BYTES[frames.protocol[rows]]], Kind.OPAQUE)
    begun = at > 0
    rows, at, here = rows[begun], at[begun], here[begun]
    head = frames.read(rows, at, _HEAD)
    carried = TRANSPORTS[frames.protocol[rows]]
    frames.mark(rows[carried == Transport.NESTED], Kind.NESTED)
    has_ports = (carried >= Transport.PORTS) & (carried <= Transport.UDP) & (here >= 4)
    has_type = (carried >= Transport.ICMP) & (here >= 2)
    has_flags = (carried == Transport.TCP) & (here >= 14)
    _set_ports(frames, rows[has_ports], head[has_ports])
    _set_types(frames, rows[has_type], head["first"][has_type])
    _set_flags(frames, rows[has_flags], head["flags"][has_flags])


def _set_ports(frames: Decoding, rows: Rows, head: NDArray[np.void]) -> None:
    """TCP (RFC 9293), UDP, UDP-Lite, SCTP and DCCP all begin with two ports."""
    first, second = head["first"], head["second"]
    frames.first[rows] = first
    frames.second[rows] = second
    tunnels = (TRANSPORTS[frames.protocol[rows]] == Transport.UDP) & (_TUNNELS[first] | _TUNNELS[second])
    frames.mark(rows[tunnels], Kind.NESTED)


def _set_types(frames: Decoding, rows: Rows, word: NDArray[np.uint16]) -> None:
    kind = word >> 8
    frames.first[rows] = kind
    frames.second[rows] = word & 0xFF
    quotes = np.where(TRANSPORTS[frames.protocol[rows]] == Transport.ICMP, _QUOTING[kind], _QUOTING_V6[kind])
    frames.mark(rows[quotes], Kind.NESTED)


def _set_flags(frames: Decoding, rows: Rows, word: NDArray[np.uint16]) -> None:
    """A header that says it is shorter than it can be has no flags, as Wireshark sees it."""
    sound = word >= _LEAST_TCP
    frames.mark(rows[~sound], Kind.OPAQUE)
    frames.tcp_flags[rows[sound]] = word[sound] & _TCP_FLAGS
