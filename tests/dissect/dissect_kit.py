"""Frames to take apart, and ways to look at what came of them."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tapscope.capture.files import BadCapture, open_file
from tapscope.dissect.node import Dissection, Node
from tapscope.dissect.tree import dissect
from tapscope.frame import LINKTYPE_ETHERNET, Direction, Frame, Interface
from tapscope.store.arena import Store

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


def corpus_frames(at_most: int) -> Iterator[tuple[str, Frame]]:
    """The first frames of every capture in the corpus, with the file's name. Skips where there is none."""
    corpus = os.environ.get("TAPSCOPE_CORPUS")
    if not corpus:
        pytest.skip("TAPSCOPE_CORPUS names no folder of captures")
    for path in sorted(Path(corpus).glob("*.pcap*")):
        for frame in _frames_of(path, at_most):
            yield path.name, frame


def _frames_of(path: Path, at_most: int) -> list[Frame]:
    try:
        source = open_file(path)
    except BadCapture:
        return []
    try:
        store = Store()
        while (batch := source.read()) is not None:
            store.set_interfaces(source.interfaces)
            store.append(batch)
        return list(islice(store.frames(), at_most))
    finally:
        source.close()
