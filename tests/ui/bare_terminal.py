"""A pseudo terminal with nothing in it but one command, which can be taken away from it at any moment."""

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 20.0


class BareTerminal:
    """The command is the leader of its session, as a shell is; ``shown`` is all that it has written so far."""

    def __init__(self, command: list[str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"\x28\0\x78\0\0\0\0\0")
        self.shown = b""
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(theirs)

    def __enter__(self) -> "BareTerminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self._ours >= 0:
            self.close()
        self.process.kill()
        self.process.wait()

    @property
    def threads(self) -> int:
        """How many threads the process has."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    @property
    def modes(self) -> list[object]:
        """Of the terminal, as ``termios.tcgetattr`` has them."""
        return termios.tcgetattr(self._ours)

    def press(self, keys: bytes) -> None:
        """As a keyboard does."""
        os.write(self._ours, keys)

    def until(self, fact: Callable[["BareTerminal"], object]) -> None:
        """Read what is written until it is so."""
        patience = time.monotonic() + PATIENCE
        while not fact(self):
            assert self.process.poll() is None, f"ended with {self.process.returncode} before"
            assert time.monotonic() < patience, f"waited in vain; last shown was {self.shown[-2000:]!r}"
            self._read()

    def _read(self) -> bool:
        """What there is, or comes soon; whether there was any."""
        if not select.select([self._ours], [], [], 0.001)[0]:
            return False
        with contextlib.suppress(OSError):  # EIO: nobody has the other end open any more
            self.shown += os.read(self._ours, 65536)
            return True
        return False

    def close(self) -> None:
        """As when its window is closed."""
        os.close(self._ours)
        self._ours = -1

    def end(self) -> int:
        """Wait for the end, and read to it; the exit code, negative for a signal."""
        patience = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < patience, f"goes on, with {self.threads} threads"
            if self._ours < 0 or not self._read():
                time.sleep(0.001)
        while self._ours >= 0 and self._read():
            pass
        return self.process.returncode
