"""A program on a terminal of its own, driven and timed from outside: what counts is what has been painted."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

KEPT = 1 << 20
"""Bytes of output that are looked at again when more has come."""


class Screen:
    """Use it in a with statement: at its end the program is hung up on, and ended if that does not end it.

    It leads a session of its own, by setsid(1): what it starts goes with it.
    """

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None, *, rows: int = 40
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 120, 0, 0))
        self.drawn = b""
        self.begin = time.perf_counter()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *map(str, command)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(environment or {})},
        )
        os.close(slave)

    @property
    def pid(self) -> int:
        """The process on the terminal."""
        return self._process.pid

    def press(self, keys: bytes) -> None:
        """What is drawn from now on is the answer to these keys, for ``until``; its time counts from here."""
        self.drawn = b""
        self.begin = time.perf_counter()
        os.write(self._master, keys)

    def until(self, painted: bytes, patience: float = 60) -> float:
        """Read until a regular expression is in what was drawn; seconds since the start or the last key.

        Raises ``TimeoutError``; ``EOFError`` when the program ends.
        """
        pattern = re.compile(painted)
        while not pattern.search(self.drawn):
            if not self.read(self.begin + patience - time.perf_counter()):
                raise TimeoutError(f"{painted!r} is not painted after {patience} s; the last was {self.drawn[-600:]!r}")
        return time.perf_counter() - self.begin

    def read(self, patience: float) -> bool:
        """Read what is drawn next, if something is in time. Raises ``EOFError`` when the program ends."""
        if not select.select([self._master], [], [], max(patience, 0))[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # EIO
            raise EOFError(f"the program ended; it had drawn {self.drawn[-600:]!r}") from None
        self.drawn = (self.drawn + data)[-KEPT:]
        return True

    def watch(self, seconds: float) -> None:
        """Let it draw for that long."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.read(left)

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._master)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
