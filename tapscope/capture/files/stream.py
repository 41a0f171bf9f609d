"""A capture that comes through a pipe."""

import contextlib
import fcntl
import os
import select
import stat
from collections.abc import Sequence

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.files.feed import Feed
from tapscope.capture.source import SourceInfo
from tapscope.frame import Interface
from tapscope.store.batch import Batch

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
        self._feed = Feed(name)

    @property
    def info(self) -> SourceInfo:
        """The stream's name as it was given."""
        return SourceInfo(self._name, mode="pipe", live=False)

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those described so far; always the same list, which grows."""
        return self._feed.interfaces

    @property
    def fault(self) -> str:
        """The first damage that was met, with its offset in the stream; empty while there is none."""
        return self._feed.fault

    @property
    def dropped(self) -> int:
        """None: a file waits."""
        return 0

    def fileno(self) -> int:
        """What to poll; -1 for what is always ready and what epoll(7) refuses."""
        return self._fd if self._pollable else -1

    def read(self) -> Batch | None:
        """The frames whose last byte has arrived; None at the end or at damage. Raises ``AttemptFailed``."""
        if not self._feed.ended:
            self._take()
        return self._feed.read()

    def close(self) -> None:
        """Close the descriptor; a program that still writes gets SIGPIPE."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _take(self) -> None:
        """Everything that waits, up to about a megabyte."""
        taken = 0
        try:
            while taken < _READ_BYTES and self._poll.poll(0):
                chunk = os.read(self._fd, _CHUNK)
                if not chunk:
                    self._feed.close()
                    return
                self._feed.put(chunk)
                taken += len(chunk)
        except BlockingIOError:  # another process read it first
            pass
        except OSError as error:
            raise AttemptFailed(Attempt(Step.READ, error.errno, self._name)) from error


def _is_pollable(fd: int) -> bool:
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(fd)
