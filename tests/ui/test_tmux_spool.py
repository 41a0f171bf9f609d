"""``tapscope tap0 --spool`` on a real terminal and a real TAP: however it ends, what came is in a file."""

import os
import re
import signal
from pathlib import Path

import allowed
import pytest
from spool_kit import files, on_disk
from terminal import TAPSCOPE, TMUX, Terminal
from test_tmux_tap import SANDBOX, Sandboxed

pytestmark = [pytest.mark.skipif(TMUX is None, reason="no tmux"), allowed.needs(allowed.SANDBOX)]

COUNTS = re.compile(r"([\d,]+) frames.* ([\d,]+) on disk")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spool").mkdir()
    return tmp_path / "spool"


def fill(terminal: Terminal) -> Sandboxed:
    """Have a hundred frames and more come, and be on disk."""
    tap0 = Sandboxed(terminal)
    tap0.ip("addr", "add", "10.9.8.7/24", "dev", "tap0")
    tap0.ip("neigh", "add", "10.9.8.1", "lladdr", "02:00:00:00:00:01", "dev", "tap0")
    tap0.run("ping", "-c", "100", "-i", "0.001", "-W", "0.1", "10.9.8.1")
    terminal.wait_for(lambda screen: (found := COUNTS.search(screen)) and int(found[2].replace(",", "")) > 100)
    return tap0


def spooled(folder: Path, *more: str) -> list[str]:
    return [*SANDBOX, *TAPSCOPE, "tap0", "--spool", str(folder), *more]


def all_are_there(folder: Path) -> None:
    echoes = [frame for frame in on_disk(folder) if frame.data[12:14] == b"\x08\x00" and frame.data[34] == 8]
    assert [int.from_bytes(frame.data[40:42], "big") for frame in echoes] == list(range(1, 101))


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, "143"), (signal.SIGHUP, "129"), (signal.SIGKILL, "137|1")]
)
def test_a_signal_leaves_a_whole_file(tmp_path: Path, folder: Path, number: signal.Signals, code: str) -> None:
    with Terminal(tmp_path, spooled(folder), width=160) as terminal:
        tap0 = fill(terminal)
        os.kill(tap0.pid, number)
        screen = terminal.wait_for(f"left with ({code})", patience=10)
    all_are_there(folder)
    if number != signal.SIGKILL:
        assert f"{len(on_disk(folder)):,} frames" in screen


def test_a_terminal_that_is_closed_leaves_a_whole_file(tmp_path: Path, folder: Path) -> None:
    with Terminal(tmp_path, spooled(folder), width=160) as terminal:
        fill(terminal)
    all_are_there(folder)


def test_q_says_where_it_is_and_the_first_frame_could_be_seen_to_the_last(tmp_path: Path, folder: Path) -> None:
    with Terminal(tmp_path, spooled(folder, "--memory", "1MiB", "--spool-rotate", "1h"), width=160) as terminal:
        fill(terminal)
        terminal.type("g")
        terminal.wait_for("^> +1 ")
        terminal.type("q")
        screen = terminal.wait_for("left with 0")
        [path] = files(folder)
        assert path.name.endswith("-00001.pcapng")
        assert re.search(rf"^{len(on_disk(folder))} frames \(.* kB\) in ", screen, re.MULTILINE)
        assert path.name in screen.replace("\n", "")
    all_are_there(folder)


def test_a_folder_that_is_missing_is_said_before_anything(tmp_path: Path, folder: Path) -> None:
    with Terminal(tmp_path, [*TAPSCOPE, "tap0", "--spool", str(folder / "no")], width=200) as terminal:
        screen = terminal.wait_for("left with 66").replace("\n", "")
        assert f"tapscope: --spool {folder}/no: there is no such folder: mkdir -p {folder}/no" in screen
