"""Captures through pipes: what has arrived is shown, what has not is waited for."""

import fcntl
import os
import select
import shutil
import socket
import stat
import struct
import subprocess
import threading

import pytest
from allowed import SECOND_USER, needs
from capture_bytes import enhanced, frames, interface, option, pcap, section, words_only
from piping import Pipe, piped

from tapscope.attempt import AttemptFailed, Step
from tapscope.capture.files import BadCapture, open_file, open_stream
from tapscope.capture.files.mapped import FileSource
from tapscope.capture.files.stream import StreamSource
from tapscope.frame import Interface

RECORDS = [(1, 2, b"one"), (3, 4, b"two"), (5, 6, bytes(2000))]
BLOCKS = section() + interface("a") + enhanced(b"one") + enhanced(b"two", options=option(1, b"!"))


@pytest.mark.parametrize(
    ("data", "ends"), [(pcap(RECORDS), [43, 62, 2078]), (BLOCKS, [96, 140])], ids=["pcap", "pcapng"]
)
def test_a_frame_comes_with_its_last_byte(data, ends):
    pipe = Pipe()
    came = [at for at in range(len(data)) if pipe.send(data[at : at + 1])]
    pipe.close()
    assert [at + 1 for at in came] == ends
    assert pipe.source.fault == ""


def test_several_come_at_once():
    pipe = Pipe()
    assert len(pipe.send(pcap(RECORDS))) == 3
    assert pipe.read() == []
    assert not pipe.ended
    pipe.close()


def test_sections_do_not_hold_each_other_up():
    pipe = Pipe()
    assert len(pipe.send(BLOCKS + BLOCKS)) == 4
    assert [each.name for each in pipe.source.interfaces] == ["a", "a"]
    pipe.close()


def test_interfaces_are_one_list_that_grows():
    pipe = Pipe()
    interfaces = pipe.source.interfaces
    pipe.send(section())
    assert interfaces == []
    pipe.send(interface("a"))
    assert interfaces == [Interface("a")]
    pipe.send(interface("b"))
    assert interfaces == [Interface("a"), Interface("b")]
    pipe.close()


def test_the_header_of_a_classic_file_describes_the_interface():
    pipe = Pipe()
    pipe.send(pcap(link=113))
    assert [each.link_type for each in pipe.source.interfaces] == [113]
    pipe.close()


def test_a_huge_block_that_does_not_matter_is_not_kept():
    head = section() + interface()
    total = 32 * 1024 * 1024
    huge = struct.pack("<II", 0x40000BAD, total) + bytes(total - 12) + struct.pack("<I", total)
    pipe = Pipe()
    pipe.send(head)
    for at in range(0, total, 60_000):
        pipe.send(huge[at : at + 60_000])
        assert sum(map(len, pipe.source._feed._chunks)) < 70_000
    assert [frame.data for frame in pipe.send(enhanced(b"after"))] == [b"after"]
    pipe.close()
    assert pipe.source.fault == ""


class TestFaults:
    @pytest.mark.parametrize(
        ("data", "fault"),
        [
            (b"", "-: empty, not even a header"),
            (pcap(RECORDS)[:20], "-: cut off at offset 20, inside the header of 24 bytes"),
            (
                b"GET / HTTP/1.1\r\nHost: x\r\n",
                "-: the bytes 47 45 54 20 at offset 0 begin neither a pcap nor a pcapng file",
            ),
            (b"\x1f\x8b" + bytes(40), "-: compressed by gzip; try: gunzip -c | tapscope -"),
            (pcap(RECORDS)[:50], "-: record 2 at offset 43 is cut off: 7 bytes are left of its header of 16"),
            (pcap(RECORDS)[:61], "-: record 2 at offset 43 says 3 bytes but 2 are left"),
            (BLOCKS[:-2], "-: block at offset 96 says 44 bytes but 42 are left"),
        ],
        ids=words_only,
    )
    def test_they_are_named_at_the_end(self, data, fault):
        assert piped([data])[1] == fault

    def test_nobody_waits_for_a_length_that_cannot_be_true(self):
        pipe = Pipe()
        pipe.send(pcap([(1, 2, b"good")]) + struct.pack("<IIII", 1, 2, 2**32 - 1, 60))
        pipe.read()
        assert pipe.ended
        assert [frame.data for frame in pipe.frames] == [b"good"]
        assert pipe.source.fault.startswith("-: record 2 at offset 44 says 4294967295 bytes, more than")
        pipe.close()

    def test_a_stream_that_is_none_ends_at_once(self):
        pipe = Pipe()
        pipe.send(bytes(24))
        assert pipe.ended
        pipe.close()

    def test_what_cannot_be_read_is_a_failed_attempt(self, tmp_path):
        fd = os.open(tmp_path, os.O_RDONLY)
        source = open_stream(fd, "folder")
        with pytest.raises(AttemptFailed) as failed:
            source.read()
        assert (failed.value.attempt.step, failed.value.attempt.errno_name) == (Step.READ, "EISDIR")
        source.close()
        os.close(fd)


