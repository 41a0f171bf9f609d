"""A capture file on disk: mapped for its frames, and walked once in windows for its columns.

The walk reads windows with preadv(2) into one buffer that stays in the processor's cache: that is faster than walking
the mapping, and a file that shrinks meanwhile is a short read, where a mapping would be a SIGBUS. Headers are read from
the same windows, so no page of the mapping is touched, and counts as memory, before somebody looks at its frames
(``tapscope.store.batches.piece`` asks for the file's size before it copies them).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from mmap import PROT_READ, mmap

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.files.recognise import HEAD, BadCapture, parser_for
from tapscope.capture.files.window import NOTHING, Window
from tapscope.capture.source import SourceInfo
from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import joined, with_headers


@dataclass(frozen=True, slots=True)
class _Stride:
    """How far one batch goes: so many frames at least, over so many bytes at most, and those of the last window."""

    frames: int
    octets: int
    window: int


_FIRST = _Stride(frames=256, octets=1 << 20, window=64 << 10)
"""Enough for the first screen, and read before there is one."""
_OTHER = _Stride(frames=32 << 10, octets=64 << 20, window=1 << 20)


class FileSource:
    """The source of a regular file. Owns ``fd``, and reads from ``start``.

    The first batch is small, and read at once: whatever the file's size, its beginning is there. Those behind it have
    less than 100,000 frames (the last window may bring 65,536 to 32,767), over at most 64 MiB of the file: where there
    are no frames they are empty. Raises ``BadCapture`` when the first of them meets damage before a frame.
    """

    def __init__(self, fd: int, name: str, start: int = 0) -> None:
        self._fd = fd
        self._name = name
        self._end = os.fstat(fd).st_size
        self._parser = parser_for(os.pread(fd, HEAD, start), name, start)
        self._block = memoryview(mmap(fd, self._end, prot=PROT_READ))
        self._buffer = bytearray(_FIRST.window)
        self._window = Window(self._buffer, start, 0, self._end)
        self._shrank = ""
        self._first: Batch | None = self._next(_FIRST)
        if self.fault and not self._first:
            raise BadCapture(self.fault)

    @property
    def info(self) -> SourceInfo:
        """The file's name as it was given."""
        return SourceInfo(self._name, mode="file", live=False)

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those described so far; grows while the file is read."""
        return self._parser.interfaces

    @property
    def fault(self) -> str:
        """The first damage that was met, with its offset; empty while there is none."""
        words = self._shrank or self._parser.fault
        return f"{self._name}: {words}" if words else ""

    @property
    def dropped(self) -> int:
        """None: a file waits."""
        return 0

    def fileno(self) -> int:
        """Always ready: -1."""
        return -1

    def read(self) -> Batch | None:
        """The next frames; None at the end, or at damage that cannot be passed. Raises ``AttemptFailed``."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return self._next(_OTHER)

    def extent(self) -> tuple[int, int]:
        """Up to which offset the file is read, and where it ends."""
        return min(self._parser.at, self._end), self._end

    def close(self) -> None:
        """Close the file. Frames that were read stay readable: batches hold the mapping."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _next(self, stride: _Stride) -> Batch | None:
        parts: list[Batch] = []
        frames, until = 0, self._parser.at + stride.octets
        while not self._parser.stopped and frames < stride.frames and self._parser.at < until:
            window = self._slide(stride.window)
            batch = self._parser.read(window)
            if len(batch):
                batch = with_headers(batch, self._parser.interfaces)
                parts.append(replace(batch, block=self._block, offset=batch.offset + window.base))
                frames += len(batch)
        if parts:
            return joined(parts)
        return None if self._parser.stopped else NOTHING

    def _slide(self, size: int) -> Window:
        """The window, moved to where the parser is unless it holds what the parser needs; then of ``size`` bytes."""
        at = self._parser.at
        if not self._window.holds(at, self._parser.need):
            want = max(0, min(max(size, self._parser.need), self._end - at))
            if want > len(self._buffer):
                self._buffer = bytearray(want)
            got = self._fill(at, want)
            if got < want:
                self._end = at + got
                self._shrank = f"shrank below offset {self._end} while it was read"
            self._window = Window(self._buffer, at, got, self._end)
        return self._window

    def _fill(self, at: int, want: int) -> int:
        view, got = memoryview(self._buffer), 0
        try:
            while got < want and (count := os.preadv(self._fd, [view[got:want]], at + got)):
                got += count
        except OSError as error:
            raise AttemptFailed(Attempt(Step.READ, error.errno, self._name)) from error
        return got
