"""The socket on which QEMU tells its frames: whole ones, partial ones, impossible ones, and guests that come and go."""

import errno
import os
import select
import socket
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from struct import pack

import numpy as np
import pytest
from capture_kit import PATIENCE, frame, rows, running
from hypothesis import given
from hypothesis import strategies as st

from tapscope.capture.hub import LARGEST, Deframer, HubSource, open_hub
from tapscope.capture.source import Opened
from tapscope.frame import Direction


def framed(*frames: bytes) -> bytes:
    return b"".join(pack(">I", len(each)) + each for each in frames)


def call(path: Path) -> socket.socket:
    channel = socket.socket(socket.AF_UNIX)
    channel.connect(str(path))
    return channel


class Heard:
    """Everything that a source hands over, and everything it says."""

    def __init__(self, source: HubSource) -> None:
        self.source = source
        self.frames: list[bytes] = []
        self.marks: list[str] = []

    def until(self, *, frames: int = 0, marks: int = 0) -> "Heard":
        while len(self.frames) < frames or len(self.marks) < marks:
            assert select.select([self.source], [], [], PATIENCE)[0], f"only {self.frames} and {self.marks}"
            batch = self.source.read()
            assert set(batch.direction.tolist()) <= {Direction.UNKNOWN}
            self.frames += [data for data, _ in rows(batch)]
            self.marks += self.source.take_marks()
        return self


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.sock"


@pytest.fixture
def heard(path: Path):
    with closing(open_hub(str(path))) as source:
        yield Heard(source)


A, B = frame(b"a"), frame(b"b")


def test_frames_come_as_they_were_sent(heard: Heard, path: Path) -> None:
    with call(path) as guest:
        guest.sendall(framed(A, B, bytes(1514)))
        heard.until(frames=3)
    assert heard.frames == [A, B, bytes(1514)]


@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(0, 2500), max_size=8))
def test_however_the_stream_is_cut(frames: list[bytes], cuts: list[int]) -> None:
    data = framed(*frames)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    deframer = Deframer()
    found = [deframer.cut(data[start:end], 0) for start, end in pairwise(edges)]
    assert [data for batch in found for data, _ in rows(batch)] == [each for each in frames if each]


@given(st.binary(max_size=4000))
def test_whatever_is_sent(data: bytes) -> None:
    deframer = Deframer()
    batch = deframer.cut(data, 0)
    assert np.all(batch.captured <= LARGEST)
    assert sum(batch.captured.tolist()) <= len(data)


def test_a_stall_in_mid_frame_holds_nobody_else_up(heard: Heard, path: Path) -> None:
    with call(path) as stalled, call(path) as other:
        stalled.sendall(framed(A) + framed(B)[:20])
        heard.until(frames=1)
        other.sendall(framed(B, B))
        heard.until(frames=3)
        stalled.sendall(framed(B)[20:])
        heard.until(frames=4)
    assert heard.frames == [A, B, B, B]


