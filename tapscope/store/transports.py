"""The transport layer: ports, TCP's flags, ICMP's type and code, and who may carry another packet."""

import numpy as np

from tapscope.store.decoding import Decoding
from tapscope.store.kinds import TRANSPORTS, TUNNEL_PORTS, Kind, Transport

_PAIR = np.dtype([("first", ">u2"), ("second", ">u2")])
_TYPE = np.dtype([("type", "u1"), ("code", "u1")])
_WORD = np.dtype(">u2")

_TUNNELS = np.zeros(1 << 16, np.bool_)
_TUNNELS[list(TUNNEL_PORTS)] = True
_QUOTING = np.isin(np.arange(256), (3, 4, 5, 11, 12))
"""ICMP messages that quote the packet they are about (RFC 792)."""
_QUOTING_V6 = np.isin(np.arange(256), (*range(128), 137))
"""ICMPv6 errors, and the redirect, which may (RFC 4443, RFC 4861)."""


def read_transports(frames: Decoding) -> None:
    """Fill in ports, types and flags of all frames that have a transport header."""
    rows = np.flatnonzero(frames.transport)
    carried = TRANSPORTS[frames.protocol[rows]]
    frames.mark(rows[carried == Transport.NESTED], Kind.NESTED)
    has_ports = (carried >= Transport.PORTS) & (carried <= Transport.UDP)
    _read_ports(frames, rows[has_ports], carried[has_ports])
    for transport, quoting in ((Transport.ICMP, _QUOTING), (Transport.ICMPV6, _QUOTING_V6)):
        among = rows[carried == transport]
        if len(among):
            _read_types(frames, among, quoting)


def _read_ports(frames: Decoding, rows: np.ndarray, carried: np.ndarray) -> None:
    """TCP (RFC 9293), UDP, UDP-Lite, SCTP and DCCP all begin with two ports."""
    at = frames.transport[rows]
    here = frames.having(rows, at, 4)
    rows, at, carried = rows[here], at[here], carried[here]
    ports = frames.read(rows, at, _PAIR)
    frames.first[rows] = ports["first"]
    frames.second[rows] = ports["second"]
    tunnels = (carried == Transport.UDP) & (_TUNNELS[ports["first"]] | _TUNNELS[ports["second"]])
    frames.mark(rows[tunnels], Kind.NESTED)
    flagged = (carried == Transport.TCP) & frames.having(rows, at, 14)
    rows, at = rows[flagged], at[flagged]
    frames.tcp_flags[rows] = frames.read(rows, at + 12, _WORD) & 0x0FFF


def _read_types(frames: Decoding, rows: np.ndarray, quoting: np.ndarray) -> None:
    at = frames.transport[rows]
    here = frames.having(rows, at, 2)
    rows = rows[here]
    head = frames.read(rows, at[here], _TYPE)
    frames.first[rows] = head["type"]
    frames.second[rows] = head["code"]
    frames.mark(rows[quoting[head["type"]]], Kind.NESTED)
