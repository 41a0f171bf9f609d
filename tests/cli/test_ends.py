"""How the command ends when a stream is closed, a disk is full or somebody ends it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from cli_kit import ARP, COMMAND, capture, rows, run


@pytest.fixture
def many_frames(tmp_path):
    return capture(tmp_path / "many.pcapng", *[ARP] * 1000)


def redirected(redirection, *words):
    """Run the command as a shell does that closes or redirects one of its streams."""
    return run(*words, before=("sh", "-c", f'exec "$@" {redirection}', "sh"))


CLOSED = "tapscope: stdout: Bad file descriptor\n"


@pytest.mark.parametrize("words", ["--help", "doctor", "dump FILE", "dump FILE --json", "dump FILE -w -"])
def test_a_closed_stdout_is_named(many_frames, words):
    done = redirected(">&-", *words.replace("FILE", many_frames).split())
    assert (done.returncode, done.stderr.decode()) == (74, CLOSED)


def test_a_closed_stdout_is_no_matter_where_nothing_goes_there(many_frames, tmp_path):
    done = redirected(">&-", "dump", many_frames, "-q", "-w", str(tmp_path / "out.pcapng"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(rows("dump", str(tmp_path / "out.pcapng"))) == 1000


def test_a_closed_stderr_takes_no_messages(tmp_path):
    done = redirected("2>&-", "dump", str(tmp_path / "missing.pcap"))
    assert (done.returncode, done.stdout) == (66, b"")


@pytest.mark.parametrize("redirection", ["<&-", "0>/dev/null"])
def test_a_stdin_that_cannot_be_read_is_an_input_error(redirection):
    done = redirected(redirection, "dump", "-")
    assert (done.returncode, done.stderr) == (74, b"tapscope: read -: EBADF (Bad file descriptor)\n")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    done = redirected(f"0>>{capture(tmp_path / 'x.pcap', ARP)}", "dump", "-")
    assert (done.returncode, done.stderr) == (74, b"tapscope: -: Bad file descriptor\n")


def test_a_path_longer_than_any_is_no_input():
    assert run("dump", f"/{'a' * 300}").returncode == 66
    assert b"has 300 bytes" in run("dump", "a" * 300).stderr


@pytest.mark.parametrize("suffix", [".pcapng", ".pcap"])
def test_what_is_on_a_full_disk_is_whole(many_frames, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    done = run("dump", many_frames, "-w", str(path), before=("prlimit", "--fsize=20000"))
    assert (done.returncode, done.stderr.decode()) == (74, f"tapscope: -w {path}: File too large\n")
    kept = run("dump", str(path), "--json")
    assert (kept.returncode, kept.stderr) == (0, b"")
    assert 100 < len([json.loads(line) for line in kept.stdout.splitlines()]) < 1000


@pytest.mark.parametrize("suffix", [".pcapng", ".pcap"])
def test_where_not_even_a_header_fits_nothing_is_left(many_frames, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    done = run("dump", many_frames, "-w", str(path), before=("prlimit", "--fsize=10"))
    assert (done.returncode, done.stderr.decode()) == (74, f"tapscope: -w {path}: File too large\n")
    assert not path.exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_is_quiet_and_leaves_a_whole_capture(many_frames, tmp_path, number, code):
    path = str(tmp_path / "out.pcapng")
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([*COMMAND, "dump", "-", "-w", path], **pipes) as process:
        process.stdin.write(Path(many_frames).read_bytes())
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (code, b"")
    kept = run("dump", path)
    assert (kept.returncode, kept.stderr) == (0, b"")


def test_what_nohup_ignores_is_ignored(many_frames):
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    with subprocess.Popen(["nohup", *COMMAND, "dump", "-"], stderr=subprocess.DEVNULL, **pipes) as process:
        process.stdin.write(Path(many_frames).read_bytes())
        process.stdin.flush()
        process.stdout.readline()
        os.kill(process.pid, signal.SIGHUP)
        process.stdin.close()
        out = process.stdout.read()
    assert (process.returncode, out.count(b"\n")) == (0, 999)