@pytest.mark.parametrize("size", [LARGEST + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_true(heard: Heard, path: Path, size: int) -> None:
    with call(path) as guest:
        guest.sendall(framed(A) + pack(">I", size) + bytes(1000))
        heard.until(frames=1, marks=2)
        assert f"said that a frame has {size:,} bytes" in heard.marks[1]
        with pytest.raises(OSError):  # noqa: PT012  the first may come before the end
            for _ in range(2):
                guest.sendall(framed(A))
    with call(path) as again:
        again.sendall(framed(B))
        heard.until(frames=2)
    assert heard.frames == [A, B]


def test_the_longest_frame(heard: Heard, path: Path) -> None:
    with call(path) as guest:
        guest.sendall(framed(bytes(LARGEST), A))
        heard.until(frames=2)
    assert list(map(len, heard.frames)) == [LARGEST, len(A)]


def test_who_goes_in_mid_frame_may_come_again(heard: Heard, path: Path) -> None:
    with call(path) as guest:
        guest.sendall(framed(A)[:-1])
    heard.until(marks=2)
    with call(path) as guest:
        guest.sendall(framed(B))
        heard.until(frames=1, marks=3)
    assert heard.frames == [B]
    connected, away, again = heard.marks
    assert connected == again == "a guest is connected"
    assert away == "a guest went away: waiting for it to come again"


def test_the_guest_behind_the_socket_is_named(heard: Heard, path: Path, tmp_path: Path) -> None:
    qemu = tmp_path / "qemu-system-x86_64"
    qemu.symlink_to(sys.executable)
    code = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({str(path)!r}); print(flush=True); s.recv(1)"
    command = [qemu, "-c", code, "-name", "guest=web1,debug-threads=on"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        heard.until(marks=1)
        process.kill()
    assert heard.marks == [f"qemu-system-x86_64 (pid {process.pid}, guest web1) is connected"]


class TestThePath:
    def test_the_socket_is_removed_at_the_end(self, path: Path) -> None:
        source = open_hub(str(path))
        assert path.is_socket()
        source.close()
        assert not path.exists()

    def test_what_took_its_place_is_left_alone(self, path: Path) -> None:
        source = open_hub(str(path))
        path.unlink()
        path.write_text("mine")
        source.close()
        assert path.read_text() == "mine"

    def test_a_socket_that_nobody_listens_on_is_replaced(self, path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(str(path))
        with closing(open_hub(str(path))) as source, call(path) as guest:
            guest.sendall(framed(A))
            assert Heard(source).until(frames=1).frames == [A]

    def test_a_file_is_left_alone(self, path: Path) -> None:
        path.write_text("mine")
        with pytest.raises(OSError) as raised:
            open_hub(str(path))
        assert (raised.value.errno, raised.value.filename) == (errno.ENOTSOCK, str(path))
        assert path.read_text() == "mine"

    @pytest.mark.parametrize(
        ("name", "number"), [("no/such/folder", errno.ENOENT), ("x" * 200, errno.ENAMETOOLONG), ("", errno.ENOTSOCK)]
    )
    def test_where_no_socket_can_be(self, tmp_path: Path, name: str, number: int) -> None:
        with pytest.raises(OSError) as raised:
            open_hub(str(tmp_path / name))
        assert (raised.value.errno, raised.value.filename) == (number, str(tmp_path / name))


class TestWhereQemuListens:
    """``server=on``: the socket is there already, and QEMU takes one caller after the other."""

    @pytest.fixture
    def qemu(self, path: Path):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen(1)
            yield server

    def test_it_is_called(self, qemu: socket.socket, path: Path) -> None:
        with closing(open_hub(str(path))) as source:
            heard = Heard(source).until(marks=1)
            channel, _ = qemu.accept()
            with channel:
                channel.sendall(framed(A))
                heard.until(frames=1)
        assert path.is_socket()

    def test_it_hangs_up_and_is_called_again(self, qemu: socket.socket, path: Path) -> None:
        with closing(open_hub(str(path))) as source:
            heard = Heard(source)
            for number in (1, 2):
                heard.until(marks=2 * number - 1)
                qemu.accept()[0].close()
                heard.until(marks=2 * number)
        assert len(heard.marks) == 4

    def test_it_ends_and_another_begins(self, qemu: socket.socket, path: Path) -> None:
        with closing(open_hub(str(path))) as source:
            heard = Heard(source).until(marks=1)
            qemu.accept()[0].close()
            qemu.close()
            heard.until(marks=2)
            path.unlink()
            with socket.socket(socket.AF_UNIX) as other:
                other.bind(str(path))
                other.listen(1)
                heard.until(marks=3)
                other.accept()[0].close()
                heard.until(marks=4)


def test_the_loop_reads_it(path: Path) -> None:
    with running(lambda: open_hub(str(path))) as capture:
        info = capture.first(Opened).info
        assert (info.name, info.mode, info.live) == (str(path), "qemu", True)
        with call(path) as guest:
            guest.sendall(framed(A))
            capture.until(lambda: capture.saw(A))
    assert not os.path.lexists(path)
