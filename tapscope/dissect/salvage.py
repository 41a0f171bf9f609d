"""Layers that scapy gave up on, since their bytes end too soon or say too much: what can be read of them all the same.

A header that was cut by the capture, or that an ICMP error quotes eight bytes of, has ports and a type like any other.
"""

from scapy.layers.inet import IP
from scapy.layers.inet6 import ICMPv6Unknown, IPv6, _IPv6ExtHdr
from scapy.packet import NoPayload, Packet, Raw

from tapscope.dissect.known import classes
from tapscope.dissect.layers import chain, refused_by
from tapscope.dissect.ranges import read

_FILL = 1024
"""Zeros behind what is there: more than any header wants, also one with lengths of a byte in it."""
_ICMPV6 = 58
_IPV6_VERSION = 6


def salvaged(packet: Packet) -> Packet:
    """The layer that ``Raw`` bytes are a damaged one of, with those fields that lie wholly in them; else ``packet``."""
    kind = _kind(packet) if type(packet) is Raw else None
    if kind is None:
        return packet
    data: bytes = packet.original or packet.load
    try:
        layer = kind(data + bytes(_FILL))
        spans = read(layer, data + bytes(_FILL)).spans
    except Exception:  # as much beyond repair as it was for scapy
        layer, spans = kind(), []
    if type(layer) is not kind:
        return packet
    layer.fields = {
        span.field.name: span.value for span in spans if span.exact and span.start < span.end <= len(data) * 8
    }
    layer.payload, layer.underlayer, layer.original = NoPayload(), packet.underlayer, data
    return layer


def by_version(stack: list[Packet]) -> list[Packet]:
    """The layers, IPv6 where its version says so though an ethertype announced IPv4. May raise what scapy raises."""
    for index, packet in enumerate(stack):
        if type(packet) is IP and packet.version == _IPV6_VERSION and packet.original:
            return stack[:index] + chain(IPv6(packet.original, _underlayer=packet.underlayer))
    return stack


def _kind(packet: Packet) -> type[Packet] | None:
    below = packet.underlayer
    if isinstance(below, IPv6 | _IPv6ExtHdr) and below.fields.get("nh") == _ICMPV6 and not below.fields.get("offset"):
        unknown: type[Packet] = ICMPv6Unknown
        return unknown
    return classes().get(refused_by(packet))
