"""Frames to take apart, and ways to look at what came of them."""

from collections.abc import Iterator

from tapscope.dissect.node import Dissection, Node
from tapscope.dissect.tree import dissect
from tapscope.frame import LINKTYPE_ETHERNET, Direction, Frame, Interface

HERE, THERE = "02:00:00:00:00:01", "02:00:00:00:00:02"


def frame_of(data: bytes, link_type: int = LINKTYPE_ETHERNET, length: int | None = None) -> Frame:
    interface = Interface("tap0", link_type)
    return Frame(1, 1_700_000_000_123_456_789, Direction.OUT, length or len(data), data, interface)


def tree_of(data: bytes, link_type: int = LINKTYPE_ETHERNET) -> Dissection:
    return dissect(frame_of(data, link_type))


def every(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from every(node.children)


def leaves(nodes: tuple[Node, ...]) -> Iterator[Node]:
    return (node for node in every(nodes) if not node.children)


def named(dissection: Dissection, name: str) -> list[Node]:
    """The nodes of this name, in the order of the tree."""
    return [node for node in every(dissection.layers) if node.name == name]


def one(dissection: Dissection, name: str) -> Node:
    (node,) = named(dissection, name)
    return node


def place(node: Node) -> tuple[float, float]:
    """First byte and the byte behind, in eighths: 14.5 is the middle of byte 14."""
    return node.start_bit / 8, node.end_bit / 8
