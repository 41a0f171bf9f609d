"""Where frames go: lines on stdout, a capture file, or both."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

from tapscope.dissect.summary import summarize
from tapscope.dump.rows import Row
from tapscope.exits import CommandError, Exit, exit_of
from tapscope.frame import Frame, Interface
from tapscope.store.export import PcapngWriter, PcapWriter, Writer

STDOUT = "-"

_WRITERS = {".pcapng": PcapngWriter, ".pcap": PcapWriter}


class Output(Protocol):
    """Takes frames as they come. Every method may raise ``OSError``, and ``CommandError`` for what it cannot hold."""

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """Frames will come, as far as is known from these interfaces; called again when there are more."""
        ...

    def write(self, frames: Sequence[Frame]) -> None:
        """Take frames, and let whoever reads see them."""
        ...

    def finish(self) -> None:
        """No frame comes any more. Also called when none ever came, and after an error."""
        ...


class Lines:
    """A line a frame, by ``row``, which is told of the interfaces. The stream stays the caller's."""

    def __init__(self, stream: TextIO, row: Row) -> None:
        self._stream = stream
        self._row = row

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """The lines may name them."""
        self._row.begin(interfaces)

    def write(self, frames: Sequence[Frame]) -> None:
        """Write and flush the frames' lines."""
        for frame in frames:
            self._stream.write(self._row(frame, summarize(frame)) + "\n")
        self._stream.flush()

    def finish(self) -> None:
        """Need nothing: every line was flushed."""


class CaptureOutput:
    """A capture file, made when the source is open: a refused one leaves no empty file behind.

    It is never written over a file that is there. What was written is readable at any time, also when the disk is full:
    what does not go in whole is cut off again.
    """

    def __init__(self, path: str) -> None:
        """Raises ``CommandError`` for a path that will not be written to."""
        self._path = path
        self._make = _WRITERS.get(Path(path).suffix.lower(), PcapngWriter)
        self._stream: BinaryIO | None = None
        self._writer: Writer | None = None
        self._own = False
        self._whole = 0
        self._failed = False
        if path == STDOUT or _is_special(path):
            return
        if Path(path).suffix.lower() not in _WRITERS:
            raise CommandError(f"-w {path}: the name must end in .pcapng or .pcap, or be - for stdout")
        if Path(path).exists():
            raise _taken(path)

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """Make the file and its header. An interface that is found later is described before its first frame."""
        if self._stream is not None:
            return
        self._stream = sys.stdout.buffer if self._path == STDOUT else self._create()
        with self._writing():
            self._writer = self._make(self._stream, interfaces)

    def write(self, frames: Sequence[Frame]) -> None:
        """Append frames."""
        assert self._writer is not None
        with self._writing():
            self._writer.write(frames)

    def finish(self) -> None:
        """Make it whole and close it."""
        try:
            if self._writer is not None and not self._failed:
                with self._writing():
                    self._writer.finish()
        finally:
            if self._stream is not None and self._path != STDOUT:
                self._close(self._stream)

    def _create(self) -> BinaryIO:
        self._own = not _is_special(self._path)
        try:
            return Path(self._path).open("xb" if self._own else "wb")
        except FileExistsError:
            raise _taken(self._path) from None
        except OSError as error:
            raise CommandError(f"-w {self._path}: {error.strerror}", exit_of(error.errno)) from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Name the file in what goes wrong. A broken pipe, and what befalls stdout, has words of its own."""
        assert self._stream is not None
        try:
            yield
        except ValueError as error:
            raise CommandError(f"-w {self._path}: {error}") from None
        except OSError as error:
            self._failed = True
            if self._path == STDOUT or isinstance(error, BrokenPipeError):
                raise
            raise CommandError(f"-w {self._path}: {error.strerror}", Exit.IO) from None
        if self._own:
            self._whole = self._stream.tell()

    def _close(self, stream: BinaryIO) -> None:
        """After a failure leave what was written whole before; without even a header, nothing."""
        if not self._failed:
            stream.close()
            return
        kept = os.dup(stream.fileno())
        with contextlib.suppress(OSError):  # it tries to write its rest again
            stream.close()
        if self._own and self._whole:
            os.ftruncate(kept, self._whole)
        elif self._own:
            Path(self._path).unlink(missing_ok=True)
        os.close(kept)


def _is_special(path: str) -> bool:
    """A named pipe, a shell's ``>(…)`` or a device: there already, and yet what is to be written to."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _taken(path: str) -> CommandError:
    return CommandError(f"-w {path}: there is a file of that name; remove it, or name another")
