"""Captures on disk: opening, batches, and files that change under the reader."""

import subprocess
import sys
from pathlib import Path

import pytest
from capture_bytes import block, enhanced, frames, interface, pcap, section

from tapscope.capture.files import open_file
from tapscope.capture.files.mapped import FileSource
from tapscope.frame import Direction
from tapscope.store.arena import Store
from tapscope.store.batches import is_mapped

MANY = 150_000


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """150,000 tiny frames, which carry their numbers."""
    path = tmp_path_factory.mktemp("many") / "many.pcap"
    path.write_bytes(pcap((number, 0, number.to_bytes(4, "big")) for number in range(MANY)))
    return path


class TestOpening:
    def test_what_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError) as error:
            open_file(tmp_path / "none.pcap")
        assert error.value.filename == str(tmp_path / "none.pcap")

    def test_a_folder(self, tmp_path):
        with pytest.raises(IsADirectoryError):
            open_file(tmp_path)

    def test_what_it_says_of_itself(self, many):
        source = open_file(many)
        assert isinstance(source, FileSource)
        assert (source.info.name, source.info.mode, source.info.live) == (str(many), "file", False)
        assert source.fileno() == -1
        source.close()
        source.close()

    def test_descriptors_are_closed_whatever_happens(self, many, tmp_path):
        bad = tmp_path / "bad.pcap"
        bad.write_bytes(pcap() + b"!")
        before = len(list(Path("/proc/self/fd").iterdir()))
        for path in (bad, many, tmp_path):
            try:
                frames(open_file(path))
            except Exception:
                continue
        assert len(list(Path("/proc/self/fd").iterdir())) == before


class TestBatches:
    def test_they_are_of_a_handy_size_and_in_the_mapping(self, many):
        source = open_file(many)
        sizes = []
        while (batch := source.read()) is not None:
            assert is_mapped(batch.block)
            sizes.append(len(batch))
        assert source.read() is None
        source.close()
        assert sum(sizes) == MANY
        assert max(sizes) <= 100_000

    def test_frames_stay_readable_after_closing(self, many):
        source, store = open_file(many), Store()
        while (batch := source.read()) is not None:
            store.append(batch)
        source.close()
        assert [int.from_bytes(frame.data, "big") for frame in store.frames()] == list(range(MANY))

    def test_frames_over_the_edges_of_windows_are_whole(self, tmp_path):
        path = tmp_path / "x.pcapng"
        datas = [bytes([number % 251]) * (number * 7 % 3000) for number in range(3000)]
        options = b"\x02\x00\x04\x00\x02\x00\x00\x00"
        path.write_bytes(section() + interface() + b"".join(enhanced(data, options=options) for data in datas))
        found = frames(open_file(path))
        assert [frame.data for frame in found] == datas
        assert {frame.direction for frame in found} == {Direction.OUT}

    def test_a_stretch_without_frames_gives_empty_batches(self, tmp_path):
        path = tmp_path / "x.pcapng"
        path.write_bytes(section() + interface() + block(4, bytes(10_000)) * 7000 + enhanced(b"after"))
        source = open_file(path)
        assert len(source.read()) == 0
        assert [frame.data for frame in frames(source)] == [b"after"]


SHRINKING = """
import os, sys
from tapscope.capture.files import open_file
from tapscope.store.arena import Store
source, store = open_file(sys.argv[1]), Store()
store.append(source.read())
os.truncate(sys.argv[1], int(sys.argv[2]))
while (batch := source.read()) is not None:
    store.append(batch)
print(len(store), sum(len(frame.data) for frame in store.frames()), source.fault)
"""


@pytest.mark.parametrize("left", [0, 1000, 45_000_000])
def test_a_file_that_shrinks_while_it_is_read_kills_nobody(tmp_path, left):
    path, count = tmp_path / "x.pcap", 50_000
    path.write_bytes(pcap([(0, 0, bytes(984))] * count))
    done = subprocess.run(
        [sys.executable, "-c", SHRINKING, path, str(left)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, (done.returncode, done.stderr)
    held, size, fault = done.stdout.rstrip("\n").split(" ", 2)
    assert 30_000 < int(held) < count
    assert int(size) == sum(max(0, min(984, left - at)) for at in range(40, 24 + int(held) * 1000, 1000))
    assert fault.startswith(f"{path}: shrank below offset ")
