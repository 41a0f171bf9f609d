"""Captures that are still written: what is appended is read, and a file that is begun anew is gone on with."""

import errno
import os
import select
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from capture_bytes import enhanced, interface, pcap, section
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tapscope.capture.files import news
from tapscope.capture.files.follow import FollowSource, open_follow
from tapscope.capture.files.stream import StreamSource
from tapscope.frame import Interface
from tapscope.machine.mounts import MountEntry
from tapscope.store.batches import frames_of

PATIENCE = 10

RECORDS = [(1, 2, b"one"), (3, 4, b"two"), (5, 6, bytes(2000))]
LATER = [(7, 8, b"three")]


class Followed:
    """A source on a growing file, and everything it handed over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        source = open_follow(str(path))
        assert isinstance(source, FollowSource)
        self.source = source
        self.frames: list[bytes] = []
        self.marks: list[str] = []
        self.interfaces: list[int] = []
        self.ended = False

    def close(self) -> None:
        self.source.close()

    def settle(self) -> "Followed":
        """Read as long as there is something to read."""
        while not self.ended and select.select([self.source], [], [], 0)[0]:
            self._read()
        return self

    def until(self, *, frames: int = 0, marks: int = 0) -> "Followed":
        while len(self.frames) < frames or len(self.marks) < marks:
            assert select.select([self.source], [], [], PATIENCE)[0], f"only {self.frames} and {self.marks}"
            self._read()
        return self.settle()

    def _read(self) -> None:
        batch = self.source.read()
        self.marks += self.source.take_marks()
        if batch is None:
            self.ended = True
            return
        self.frames += [frame.data for frame in frames_of(batch, self.source.interfaces)]
        self.interfaces += batch.interface.tolist()

    def append(self, data: bytes) -> "Followed":
        with self.path.open("ab") as file:
            file.write(data)
        return self.settle()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dump.pcap"


@pytest.fixture
def followed(path: Path):
    path.write_bytes(pcap(RECORDS))
    with closing(Followed(path)) as followed:
        yield followed


def test_what_is_there_comes_first_and_then_what_is_appended(followed: Followed) -> None:
    assert followed.settle().frames == [data for _, _, data in RECORDS]
    assert followed.append(pcap(LATER)[24:]).frames[3:] == [b"three"]
    assert (followed.marks, followed.source.fault) == ([], "")


def test_how_far_it_is_read_is_known(followed: Followed, path: Path) -> None:
    size = path.stat().st_size
    assert followed.settle().source.extent() == (size, size)
    with path.open("ab") as file:
        file.write(bytes(5))
    assert followed.source.extent() == (size, size + 5)


def test_nothing_is_read_while_nothing_is_appended(followed: Followed) -> None:
    followed.settle()
    assert not select.select([followed.source], [], [], 0.7)[0]


@pytest.mark.parametrize(
    ("data", "ends"),
    [(pcap(RECORDS), 3), (section() + interface("a") + enhanced(b"one") + enhanced(b"two"), 2)],
    ids=["pcap", "pcapng"],
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(cuts=st.lists(st.integers(1, 2100), max_size=6))
def test_however_it_grows(tmp_path: Path, data: bytes, ends: int, cuts: list[int]) -> None:
    path = tmp_path / "grows"
    path.write_bytes(b"")
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    with closing(Followed(path)) as followed:
        for start, end in pairwise(edges):
            followed.append(data[start:end])
        assert len(followed.frames) == ends
        assert (followed.marks, followed.source.fault) == ([], "")


def test_a_file_that_is_not_there_yet(path: Path) -> None:
    with closing(Followed(path)) as followed:
        assert followed.source.info.notes == (f"{path} is not there yet: waiting for it",)
        path.write_bytes(pcap(RECORDS))
        assert len(followed.until(frames=3).frames) == 3


def test_a_large_one_comes_whole(path: Path) -> None:
    path.write_bytes(pcap([(1, number, bytes(1400)) for number in range(3000)]))
    with closing(Followed(path)) as followed:
        assert len(followed.settle().frames) == 3000


class TestBegunAnew:
    def test_by_cutting_it_off(self, followed: Followed, path: Path) -> None:
        """As QEMU does at each start: O_TRUNC."""
        followed.settle()
        path.write_bytes(pcap(LATER))
        assert followed.until(frames=4, marks=1).frames[3:] == [b"three"]
        assert followed.marks == [f"{path} was cut off and begun anew: going on from its beginning"]
        assert followed.source.interfaces == [Interface("", 1, 262144)]

    def test_by_another_that_is_as_long(self, followed: Followed, path: Path) -> None:
        followed.settle()
        path.write_bytes(pcap([(second + 9, part, data) for second, part, data in RECORDS]))
        assert len(followed.until(frames=6).frames) == 6
        assert len(followed.marks) == 1

    def test_by_another_file_in_its_place(self, followed: Followed, path: Path) -> None:
        followed.settle()
        path.rename(path.with_suffix(".1"))
        followed.until(marks=1)
        path.write_bytes(pcap(LATER))
        assert followed.until(frames=4, marks=2).frames[3:] == [b"three"]
        assert followed.marks == [
            f"{path} was removed or renamed: waiting for it to be made anew",
            f"{path} is another file now: going on with that",
        ]

    def test_by_another_that_is_moved_over_it(self, followed: Followed, path: Path) -> None:
        """What was appended before the move is not lost."""
        followed.settle()
        other = path.with_suffix(".new")
        other.write_bytes(pcap(LATER))
        with path.open("ab") as file:
            file.write(pcap([(6, 0, b"last")])[24:])
            other.rename(path)
        assert followed.until(frames=5).frames[3:] == [b"last", b"three"]

    def test_with_other_interfaces(self, path: Path) -> None:
        path.write_bytes(section() + interface("a") + interface("b") + enhanced(b"1", on=1))
        with closing(Followed(path)) as followed:
            followed.settle()
            path.write_bytes(section() + interface("a") + interface("c") + enhanced(b"2") + enhanced(b"3", on=1))
            followed.until(frames=3)
            assert [each.name for each in followed.source.interfaces] == ["a", "b", "c"]
            assert followed.interfaces == [1, 0, 2]

    def test_in_the_middle_of_a_record(self, followed: Followed, path: Path) -> None:
        followed.append(pcap(LATER)[24:-2])
        path.write_bytes(pcap(LATER))
        assert followed.until(frames=4, marks=1).frames[3:] == [b"three"]


class TestFaults:
    def test_damage_ends_it(self, followed: Followed) -> None:
        followed.settle().append(b"\xff" * 16)
        assert followed.ended
        assert followed.source.fault.startswith(f"{followed.path}: record 4 at offset 2078 says 4294967295 bytes")

    def test_what_is_no_capture(self, path: Path) -> None:
        path.write_bytes(b"GET / HTTP/1.1\r\nHost: x\r\n")
        with closing(Followed(path)) as followed:
            assert followed.settle().ended
            assert "begin neither a pcap nor a pcapng file" in followed.source.fault

    def test_no_such_folder(self, tmp_path: Path) -> None:
        with pytest.raises(OSError) as raised:
            open_follow(str(tmp_path / "none" / "dump.pcap"))
        assert raised.value.errno == errno.ENOENT

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(OSError) as raised:
            open_follow(str(tmp_path))
        assert raised.value.errno == errno.EISDIR


def test_a_pipe_waits_by_itself(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with closing(open_follow(str(tmp_path / "pipe"))) as source:
        assert isinstance(source, StreamSource)


@pytest.mark.parametrize("why", ["nobody tells", "not allowed"])
def test_where_inotify_tells_nothing_it_is_looked_at(path: Path, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why == "nobody tells":
        there = MountEntry(1, "/", (), "nfs4", "server:/")
        monkeypatch.setattr(news, "mount_of", lambda path: there)
        monkeypatch.setattr(news, "CHANGED", 0x8)  # nobody closes it here
    else:
        monkeypatch.setattr(news.Inotify, "add", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "none left")))
    path.write_bytes(pcap(RECORDS))
    with closing(Followed(path)) as followed:
        followed.settle()
        fd = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.write(fd, pcap(LATER)[24:])
        assert followed.until(frames=4).frames[3:] == [b"three"]
        os.close(fd)
