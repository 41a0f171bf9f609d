"""A terminal that goes away, and signals, at every moment of the start: the process always ends, and leaves nothing."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import allowed
import pytest
from bare_terminal import BareTerminal
from terminal import TAPSCOPE

import tapscope.demo

SCREEN, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"
"""The alternate screen, and back: xterm's ctlseqs."""

Fact = Callable[[BareTerminal], object]

FILE = [*TAPSCOPE, str(Path(tapscope.demo.__file__).with_name("recording.pcapng"))]
LIVE = ["unshare", "--user", "--map-root-user", "--net", *TAPSCOPE, "tap0"]
"""``unshare`` becomes the command, which so stays the leader of its session."""


def shows(words: bytes) -> Fact:
    return lambda terminal: words in terminal.shown


def has_threads(count: int) -> Fact:
    """Those that write to the terminal and read from it, and the workers, begin one after the other."""
    return lambda terminal: terminal.threads >= count


EARLY: dict[str, Fact] = {
    "its name": shows(b"Opening"),
    "a thread": has_threads(2),
    "its screen": shows(b"\x1b[?1000h"),
    "two threads": has_threads(3),
    "its keys": shows(b"\x1b[?2004h"),
    "three threads": has_threads(4),
    "a header line": shows(b" frames"),
}


@pytest.mark.parametrize("moment", EARLY)
@pytest.mark.parametrize(
    "command", [FILE, pytest.param(LIVE, marks=allowed.needs(allowed.SANDBOX))], ids=["file", "live"]
)
def test_a_terminal_that_is_closed_ends_it(command: list[str], moment: str) -> None:
    with BareTerminal(command) as terminal:
        terminal.until(EARLY[moment])
        terminal.close()
        assert terminal.end() == 129


@pytest.mark.parametrize("moment", EARLY)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_ends_it_and_the_terminal_is_as_before(number: signal.Signals, code: int, moment: str) -> None:
    with BareTerminal(FILE) as terminal:
        before = terminal.modes
        terminal.until(EARLY[moment])
        os.kill(terminal.process.pid, number)
        assert terminal.end() == code
        assert terminal.modes == before
        assert terminal.shown.rindex(LEFT) > terminal.shown.rindex(SCREEN)
        assert b"Traceback" not in terminal.shown
        assert b"Warning" not in terminal.shown


def test_who_was_stopped_goes_on_with_the_threads_that_it_had() -> None:
    with BareTerminal(FILE) as terminal:
        terminal.until(shows(b"ARP"))
        before = terminal.threads
        for _ in range(3):
            screens = terminal.shown.count(SCREEN)
            os.kill(terminal.process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED)
            os.kill(terminal.process.pid, signal.SIGCONT)
            terminal.until(lambda terminal, screens=screens: terminal.shown.count(SCREEN) > screens)
            terminal.until(lambda terminal: b"ARP" in terminal.shown.rpartition(SCREEN)[2])
        assert terminal.threads < before + 3
        terminal.press(b"q")
        assert terminal.end() == 0
