"""The two ways to meet QEMU at a unix socket: to wait for it there, or to go where it waits."""

import contextlib
import errno
import os
import select
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tapscope.capture.inotify import CREATED, Inotify
from tapscope.capture.timer import Timer

_LONGEST = 107
"""``sun_path`` of unix(7), without the zero byte at its end."""

_RETRY_NS = 20_000_000
_TRIES = 50
"""A socket is there a moment before its maker listens on it."""

_RETURN_NS = 500_000_000
"""Who sends us away may do so again: no faster than this."""


class Entrance(Protocol):
    """Where connections come from."""

    note: str
    """A sentence for the user: what is waited for."""

    def fileno(self) -> int:
        """Readable when ``take`` is worth a call."""
        ...

    def take(self) -> socket.socket | None:
        """The next connection, if there is one."""
        ...

    def await_next(self) -> None:
        """A connection has ended."""
        ...

    def close(self) -> None:
        """Let go of everything but the connections."""
        ...


def check_path(path: str) -> None:
    """Raise ``OSError``, whose file name is ``path``, where no socket is and none can be made."""
    if len(os.fsencode(path)) > _LONGEST:
        raise OSError(errno.ENAMETOOLONG, f"a socket's path may have {_LONGEST} bytes", path)
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFSOCK
        if not Path(path).parent.is_dir():
            raise OSError(errno.ENOENT, "there is no such folder", path) from None
    if not stat.S_ISSOCK(mode):
        raise OSError(errno.ENOTSOCK, "there is something of that name that is no socket", path)


def open_entrance(path: str) -> Entrance:
    """Go to whoever listens at ``path``, else listen there; a socket that nobody listens on is replaced.

    Raises ``OSError``, whose file name is ``path``.
    """
    check_path(path)
    try:
        return Calling(path, _connected(path))
    except FileNotFoundError:
        return Listening(path)
    except ConnectionRefusedError:
        Path(path).unlink()
        return Listening(path)


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """The calls of a socket do not say what they were made on."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def _connected(path: str) -> socket.socket:
    with _naming(path):
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            channel.connect(path)
        except BaseException:
            channel.close()
            raise
        return channel


class Listening:
    """QEMU comes to us: ``server=off``. Makes the socket at ``path``, and removes it at the end."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with _naming(path):
                self._channel.bind(path)
                self._channel.listen()
            self._made = self._path.stat().st_ino
        except BaseException:
            self._channel.close()
            raise
        self.note = f"waiting for a guest: -netdev stream,id=scope,server=off,addr.type=unix,addr.path={path}"

    def fileno(self) -> int:
        """Readable when somebody comes."""
        return self._channel.fileno()

    def take(self) -> socket.socket | None:
        """Who came; None where it is gone already."""
        with contextlib.suppress(OSError):
            return self._channel.accept()[0]
        return None

    def await_next(self) -> None:
        """Any number may come at any time."""

    def close(self) -> None:
        """Remove the socket, unless another stands in its place."""
        self._channel.close()
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._made:
                self._path.unlink()


class Calling:
    """We go to QEMU: ``server=on``. When it has ended we come back as soon as the socket is made anew."""

    def __init__(self, path: str, channel: socket.socket) -> None:
        self.note = f"listening to whoever waits at {path}"
        self._path = path
        self._name = os.fsencode(Path(path).name)
        self._channel: socket.socket | None = channel
        self._tries = 0
        self._timer = Timer()
        self._timer.ring_in(0)
        self._folder = Inotify()
        self._poll = select.epoll()
        for each in (self._timer, self._folder):
            self._poll.register(each, select.EPOLLIN)
        self._folder.add(Path(path).parent, CREATED)

    def fileno(self) -> int:
        """Readable when the socket was made, or is to be tried again."""
        return self._poll.fileno()

    def take(self) -> socket.socket | None:
        """The connection, once it stands."""
        channel, self._channel = self._channel, None
        made = any(event.name == self._name for event in self._folder.read())
        self._timer.silence()
        if channel is None and (made or self._tries):
            self._tries = _TRIES if made else self._tries - 1
            channel = self._try()
        return channel

    def _try(self) -> socket.socket | None:
        try:
            channel = _connected(self._path)
        except OSError:
            self._timer.ring_in(_RETRY_NS)
            return None
        self._tries = 0
        return channel

    def await_next(self) -> None:
        """QEMU listens again when a connection has ended, unless it has ended itself."""
        self._tries = _TRIES
        self._timer.ring_in(_RETURN_NS)

    def close(self) -> None:
        """Let go of the timer and the folder."""
        if self._channel:
            self._channel.close()
        for each in (self._poll, self._folder, self._timer):
            each.close()
