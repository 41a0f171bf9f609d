"""Captures on disk: opening, batches, and files that change under the reader."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from capture_bytes import block, enhanced, frames, interface, pcap, section

from tapscope.capture.files import open_file
from tapscope.capture.files.mapped import FileSource
from tapscope.frame import Direction
from tapscope.store.arena import Store
from tapscope.store.batches import is_mapped, with_headers
from tapscope.store.headers import HEADERS

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


def read_so_far() -> int:
    """The bytes that this process has read from files, whether or not they were in memory: proc_pid_io(5)."""
    return int(re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())[1])


class TestTheFirstBatch:
    @pytest.mark.parametrize("size", [0, 1000, 60_000])
    def test_is_all_that_is_read_at_first_whatever_the_size(self, tmp_path, size):
        path = tmp_path / "x.pcap"
        path.write_bytes(pcap([(1, 2, bytes(size))] * 1000))
        os.truncate(path, 5 << 30)
        before = read_so_far()
        source = open_file(path)
        assert read_so_far() - before < 3 << 20
        done, total = source.extent()
        assert (done < 2 << 20, total) == (True, 5 << 30)
        batch = source.read()
        assert 16 <= len(batch) <= 5000
        assert source.extent() == (done, total)
        source.close()

    def test_holds_all_of_a_small_file(self, tmp_path):
        path = tmp_path / "x.pcap"
        path.write_bytes(pcap([(1, 2, b"one"), (3, 4, b"two")]))
        source = open_file(path)
        assert source.extent() == (path.stat().st_size, path.stat().st_size)
        assert len(source.read()) == 2
        assert source.read() is None


def pages_of(path: Path) -> int:
    """How much of the mapping of this file is in memory and counts as this process's, in kB: proc_pid_smaps(5)."""
    maps = Path("/proc/self/smaps").read_text()
    return sum(map(int, re.findall(rf"{re.escape(str(path))}\n.*?^Rss: +(\d+) kB", maps, re.MULTILINE | re.DOTALL)))


class TestBatches:
    def test_headers_are_read_and_no_page_of_the_mapping_is(self, tmp_path):
        path = tmp_path / "x.pcap"
        datagram = bytes(12) + bytes.fromhex("0800 45000024 00000000 40110000 0a000001 0a000002 00350035 00100000 0102")
        path.write_bytes(pcap([(0, 0, datagram.ljust(60, b"!"))] * 50_000))
        source, batches = open_file(path), []
        while (batch := source.read()) is not None:
            batches.append(batch)
        source.close()
        assert pages_of(path) == 0
        assert all((batch.headers.first == 53).all() for batch in batches)
        for batch in batches:
            again = with_headers(replace(batch, headers=None), source.interfaces).headers
            assert all(np.array_equal(getattr(again, name), getattr(batch.headers, name)) for name in HEADERS)
        assert pages_of(path) > 0

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
for _ in range(2):
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