class TestDescriptors:
    def test_nothing_is_changed_on_the_descriptor_and_it_stays_open(self):
        reading, writing = os.pipe()
        before = fcntl.fcntl(reading, fcntl.F_GETFL)
        source = open_stream(reading, "-")
        assert source.read() is not None
        assert source.fileno() not in (reading, -1)
        source.close()
        source.close()
        assert fcntl.fcntl(reading, fcntl.F_GETFL) == before
        os.close(reading)
        os.close(writing)

    def test_it_can_be_polled(self):
        pipe = Pipe()
        assert select.select([pipe.source], [], [], 0)[0] == []
        assert os.write(pipe._writing, pcap()) == 24
        assert select.select([pipe.source], [], [], 10)[0] == [pipe.source]
        pipe.close()

    def test_a_socket_is_as_good(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            source = open_stream(ours.fileno(), "socket")
            assert source.fileno() >= 0
            theirs.sendall(pcap(RECORDS))
            theirs.shutdown(socket.SHUT_WR)
            assert [frame.data for frame in frames(source)] == [data for _, _, data in RECORDS]

    def test_what_never_blocks_is_always_ready(self):
        source = open_file("/dev/null")
        assert isinstance(source, StreamSource)
        assert source.fileno() == -1
        assert source.read() is None
        assert source.fault == "/dev/null: empty, not even a header"
        source.close()

    def test_a_file_on_standard_input_is_mapped_from_where_it_stands(self, tmp_path):
        (tmp_path / "x").write_bytes(b"before" + BLOCKS[:-1])
        with (tmp_path / "x").open("rb") as file:
            file.seek(6)
            source = open_stream(file.fileno(), "-")
            assert isinstance(source, FileSource)
            assert [frame.data for frame in frames(source)] == [b"one"]
            assert source.fault == "-: block at offset 102 says 44 bytes but 43 are left"
            file.seek(6 + len(BLOCKS))
            with pytest.raises(BadCapture, match="-: empty"):
                open_stream(file.fileno(), "-")

    def test_a_named_pipe_waits_for_its_writer(self, tmp_path):
        path = tmp_path / "pipe"
        os.mkfifo(path)
        source = open_file(path)
        assert stat.S_ISFIFO(os.fstat(source.fileno()).st_mode)
        for _ in range(3):
            assert len(source.read()) == 0
        with path.open("wb", buffering=0) as writer:
            writer.write(pcap(RECORDS))
            assert len(source.read()) == 3
            assert len(source.read()) == 0
        assert source.read() is None
        assert source.fault == ""
        source.close()


def test_a_writer_that_is_faster_loses_nothing():
    data = pcap([(number, 0, number.to_bytes(4, "big") * (number % 400)) for number in range(20_000)])
    reading, writing = os.pipe()

    def write():
        with open(writing, "wb") as stream:  # noqa: PTH123  a descriptor
            stream.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    source = open_stream(reading, "-")
    os.close(reading)
    found = []
    while True:
        select.select([source], [], [], 10)
        batch = source.read()
        if batch is None:
            break
        found += batch.captured.tolist()
    thread.join()
    source.close()
    assert source.fault == ""
    assert found == [4 * (number % 400) for number in range(20_000)]


@needs(SECOND_USER)  # tcpdump -Z sets groups
@pytest.mark.skipif(not shutil.which("tcpdump"), reason="tcpdump is not installed")
def test_a_live_tcpdump():
    script = (
        "ip link set lo up && { tcpdump -U --immediate-mode -Z root -i lo -c 2 -w - & }"
        " && read go && ping -c 1 127.0.0.1 >/dev/null && wait"
    )
    command = ["unshare", "-n", "-p", "-f", "--kill-child", "sh", "-c", script]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:
        source = open_stream(process.stdout.fileno(), "-")
        found = []
        try:
            while (batch := source.read()) is not None:
                found += batch.length.tolist()
                if source.interfaces and not process.stdin.closed:  # tcpdump wrote its header: it listens
                    process.stdin.write(b"go\n")
                    process.stdin.close()
                select.select([source], [], [], 20)
        finally:
            process.kill()
            source.close()
    assert found == [98, 98]
    assert source.fault == ""
