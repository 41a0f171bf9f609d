"""Lines, JSON and capture files out of captures, through pipes as a shell makes them."""

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
from cli_kit import ARP, COMMAND, SECOND, capture, dns_query, http_request, rows, run

from tapscope.dissect.summary import Summary, Tint
from tapscope.dump.rows import JsonRow, TextRow
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.export import save

TEXT = """\
     1     0.000000 out 02:00:00:00:00:01 ff:ff:ff:ff:ff:ff ARP         42 who has 10.0.0.2 says 10.0.0.1
     2     0.001000 out 02:00:00:00:00:01 ff:ff:ff:ff:ff:ff ARP         42 who has 10.0.0.2 says 10.0.0.1
"""


@pytest.fixture
def two_frames(tmp_path):
    return capture(tmp_path / "two.pcapng", ARP, ARP, first=1_700_000_000, direction=Direction.OUT)


def test_text(two_frames):
    done = run("dump", two_frames)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, TEXT, b"")


def test_the_terminals_command_prints_the_same_where_stdout_is_no_terminal(two_frames):
    assert run(two_frames).stdout.decode() == TEXT


def test_json(two_frames):
    assert rows("dump", two_frames)[1] == {
        "number": 2,
        "time": "1700000000.001000000",
        "interface": "tap0",
        "direction": "out",
        "source": "02:00:00:00:00:01",
        "destination": "ff:ff:ff:ff:ff:ff",
        "protocol": "ARP",
        "length": 42,
        "info": "who has 10.0.0.2 says 10.0.0.1",
    }


def test_what_a_capture_does_not_say_is_null(tmp_path):
    [row] = rows("dump", capture(tmp_path / "old.pcap", ARP))
    assert row["direction"] is None
    assert row["interface"] is None


def test_several_interfaces_have_a_column_and_one_a_name_that_is_one_word(tmp_path):
    path = tmp_path / "two.pcapng"
    two = [Interface("tap0"), Interface("Ethernet \x1b2")]
    told = [Frame(number, number, Direction.OUT, len(ARP), ARP, two[number % 2]) for number in (1, 2)]
    save(path, told, two)
    lines = [line.split()[:4] for line in run("dump", str(path)).stdout.decode().splitlines()]
    assert lines == [["1", "0.000000", "Ethernet_\\x1b2", "out"], ["2", "0.000000", "tap0", "out"]]
    assert [row["interface"] for row in rows("dump", str(path))] == ["Ethernet \x1b2", "tap0"]


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_stdin_as_a_pipe_and_as_a_file(tmp_path, suffix):
    path = capture(tmp_path / f"in.{suffix}", ARP, ARP, ARP)
    assert len(rows("dump", "-", input=Path(path).read_bytes())) == 3
    with Path(path).open("rb") as file:
        done = run("dump", "-", stdin=file, stdout=subprocess.PIPE)
    assert done.stdout.count(b"\n") == 3


