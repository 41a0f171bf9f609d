"""A node of the tree, and the whole: plain types, without scapy."""

from collections.abc import Iterable
from dataclasses import dataclass

from tapscope.dissect.text import one_line

_LONGEST = 300
"""Characters of a label or a value."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A layer, a field, or an entry of a list; every text is printable and on one line.

    ``start_bit`` and ``end_bit`` count the frame's bits from its first byte's highest; equal ones mark no byte (what
    was computed, not captured). Where ``exact`` is False, the node was read from somewhere in these bits, which are
    those of its whole layer. ``name`` is the layer's and field's own, ``IP.ttl``; ``label`` the field's alone.
    """

    label: str
    value: str
    start_bit: int
    end_bit: int
    exact: bool = True
    children: tuple["Node", ...] = ()
    name: str = ""

    def mask(self, offset: int) -> int:
        """The bits of the byte at ``offset`` that belong to the node: 0xf0 is its upper half; 0 where it has none."""
        first = min(max(self.start_bit - offset * 8, 0), 8)
        last = min(max(self.end_bit - offset * 8, 0), 8)
        return (0xFF >> first) & ~(0xFF >> last) & 0xFF


def node(  # noqa: PLR0913, PLR0917  a node has these parts
    label: str,
    value: str,
    start_bit: int,
    end_bit: int,
    exact: bool = True,
    children: tuple[Node, ...] = (),
    name: str = "",
) -> Node:
    """A ``Node`` whose texts went through the door."""
    texts = one_line(label, _LONGEST), one_line(value, _LONGEST)
    return Node(*texts, start_bit, end_bit, exact, children, one_line(name, _LONGEST))


@dataclass(frozen=True, slots=True, eq=False)
class Dissection:
    """``layers``: the frame itself, then what it carries from the link up, then notes on what is not shown."""

    layers: tuple[Node, ...]

    def node_at(self, offset: int) -> Node | None:
        """The deepest node with a certain range that covers the byte at ``offset``; None past the frame's end.

        Where fields share the byte, the one with most of its bits, the first among equals. The frame itself answers
        for what nothing in it covers.
        """
        found, inside = _best(self.layers[:1], offset), self.layers[1:]
        while node := _best(inside, offset):
            found, inside = node, node.children
        return found


def _best(nodes: Iterable[Node], offset: int) -> Node | None:
    covering = [node for node in nodes if node.exact and node.mask(offset)]
    return min(covering, key=lambda node: (-node.mask(offset).bit_count(), node.end_bit - node.start_bit), default=None)
