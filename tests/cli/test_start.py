"""What the command costs before it does anything, and what it says of itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_kit import run

from tapscope import __version__


def test_importing_the_command_loads_no_heavy_library():
    code = "import sys, tapscope.cli; print({'textual', 'rich', 'scapy', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("words", [["doctor", "--explain"], ["list"], ["list", "--json"]], ids=" ".join)
def test_what_only_looks_loads_no_heavy_library(words):
    code = (
        f"import sys; from tapscope.cli import main; main({words});"
        "print({'textual', 'rich', 'scapy', 'numpy'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"


def test_version():
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"tapscope {__version__}\n".encode())


def test_every_command_has_examples_first_and_exit_codes_last():
    for command in ([], ["dump"], ["demo"], ["list"], ["doctor"]):
        done = run(*command, "--help")
        text = done.stdout.decode()
        assert done.returncode == 0
        assert text.index("examples:") < text.index("options:") < text.index("exit codes:")
        assert max(map(len, text.splitlines())) <= 120


def test_a_reader_that_goes_away_is_no_error():
    """``--help`` is short enough to sit in a buffer until the interpreter ends."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as nobody_reads:
        done = run("--help", stdout=nobody_reads, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_is_named():
    with Path("/dev/full").open("wb") as full:
        done = run("--help", stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (74, b"tapscope: stdout: No space left on device\n")
