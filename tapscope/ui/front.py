"""The terminal front: prepares the terminal, runs the app, leaves everything as it was. Imports textual late."""

import contextlib
import gc
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tapscope.exits import Exit
from tapscope.machine.memory import available
from tapscope.ui.splash import splash

if TYPE_CHECKING:
    from tapscope.attempt import Attempt
    from tapscope.capture.source import Source
    from tapscope.doctor.diagnosis import Diagnosis
    from tapscope.store.spool.plan import SpoolPlan
    from tapscope.ui.session import Session

FRAMES_PER_SECOND = "240"
"""Textual's default of 60 is the longest part of the way from a key to the screen."""

SWITCH_S = 0.001
"""The interpreter's switch interval. A key goes through three threads to the screen, and each may find the interpreter
held by one that reads, decodes or imports: for 5 ms, by Python's default."""

LEAST, USUAL, MOST = 64 << 20, 512 << 20, 4 << 30
"""Bytes that frames may take where nobody says."""

SLOW_S = 1
"""How long the end may take in silence."""

_STDIN, _STDOUT, _STDERR = 0, 1, 2

THEME_OF_COLORS = {"standard": "ansi-dark", "256": "tapscope-256"}
"""For a terminal that has not all shades: on it the theme's would run together."""


def fit_theme() -> None:
    """Unless the user names a theme, one for the colors of the terminal. Before textual, which asks at its import."""
    from rich.console import Console  # noqa: PLC0415

    theme = THEME_OF_COLORS.get(Console(force_terminal=True).color_system or "standard")
    if theme is not None:
        os.environ.setdefault("TEXTUAL_THEME", theme)


def take_stdin() -> int:
    """Move what stdin is to a new descriptor and put the controlling terminal in its place, for the keys.

    Returns the new descriptor, which the caller closes. Raises ``OSError`` when there is no terminal.
    """
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    try:
        taken = os.dup(_STDIN)
        os.dup2(terminal, _STDIN)
    finally:
        os.close(terminal)
    return taken


@contextmanager
def _stderr_on_terminal() -> Iterator[None]:
    """Textual draws on stderr; where that is a file and stdout is the terminal, draw there instead."""
    if os.isatty(_STDERR) or not os.isatty(_STDOUT):
        yield
        return
    kept = os.dup(_STDERR)
    os.dup2(_STDOUT, _STDERR)
    try:
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)


def usual_memory() -> int:
    """An eighth of what is free, but no less than 64 MiB and no more than 4 GiB; 512 MiB where that is not known."""
    free = available()
    return USUAL if free is None else min(max(free // 8, LEAST), MOST)


def _allow_many_files() -> None:
    """Each file of a spool takes a few descriptors, as long as its frames can be scrolled to."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _hasten() -> None:
    """What makes the first paint come sooner, and the screen answer sooner; before anything large is imported."""
    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    sys.setswitchinterval(min(SWITCH_S, sys.getswitchinterval()))
    # Modules stay: to look through them for garbage again and again is a tenth of the start. The app turns it on.
    gc.disable()


def _outcome(session: "Session") -> Exit:
    """A file or a pipe of which nothing could be read is an error; a TAP that was refused has its panel."""
    nothing_read = session.fault and not session.live and not session.store.total_frames
    return Exit.BAD_DATA if nothing_read else Exit.OK


def _finish(session: "Session") -> None:
    """Have on disk all that came, and say where that is, or what takes so long."""
    from tapscope.ui.spooling import in_words  # noqa: PLC0415

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # of a terminal that is closed the shell tells as well as the kernel
    slow = threading.Timer(SLOW_S, _say, ["writing to disk what still waits; Ctrl-C gives it up"])
    slow.daemon = True
    slow.start()
    try:
        states = session.finish()
    finally:
        slow.cancel()
    for line in in_words(states):
        _say(line)


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody is there any more
        print(line, file=sys.stderr, flush=True)


def run(  # noqa: PLR0913  what a front is told
    open_source: "Callable[[], Source] | None",
    *,
    interface: str | None,
    title: str,
    examine: Callable[..., "Diagnosis"],
    refused: "Attempt | None" = None,
    memory: int | None = None,
    spool: "SpoolPlan | None" = None,
    display: str | None = None,
) -> int:
    """Show what ``open_source`` opens, or without it first what there is to open, until the user quits.

    Returns the exit code.

    ``interface`` is the network interface to keep an eye on, None for a file or a pipe. ``title`` stands in the
    terminal's title bar. ``examine(interface, try_it=…, failed=…)`` makes the diagnosis of a refusal. ``refused`` is
    the call for want of which a recording is replayed. ``memory`` is what frames may take, in bytes; None for a part
    of what is free. ``spool`` says where frames are kept on disk, too. ``display`` is a display filter to begin with.
    """
    if spool is not None:
        _allow_many_files()
    _hasten()
    with ExitStack() as at_the_end, _stderr_on_terminal(), splash(title):
        fit_theme()
        from tapscope.ui.app import TapscopeApp  # noqa: PLC0415

        app = TapscopeApp(
            open_source,
            interface=interface,
            title=title,
            examine=examine,
            refused=refused,
            memory=usual_memory() if memory is None else memory,
            spool=spool,
        )
        app.first_filter = display or ""
        if spool is not None:
            at_the_end.callback(_finish, app.session)
        app.run()
    # At its end the interpreter looks through every object there is, and scapy makes many: 0.3 s, for nothing.
    gc.freeze()
    return app.return_code or _outcome(app.session)
