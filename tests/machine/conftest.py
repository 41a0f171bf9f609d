"""A network namespace of its own for a test: a thread enters it, runs the test's work and ends, and it is gone."""

import ctypes
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from tapscope.machine import tuntap
from tapscope.machine.capabilities import CAP_SYS_ADMIN, own_sets
from tapscope.machine.sandbox import CLONE_NEWNET

T = TypeVar("T")
PrivateNetwork = Callable[[Callable[[], T]], T]


def _inside(work: Callable[[], T]) -> T:
    answer: list[T] = []
    raised: list[BaseException] = []

    def enter_and_work() -> None:
        try:
            assert ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0, ctypes.get_errno()
            answer.append(work())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=enter_and_work)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return answer[0]


@pytest.fixture
def private_network() -> PrivateNetwork:
    if not own_sets().effective >> CAP_SYS_ADMIN & 1:
        pytest.skip("a private network namespace needs CAP_SYS_ADMIN here")
    if not os.access(tuntap.NODE, os.R_OK | os.W_OK):
        pytest.skip(f"{tuntap.NODE} cannot be opened")
    return _inside


@pytest.fixture
def unique() -> str:
    """An interface name that no other namespace of this machine has: what looks through /proc sees them all."""
    return f"ts{os.getpid():x}"


@pytest.fixture
def run() -> Callable[[str], str]:
    """A shell command in the calling thread's namespaces; fails the test when it fails."""

    def shell(command: str) -> str:
        return subprocess.run(command, shell=True, check=True, capture_output=True, text=True, timeout=20).stdout

    return shell


@pytest.fixture
def children() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts processes that end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **options: object) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(arguments, **(pipes | options)))  # type: ignore[call-overload]
        return started[-1]

    yield start
    for child in started:
        child.kill()
        child.communicate()
