"""Where scapy's layers lie in the frame's bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scapy.packet import Packet, Padding, Raw

from tapscope.dissect.ranges import Reading, read


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer is: from byte ``at``; None where only the ``bits`` around it are known."""

    at: int | None
    bits: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of scapy's, the bytes it was given, its fields, and the place of its own bytes."""

    packet: Packet
    given: bytes
    reading: Reading
    place: Place

    @property
    def kind(self) -> str:
        """The name of scapy's class."""
        return type(self.packet).__name__

    @property
    def payload(self) -> Place:
        """Where the next layer is."""
        at, reading = self.place.at, self.reading
        if at is None:
            return self.place
        payload = self.packet.payload
        found = isinstance(payload, Padding) or self.given.startswith(payload.original or b"", reading.header)
        return Place(at + reading.header if found else None, ((at + reading.header) * 8, (at + reading.trailer) * 8))

    def behind(self, around: Place) -> Place:
        """What follows this layer within ``around``."""
        end = self.place.bits[1]
        if self.place.at is None:
            return Place(None, around.bits)
        return Place(end // 8, (end, max(end, around.bits[1])))

    def part(self, start: int, end: int, exact: bool = True) -> Place:
        """The bits ``[start, end)`` of this layer; its whole place where they are not certain."""
        at = self.place.at
        if at is None or not exact:
            return Place(None, self.place.bits)
        return Place(at + start // 8, (at * 8 + start, at * 8 + end))


def locate(stack: Sequence[Packet], place: Place, data: bytes) -> Iterator[Layer]:
    """The layers of ``stack`` one upon the other, the first at ``place`` of the frame's ``data``.

    Padding follows what some layer was given; scapy hangs all of it on the topmost.
    """
    ends: list[int] = []
    for packet in stack:
        if isinstance(packet, Padding):
            behind = [end for end in (place.at, *reversed(ends)) if end is not None]
            at = next((end for end in behind if data.startswith(packet.original, end)), None)
            place = Place(at, (0, len(data) * 8))
        layer = _at(packet, place, data)
        yield layer
        if layer.place.at is not None:
            ends.append(layer.place.at + len(layer.given))
        place = layer.payload


def _at(packet: Packet, place: Place, data: bytes) -> Layer:
    """``packet`` at ``place``, if the bytes that scapy gave it are those of the frame there."""
    given = _given(packet)
    reading = read(packet, given)
    if place.at is None or not data.startswith(given, place.at):
        return Layer(packet, given, reading, Place(None, place.bits))
    start = place.at * 8
    end = max([reading.header * 8, *(span.end for span in reading.spans if span.exact and span.start < span.end)])
    return Layer(packet, given, reading, Place(place.at, (start, start + end)))


def _given(packet: Packet) -> bytes:
    """The bytes that scapy read ``packet`` from; it forgets them where it copies or makes one itself."""
    if not packet.original and packet.raw_packet_cache is None and isinstance(packet, Raw | Padding):
        return bytes(packet.load)
    return packet.original or packet.raw_packet_cache or b""
