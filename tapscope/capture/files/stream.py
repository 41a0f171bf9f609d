"""A capture that comes through a pipe: frames are handed on as they arrive, a partial record waits for its rest."""

import contextlib
import fcntl
import os
import select
import stat
from collections.abc import Sequence

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.files.recognise import HEAD, BadCapture, parser_for
from tapscope.capture.files.window import NOTHING, Parser, Window
from tapscope.capture.source import SourceInfo
from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import joined

_CHUNK = 256 * 1024
_READ_BYTES = 1024 * 1024


class StreamSource:
    """The source of a pipe, a socket or a device. Owns ``fd``.

    Nothing is changed on the descriptor, which other processes may share: instead of setting O_NONBLOCK, poll(2) is
    asked before every read(2). A stream that is no capture is a ``fault`` and the end, for nothing is known of it when
    it is opened. It counts as not live: who writes into it waits when the reader is slow, so nothing need be dropped.
    """

    def __init__(self, fd: int, name: str) -> None:
        self._fd = fd
        self._name = name
        self._pollable = _is_pollable(fd)
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)
        with contextlib.suppress(OSError):  # a larger pipe means larger batches; not every stream is one
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _READ_BYTES)
        self._parser: Parser | None = None
        self._interfaces: list[Interface] = []
        self._chunks: list[bytes] = []
        self._base = 0
        self._held = 0
        self._closed = False
        self._ended = False
        self._fault = ""

    @property
    def info(self) -> SourceInfo:
        """The stream's name as it was given."""
        return SourceInfo(self._name, mode="pipe", live=False)

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those described so far; always the same list, which grows."""
        return self._interfaces

    @property
    def fault(self) -> str:
        """The first damage that was met, with its offset in the stream; empty while there is none."""
        return self._fault

    def fileno(self) -> int:
        """What to poll; -1 for what is always ready and what epoll(7) refuses."""
        return self._fd if self._pollable else -1

    def read(self) -> Batch | None:
        """The frames whose last byte has arrived; None at the end or at damage. Raises ``AttemptFailed``."""
        if self._ended:
            return None
        self._take()
        parser = self._parser or self._recognise()
        if parser is None:
            return None if self._ended else NOTHING
        if self._base + self._held <= parser.at:  # the middle of a block that is passed over
            self._base, self._held, self._chunks = self._base + self._held, 0, []
        if not self._closed and self._base + self._held < parser.at + parser.need:
            return NOTHING
        return self._parse(parser)

    def close(self) -> None:
        """Close the descriptor; a program that still writes gets SIGPIPE."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _take(self) -> None:
        """Everything that waits, up to about a megabyte."""
        taken = 0
        try:
            while taken < _READ_BYTES and not self._closed and self._poll.poll(0):
                chunk = os.read(self._fd, _CHUNK)
                self._chunks.append(chunk)
                taken += len(chunk)
                self._closed = not chunk
        except BlockingIOError:  # another process read it first
            pass
        except OSError as error:
            raise AttemptFailed(Attempt(Step.READ, error.errno, self._name)) from error
        self._held += taken

    def _recognise(self) -> Parser | None:
        if self._held < HEAD and not self._closed:
            return None
        self._chunks = [b"".join(self._chunks)]
        try:
            self._parser = parser_for(self._chunks[0][:HEAD], self._name)
            self._interfaces.extend(self._parser.interfaces)
        except BadCapture as error:
            self._fault, self._ended = str(error), True
        return self._parser

    def _parse(self, parser: Parser) -> Batch | None:
        data = b"".join(self._chunks)
        window = Window(data, self._base, len(data), self._base + len(data) if self._closed else None)
        parts = []
        going = True
        while going:
            batch = parser.read(window)
            if len(batch):
                parts.append(batch)
            going = not parser.stopped and window.holds(parser.at, parser.need)
        rest = data[max(0, parser.at - self._base) :]
        self._chunks, self._base, self._held = [rest], self._base + len(data) - len(rest), len(rest)
        self._interfaces.extend(parser.interfaces[len(self._interfaces) :])
        self._ended = parser.stopped
        if parser.fault:
            self._fault = f"{self._name}: {parser.fault}"
        if parts:
            return joined(parts)
        return None if self._ended else NOTHING


def _is_pollable(fd: int) -> bool:
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(fd)
