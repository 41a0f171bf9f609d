"""The values of fields in all layers of a frame: what a filter compares. Nothing here raises, whatever the bytes are.

Also in what a field of a layer holds (the records of a DNS message), in a tunnel and in the packet that an ICMP error
quotes, as Wireshark has it.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from scapy.fields import MultipleTypeField, _FieldContainer
from scapy.layers.dns import DNSStrField
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import NoPayload, Packet, Padding, Raw

from tapscope.dissect.layers import chain, parse
from tapscope.dissect.salvage import by_version, salvaged
from tapscope.dissect.sources import Source, source_of
from tapscope.dissect.values import Value, converted, name_text
from tapscope.frame import Frame

_MOST_PACKETS = 2000
_DEEPEST = 12
_VERSION = (4, 6)


class Layers:
    """One frame taken apart: once, however many fields are asked for."""

    def __init__(self, frame: Frame) -> None:
        try:
            self._chain = by_version(chain(parse(frame.data, frame.interface.link_type)))
        except Exception:  # a layer that fails only when its payload is asked for
            self._chain = []
        self._every: list[Packet] | None = None

    def values(self, sources: tuple[str, ...], kind: str) -> list[Value]:
        """All values that these sources have here, converted to ``kind``: a name of ``filters.kinds``."""
        found: list[Value] = []
        for text in sources:
            source = source_of(text)
            for packet in self._packets(source):
                found.extend(_values(packet, source, kind))
        return found

    def holds(self, sources: tuple[str, ...]) -> bool:
        """Whether one of these layers is there, or of these fields has a value, of any type."""
        for text in sources:
            source = source_of(text)
            for packet in self._packets(source):
                if not source.path or any(value is not None for value in _walk(packet, source)):
                    return True
        return False

    def names(self) -> list[str]:
        """scapy's names of the layers from the link up, without what no dissector took."""
        return [type(packet).__name__ for packet in self._chain if not isinstance(packet, Raw | Padding)]

    def _packets(self, source: Source) -> Iterator[Packet]:
        if self._every is None:
            self._every = list(_every([salvaged(packet) for packet in self._chain]))
        for packet in self._every:
            if _is_of(type(packet), source) and _fits(packet, source):
                yield packet


def _every(stack: list[Packet]) -> Iterator[Packet]:
    """The layers, and the packets within their fields, outer before inner; at most so many."""
    left = _MOST_PACKETS
    waiting = [(packet, 0) for packet in reversed(stack)]
    while waiting and left:
        packet, depth = waiting.pop()
        yield packet
        left -= 1
        if depth < _DEEPEST:
            waiting += [(inner, depth + 1) for inner in reversed(_within(packet))]


def _within(packet: Packet) -> list[Packet]:
    found: list[Packet] = []
    for value in packet.fields.values():
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, Packet):
                try:
                    found += chain(item)
                except Exception:  # as above
                    found.append(item)
    return found


@cache
def _is_of(kind: type[Packet], source: Source) -> bool:
    names = [each.__name__ for each in kind.__mro__]
    if source.without in names:
        return False
    if source.any_that_begins:
        return any(name.startswith(source.layer) for name in names)
    return source.layer in names


def _fits(packet: Packet, source: Source) -> bool:
    if source.path and isinstance(packet, IP | IPv6) and packet.version != _VERSION[isinstance(packet, IPv6)]:
        return source.path == ("version",)  # what else would be read is not there
    for name, wanted in source.conditions:
        value = packet.fields.get(name)
        if not isinstance(value, int) or int(value) != wanted:
            return False
    if not (source.port or source.not_port):
        return True
    below = packet.underlayer
    ports = (below.fields.get("sport"), below.fields.get("dport")) if isinstance(below, UDP | TCP) else ()
    return source.port in ports if source.port else source.not_port not in ports


def _values(packet: Packet, source: Source, kind: str) -> Iterator[Value]:
    for value in _walk(packet, source):
        for each in converted(value, kind if not (source.right or source.mask) else "number"):
            yield _shifted(packet, source, each, kind) if isinstance(each, int) else each


def _shifted(packet: Packet, source: Source, number: int, kind: str) -> int:
    number = number >> source.right if source.right >= 0 else number << -source.right
    if source.mask:
        number &= source.mask
    if source.more:
        number |= int(packet.fields.get(source.more, 0)) << source.more_by
    return int(bool(number)) if kind == "bool" else number


def _walk(packet: Packet, source: Source) -> Iterator[Any]:
    """What lies at the end of the path; the layer's own bytes where there is none."""
    if not source.path:
        yield packet.original or packet.raw_packet_cache or b""
        return
    held: list[Packet] = [packet]
    for name in source.path[:-1]:
        held = [inner for each in held for inner in _inner(each, name)]
    last = source.path[-1]
    for each in held:
        if last == "payload":
            payload = each.payload
            if not isinstance(payload, NoPayload | Padding):
                yield payload.original or getattr(payload, "load", b"")
        elif last in each.fields:
            value = each.fields[last]
            yield from (name_text(value),) if _is_name(each, last) else _options(value, source.option)


def _inner(packet: Packet, name: str) -> list[Packet]:
    value = packet.fields.get(name)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Packet)]


def _is_name(packet: Packet, name: str) -> bool:
    field = packet.get_field(name)
    while isinstance(field, _FieldContainer):
        field = field._find_fld_pkt(packet) if isinstance(field, MultipleTypeField) else field.fld  # noqa: SLF001
    return isinstance(field, DNSStrField)


def _options(value: Any, option: str) -> Iterator[Any]:
    """The value of one option of a list of pairs, or the whole."""
    if option:
        for pair in value if isinstance(value, list) else ():
            if isinstance(pair, tuple) and pair and pair[0] == option:
                yield list(pair[1:])
    elif isinstance(value, list) and any(isinstance(item, tuple) for item in value):
        yield [f"{item[0]}={item[1]}" if isinstance(item, tuple) and len(item) > 1 else item for item in value]
    else:
        yield value
