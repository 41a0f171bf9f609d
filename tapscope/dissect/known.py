"""What scapy has names for: its layers' classes and their fields, as a filter may ask for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from scapy.fields import (
    BitField,
    Field,
    FieldListField,
    IP6Field,
    IPField,
    MACField,
    MultipleTypeField,
    StrField,
    StrFixedLenField,
    StrLenField,
    StrNullField,
    XStrField,
    XStrFixedLenField,
    XStrLenField,
    _FieldContainer,
    _PacketField,
)
from scapy.layers.dns import DNSStrField
from scapy.layers.inet6 import IP6ListField
from scapy.packet import Packet

from tapscope.dissect import layers  # noqa: F401  registers the classes


@dataclass(frozen=True, slots=True)
class Known:
    """``kind`` is a name of ``filters.kinds``; ``help`` says what scapy calls it."""

    kind: str
    help: str


@cache
def classes() -> dict[str, type[Packet]]:
    """scapy's layers by the names of their classes."""
    found: dict[str, type[Packet]] = {}
    waiting: list[type[Packet]] = [Packet]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind.__name__ not in found:
                found[kind.__name__] = kind
                waiting.append(kind)
    return found


def look_up(name: str) -> Known | None:
    """The layer or field of this name: ``IP``, ``IP.ttl``, ``DNS.qd.qname``; None where scapy has none."""
    first, *path = name.split(".")
    kind = classes().get(first)
    if kind is None or first == "NoPayload":
        return None
    if not path:
        return Known("protocol", str(kind.name or first))
    held = [kind]
    for step in path[:-1]:
        held = [inner for each in held for inner in _held_by(each, step)]
    fields = [field for each in held for field in _fields(each) if field.name == path[-1]]
    return Known(kind_of(fields[0]), f"{path[-1]} of {first}") if fields else None


def nearest(name: str) -> list[str]:
    """At most three names that may be meant."""
    first, dot, rest = name.partition(".")
    if not dot or first not in classes():
        near = get_close_matches(first, classes(), 3, 0.7)
        return [f"{each}{dot}{rest}" if look_up(f"{each}{dot}{rest}") else each for each in near]
    names = [field.name for field in _fields(classes()[first])]
    return [f"{first}.{each}" for each in get_close_matches(rest, names, 3, 0.6) or names[:3]]


def kind_of(field: Any) -> str:
    """The type that a filter compares values of this field of scapy's as."""
    field = _innermost(field)
    if isinstance(field, _PacketField):
        return "protocol"
    for known, name in _KINDS:
        if isinstance(field, known):
            return name
    name = type(field).__name__
    if name in {"ASN1F_INTEGER", "ASN1F_enum_INTEGER"}:
        return "u64"
    if not isinstance(field, Field) or isinstance(field, StrField | FieldListField) or type(field.default) is list:
        return "text"
    bits = getattr(field, "size", None) if isinstance(field, BitField) else field.sz * 8
    if not isinstance(bits, int | float) or bits <= 0 or field.fmt[-1:] in "sfd":
        return "text"
    return "bool" if bits == 1 else f"u{next((most for most in _BITS if bits <= most), 128)}"


_BITS = (4, 8, 16, 24, 32, 48, 64, 128)
_KINDS: tuple[tuple[type[Any], str], ...] = (
    (IPField, "ipv4"),
    (IP6Field, "ipv6"),
    (IP6ListField, "ipv6"),
    (MACField, "ether"),
    (DNSStrField, "text"),
    (StrNullField, "text"),
    (XStrField, "bytes"),
    (XStrLenField, "bytes"),
    (XStrFixedLenField, "bytes"),
    (StrFixedLenField, "text"),
    (StrLenField, "bytes"),
)


def _innermost(field: Any) -> Any:
    """The field without the conditions and alternatives around it; of alternatives the usual one."""
    while isinstance(field, _FieldContainer):
        field = field.dflt if isinstance(field, MultipleTypeField) else field.fld
    return field


def _fields(kind: type[Packet]) -> list[Any]:
    found = kind.fields_desc
    if not found and (root := getattr(kind, "ASN1_root", None)) is not None:
        return list(root.get_fields_list())
    return list(found)


def held_by(field: Any) -> type[Packet] | None:
    """The class of the packets that a field of scapy's holds; None where it holds none, or only the bytes tell."""
    inner = _innermost(field)
    held = getattr(inner, "cls", None) if isinstance(inner, _PacketField) else None
    return held if isinstance(held, type) and issubclass(held, Packet) else None


def _held_by(kind: type[Packet], step: str) -> Iterator[type[Packet]]:
    """What a field of packets holds: its class, or any of the same module where only the bytes tell."""
    for field in _fields(kind):
        if field.name == step and isinstance(_innermost(field), _PacketField):
            held = held_by(field)
            if held is not None:
                yield held
            else:
                yield from (each for each in classes().values() if each.__module__ == kind.__module__)


def beginning_with(word: str) -> Iterator[tuple[str, str, str]]:
    """Names, kinds and words of help for scapy's classes, or a class's fields, that begin with ``word``."""
    first, dot, rest = word.partition(".")
    if not dot:
        yield from (
            (name, "protocol", str(kind.name or name))
            for name, kind in sorted(classes().items())
            if name.startswith(word)
        )
    elif first in classes():
        fields = [field for field in _fields(classes()[first]) if field.name.startswith(rest)]
        yield from ((f"{first}.{field.name}", kind_of(field), f"{field.name} of {first}") for field in fields)
