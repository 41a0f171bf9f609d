"""The filter that a cell of the list, or a node of the layer tree, stands for: "this" of ``a`` and ``x``.

What is written is tried on the frame that it was taken from; where no field says it, the bytes themselves do.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from itertools import chain

from tapscope.dissect.node import Node
from tapscope.filters.catalogue import Field, fields, find
from tapscope.filters.context import Context
from tapscope.filters.exact import Subject
from tapscope.filters.fault import FilterError
from tapscope.filters.filter import compile_filter
from tapscope.filters.kinds import BYTES, ETHER, IPV4, IPV6, PROTOCOL, TEXT, Value
from tapscope.frame import Frame

_MOST_BYTES = 32
_OPTION = re.compile(r"(\w+)\.options\[([\w-]+)\]$")
"""An option of a list has a node of its own."""
_PREFERRED = (
    ("ip.src", "ipv6.src", "arp.src.proto_ipv4", "eth.src"),
    ("ip.dst", "ipv6.dst", "arp.dst.proto_ipv4", "eth.dst"),
)
_CELLS: dict[str, tuple[str, ...]] = {
    "number": ("frame.number",),
    "time": ("frame.time_relative", "frame.time_epoch"),
    "interface": ("interface",),
    "direction": ("direction",),
    "length": ("frame.len",),
    "source": _PREFERRED[0],
    "destination": _PREFERRED[1],
    "protocol": (),
    "info": (),
}
_OF_FRAME = {
    "Frame.number": "frame.number",
    "Frame.time": "frame.time_epoch",
    "Frame.direction": "direction",
    "Frame.interface": "interface",
    "Frame.length on the wire": "frame.len",
    "Frame.captured": "frame.cap_len",
    "Frame.comment": "frame.comment",
    "Frame": "frame",
}


def field_filter(name: str, frame: Frame, context: Context, value: str = "", node: Node | None = None) -> str:
    """A filter that this frame matches, for what it has under ``name``: a list's column, or a node's name.

    ``value`` is the text shown there, by which one of several values is picked; ``node`` gives the bytes to fall back
    on. A number of the frame is the last resort.
    """
    subject = Subject(frame, context)
    for text in chain(_cell(name, subject, value), _named(name, subject, value), _bytes(frame, node)):
        if _selects(text, frame, context):
            return text
    return f"frame.number == {frame.number}"


def _selects(text: str, frame: Frame, context: Context) -> bool:
    try:
        return compile_filter(text).matches(frame, context)
    except FilterError:
        return False


def _cell(name: str, subject: Subject, value: str) -> Iterator[str]:
    if name == "protocol":
        yield from _protocols(subject, value)
        return
    for known in _CELLS.get(name, ()):
        field = fields()[known]
        for each in subject.values(field):
            if name not in {"source", "destination"} or _shown(field, each) == value or not value:
                yield f"{known} == {written(field, each)}"


def _protocols(subject: Subject, value: str) -> Iterator[str]:
    """The protocol of that name, else the topmost that there is a name for."""
    lowered = value.lower()
    if (field := find(lowered)) is not None and field.is_protocol:
        yield lowered
    for layer in reversed(subject.layers.names()):
        yield from (*_by_source().get(layer, ()), layer)


def _named(name: str, subject: Subject, value: str) -> Iterator[str]:
    """By Wireshark's name, then by scapy's."""
    for known in (_OF_FRAME.get(name, ""), *_by_source().get(name, ()), name):
        field = find(known)
        if field is None:
            continue
        if field.is_protocol:
            yield known
            continue
        found = list(subject.values(field))
        found.sort(key=lambda each: _shown(field, each) not in value)
        yield from (f"{known} == {written(field, each)}" for each in found[:1])


def _bytes(frame: Frame, node: Node | None) -> Iterator[str]:
    """The bytes of a node that has its own."""
    if node is None or not node.exact or node.start_bit == node.end_bit:
        return
    start, end = node.start_bit // 8, min((node.end_bit + 7) // 8, len(frame.data))
    data = frame.data[start : min(end, start + _MOST_BYTES)]
    if data:
        yield f"frame[{start}:{len(data)}] == {data.hex(':')}"


@cache
def _by_source() -> dict[str, list[str]]:
    """scapy's names -> Wireshark's that stand for them, those first that stand for nothing else."""
    found: dict[str, list[str]] = defaultdict(list)
    for field in sorted(fields().values(), key=lambda field: len(field.sources)):
        for source in field.sources:
            plain = source.partition("-")[0] if "." not in source else source
            found[_OPTION.sub(r"\1.\2", re.split("[!@]", plain)[0])].append(field.name)
    return found


def written(field: Field, value: Value) -> str:
    """A value as a filter has it."""
    if field.kind is TEXT:
        return quoted(value)
    if field.kind in {BYTES, PROTOCOL}:
        return str(value.hex(":")) if value else '""'
    return _shown(field, value)


def quoted(text: str) -> str:
    """Text as a string of the language."""
    shown = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else _escaped(each) for each in shown) + '"'


def _escaped(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode(errors="replace"))


def _shown(field: Field, value: Value) -> str:
    if field.kind is IPV4:
        return str(IPv4Address(value))
    if field.kind is IPV6:
        return str(IPv6Address(value))
    if field.kind is ETHER:
        return str(value.to_bytes(6, "big").hex(":"))
    if field.kind.name in {"time", "duration"}:
        sign, number = "-" if value < 0 else "", abs(value)
        return f"{sign}{number // 10**9}.{number % 10**9:09}"
    return str(value)
