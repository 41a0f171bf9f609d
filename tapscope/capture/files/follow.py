"""A capture file that another program still writes: QEMU's ``filter-dump``, ``passt --pcap``, ``tcpdump -U -w``.

What is appended is read as soon as inotify(7) tells of it. A file that is cut to nothing and begun anew, as QEMU does
at each start, or that is renamed and made again, is gone on with in the same capture.
"""

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.files.feed import Feed
from tapscope.capture.files.news import News
from tapscope.capture.files.opening import CaptureSource, open_file
from tapscope.capture.files.window import NOTHING
from tapscope.capture.source import SourceInfo
from tapscope.frame import Interface
from tapscope.store.batch import Batch

_READ_BYTES = 1024 * 1024

_TAIL_BYTES = 4096
"""Enough for the header of a record, with its time: in another capture there are others at this place."""


def open_follow(path: str) -> "FollowSource | CaptureSource":
    """Read what is in ``path``, and what is appended to it. A pipe or a device is read as ever: it waits by itself.

    The file need not be there yet. Raises ``OSError`` where it cannot be opened, or its folder is not there.
    """
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return open_file(path)
    return FollowSource(path)


class FollowSource:
    """The source of a file that grows.

    Counts as not live: the file holds everything, so frames wait there and none is dropped. Damage ends it, and where
    nobody appends any more it just waits.
    """

    dropped = 0

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._news = News(self._path)
        self._feed = Feed(path)
        self._interfaces: list[Interface] = []
        self._places: list[int] = []
        self._marks: list[str] = []
        self._fd = -1
        self._at = 0
        self._tail = b""
        self._missed = False
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        notes = () if self._fd >= 0 else (f"{path} is not there yet: waiting for it",)
        self.info = SourceInfo(path, "follow", live=False, notes=notes)

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those described so far; always the same list, which grows."""
        return self._interfaces

    @property
    def fault(self) -> str:
        """The first damage that was met, with its offset; empty while there is none."""
        return self._feed.fault

    def fileno(self) -> int:
        """Readable when there may be something to read."""
        return self._news.fileno()

    def extent(self) -> tuple[int, int] | None:
        """Up to which offset the file is read, and where it ends at this moment."""
        return (self._at, os.fstat(self._fd).st_size) if self._fd >= 0 else None

    def take_marks(self) -> Sequence[str]:
        """What became of the file since the last call, a sentence each."""
        marks, self._marks = self._marks, []
        return marks

    def read(self) -> Batch | None:
        """What was appended, up to a megabyte; None at damage. Raises ``AttemptFailed``."""
        self._news.silence()
        if self._fd < 0:
            self._open()
            return NOTHING
        data = self._pread(_READ_BYTES, self._at)
        if self._is_another():
            self._begin_anew("was cut off and begun anew: going on from its beginning")
            return NOTHING
        if not data:
            self._look_for_another()
            return NOTHING
        self._at += len(data)
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        self._news.ring()  # there may be more
        self._feed.put(data)
        return self._placed(self._feed.read())

    def _is_another(self) -> bool:
        """The file holds another capture than what was read of it."""
        if os.fstat(self._fd).st_size < self._at:
            return True
        return self._pread(len(self._tail), self._at - len(self._tail)) != self._tail

    def _look_for_another(self) -> None:
        """Everything is read: is it still this file that the path names?"""
        try:
            found, own = self._path.stat(), os.fstat(self._fd)
        except FileNotFoundError:
            if not self._missed:
                self._marks.append(f"{self._path} was removed or renamed: waiting for it to be made anew")
            self._missed = True
            return
        if (found.st_dev, found.st_ino) != (own.st_dev, own.st_ino):
            os.close(self._fd)
            self._fd = -1
            self._open()
            self._begin_anew("is another file now: going on with that")
        self._missed = False

    def _begin_anew(self, words: str) -> None:
        self._feed, self._places = Feed(str(self._path)), []
        self._at, self._tail = 0, b""
        self._marks.append(f"{self._path} {words}")
        self._news.ring()

    def _open(self) -> None:
        """Open the file if it is there. Raises ``OSError``."""
        with contextlib.suppress(FileNotFoundError):
            self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            self._news.follow(self._fd)
            self._news.ring()

    def _placed(self, batch: Batch | None) -> Batch | None:
        """The frames with the numbers that their interfaces have here: one that was there before keeps its own."""
        for each in self._feed.interfaces[len(self._places) :]:
            place = len(self._places)
            if self._interfaces[place : place + 1] != [each]:
                place = len(self._interfaces)
                self._interfaces.append(each)
            self._places.append(place)
        if batch is None or not len(batch):
            return batch
        return replace(batch, interface=np.array(self._places, np.uint16)[batch.interface])

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
        self._news.close()

    def _pread(self, count: int, at: int) -> bytes:
        try:
            return os.pread(self._fd, count, at)
        except OSError as error:
            raise AttemptFailed(Attempt(Step.READ, error.errno, str(self._path))) from error
