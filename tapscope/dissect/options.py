"""Lists that scapy keeps as plain tuples or dictionaries, walked again so that each entry has its own bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from scapy.layers.dhcp import DHCP, DHCPOptionsField, DHCPRevOptions
from scapy.layers.inet import TCPAOValue, TCPOptionsField

from tapscope.dissect.words import bytes_words, field_words


@dataclass(frozen=True, slots=True)
class Entry:
    """``label`` and ``value`` of bytes ``[start, end)``, counted from where the list starts."""

    label: str
    value: str
    start: int
    end: int


def tcp_options(data: bytes, parsed: list[Any]) -> Iterator[Entry]:
    """RFC 9293 section 3.2: kind, length over both and the value; 0 ends the list, 1 fills. ``parsed`` is scapy's."""
    at = 0
    for name, value in parsed:
        end = at + 1 if data[at] in {0, 1} else min(at + max(_at(data, at + 1), 2), len(data))
        yield Entry(_TCP_NAMES.get(name, str(name)), _tcp_words(name, value), at, end)
        at = end
    if at < len(data):
        yield Entry("padding", bytes_words(data[at:]), at, len(data))


_TCP_NAMES = {
    "EOL": "End of options",
    "NOP": "No-operation",
    "WScale": "Window scale",
    "SAckOK": "SACK permitted",
    "SAck": "SACK",
}


def _tcp_words(name: Any, value: Any) -> str:
    if value is None or value == b"":
        return ""
    if isinstance(value, bytes | TCPAOValue):
        return bytes(value).hex(" ")
    if name == "Timestamp":
        return f"TSval={value[0]} TSecr={value[1]}"
    if name == "WScale":
        return f"{value} (multiply by {1 << min(value, 14)})"  # RFC 7323 section 2.3
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def dhcp_options(data: bytes, parsed: list[Any]) -> Iterator[Entry]:
    """RFC 2132 section 2: code, length of the value, value; 0 fills, 255 ends. ``parsed`` is scapy's."""
    at = 0
    for option in parsed:
        if isinstance(option, bytes):  # what scapy could not read, to the end
            yield Entry("(broken)", bytes_words(option), at, len(data))
            return
        end = at + 1 if isinstance(option, str) else at + 2 + _at(data, at + 1)
        name, *values = (option,) if isinstance(option, str) else option
        yield Entry(str(name), ", ".join(_dhcp_words(name, value) for value in values), at, min(end, len(data)))
        at = min(end, len(data))


def _dhcp_words(name: Any, value: Any) -> str:
    _, field = DHCPRevOptions.get(name, (0, None))
    if field is not None:
        return field_words(DHCP(), field, value)
    return bytes_words(value) if isinstance(value, bytes) else str(value)


def http_header(data: bytes) -> Iterator[Entry]:
    """RFC 9112 sections 2.1 and 5: the start line, then ``name: value`` lines, each with its line's end."""
    at = 0
    for line in data.splitlines(keepends=True):
        text = line.strip()
        name, colon, value = text.partition(b":")
        label = "start line" if at == 0 else bytes_words(name) if colon else "(broken)" if text else "end of header"
        yield Entry(label, bytes_words(value.strip() if at and colon else text), at, at + len(line))
        at += len(line)


def _at(data: bytes, index: int) -> int:
    return data[index] if index < len(data) else 0


def entries(field: Any, value: Any, data: bytes) -> list[Entry]:
    """The entries of ``field`` read from ``data``; none where the field is no such list."""
    walk = _WALKS.get(type(field))
    if walk is None or not isinstance(value, list):
        return []
    try:
        return list(walk(data, value))
    except Exception:
        return []


_WALKS: dict[type[Any], Callable[[bytes, list[Any]], Iterator[Entry]]] = {
    TCPOptionsField: tcp_options,
    DHCPOptionsField: dhcp_options,
}
