"""What a word on the command line asks to look into: a TAP, a capture file, or stdin."""

import os
import re
import stat
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tapscope.capture.names import NameRefused, check_name
from tapscope.exits import CommandError, Exit, exit_of
from tapscope.machine.links import find_link, list_links

if TYPE_CHECKING:
    from tapscope.capture.source import Source

PIPE = "-"
_LOOKS_LIKE_A_FILE = re.compile(r"/|\.pcap(ng)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """``interface`` is None for a file or stdin, ``path`` is None for an interface and ``-`` for stdin."""

    interface: str | None = None
    path: str | None = None

    @property
    def title(self) -> str:
        """What a title bar says."""
        if self.path == PIPE:
            return "stdin"
        return self.interface or Path(self.path or "").name

    def open(self, stdin: int = 0) -> "Source":
        """Open it; ``stdin`` is the descriptor of what was piped in. Raises as the capture room's openers do."""
        if self.interface is not None:
            from tapscope.capture.tap import open_tap  # noqa: PLC0415  numpy takes 80 ms

            return open_tap(self.interface)
        from tapscope.capture.files.opening import open_file, open_stream  # noqa: PLC0415

        return open_stream(stdin, PIPE) if self.path == PIPE else open_file(self.path or "")

    def check(self) -> None:
        """Raise ``CommandError`` for a file in which nothing can be read. A named pipe is not touched."""
        if self.path in {None, PIPE}:
            return
        from tapscope.capture.files.recognise import BadCapture  # noqa: PLC0415

        try:
            if not stat.S_ISFIFO(Path(self.path or "").stat().st_mode):
                with closing(self.open()):
                    pass
        except OSError as error:
            raise CommandError(f"{self.path}: {error.strerror}", exit_of(error.errno)) from None
        except BadCapture as error:
            raise CommandError(str(error), Exit.BAD_DATA) from None


def target_of(word: str | None) -> Target:
    """Return what ``word`` means; the rule stands in ``tapscope --help``. Raises ``CommandError``."""
    if word is None:
        raise CommandError(_which_one())
    if word == PIPE:
        if os.isatty(0):
            raise CommandError("- reads a capture from stdin, which is the terminal: tcpdump -w - | tapscope -")
        return Target(path=PIPE)
    if "/" in word or (not _is_interface(word) and (_LOOKS_LIKE_A_FILE.search(word) or _is_there(word))):
        return Target(path=word)
    try:
        check_name(word)
    except NameRefused as error:
        raise CommandError(str(error)) from None
    return Target(interface=word)


def _is_there(path: str) -> bool:
    try:
        return bool(path) and Path(path).exists()
    except OSError:  # longer than a name may be, or behind a closed folder
        return False


def _is_interface(name: str) -> bool:
    return find_link(name) is not None


def _which_one() -> str:
    taps = [link.name for link in list_links() if link.tap is not None]
    if not taps:
        make = 'sudo ip tuntap add dev tap0 mode tap user "$USER"'
        return f"name a TAP or a capture file. No TAP is here; try tapscope demo, or make one: {make}"
    return f"name a TAP or a capture file. TAPs here: {', '.join(taps)}. Try: tapscope {taps[0]}"
