"""What happens to files, as something to poll: inotify(7), which Python does not have."""

import ctypes
import os
import struct
from dataclasses import dataclass
from pathlib import Path

CHANGED = 0x2 | 0x4 | 0x400 | 0x800
"""Of a file: IN_MODIFY, IN_ATTRIB (its last name went), IN_DELETE_SELF, IN_MOVE_SELF."""

CREATED = 0x80 | 0x100
"""Of a folder: IN_MOVED_TO, IN_CREATE."""

_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_HEADER = struct.Struct("=iIII")
_READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: the watch's number as ``add`` returned it, and the name in the folder, empty for a file's own."""

    watch: int
    name: bytes


class Inotify:
    """Raises ``OSError``: ``EMFILE`` or ``ENOSPC`` where the user may have no more of it."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._checked(self._libc.inotify_init1(_FLAGS), "inotify")

    def fileno(self) -> int:
        """The descriptor to poll for reading."""
        return self._fd

    def add(self, path: Path, events: int) -> int:
        """Watch a file or a folder; returns the watch's number."""
        return self._checked(self._libc.inotify_add_watch(self._fd, os.fsencode(path), events), str(path))

    def remove(self, watch: int) -> None:
        """Watch it no longer. What is gone is no longer watched anyway."""
        self._libc.inotify_rm_watch(self._fd, watch)

    def read(self) -> list[Happened]:
        """What happened since the last call, oldest first."""
        happened = []
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return []
        at = 0
        while at < len(data):
            watch, _, _, size = _HEADER.unpack_from(data, at)
            at += _HEADER.size
            happened.append(Happened(watch, data[at : at + size].rstrip(b"\0")))
            at += size
        return happened

    def close(self) -> None:
        """Release the descriptor."""
        os.close(self._fd)

    @staticmethod
    def _checked(answer: int, name: str) -> int:
        if answer < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), name)
        return answer
