"""Captures that nobody here made: the folder ``TAPSCOPE_CORPUS`` names, for instance that of tcpdump's own tests."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tapscope.capture.files import BadCapture, open_file
from tapscope.frame import Frame
from tapscope.store.arena import Store


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
