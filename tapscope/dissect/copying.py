"""A frame in forms that other programs take: a row of text, hexadecimal digits, a scapy expression, a field's value.

scapy is imported by ``scapy_expression`` alone, at its first call.
"""

from tapscope.dissect.node import Node
from tapscope.dissect.summary import Summary
from tapscope.frame import Frame

_SECOND = 1_000_000_000


def row_text(frame: Frame, summary: Summary) -> str:
    """The row, its columns apart by tabs, as spreadsheets and cut(1) take it.

    Number, time in seconds since the epoch (empty where there is none), direction, source, destination, protocol,
    length in bytes on the wire, info.
    """
    time = "" if frame.time_ns is None else f"{frame.time_ns // _SECOND}.{frame.time_ns % _SECOND:09}"
    known = (summary.source, summary.destination, summary.protocol, str(frame.length), summary.info)
    return "\t".join((str(frame.number), time, frame.direction.word, *known))


def hex_bytes(frame: Frame) -> str:
    """What was captured, two lower-case digits a byte, without anything between."""
    return frame.data.hex()


def field_value(node: Node) -> str:
    """What the tree shows of a node, or its name where it has no value."""
    return node.value or node.label


def scapy_expression(frame: Frame) -> str:
    """A Python expression that makes the captured bytes again after ``from scapy.all import *``.

    Layer by layer, as far as scapy builds exactly these bytes of that; the rest as the bytes themselves.
    It is safe to paste: nothing from the wire is in it but literals, in printable ASCII. Never raises.
    """
    from tapscope.dissect import expression  # noqa: PLC0415  scapy takes 300 ms

    return expression.expression_of(frame.data, frame.interface.link_type)
