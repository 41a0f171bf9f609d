"""Where frames go: lines on stdout, a capture file, or both."""

import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

from tapscope.dissect.summary import summarize
from tapscope.dump.rows import Row
from tapscope.exits import CommandError, exit_of
from tapscope.frame import Frame, Interface
from tapscope.store.export import PcapngWriter, PcapWriter, Writer

STDOUT = "-"

_WRITERS = {".pcapng": PcapngWriter, ".pcap": PcapWriter}


class Output(Protocol):
    """Takes frames as they come. Every method may raise ``OSError``, and ``CommandError`` for what it cannot hold."""

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """Frames will come, as far as is known from these interfaces."""
        ...

    def write(self, frames: Sequence[Frame]) -> None:
        """Take frames, and let whoever reads see them."""
        ...

    def finish(self) -> None:
        """No frame comes any more. Also called when none ever came, and after an error."""
        ...


class Lines:
    """A line a frame. The stream stays the caller's."""

    def __init__(self, stream: TextIO, row: Row) -> None:
        self._stream = stream
        self._row = row

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """Need nothing: lines name no interface."""

    def write(self, frames: Sequence[Frame]) -> None:
        """Write and flush the frames' lines."""
        for frame in frames:
            self._stream.write(self._row(frame, summarize(frame)) + "\n")
        self._stream.flush()

    def finish(self) -> None:
        """Need nothing: every line was flushed."""


class CaptureOutput:
    """A capture file, made when the source is open: a refused one leaves no empty file behind.

    It is never written over a file that is there. What was written is readable at any time.
    """

    def __init__(self, path: str) -> None:
        """Raises ``CommandError`` for a path that will not be written to."""
        self._path = path
        self._make = _WRITERS.get(Path(path).suffix.lower(), PcapngWriter)
        self._stream: BinaryIO | None = None
        self._writer: Writer | None = None
        if path == STDOUT or _is_special(path):
            return
        if Path(path).suffix.lower() not in _WRITERS:
            raise CommandError(f"-w {path}: the name must end in .pcapng or .pcap, or be - for stdout")
        if Path(path).exists():
            raise _taken(path)

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """Make the file and its header."""
        self._stream = sys.stdout.buffer if self._path == STDOUT else self._create()
        self._writer = self._make(self._stream, interfaces)

    def write(self, frames: Sequence[Frame]) -> None:
        """Append frames."""
        assert self._writer is not None
        try:
            self._writer.write(frames)
        except ValueError as error:
            raise CommandError(f"-w {self._path}: {error}") from None

    def finish(self) -> None:
        """Make it whole and close it."""
        if self._stream is None:
            return
        try:
            if self._writer is not None:
                self._writer.finish()
        finally:
            if self._path != STDOUT:
                self._stream.close()

    def _create(self) -> BinaryIO:
        try:
            return Path(self._path).open("wb" if _is_special(self._path) else "xb")
        except FileExistsError:
            raise _taken(self._path) from None
        except OSError as error:
            raise CommandError(f"-w {self._path}: {error.strerror}", exit_of(error.errno)) from None


def _is_special(path: str) -> bool:
    """A named pipe, a shell's ``>(…)`` or a device: there already, and yet what is to be written to."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _taken(path: str) -> CommandError:
    return CommandError(f"-w {path}: there is a file of that name; remove it, or name another")
