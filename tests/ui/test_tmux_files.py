"""Files and pipes on a real terminal: where the keys come from, and what the shell is told at the end."""

import os
import shlex
from pathlib import Path

import pytest
from terminal import TAPSCOPE, TMUX, Terminal

import tapscope.demo
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.export import save

pytestmark = pytest.mark.skipif(TMUX is None, reason="no tmux")

COMMAND = shlex.join(TAPSCOPE)
RECORDING = Path(tapscope.demo.__file__).with_name("recording.pcapng")


def test_the_keyboard_works_while_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with Terminal(tmp_path, f"{COMMAND} - < {pipe}") as terminal, pipe.open("wb") as writer:
        writer.write(RECORDING.read_bytes())
        writer.flush()
        terminal.wait_for(r"FOLLOW\n +101 frames")
        terminal.type("g")
        terminal.wait_for("BROWSE")
        terminal.type("q")
        terminal.wait_for("left with 0")


@pytest.mark.parametrize(
    "content", [b"", b"#!/bin/sh\n" * 9, RECORDING.read_bytes()[:200]], ids=["empty", "script", "cut"]
)
def test_a_pipe_of_which_nothing_can_be_read_is_bad_data(tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(content)
    with Terminal(tmp_path, f"cat {bad} | {COMMAND} -") as terminal:
        terminal.wait_for(r"ENDED\n +0 frames")
        terminal.type("q")
        terminal.wait_for("left with 65")


def test_a_pipe_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    with Terminal(tmp_path, f"head -c 5000 {RECORDING} | {COMMAND} -") as terminal:
        terminal.wait_for(r"ENDED\n +20 frames.*offset 4912")
        terminal.type("q")
        terminal.wait_for("left with 0")


@pytest.mark.parametrize(
    ("words", "code"),
    [("{}/", 66), ("{}/missing.pcap", 66), ("/dev/tty/x.pcap", 66), ("{}/empty.pcap", 65)],
)
def test_what_cannot_be_opened_is_one_line_and_no_screen(tmp_path: Path, words: str, code: int) -> None:
    (tmp_path / "empty.pcap").touch()
    path = words.format(tmp_path)
    with Terminal(tmp_path, f"{COMMAND} {path}", width=200) as terminal:
        screen = terminal.wait_for(f"left with {code}")
        assert f"tapscope: {path}: " in screen


def test_what_frames_may_take_is_kept_to_and_said(tmp_path: Path) -> None:
    """Of a pipe: the bytes of a mapped file are nobody's memory."""
    frames = [Frame(n, n, Direction.OUT, 1000, bytes(1000), Interface("tap0")) for n in range(1, 5001)]
    save(tmp_path / "large.pcapng", frames, [Interface("tap0")])
    with Terminal(tmp_path, f"cat {tmp_path / 'large.pcapng'} | {COMMAND} - --memory 1MiB", width=160) as terminal:
        terminal.wait_for(r"5,000 frames.*memory [\d.]+ [kM]B of 1.05 MB, [34],\d\d\d evicted")
        terminal.type("g")
        terminal.wait_for(r"^> +[34]\d\d\d ")
        terminal.type("q")
        terminal.wait_for("left with 0")


@pytest.mark.parametrize("size", ["much", "1kB"])
def test_what_is_no_memory_for_frames_is_refused(tmp_path: Path, size: str) -> None:
    with Terminal(tmp_path, f"{COMMAND} {RECORDING} --memory {size}", width=160) as terminal:
        assert f"argument --memory: {size}" in terminal.wait_for("left with 2").replace("'", "")


def test_from_hit_to_hit_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    head, tap0 = bytes(12) + b"\x88\xb5", Interface("tap0")
    datas = [head + (b"GET /%d" % number if number % 3 == 0 else b"POST").ljust(50, b".") for number in range(1, 8)]
    save(path, [Frame(n, n, Direction.IN, len(data), data, tap0) for n, data in enumerate(datas, 1)], [tap0])
    with Terminal(tmp_path, [*TAPSCOPE, str(path)]) as terminal:
        terminal.wait_for("7 frames")
        terminal.type("C-f")
        terminal.wait_for("type what to find")
        terminal.type("GET /", "Tab", "Tab", "Down", "Down", "Enter", "BTab", "BTab")
        terminal.wait_for(r"●▌ in the bytes")
        terminal.type("Enter")
        terminal.wait_for(r"Layers · frame 3─[\s\S]*found at byte 14[\s\S]*find text GET / in the bytes +1 of 2")
        terminal.type("n")
        terminal.wait_for(r"Layers · frame 6─[\s\S]*2 of 2")
        terminal.type("n")
        terminal.wait_for(r"Layers · frame 3─[\s\S]*1 of 2 +wrapped")
        terminal.type("Escape")
        terminal.wait_for(lambda screen: "find text" not in screen and "found at" not in screen)
