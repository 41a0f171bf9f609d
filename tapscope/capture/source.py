"""What the loop reads from: a TAP, a file, a pipe, a replay."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tapscope.attempt import Attempt
from tapscope.frame import Interface
from tapscope.machine.links import Link
from tapscope.store.batch import Batch

GONE = frozenset({errno.EBADFD, errno.EFAULT, errno.ENODEV})
"""What reading a live source fails with when its interface is no more."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the header line says of a source.

    ``mode`` is ``peer`` (attached to the TAP), ``watch`` (beside its holder), ``merged`` (several), ``qemu``, ``file``,
    ``follow``, ``pipe`` or ``replay``; ``why`` says in a clause why this one: ``held by qemu-system-x86 (pid 7)``.
    ``live`` is False for what ends. ``waiting``: it is gone, and opened again when it is there again. ``ring`` says
    that frames come by a packet ring, and ``Source.dropped`` counts what it had no room for. ``sieve`` is the capture
    filter, if any; ``sieve_counts``: the TAP's ``tx_dropped`` counts what that keeps back, too. ``notes`` are short
    sentences for the user, e.g. ``created tap0``.
    """

    name: str
    mode: str
    live: bool
    created: bool = False
    notes: tuple[str, ...] = ()
    why: str = ""
    ring: bool = False
    waiting: bool = False
    sieve: str = ""
    sieve_counts: bool = False


class Source(Protocol):
    """Non-blocking. Every method but ``close`` is called by the loop's thread only."""

    @property
    def info(self) -> SourceInfo:
        """What is read from."""
        ...

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Grows only; a batch's ``interface`` column indexes it."""
        ...

    @property
    def fault(self) -> str:
        """After the end, one line that names what was wrong; empty when nothing was."""
        ...

    @property
    def dropped(self) -> int:
        """Frames that the kernel had no room for, since the opening; 0 where it counts none."""
        ...

    def fileno(self) -> int:
        """What to poll for reading; -1 for a source that is always ready."""
        ...

    def read(self) -> Batch | None:
        """Everything that waits now, possibly an empty batch; None at the end. Raises ``AttemptFailed``."""
        ...

    def close(self) -> None:
        """Release what is held; called once, at the end."""
        ...


@runtime_checkable
class Telling(Protocol):
    """A source to which things happen besides frames."""

    def take_marks(self) -> Sequence[str]:
        """What happened since the last call, a sentence each; asked for after every ``read``."""
        ...


@runtime_checkable
class Measured(Protocol):
    """A source that may know how much there is to read."""

    def extent(self) -> tuple[int, int] | None:
        """How many bytes were read, and how many there are; None where that is not known. Asked after ``read``."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """The source is open and read from now on.

    Again when it found further interfaces, or has something else to say of itself.
    """

    info: SourceInfo
    interfaces: Sequence[Interface]


@dataclass(frozen=True, slots=True)
class Refused:
    """The source could not be opened; ``attempt`` is the call that was refused."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The interface changed; ``link`` is None when it is gone."""

    link: Link | None


@dataclass(frozen=True, slots=True)
class Ended:
    """No more frames will come. ``fault`` is empty after a clean end, else one line that names the fault.

    ``attempt`` is the call that failed, if that was the end.
    """

    fault: str = ""
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """The kernel had no room for so many frames, since the source was opened."""

    frames: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Which part of what there is to read was read, up to 1: that is told last, and where it is so from the beginning
    nothing is told."""

    part: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Something happened between the frame before and the next: a sentence for the user."""

    text: str


Event = Batch | Opened | Refused | LinkChanged | Dropped | Progress | Mark | Ended
"""What travels through the inbox, in the order in which it happened."""
