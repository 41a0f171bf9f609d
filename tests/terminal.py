"""A real terminal for the tests: a tmux server of their own, with one window."""

import contextlib
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

TAPSCOPE = [sys.executable, "-m", "tapscope"]
TMUX = shutil.which("tmux")


class Terminal:
    """A window of ``width`` by ``height`` in which a shell runs one command, and then says its exit code."""

    def __init__(self, folder: Path, command: list[str] | str, *, width: int = 120, height: int = 40) -> None:
        self._socket = folder / "tmux"
        line = command if isinstance(command, str) else shlex.join(command)
        size = ("-x", str(width), "-y", str(height))
        environment = {**os.environ, "PS1": "$ ", "LC_ALL": "C.UTF-8", "ENV": "", "TERM": "xterm-256color"}
        environment.pop("TMUX", None)
        self._run("-f", "/dev/null", "new-session", "-d", *size, "/bin/sh", env=environment)
        # what is typed before the prompt is echoed before it, and the prompt then stands before the output
        self.wait_for(r"^[$#]$")
        self.type(f"{line}; echo left with $?", "Enter")

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up. Whatever runs in the terminal ends by itself."""
        running = list(descendants(int(self.flag("pane_pid"))))
        self._run("kill-server")
        until = time.monotonic() + 20
        left = [pid for pid in running if _goes_on(pid, until)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left, f"still running without a terminal: {left}"

    def _run(self, *words: str, env: dict[str, str] | None = None) -> str:
        command = [TMUX or "tmux", "-S", str(self._socket), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20, env=env).stdout

    def type(self, *keys: str) -> None:
        """Press keys, by tmux's names for them."""
        self._run("send-keys", *keys)

    def screen(self) -> str:
        """What is on the screen now."""
        return self._run("capture-pane", "-p")

    def flag(self, name: str) -> str:
        """One of tmux's flags of the pane: ``alternate_on``, ``cursor_flag``, ``mouse_any_flag``."""
        return self._run("display-message", "-p", f"#{{{name}}}").strip()

    def wait_for(self, fact: str | Callable[[str], object], *, patience: float = 60) -> str:
        """The screen as soon as it contains a text (a regular expression), or as soon as a function of it says so."""
        until = time.monotonic() + patience
        while True:
            screen = self.screen()
            if fact(screen) if callable(fact) else re.search(fact, screen, re.MULTILINE):
                return screen
            assert time.monotonic() < until, f"waited in vain for {fact!r}; on the screen is\n{screen}"
            time.sleep(0.03)


def descendants(pid: int) -> Iterator[int]:
    """The processes that ``pid`` started, and those that they started."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)
        yield from descendants(int(child))


def _goes_on(pid: int, until: float) -> bool:
    """Whether it still runs at that moment."""
    with contextlib.suppress(ProcessLookupError):
        fd = os.pidfd_open(pid)
        try:
            return not select.select([fd], [], [], max(until - time.monotonic(), 0))[0]
        finally:
            os.close(fd)
    return False
