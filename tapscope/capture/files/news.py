"""When to look at a file again: inotify(7) tells, and a clock where it cannot."""

import contextlib
import errno
import select
from pathlib import Path

from tapscope.capture.doorbell import Doorbell
from tapscope.capture.inotify import CHANGED, CREATED, Inotify
from tapscope.capture.timer import Timer
from tapscope.machine.mounts import mount_of

_LOOK_NS = 500_000_000
"""How often a file is looked at of which inotify(7) tells nothing."""

_ELSEWHERE = ("nfs", "cifs", "smb", "9p", "fuse", "virtiofs", "vboxsf", "ceph", "afs")
"""Beginnings of the names of file systems to which others write unknown to this kernel."""

_NO_FOLDER = {errno.ENOENT, errno.ENOTDIR}


class News:
    """Something to poll, readable when the file at ``path`` may have changed, and at the beginning.

    The file need not be there, its folder must. Raises ``OSError``.
    """

    def __init__(self, path: Path) -> None:
        mount = mount_of(str(path.parent))
        self._watch: int | None = None
        self._inotify = _watching(path.parent)
        self._timed = self._inotify is None or (mount is not None and mount.file_system.startswith(_ELSEWHERE))
        self._bell = Doorbell()
        self._timer = Timer()
        self._poll = select.epoll()
        self._poll.register(self._bell, select.EPOLLIN)
        self._poll.register(self._timer, select.EPOLLIN)
        if self._inotify:
            self._poll.register(self._inotify, select.EPOLLIN)
        self.ring()

    def fileno(self) -> int:
        """The descriptor to poll for reading."""
        return self._poll.fileno()

    def follow(self, fd: int) -> None:
        """Tell of this open file from now on, and of no other."""
        if self._inotify is None:
            return
        if self._watch is not None:
            self._inotify.remove(self._watch)
        try:
            self._watch = self._inotify.add(Path(f"/proc/self/fd/{fd}"), CHANGED)
        except OSError:  # ENOSPC: the user has too many already
            self._watch, self._timed = None, True

    def ring(self) -> None:
        """Be readable: there is more to look at."""
        self._bell.ring()

    def silence(self) -> None:
        """Be unreadable until there is news."""
        with contextlib.suppress(BlockingIOError):
            self._bell.silence()
        if self._inotify:
            self._inotify.read()
        self._timer.silence()
        if self._timed:
            self._timer.ring_in(_LOOK_NS)

    def close(self) -> None:
        """Release everything."""
        for each in (self._poll, self._timer, self._bell, self._inotify):
            if each:
                each.close()


def _watching(folder: Path) -> Inotify | None:
    """None where the user may not watch it, or may watch no more. Raises ``OSError`` where there is no such folder."""
    inotify = None
    try:
        inotify = Inotify()
        inotify.add(folder, CREATED)
    except OSError as error:
        if inotify:
            inotify.close()
        if error.errno in _NO_FOLDER:
            raise
        return None
    return inotify
