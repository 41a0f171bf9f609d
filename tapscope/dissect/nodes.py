"""The tree's nodes from scapy's layers."""

from collections.abc import Iterable

from scapy.layers.http import HTTPRequest, HTTPResponse
from scapy.packet import Packet, Padding, Raw

from tapscope.dissect import MOST
from tapscope.dissect.about import NOT_FILLED_IN
from tapscope.dissect.infos import described
from tapscope.dissect.layers import chain, parse, refused_by
from tapscope.dissect.node import Node, node
from tapscope.dissect.options import Entry, entries, http_header
from tapscope.dissect.places import Layer, Place, locate
from tapscope.dissect.ranges import Span
from tapscope.dissect.words import field_words
from tapscope.frame import Frame, Offload

_MOST_LAYERS = 64
"""A frame of nothing but VLAN tags has thousands; scapy itself gives up at about 200."""
_MOST_NESTED = 8
_MOST_NODES = 5000
_CHECKSUMS = {"TCP": "chksum", "UDP": "chksum", "SCTP": "chksum"}
"""The fields that hardware may be asked to fill in."""


def layers(frame: Frame) -> list[Node]:
    """The layers of ``frame``, from the link up; may raise what scapy raises."""
    head = frame.data[:MOST]
    builder = _Builder(head, pending=Offload.CHECKSUM_PENDING in frame.offload)
    nodes, _ = builder.chain(parse(head, frame.interface.link_type), Place(0, (0, len(head) * 8)), 0)
    return nodes


class _Builder:
    """Builds the nodes of one frame; ``data`` are the bytes that scapy was given.

    ``pending``: its transport checksum is not filled in yet.
    """

    def __init__(self, data: bytes, *, pending: bool) -> None:
        self._data = data
        self._pending = pending
        self._left = _MOST_NODES

    def chain(self, packet: Packet, place: Place, nested: int) -> tuple[list[Node], Place]:
        """Nodes of ``packet`` and its payloads, and the place behind them."""
        nodes: list[Node] = []
        behind = place
        stack = chain(packet)
        for index, layer in enumerate(locate(stack, place, self._data)):
            if index == _MOST_LAYERS or self._left <= 0:
                nodes.append(node(f"… {len(stack) - index} more layers", "", *layer.place.bits))
                break
            built = self._layer(layer, nested)
            if built.children or built.value:
                nodes.append(built)
            behind = layer.behind(place)
        return nodes, behind

    def _layer(self, layer: Layer, nested: int) -> Node:
        packet, reading = layer.packet, layer.reading
        if isinstance(packet, HTTPRequest | HTTPResponse):
            children = self._entries(layer, http_header(layer.given[: reading.header]), 0)
        else:
            shown = [span for span in reading.spans if span.start < span.end or not span.exact or span.value]
            children = [self._field(layer, span, nested) for span in shown]
        self._left -= len(children) + 1
        at, bits = layer.place.at, layer.place.bits
        return node(str(packet.name), _headline(packet), *bits, at is not None, tuple(children), layer.kind)

    def _field(self, layer: Layer, span: Span, nested: int) -> Node:
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
        if self._pending and _CHECKSUMS.get(layer.kind) == label:
            value = f"{value} ({NOT_FILLED_IN})"
        return node(label, value, *place.bits, place.at is not None, tuple(children), f"{layer.kind}.{label}")

    def _list(self, packets: list[Packet], place: Place, nested: int) -> list[Node]:
        """The packets that a field holds, one behind the other."""
        nodes: list[Node] = []
        for packet in packets if nested <= _MOST_NESTED else ():
            if self._left <= 0:
                break
            found, place = self.chain(packet, place, nested)
            nodes += found
        return nodes

    def _entries(self, layer: Layer, found: Iterable[Entry], base: int) -> list[Node]:
        """``found`` counts bytes from ``base`` of the layer."""
        nodes = []
        for entry in found:
            place = layer.part((base + entry.start) * 8, (base + entry.end) * 8)
            name = f"{layer.kind}.{entry.label}"
            nodes.append(node(entry.label, entry.value, *place.bits, place.at is not None, (), name))
        self._left -= len(nodes)
        return nodes


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
