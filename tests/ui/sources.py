"""Sources for the tests of the app: scripted, without a device. They stand at the seam where a TAP would."""

import errno
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ui_kit import BEGIN, batch

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.source import SourceInfo
from tapscope.frame import Direction, Interface
from tapscope.machine.links import Link, TapSettings
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of
from tapscope.ui.surroundings import Device, Surroundings


class Scripted:
    """A live source that hands over what the test feeds it, through a real pipe that the loop polls."""

    opened = 0
    """How many are open at this moment: a TAP would answer EBUSY to the second."""
    most_at_once = 0

    def __init__(self, *, live: bool = True, name: str = "tap0", mode: str = "", **facts: Any) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._batches: list[Batch | None] = []
        self.info = SourceInfo(name, mode or ("peer" if live else "file"), live, **facts)
        self.interfaces: Sequence[Interface] = [Interface(name)]
        self.fault = ""
        self.dropped = 0
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


ARP_REPLY = bytes.fromhex(
    "0a0000000001 0a0000000002 0806 0001 0800 06 04 0002 0a0000000002 0a4d0002 0a0000000001 0a4d0001"
)


def frames_of(pieces: Sequence[bytes]) -> Batch:
    """These frames, a millisecond apart, towards this host."""
    return batch_of([(piece, BEGIN + at * 1_000_000, Direction.IN) for at, piece in enumerate(pieces)])


def link(**facts: object) -> Link:
    """tap0, up and attached, but for what is said."""
    plain = Link(7, "tap0", True, True, "up", 1500, "0a:00:00:00:00:01", "tun", TapSettings("tap", owner=0), None, ())
    return replace(plain, **facts)


def surroundings(device: Device | None = None, **others: object) -> Surroundings:
    """A machine that stands still at 12:34:56, with tap0 as ``device`` says."""
    there = device or Device(link(), ("10.77.0.1/24",))
    still = Surroundings(
        clock=lambda: 1_700_051_696.0, look=lambda _: there, fingerprint=lambda _: None, follow_link=False
    )
    return replace(still, **others)
