"""Which fields the columns, or fixed places of the headers, tell of all frames at once."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tapscope.filters.headers import (
    Reader,
    address,
    address6,
    arp_address,
    mac,
    network,
    own,
    placed,
    present,
    relative,
    timed,
    transport,
    vlan,
)
from tapscope.filters.rows import Rows
from tapscope.frame import Direction
from tapscope.store.headers import Kind

_ICMP, _TCP, _UDP, _ICMPV6, _SCTP = 1, 6, 17, 58, 132

_ip = partial(placed, "network", Kind.IPV4)
_ip6 = partial(placed, "network", Kind.IPV6)
_arp = partial(placed, "network", Kind.ARP)
_tcp = partial(placed, "transport", _TCP)
_udp = partial(placed, "transport", _UDP)
_icmp = partial(placed, "transport", _ICMP)
_FLAGS = ("fin", "syn", "reset", "push", "ack", "urg", "ece", "cwr", "ae")
"""From the lowest bit (RFC 9293, section 3.1)."""

_FRAME: dict[str, Reader] = {
    "frame": own(lambda rows: np.zeros(len(rows), np.uint8)),
    "frame.number": own(lambda rows: np.arange(rows.number, rows.number + len(rows), dtype=np.int64)),
    "frame.len": own(lambda rows: rows.batch.length),
    "frame.cap_len": own(lambda rows: rows.batch.captured),
    "frame.time": own(lambda rows: rows.batch.time_ns, timed),
    "frame.time_epoch": own(lambda rows: rows.batch.time_ns, timed),
    "frame.time_relative": own(relative, lambda rows: timed(rows) & (rows.context.first_time_ns is not None)),
    "frame.p2p_dir": own(
        lambda rows: (rows.batch.direction == Direction.IN).astype(np.uint8),
        lambda rows: rows.batch.direction != Direction.UNKNOWN,
    ),
}
_LINK: dict[str, Reader] = {
    "eth": present(lambda rows: (rows.ethernet, rows.none)),
    "eth.dst": mac("destination"),
    "eth.src": mac("source"),
    "eth.addr": mac("destination", "source"),
    "vlan": present(lambda rows: rows.tagged),
    "vlan.id": vlan,
    "arp": present(partial(network, Kind.ARP)),
    "arp.hw.type": _arp(0, 2),
    "arp.proto.type": _arp(2, 2),
    "arp.hw.size": _arp(4, 1),
    "arp.proto.size": _arp(5, 1),
    "arp.opcode": _arp(6, 2),
    "arp.src.hw_mac": arp_address(8, 6),
    "arp.src.proto_ipv4": arp_address(14, 4),
    "arp.dst.hw_mac": arp_address(18, 6),
    "arp.dst.proto_ipv4": arp_address(24, 4),
}
_NETWORK: dict[str, Reader] = {
    "ip": present(partial(network, Kind.IPV4)),
    "ip.src": address(Kind.IPV4, "source"),
    "ip.dst": address(Kind.IPV4, "destination"),
    "ip.addr": address(Kind.IPV4, "source", "destination"),
    "ip.version": _ip(0, 1, 4),
    "ip.hdr_len": _ip(0, 1, -2, 0x3C),
    "ip.dsfield": _ip(1, 1),
    "ip.dsfield.dscp": _ip(1, 1, 2),
    "ip.dsfield.ecn": _ip(1, 1, 0, 3),
    "ip.len": _ip(2, 2),
    "ip.id": _ip(4, 2),
    "ip.flags": _ip(6, 1, 5),
    "ip.flags.rb": _ip(6, 1, 7),
    "ip.flags.df": _ip(6, 1, 6, 1),
    "ip.flags.mf": _ip(6, 1, 5, 1),
    "ip.frag_offset": _ip(6, 2, -3, 0xFFF8),
    "ip.ttl": _ip(8, 1),
    "ip.proto": _ip(9, 1),
    "ip.checksum": _ip(10, 2),
    "ipv6": present(partial(network, Kind.IPV6)),
    "ipv6.src": address6("source"),
    "ipv6.dst": address6("destination"),
    "ipv6.addr": address6("source", "destination"),
    "ipv6.version": _ip6(0, 1, 4),
    "ipv6.tclass": _ip6(0, 2, 4, 0xFF),
    "ipv6.tclass.dscp": _ip6(0, 2, 6, 0x3F),
    "ipv6.tclass.ecn": _ip6(0, 2, 4, 3),
    "ipv6.flow": _ip6(0, 4, 0, 0xFFFFF),
    "ipv6.plen": _ip6(4, 2),
    "ipv6.nxt": _ip6(6, 1),
    "ipv6.hlim": _ip6(7, 1),
}
_TRANSPORT: dict[str, Reader] = {
    "icmp": present(lambda rows: rows.carrying(_ICMP)),
    "icmp.type": transport(_ICMP, "first"),
    "icmp.code": transport(_ICMP, "second"),
    "icmp.checksum": _icmp(2, 2),
    "icmpv6": present(lambda rows: rows.carrying(_ICMPV6)),
    "icmpv6.type": transport(_ICMPV6, "first"),
    "icmpv6.code": transport(_ICMPV6, "second"),
    "tcp": present(lambda rows: rows.carrying(_TCP)),
    "tcp.srcport": transport(_TCP, "first"),
    "tcp.dstport": transport(_TCP, "second"),
    "tcp.port": transport(_TCP, "first", "second"),
    "tcp.flags": transport(_TCP, "tcp_flags"),
    **{f"tcp.flags.{name}": transport(_TCP, "tcp_flags", right=bit, mask=1) for bit, name in enumerate(_FLAGS)},
    "tcp.flags.ns": transport(_TCP, "tcp_flags", right=8, mask=1),
    "tcp.seq_raw": _tcp(4, 4),
    "tcp.ack_raw": _tcp(8, 4),
    "tcp.hdr_len": _tcp(12, 1, 2, 0x3C),
    "tcp.window_size_value": _tcp(14, 2),
    "tcp.checksum": _tcp(16, 2),
    "tcp.urgent_pointer": _tcp(18, 2),
    "udp": present(lambda rows: rows.carrying(_UDP)),
    "udp.srcport": transport(_UDP, "first"),
    "udp.dstport": transport(_UDP, "second"),
    "udp.port": transport(_UDP, "first", "second"),
    "udp.length": _udp(4, 2),
    "udp.checksum": _udp(6, 2),
    "sctp": present(lambda rows: rows.carrying(_SCTP)),
    "sctp.srcport": transport(_SCTP, "first"),
    "sctp.dstport": transport(_SCTP, "second"),
    "sctp.port": transport(_SCTP, "first", "second"),
}
READERS: dict[str, Reader] = {**_FRAME, **_LINK, **_NETWORK, **_TRANSPORT}


def _directions(rows: Rows) -> tuple[NDArray[np.integer], Sequence[str | None]]:
    return rows.batch.direction, [each.word or None for each in Direction]


def _interfaces(rows: Rows) -> tuple[NDArray[np.integer], Sequence[str | None]]:
    names = [each.name or None for each in rows.context.interfaces]
    return np.minimum(rows.batch.interface, len(names)), [*names, None]


LABELS: dict[str, Callable[[Rows], tuple[NDArray[np.integer], Sequence[str | None]]]] = {
    "direction": _directions,
    "interface": _interfaces,
    "frame.interface_name": _interfaces,
}
"""Fields that are one of a few texts: which of them each frame has, shape ``(n,)``, and the texts; None is no value."""
