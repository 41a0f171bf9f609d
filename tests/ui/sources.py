"""Sources for the tests of the app: scripted, without a device. They stand at the seam where a TAP would."""

import errno
import os
from collections.abc import Sequence

from ui_kit import batch

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.source import SourceInfo
from tapscope.frame import Interface
from tapscope.store.batch import Batch


class Scripted:
    """A live source that hands over what the test feeds it, through a real pipe that the loop polls."""

    opened = 0
    """How many are open at this moment: a TAP would answer EBUSY to the second."""
    most_at_once = 0

    def __init__(self, *, live: bool = True, notes: tuple[str, ...] = (), name: str = "tap0") -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._batches: list[Batch | None] = []
        self.info = SourceInfo(name, "peer" if live else "file", live, notes=notes)
        self.interfaces: Sequence[Interface] = [Interface(name)]
        self.fault = ""
        Scripted.opened += 1
        Scripted.most_at_once = max(Scripted.most_at_once, Scripted.opened)

    def feed(self, frames: int | Batch) -> None:
        """So many frames, or a batch."""
        self._batches.append(batch(frames) if isinstance(frames, int) else frames)
        os.write(self._writer, b".")

    def end(self, fault: str = "") -> None:
        """No more will come."""
        self.fault = fault
        self._batches.append(None)
        os.write(self._writer, b".")

    def fileno(self) -> int:
        return self._reader

    def read(self) -> Batch | None:
        os.read(self._reader, 1)
        return self._batches.pop(0)

    def close(self) -> None:
        Scripted.opened -= 1
        os.close(self._reader)
        os.close(self._writer)


class Door:
    """``open`` for the app: refuses while ``shut``, else opens a new scripted source, kept in ``source``."""

    def __init__(self, *, shut: bool = False, **source: object) -> None:
        self.shut = shut
        self.tries = 0
        self.source: Scripted | None = None
        self._settings = source
        Scripted.opened = Scripted.most_at_once = 0

    def __call__(self) -> Scripted:
        self.tries += 1
        if self.shut:
            raise AttemptFailed(Attempt(Step.SET_INTERFACE, errno.EPERM, "tap0"))
        self.source = Scripted(**self._settings)
        return self.source
