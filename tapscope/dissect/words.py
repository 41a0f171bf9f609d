"""A field's value in words: the name that scapy's tables give it with the number beside it, text as text, else hex."""

from typing import Any

from scapy.fields import FieldListField, FlagValue, MultipleTypeField, _FieldContainer
from scapy.layers.inet import TCP
from scapy.packet import Packet

_MOST_HEX = 32
"""Bytes written out; the bytes pane has the rest."""
_MOST_TEXT = 200
_TCP_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS")
"""From the lowest bit."""


def field_words(layer: Packet, field: Any, value: Any) -> str:
    """``value`` of ``field`` of ``layer``. Never raises: scapy's own words for a value can fail on hostile bytes."""
    try:
        return _words(layer, _innermost(layer, field), value)
    except Exception as error:
        return f"(broken: {type(error).__name__}: {error})"


def bytes_words(value: bytes) -> str:
    """Bytes as text where they are text (trailing zeros aside), else as hex; long ones cut, with their length."""
    text = _as_text(value)
    if text is None:
        shown, cut = value[:_MOST_HEX].hex(" "), len(value) > _MOST_HEX
    else:
        shown, cut = text[:_MOST_TEXT], len(text) > _MOST_TEXT
    return f"{shown}… ({len(value)} bytes)" if cut else shown


def _as_text(value: bytes) -> str | None:
    try:
        text = value.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return None
    if not text and value:
        return None
    return text if text.replace("\r", "").replace("\n", "").replace("\t", "").isprintable() else None


def _innermost(layer: Packet, field: Any) -> Any:
    """The field that reads the value, without the conditions and alternatives around it."""
    while isinstance(field, _FieldContainer):
        field = field._find_fld_pkt(layer) if isinstance(field, MultipleTypeField) else field.fld  # noqa: SLF001
    return field


def _words(layer: Packet, field: Any, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, FlagValue):
        return _flags(value)
    if isinstance(value, list) and isinstance(field, FieldListField):
        return ", ".join(_words(layer, _innermost(layer, field.field), item) for item in value)
    if isinstance(value, list) and all(isinstance(item, bytes) for item in value):
        return ", ".join(map(bytes_words, value))
    return _said(field, value, str(field.i2repr(layer, value)))


def _said(field: Any, value: Any, words: str) -> str:
    """scapy's ``words`` for ``value``, unless they are Python's spelling of it; a name gets its number beside it."""
    if isinstance(value, bytes):
        spelled = next((each for each in (repr(value), repr(value.rstrip(b"\0"))) if words.startswith(each)), None)
        return words if spelled is None else bytes_words(value) + words[len(spelled) :]
    if isinstance(value, str) and words == repr(value):
        return value
    if isinstance(value, int) and not words[:1].isdigit() and words != str(value):
        return f"{words} ({_number(field, value)})"
    return words


def _flags(value: FlagValue) -> str:
    number = int(value)
    if value.names != TCP.flags.names:
        return f"{value} (0x{number:x})" if number else "0x0"
    return f"{tcp_flags(number)} (0x{number:x})" if number else "0x0"


def tcp_flags(number: int) -> str:
    """``SYN, ACK``: RFC 9293 section 3.1, RFC 3168, RFC 3540."""
    return ", ".join(name for bit, name in enumerate(_TCP_FLAGS) if number >> bit & 1)


def _number(field: Any, value: int) -> str:
    """In hex where scapy's class of the field says so (``XShortEnumField``)."""
    return hex(value) if type(field).__name__.startswith("X") else str(value)
