"""Which bits of a layer each of its fields was read from.

scapy does not keep this. The fields are read a second time, in the same order and with the same values of their
siblings at hand, and what each leaves over tells what it took.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scapy.fields import MultipleTypeField, ReversePadField, TrailerField, _BitField, _FieldContainer
from scapy.packet import Packet, Padding

_Rest = bytes | tuple[bytes, int]
"""What a field leaves over: bytes, or bytes and how many bits of the first are already read."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bits ``[start, end)`` of the layer that ``field`` was read from; where not ``exact`` they say nothing."""

    field: Any
    value: Any
    start: int
    end: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields of a layer, and the bytes ``[header, trailer)`` between them that are left for its payload."""

    spans: list[Span]
    header: int
    trailer: int


def read(layer: Packet, data: bytes) -> Reading:
    """The fields of ``layer`` in ``data``, the bytes that scapy gave it."""
    if type(layer).do_dissect is not Packet.do_dissect:  # HTTP and ASN.1 do not read field by field
        header = len(data) - len(_payload(layer))
        present = [field for field in layer.fields_desc if field.name in layer.fields]
        return Reading([_somewhere(field, layer.fields) for field in present], header, len(data))
    cursor = _Cursor(data)
    parsed, layer.fields = layer.fields, {}
    try:
        spans = list(_read_again(layer, cursor, parsed))
    finally:
        layer.fields = parsed
    return _around_payload(layer, data, spans, cursor)


def _read_again(layer: Packet, cursor: "_Cursor", parsed: dict[str, Any]) -> Iterator[Span]:
    """Repeats ``Packet.do_dissect``. A value that scapy changed after reading it is given as changed."""
    rest: _Rest = cursor.data
    fields: list[Any] = layer.fields_desc
    for index, field in enumerate(fields):
        try:
            inner = _innermost(layer, field)
            cursor.enter(inner, _fill_before(layer, field, rest))
            rest, value = field.getfield(layer, rest)
        except Exception:  # here scapy gave up too, or reads with knowledge that is gone by now
            yield from (_somewhere(late, parsed) for late in fields[index:] if late.name in parsed)
            return
        if field.isconditional and value is None:
            continue
        layer.fields[field.name] = value
        start, end, exact = cursor.advance(rest, trailing=isinstance(inner, TrailerField))
        yield Span(field, parsed.get(field.name, value), start, end, exact)
        if not rest and (field.ismayend or (field.isconditional and field.fld.ismayend)):
            return


def _somewhere(field: Any, values: dict[str, Any]) -> Span:
    return Span(field, values[field.name], 0, 0, exact=False)


def _innermost(layer: Packet, field: Any) -> Any:
    """The field that takes the bytes, without the conditions and alternatives around it."""
    while isinstance(field, _FieldContainer) and not isinstance(field, TrailerField):
        field = field._find_fld_pkt(layer) if isinstance(field, MultipleTypeField) else field.fld  # noqa: SLF001
    return field


def _fill_before(layer: Packet, field: Any, rest: _Rest) -> int:
    """Bytes that ``field`` skips to start on an even address."""
    while isinstance(field, _FieldContainer) and not isinstance(field, MultipleTypeField):
        if isinstance(field, ReversePadField):
            return field.padlen(field.original_length(layer) - len(rest), layer)
        field = getattr(field, "fld", None)
    return 0


class _Cursor:
    """Where the next field starts: bytes ``[low, high)`` are left to read, but for ``bit`` bits of the first."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.low, self.bit, self.high = 0, 0, len(data)
        self._swapped = range(0)
        self._lost = False

    def enter(self, field: Any, fill: int) -> None:
        """Step over ``fill`` bytes; then turn a group of bytes around, as a little-endian bit field does to read."""
        self.low = min(self.low + fill, self.high)
        if isinstance(field, _BitField) and field.rev and field.tot_size > 1 and not self.bit:
            self._swapped = range(self.low, min(self.low + field.tot_size, self.high))
            group = self.data[self._swapped.start : self._swapped.stop]
            self.data = self.data[: self._swapped.start] + group[::-1] + self.data[self._swapped.stop :]

    def advance(self, rest: _Rest, trailing: bool) -> tuple[int, int, bool]:
        """Bits that the field took which left ``rest``, and whether that is certain."""
        left, bit = rest if isinstance(rest, tuple) else (rest, 0)
        start, before = self.low * 8 + self.bit, self.high
        if trailing and self.data.startswith(left, self.low):
            self.high = self.low + len(left)
            return self.high * 8, before * 8, not self._lost
        low = self.high - len(left)
        if self._lost or low < self.low or self.data[low : self.high] != left:
            self._lost = True
            return 0, 0, False
        self.low, self.bit = low, bit
        return self._turned(start, low * 8 + bit)

    def _turned(self, start: int, end: int) -> tuple[int, int, bool]:
        """The bits as they lie in the frame, where a little-endian group was turned around."""
        group, first, last = self._swapped, start // 8, (end - 1) // 8
        if end == start or first not in group or last not in group:
            return start, end, True
        mirror = group.start + group.stop - 1
        if first == last:
            return (mirror - first) * 8 + start % 8, (mirror - first) * 8 + start % 8 + end - start, True
        return (mirror - last) * 8, (mirror - first + 1) * 8, start % 8 == 0 and end % 8 == 0


def _payload(layer: Packet) -> bytes:
    """Of the bytes that scapy gave the layer, those that are the next one's. Padding lies behind all of them."""
    return b"" if isinstance(layer.payload, Padding) else layer.payload.original or b""


def _around_payload(layer: Packet, data: bytes, spans: list[Span], cursor: _Cursor) -> Reading:
    """Corrects spans that overlap the payload: BOOTP's options hold the DHCP layer, for one."""
    header, trailer = cursor.low + bool(cursor.bit), cursor.high
    payload = _payload(layer)
    at = header if not payload or data.startswith(payload, header) else data.find(payload)
    if at in {header, -1}:
        return Reading(spans, header, trailer)
    return Reading([_outside(span, at * 8, (at + len(payload)) * 8) for span in spans], at, trailer)


def _outside(span: Span, start: int, end: int) -> Span:
    """``span`` without the payload at ``[start, end)``, where it is the payload that the field ends with."""
    if span.end <= start or span.start >= end or not span.exact:
        return span
    if span.start < start and span.end <= end:
        return replace(span, end=start)
    return replace(span, exact=False)
