"""What is on the screen while textual is imported, a fifth of a second: the name of what is opened, in its place.

The app draws its first screen over it.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn

from tapscope.dissect.text import printable

_TERMINAL = 2
"""Textual draws on stderr."""

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J", "\x1b[?25h\x1b[?1049l"
"""The alternate screen without a cursor, and back: xterm's ctlseqs, as Textual's driver writes them."""


@contextlib.contextmanager
def splash(title: str) -> Iterator[None]:
    """Show the name at once. Whatever ends this before the app has begun finds the terminal as it was."""
    before = {number: signal.signal(number, _terminate) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        _write(f"{_ENTER}\x1b[1;3H\x1b[1m{printable(title)}\x1b[0m\x1b[6;3HOpening {printable(title)} …")
        yield
    except BaseException:
        _write(_LEAVE)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def _write(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody is there any more
        os.write(_TERMINAL, text.encode(errors="replace"))
