"""What the last execve left: recorded text, and this process."""

import ctypes
import os
import sys
import time

import pytest

from tapscope.machine import process


def test_status_lines():
    fields = process.parse_status("Name:\ta: b\nUid:\t0\t1\t2\t3\nTracerPid:\t0\n")
    assert fields == {"Name": "a: b", "Uid": "0\t1\t2\t3", "TracerPid": "0"}


def test_the_start_is_read_past_any_name():
    stat = "77 (a) b) c) S 1 " + " ".join(str(number) for number in range(5, 53))
    assert process.parse_start_ticks(stat) == 22


def test_the_start_of_a_child_lies_between_before_and_after(children):
    before = time.time_ns()
    child = children("cat")
    after = time.time_ns()
    tick = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    assert before - 2 * tick <= process.started_ns(child.pid) <= after + 2 * tick


def test_what_this_process_is():
    assert process.at_secure() is False
    assert process.dumpable() == 1
    assert process.securebits() == 0
    assert process.read_status()["Tgid"] == str(os.getpid())


def test_what_prctl_changes_is_seen():
    libc = ctypes.CDLL(None)
    libc.prctl(4, 0, 0, 0, 0)
    try:
        assert process.dumpable() == 0
    finally:
        libc.prctl(4, 1, 0, 0, 0)


SHARE = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
CLONE_FS, SIGCHLD = 0x200, 17
pid = libc.syscall(56, CLONE_FS | SIGCHLD, 0, 0, 0, 0)
if pid == 0:
    sys.stdin.read()
    os._exit(0)
from tapscope.machine import process
print(process.sharing_fs() == (pid,))
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="clone(2) is called by its number on x86_64")
def test_who_shares_our_fs_struct(run, children):
    assert process.sharing_fs() == ()
    child = children(sys.executable, "-c", SHARE)
    assert child.stdout.readline() == "True\n"


def test_command_lines(children):
    child = children("sh", "-c", "echo up; read x", "a b", "")
    assert child.stdout.readline() == "up\n"
    assert process.read_command_line(child.pid) == ["sh", "-c", "echo up; read x", "a b", ""]
    assert process.parse_command_line(b"") == []


def test_boot_options():
    assert not process.boot_option("surely_not_an_option")
