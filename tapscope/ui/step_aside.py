"""Stepping aside: a command in the user's own terminal, so that sudo can ask its question."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from textual.app import App

_PROMPT = "tapscope: Enter goes back "


def run_in_terminal(app: App[object], command: str) -> int:
    """Leave the screen to ``command`` (a line for a POSIX shell) until it ends; returns its exit code.

    A command that failed has something to say: the screen comes back only after Enter. Raises
    ``textual.app.SuspendNotSupported`` where there is no terminal to step aside from.
    """
    with app.suspend(), _interrupts_are_the_commands():
        print(f"\n$ {command}", flush=True)
        code = subprocess.run(["/bin/sh", "-c", command], check=False).returncode
        if code:
            print(f"\n{_said(code)}", flush=True)
            _wait_for_enter()
    return code


def _said(code: int) -> str:
    return f"ended by signal {-code}" if code < 0 else f"exit code {code}"


def _wait_for_enter() -> None:
    try:
        input(_PROMPT)
    except EOFError:
        return


@contextmanager
def _interrupts_are_the_commands() -> Iterator[None]:
    """Ctrl-C reaches the whole foreground group: the command shall get it, the app shall not quit of it.

    A handler rather than SIG_IGN, which the command would inherit. The event loop is told nothing either.
    """
    wakeup = signal.set_wakeup_fd(-1)
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.set_wakeup_fd(wakeup)