def test_lines_come_while_the_pipe_is_still_open(two_frames):
    with subprocess.Popen([*COMMAND, "dump", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(Path(two_frames).read_bytes())
        process.stdin.flush()
        lines = [process.stdout.readline().decode() for _ in range(2)]
        assert "".join(lines) == TEXT
        process.stdin.close()
        assert process.wait(20) == 0


def test_count(two_frames):
    done = run("dump", two_frames, "-c", "1")
    assert (done.returncode, done.stdout.decode()) == (0, TEXT.splitlines(keepends=True)[0])
    assert run("dump", two_frames, "-c", "9").stdout.decode() == TEXT


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_writing_a_capture_beside_the_lines(two_frames, tmp_path, suffix):
    out = str(tmp_path / f"out.{suffix}")
    assert run("dump", two_frames, "-w", out).stdout.decode() == TEXT
    assert [row["time"] for row in rows("dump", out)] == ["1700000000.000000000", "1700000000.001000000"]


def test_writing_quietly(two_frames, tmp_path):
    done = run("dump", two_frames, "-q", "-c", "1", "-w", str(tmp_path / "out.pcapng"))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(rows("dump", str(tmp_path / "out.pcapng"))) == 1


def test_writing_to_stdout_into_another(two_frames):
    first = run("dump", two_frames, "-w", "-")
    assert (first.returncode, first.stderr) == (0, b"")
    assert rows("dump", "-", input=first.stdout) == rows("dump", two_frames)


def test_writing_into_a_named_pipe(two_frames, tmp_path):
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    with subprocess.Popen([*COMMAND, "dump", pipe], stdout=subprocess.PIPE) as reader:
        assert run("dump", two_frames, "-q", "-w", pipe).returncode == 0
        assert reader.communicate(timeout=20)[0].decode() == TEXT


def test_never_over_a_file_that_is_there(two_frames, tmp_path):
    before = Path(two_frames).read_bytes()
    for path in (two_frames, str(tmp_path / "kept.pcap")):
        Path(path).touch()
        done = run("dump", two_frames, "-w", path)
        assert (done.returncode, done.stdout) == (2, b"")
        said = f"tapscope: -w {path}: there is a file of that name; remove it, or name another\n"
        assert done.stderr.decode() == said
    assert Path(two_frames).read_bytes() == before


def test_a_capture_that_cannot_be_read_leaves_no_file(tmp_path):
    out = tmp_path / "out.pcapng"
    assert run("dump", str(tmp_path / "missing.pcap"), "-w", str(out)).returncode == 66
    assert not out.exists()


def test_a_reader_that_takes_one_line(tmp_path):
    path = capture(tmp_path / "many.pcapng", *[ARP] * 3000)
    shell = f"{shlex.join([*COMMAND, 'dump', str(path)])} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [TEXT.splitlines()[0].replace("out", "-  "), "141"]
    assert done.stderr == ""


def test_a_full_disk(two_frames):
    with Path("/dev/full").open("wb") as full:
        done = run("dump", two_frames, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (74, b"tapscope: stdout: No space left on device\n")


def test_control_c_is_quiet(two_frames):
    command = [*COMMAND, "dump", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(Path(two_frames).read_bytes())
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.communicate()[1] == b""


BAD = {
    "missing": (None, 66, "No such file or directory"),
    "empty": (b"", 65, "empty, not even a header"),
    "no capture": (b"#!/bin/sh\nexit 0\n\n\n\n\n\n", 65, "begin neither a pcap nor a pcapng file"),
    "compressed": (b"\x1f\x8b\x08" + bytes(40), 65, "compressed by gzip; try: gunzip -c"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_named_in_one_line(kind, tmp_path):
    content, code, words = BAD[kind]
    path = tmp_path / "bad.pcap"
    if content is not None:
        path.write_bytes(content)
    done = run("dump", str(path))
    assert (done.returncode, done.stdout) == (code, b"")
    line = done.stderr.decode()
    assert line.count("\n") == 1
    assert line.startswith(f"tapscope: {path}: ")
    assert words in line


def test_a_folder_is_no_capture(tmp_path):
    done = run("dump", f"{tmp_path}/")
    assert (done.returncode, done.stdout) == (66, b"")
    assert done.stderr.decode() == f"tapscope: {tmp_path}/: Is a directory\n"


def test_a_capture_cut_short_is_printed_as_far_as_it_goes(two_frames, tmp_path):
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(Path(two_frames).read_bytes()[:-9])
    done = run("dump", str(cut))
    assert (done.returncode, done.stdout.decode()) == (0, TEXT.splitlines(keepends=True)[0])
    assert str(cut) in done.stderr.decode()
    assert "offset" in done.stderr.decode()


def test_a_capture_of_which_no_frame_can_be_read(two_frames, tmp_path):
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(capture(tmp_path / "one.pcap", ARP)).read_bytes()[:-1])
    assert run("dump", str(cut)).returncode == 65


HOSTILE = b"/\x1b]0;owned\x07[/x]\xe2\x80\xae\x9b2J"


@pytest.mark.parametrize("frame", [http_request(HOSTILE), dns_query(HOSTILE)], ids=["HTTP", "DNS"])
def test_nothing_from_the_wire_drives_the_terminal(frame, tmp_path):
    path = capture(tmp_path / "hostile.pcapng", frame)
    for words in ([], ["--json"]):
        out = run("dump", path, *words).stdout
        assert out.count(b"\n") == 1
        assert b"owned" in out or HOSTILE.hex(" ").encode() in out
        assert all(0x20 <= byte < 0x7F for byte in out.rstrip(b"\n"))
    assert json.loads(out)["protocol"] in {"HTTP", "DNS"}


def test_a_terminal_that_knows_ascii_only(tmp_path):
    path = capture(tmp_path / "tcp.pcapng", dns_query(b"a" * 63))
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = run("dump", path, env=environment)
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_a_time_before_the_first_and_before_1970():
    def frame(time_ns):
        return Frame(1, time_ns, Direction.UNKNOWN, 0, b"", Interface(""))

    nothing = Summary("", "", "", "", Tint.NONE)
    row = TextRow()
    assert [row(frame(time), nothing).split()[1] for time in (5 * SECOND, 4 * SECOND - 1, None)] == [
        "0.000000",
        "-1.000000",
        "-",
    ]
    assert json.loads(JsonRow()(frame(-1), nothing))["time"] == "-0.000000001"
    assert json.loads(JsonRow()(frame(None), nothing))["time"] is None
