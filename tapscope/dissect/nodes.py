"""The tree's nodes from scapy's layers."""

from collections.abc import Iterable
from dataclasses import dataclass

from scapy.layers.http import HTTPRequest, HTTPResponse
from scapy.packet import Packet, Padding, Raw

from tapscope.dissect import MOST
from tapscope.dissect.infos import described
from tapscope.dissect.layers import chain, parse, refused_by
from tapscope.dissect.node import Node, node
from tapscope.dissect.options import Entry, entries, http_header
from tapscope.dissect.ranges import Reading, Span, read
from tapscope.dissect.words import field_words
from tapscope.frame import Frame

_MOST_LAYERS = 64
"""A frame of nothing but VLAN tags has thousands; scapy itself gives up at about 200."""
_MOST_NESTED = 8
_MOST_NODES = 5000


def layers(frame: Frame) -> list[Node]:
    """The layers of ``frame``, from the link up; may raise what scapy raises."""
    head = frame.data[:MOST]
    nodes, _ = _Builder(head).chain(parse(head, frame.interface.link_type), _Place(0, (0, len(head) * 8)), 0)
    return nodes


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a layer is: from byte ``at``; None where only the ``bits`` around it are known."""

    at: int | None
    bits: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer of scapy's, the bytes it was given, its fields, and the place of its own bytes."""

    packet: Packet
    given: bytes
    reading: Reading
    place: _Place

    @property
    def kind(self) -> str:
        return type(self.packet).__name__

    @property
    def payload(self) -> _Place:
        """Where the next layer is."""
        at, reading = self.place.at, self.reading
        if at is None:
            return self.place
        found = self.given.startswith(self.packet.payload.original or b"", reading.header)
        return _Place(at + reading.header if found else None, ((at + reading.header) * 8, (at + reading.trailer) * 8))

    def part(self, start: int, end: int, exact: bool = True) -> _Place:
        """The bits ``[start, end)`` of this layer; its whole place where they are not certain."""
        at = self.place.at
        if at is None or not exact:
            return _Place(None, self.place.bits)
        return _Place(at + start // 8, (at * 8 + start, at * 8 + end))


def _locate(packet: Packet, place: _Place, data: bytes) -> _Layer:
    """``packet`` at ``place``, if the bytes that scapy gave it are those of the frame there."""
    given = _given(packet)
    reading = read(packet, given)
    if place.at is None or not data.startswith(given, place.at):
        return _Layer(packet, given, reading, _Place(None, place.bits))
    start = place.at * 8
    end = max([reading.header * 8, *(span.end for span in reading.spans if span.exact and span.start < span.end)])
    return _Layer(packet, given, reading, _Place(place.at, (start, start + end)))


def _given(packet: Packet) -> bytes:
    """The bytes that scapy read ``packet`` from; it forgets them where it copies or makes one itself."""
    if not packet.original and packet.raw_packet_cache is None and isinstance(packet, Raw | Padding):
        return bytes(packet.load)
    return packet.original or packet.raw_packet_cache or b""


class _Builder:
    """Builds the nodes of one frame; ``data`` are the bytes that scapy was given."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _MOST_NODES

    def chain(self, packet: Packet, place: _Place, nested: int) -> tuple[list[Node], _Place]:
        """Nodes of ``packet`` and its payloads, and the place behind them."""
        nodes: list[Node] = []
        ends: list[int] = []
        behind = place
        stack = chain(packet)
        for index, each in enumerate(stack):
            if index == _MOST_LAYERS or self._left <= 0:
                nodes.append(node(f"… {len(stack) - index} more layers", "", *place.bits))
                break
            if isinstance(each, Padding):
                place = self._padding(each, [place.at, *reversed(ends)])
            layer = _locate(each, place, self._data)
            built = self._layer(layer, nested)
            if built.children or built.value:
                nodes.append(built)
            if layer.place.at is not None:
                ends.append(layer.place.at + len(layer.given))
            behind = _behind(layer.place, place)
            place = layer.payload
        return nodes, behind

    def _padding(self, padding: Packet, ends: Iterable[int | None]) -> _Place:
        """Padding follows what some layer was given; scapy hangs it on the topmost. ``ends``, the likeliest first."""
        at = next((end for end in ends if end is not None and self._data.startswith(padding.original, end)), None)
        return _Place(at, (0, len(self._data) * 8))

    def _layer(self, layer: _Layer, nested: int) -> Node:
        packet, reading = layer.packet, layer.reading
        if isinstance(packet, HTTPRequest | HTTPResponse):
            children = self._entries(layer, http_header(layer.given[: reading.header]), 0)
        else:
            shown = [span for span in reading.spans if span.start < span.end or not span.exact or span.value]
            children = [self._field(layer, span, nested) for span in shown]
        self._left -= len(children) + 1
        at, bits = layer.place.at, layer.place.bits
        return node(str(packet.name), _headline(packet), *bits, at is not None, tuple(children), layer.kind)

    def _field(self, layer: _Layer, span: Span, nested: int) -> Node:
        place = layer.part(span.start, span.end, span.exact)
        packets = _packets(span)
        if packets:
            children = self._list(packets, place, nested + 1)
            value = f"{len(packets)} × {packets[0].name}" if len(packets) > 1 else ""
        else:
            taken = layer.given[span.start // 8 : span.end // 8]
            children = self._entries(layer, entries(span.field, span.value, taken), span.start // 8)
            value = ", ".join(child.label for child in children) or field_words(layer.packet, span.field, span.value)
        label = span.field.name
        return node(label, value, *place.bits, place.at is not None, tuple(children), f"{layer.kind}.{label}")

    def _list(self, packets: list[Packet], place: _Place, nested: int) -> list[Node]:
        """The packets that a field holds, one behind the other."""
        nodes: list[Node] = []
        for packet in packets if nested <= _MOST_NESTED else ():
            if self._left <= 0:
                break
            found, place = self.chain(packet, place, nested)
            nodes += found
        return nodes

    def _entries(self, layer: _Layer, found: Iterable[Entry], base: int) -> list[Node]:
        """``found`` counts bytes from ``base`` of the layer."""
        nodes = []
        for entry in found:
            place = layer.part((base + entry.start) * 8, (base + entry.end) * 8)
            name = f"{layer.kind}.{entry.label}"
            nodes.append(node(entry.label, entry.value, *place.bits, place.at is not None, (), name))
        self._left -= len(nodes)
        return nodes


def _behind(last: _Place, around: _Place) -> _Place:
    """What follows ``last`` within ``around``."""
    end = last.bits[1]
    if last.at is None:
        return _Place(None, around.bits)
    return _Place(end // 8, (end, max(end, around.bits[1])))


def _packets(span: Span) -> list[Packet]:
    values = span.value if isinstance(span.value, list) else [span.value]
    return values if values and all(isinstance(value, Packet) for value in values) else []


def _headline(packet: Packet) -> str:
    """What the layer's own line says beside its name."""
    if isinstance(packet, Raw | Padding):
        refused = refused_by(packet)
        return f"{len(packet.load)} bytes" + (f", {refused} could not be decoded" if refused else "")
    source, destination = packet.fields.get("src"), packet.fields.get("dst")
    if isinstance(source, str) and isinstance(destination, str):
        return f"{source} → {destination}"
    return described(packet).removeprefix(str(packet.name)).strip()
