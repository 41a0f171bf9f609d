"""A TAP whose frames are kept on disk, with next to no memory: all of them are there, in the list and in the files."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from capture_kit import frame, running, send
from spool_kit import MIB, Spooling, files, said, spooling, until

from tapscope.capture.door import open_interface
from tapscope.capture.source import Opened
from tapscope.store.batch import Batch

pytestmark = pytest.mark.skipif(
    not (shutil.which("tcpdump") and shutil.which("tshark")), reason="tcpdump and tshark are not installed"
)

EXPERIMENT = b"\x88\xb5"
ROUND = 2000


def sent(number: int) -> bytes:
    """Frames of many lengths, each of its own."""
    return frame(b"%09d" % number + b"x" * (number * 37 % 1400))


def is_ours(data: bytes) -> bool:
    """The kernel sends some of its own."""
    return data[12:14] == EXPERIMENT


def keep(kept: Spooling, count: int) -> None:
    """Have frames sent into tap0, and take them as the app does, until all have come."""
    with running(lambda: open_interface("tap0")) as capture:
        capture.first(Opened)
        came = 0
        for first in range(0, count, ROUND):
            send("tap0", *[sent(number) for number in range(first, first + ROUND)])
            capture.until(lambda: sum(len(event) for event in capture.events if isinstance(event, Batch)) >= ROUND)
            for event in capture.events:
                if isinstance(event, Batch):
                    kept.store.append(event)
            capture.events.clear()
            came = kept.store.total_frames
        assert came >= count


def read_by_tcpdump(path: Path, folder: Path) -> list[bytes]:
    """The frames of a file, as libpcap understands it."""
    plain = folder / "plain.pcap"
    subprocess.run(["tcpdump", "-Z", "root", "-r", path, "-w", plain], check=True, capture_output=True)
    data, at, found = plain.read_bytes(), 24, []
    while at < len(data):
        size = struct.unpack_from("=I", data, at + 8)[0]
        found.append(data[at + 16 : at + 16 + size])
        at += 16 + size
    plain.unlink()
    return found


@pytest.mark.private("root")
def test_every_frame_sent_is_reachable_and_in_the_files(tmp_path):
    folder, count = tmp_path / "spool", 30_000
    folder.mkdir()
    with spooling(folder, 4 * MIB, most_bytes=5_000_000) as kept:
        keep(kept, count)
        kept.until_written()
        store = kept.store
        assert (store.first, store.evicted, kept.spool.state.missed) == (1, 0, 0)
        assert store.held_bytes <= 4 * MIB
        ours = [row.data for row in map(store.row, range(1, store.last + 1)) if is_ours(row.data)]
        assert ours == [sent(number) for number in range(count)]
        everything = [row.data for row in store.frames()]
    assert len(files(folder)) > 4
    assert [data for path in files(folder) for data in read_by_tcpdump(path, tmp_path)] == everything
    lengths = "".join(said("tshark", "-r", path, "-T", "fields", "-e", "frame.len") for path in files(folder))
    assert list(map(int, lengths.split())) == list(map(len, everything))


@pytest.mark.private("root")
def test_a_full_disk_ends_the_spool_and_leaves_whole_files(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], check=True)
    with spooling(small, MIB) as kept:
        keep(kept, 10_000)
        until(lambda: kept.spool.state.fault)
        state, store = kept.spool.state, kept.store
        assert state.fault == "No space left on device"
        assert state.frames > 1000
        assert state.frames + state.missed == store.total_frames >= 10_000
        assert kept.woken
        [path] = [each for each in files(small) if each.suffix == ".pcapng"]
        there = read_by_tcpdump(path, tmp_path)
        assert len(there) == state.frames
        assert path.stat().st_size == state.octets
        held = [row.data for row in store.frames() if row.data]
        known = set(held)
        both = [data for data in there if data in known and is_ours(data)]
        assert (
            both == [data for data in there if is_ours(data)][: len(both)] == list(filter(is_ours, held))[: len(both)]
        )
        # of a segment that had no room for all of it nothing is in the list, for its columns have no room either
        assert sum(map(len, there)) - sum(map(len, filter(known.__contains__, there))) < MIB
        assert both
        assert len(held) + store.evicted == store.total_frames
        assert next(data for data in reversed(held) if is_ours(data)) == sent(9_999)
