"""What a frame's row says, as filters: for "only such frames", and "no such frames"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tapscope.dissect.summary import Summary
from tapscope.filters import Context, field_filter
from tapscope.frame import Frame
from tapscope.store.batches import batch_of, with_headers

_WITH_PORTS = {6: "tcp", 17: "udp", 132: "sctp"}
"""By IP protocol number, https://www.iana.org/assignments/protocol-numbers."""
_EITHER = re.compile(r"\|\||\^\^|\bor\b|\bxor\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(ip|ipv6|eth)\.(?:src|dst) == (\S+)")


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A thing that a row says: the key that chooses it, what it is, and the filter for frames that say it too."""

    key: str
    label: str
    text: str


def row_filters(frame: Frame, summary: Summary, context: Context) -> list[RowFilter]:
    """The filters that a row suggests, the most telling first."""
    return list(_row_filters(frame, summary, context))


def _row_filters(frame: Frame, summary: Summary, context: Context) -> Iterator[RowFilter]:
    def cell(name: str, value: str) -> str:
        return field_filter(name, frame, context, value)

    source, destination = cell("source", summary.source), cell("destination", summary.destination)
    protocol, first, second = _ports(frame)
    ends = _ADDRESS.fullmatch(source), _ADDRESS.fullmatch(destination)
    if ends[0] and ends[1] and ends[0][1] == ends[1][1]:
        addresses = " && ".join(f"{end[1]}.addr == {end[2]}" for end in ends if end)
        ports = f" && {protocol}.port == {first} && {protocol}.port == {second}" if protocol else ""
        yield RowFilter("c", "conversation", addresses + ports)
    if summary.source:
        yield RowFilter("s", "source", source)
    if summary.destination:
        yield RowFilter("d", "destination", destination)
    yield RowFilter("p", "protocol", cell("protocol", summary.protocol))
    if protocol:
        yield RowFilter("f", "port it comes from", f"{protocol}.port == {first}")
        yield RowFilter("t", "port it goes to", f"{protocol}.port == {second}")
    yield RowFilter("l", "length", cell("length", ""))
    if frame.direction.word:
        yield RowFilter("w", "direction", cell("direction", ""))
    if frame.interface.name:
        yield RowFilter("i", "interface", cell("interface", ""))


def _ports(frame: Frame) -> tuple[str, int, int]:
    """The transport's name and its two ports; an empty name where there are none."""
    headers = with_headers(batch_of([(frame.data, None, frame.direction)]), [frame.interface]).headers
    assert headers is not None
    protocol = _WITH_PORTS.get(int(headers.protocol[0]), "") if headers.transport[0] else ""
    return protocol, int(headers.first[0]), int(headers.second[0])


def joined(now: str, more: str, *, opposite: bool) -> str:
    """The filter ``now`` (empty: none) that in addition lets only ``more`` pass, or all but that."""
    if opposite:
        more = f"!({more})"
    elif now and _EITHER.search(more):
        more = f"({more})"
    if not now:
        return more
    return f"({now}) && {more}" if _EITHER.search(now) else f"{now} && {more}"
