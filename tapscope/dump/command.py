"""``tapscope dump``, ``tapscope demo --headless``, and the terminal's commands where stdout is none."""

import os
import signal
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from tapscope.attempt import Attempt
from tapscope.capture.source import Source
from tapscope.dump.output import STDOUT, CaptureOutput, Lines, Output
from tapscope.dump.reading import Dump, say
from tapscope.dump.rows import JsonRow, TextRow
from tapscope.dump.sifting import Sifter, filter_of
from tapscope.exits import CommandError
from tapscope.streams import lines_out


@dataclass(frozen=True, slots=True)
class Options:
    """What to print and where. ``count`` 0 means no limit, ``write`` is a path, ``-`` or None.

    ``display`` is a display filter, or None.
    """

    count: int = 0
    write: str | None = None
    json: bool = False
    quiet: bool = False
    display: str | None = None

    @classmethod
    def of(cls, args: Namespace) -> "Options":
        """Take the parsed arguments of any command; what a command does not know is at its default."""
        known = {name: getattr(args, name) for name in cls.__slots__ if hasattr(args, name)}
        return cls(**known)


def run(
    open_source: Callable[[], Source], interface: str | None, options: Options, *, refused: Attempt | None = None
) -> int:
    """Print or write what ``open_source`` opens until its end, and return the exit code.

    ``refused`` is the call for want of which a recording is replayed. Raises ``CommandError`` for options that do not
    go together, ``OSError`` when an output fails.
    """
    sifter = None if options.display is None else Sifter(filter_of(options.display))
    outputs = _outputs(options, TextRow() if sifter is None else TextRow(sifter.began))
    _end_on_signals()
    if refused is not None:
        say(f"replaying a recording, as this machine allows no private namespace: {refused}")
    return Dump(open_source, outputs, watch=interface, count=options.count, sifter=sifter).run()


def _end_on_signals() -> None:
    """Let what was begun be made whole when the program is told to end. What is ignored, as by nohup(1), stays so."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _outputs(options: Options, text: TextRow) -> list[Output]:
    outputs: list[Output] = []
    if options.write is not None:
        outputs.append(CaptureOutput(options.write))
    if options.write == STDOUT:
        if options.json:
            raise CommandError("--json and -w - both want stdout: write to a file, or leave --json out")
        if os.isatty(1):
            raise CommandError("-w - writes a capture to stdout, which is the terminal: pipe it on, or name a file")
    elif not options.quiet:
        outputs.append(Lines(lines_out(), JsonRow() if options.json else text))
    return outputs
