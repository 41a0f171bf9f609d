"""Captures nobody here made, many of them hostile on purpose: every frame comes out whole, inside and printable."""

from corpus import corpus_frames
from dissect_kit import every, leaves

from tapscope.dissect import MOST, copying, nodes, rows
from tapscope.dissect.summary import summarize
from tapscope.dissect.tree import dissect
from tapscope.frame import LINKTYPE_ETHERNET


def test_the_corpus_comes_out_whole():
    ethernet = covered = 0
    for name, frame in corpus_frames(12):
        size = len(frame.data)
        row, dissection = summarize(frame), dissect(frame)
        rows.row(frame)
        nodes.layers(frame)
        words = [row.source, row.destination, row.protocol, row.info]
        for node in every(dissection.layers):
            words += [node.label, node.value]
            assert 0 <= node.start_bit <= node.end_bit <= size * 8, (name, frame.number, node.name)
        assert all(word.isprintable() for word in words), (name, frame.number)
        if frame.interface.link_type == LINKTYPE_ETHERNET and size:
            ethernet += 1
            covered += certain_bytes(dissection) == min(size, MOST)
    assert ethernet > 1000
    assert covered / ethernet > 0.99


def certain_bytes(dissection):
    """How many bytes belong to a field whose place is known."""
    found = set()
    for node in leaves(dissection.layers[1:]):
        if node.exact and node.label != "Not dissected":
            found.update(range(node.start_bit // 8, (node.end_bit + 7) // 8))
    return len(found)


def test_the_corpus_can_be_copied():
    for name, frame in corpus_frames(2):
        text = copying.scapy_expression(frame)
        assert text.isascii(), (name, frame.number)
        assert text.isprintable(), (name, frame.number)
