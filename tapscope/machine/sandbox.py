"""A private user and network namespace, which needs no privilege where the system allows it. user_namespaces(7)."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

from tapscope.attempt import Attempt, AttemptFailed, Step

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
_PR_SET_DUMPABLE = 4
_PATIENCE = 3.0
"""Seconds."""

_PROBE = """\
import sys
sys.path.insert(0, sys.argv[1])
from tapscope.machine.sandbox import try_inside
print(try_inside())
"""


def enter() -> None:
    """Move this process into a new user namespace, as its root, and a new network namespace.

    Must be called while the process has one thread (EINVAL otherwise). Raises ``AttemptFailed``: ``unshare``, or
    ``write uid_map`` with the file that was refused.
    """
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    # A process that is not dumpable does not own its files in /proc, and could not write its map.
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        raise AttemptFailed(Attempt(Step.UNSHARE, ctypes.get_errno(), "user and network namespace"))
    for name, line in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        path = Path("/proc/self", name)
        try:
            path.write_text(line)
        except OSError as error:
            raise AttemptFailed(Attempt(Step.MAP_IDS, error.errno, str(path))) from error


def try_inside() -> str:
    """Enter a sandbox and make a TAP there; the last call made, as ``step|errno|target``. The process is spent."""
    from tapscope.machine import tuntap  # noqa: PLC0415

    try:
        enter()
        os.close(tuntap.attach("tap0").fd)
        last = Attempt(Step.SET_INTERFACE, None, "tap0")
    except AttemptFailed as failed:
        last = failed.attempt
    return f"{last.step}|{last.errno or 0}|{last.target}"


def parse_answer(text: str) -> Attempt:
    """What ``try_inside`` told. Raises ``ValueError``."""
    step, number, target = text.strip().split("|")
    return Attempt(Step(step), int(number) or None, target)


class Probe:
    """Tries a sandbox in a child process, while the caller does something else.

    A namespace cannot be left again, and a process with threads cannot enter one: hence the child.
    """

    def __init__(self) -> None:
        """Raises ``OSError`` when no child can be started."""
        root = str(Path(__file__).parents[2])
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROBE, root],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def answer(self) -> Attempt:
        """The call at which it stopped, or the TUNSETIFF that succeeded. Raises ``OSError`` when the child failed."""
        try:
            text, _ = self._child.communicate(timeout=_PATIENCE)
            return parse_answer(text)
        except (subprocess.TimeoutExpired, ValueError) as error:
            self.abandon()
            raise OSError(0, "the child process did not answer") from error

    def abandon(self) -> None:
        """End the child without its answer."""
        self._child.kill()
        self._child.communicate()
