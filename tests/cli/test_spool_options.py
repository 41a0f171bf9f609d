"""``--spool`` on the command line: what it asks for, and what is refused before anything is opened."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from allowed import HIDDEN_NODE, needs
from cli_kit import ARP, capture

from tapscope import arguments
from tapscope.exits import CommandError, Exit
from tapscope.spooling import plan_of
from tapscope.store.spool.plan import SpoolPlan
from tapscope.target import Target, targets_of


def planned(*words: str, target: Target | None = None) -> SpoolPlan | None:
    args = arguments.top().parse_intermixed_args(["tap0", *words])
    return plan_of(args, target or Target(interface="tap0"))


def refusal(*words: str, target: Target | None = None) -> CommandError:
    with pytest.raises(CommandError) as refused:
        planned(*words, target=target)
    assert "\n" not in str(refused.value)
    return refused.value


def test_what_it_asks_for(tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert planned() is None
    assert planned("--spool", folder) == SpoolPlan(folder)
    assert planned("--spool", folder, "--spool-rotate", "100MB") == SpoolPlan(folder, 100_000_000)
    assert planned("--spool", folder, "--spool-rotate", "10min") == SpoolPlan(folder, 0, 600)
    assert planned("--spool", folder, "--spool-rotate", "1.5h,2MiB", "--spool-files", "7") == SpoolPlan(
        folder, 2 << 20, 5400, 7
    )


@pytest.mark.parametrize("word", ["--spool-rotate 1MB", "--spool-files 3"])
def test_without_a_folder_there_is_nothing_to_rotate(word: str) -> None:
    assert str(refusal(*word.split())) == "--spool-rotate and --spool-files want --spool DIR"


def test_the_newest_of_one_file_are_asked_for(tmp_path: Path) -> None:
    assert "add --spool-rotate" in str(refusal("--spool", str(tmp_path), "--spool-files", "3"))


def test_a_folder_that_is_missing_is_made_by_the_user(tmp_path: Path) -> None:
    error = refusal("--spool", str(tmp_path / "a b"))
    assert str(error) == f"--spool {tmp_path}/a b: there is no such folder: mkdir -p '{tmp_path}/a b'"
    assert error.code is Exit.NO_INPUT
    assert "\x1b" not in str(refusal("--spool", "/no\x1b[2J"))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(refusal("--spool", str(tmp_path / "file"))) == f"--spool {tmp_path}/file is no folder"
    assert str(refusal("--spool", str(tmp_path / "file" / "x"))).endswith(": Not a directory")


@needs(HIDDEN_NODE)
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    inside = f"mount -t tmpfs -o ro tmpfs {tmp_path} && exec {sys.executable} -m tapscope tap0 --spool {tmp_path}"
    line = shlex.join(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inside])
    done = subprocess.run(["script", "-qec", line, "/dev/null"], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"tapscope: --spool {tmp_path}: nothing may be written there"
    assert done.returncode == Exit.REFUSED


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("5", "5 is too small for a file: give 128KiB or more"),
        ("0.5s", "0.5s is too short for a file: give 1s or more"),
        ("1MB,soon", "'soon' is neither a size nor a time: give 100MB, 10min or 100MB,10min"),
        ("", "'' is neither a size nor a time: give 100MB, 10min or 100MB,10min"),
    ],
)
def test_no_size_and_no_time(word: str, said: str) -> None:
    assert str(refusal("--spool", "/", "--spool-rotate", word)) == (
        f"argument --spool-rotate: {said}; see tapscope --help"
    )


def test_a_file_is_on_disk_already_and_what_grows_or_flows_is_not(tmp_path: Path) -> None:
    path = capture(tmp_path / "a.pcapng", ARP)
    os.mkfifo(tmp_path / "fifo")
    words = ("--spool", str(tmp_path))
    assert str(refusal(*words, target=targets_of([path]))) == (
        f"--spool keeps what comes, and {path} is on disk already: leave it out"
    )
    for target in (
        targets_of([path], follow=True),
        targets_of([str(tmp_path / "fifo")]),
        targets_of(["qemu:/tmp/x"]),
        targets_of(["a", "b"]),
    ):
        assert planned(*words, target=target) == SpoolPlan(str(tmp_path))
