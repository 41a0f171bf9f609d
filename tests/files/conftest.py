"""Capture files on disk, and a way to read them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from capture_bytes import frames

from tapscope.capture.files import open_file
from tapscope.frame import Frame, Interface

Read = Callable[[bytes], tuple[list[Frame], str, list[Interface]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write bytes to ``x.cap`` and read them: the frames, the fault without the folder, the interfaces."""

    def through_a_file(data: bytes):
        path = tmp_path / "x.cap"
        path.write_bytes(data)
        source = open_file(path)
        found = frames(source)
        return found, source.fault.replace(f"{tmp_path}/", ""), list(source.interfaces)

    return through_a_file
