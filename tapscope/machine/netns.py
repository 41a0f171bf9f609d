"""Going into another network namespace: where it is, and the way in. setns(2), ioctl_ns(2), user_namespaces(7)."""

import errno
import fcntl
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.machine import namespaces
from tapscope.machine.capabilities import CAP_SYS_ADMIN, raise_effective
from tapscope.machine.sandbox import CLONE_NEWUSER

NS_GET_OWNER_UID = 0xB704
LONGEST_PID = 10
"""Digits; the kernel's largest has 7 (``PID_MAX_LIMIT``)."""

_PROCESS = re.compile(r"/proc/([0-9]+)/ns/net")


@dataclass(frozen=True, slots=True)
class Place:
    """A network namespace. ``name`` is the one that ip-netns(8) gave it, ``pid`` a process in it, or both are None.

    ``with_user``  the user namespace that owns it had to be entered, too
    """

    path: str
    name: str | None = None
    pid: int | None = None
    with_user: bool = False

    @property
    def word(self) -> str:
        """What ``--netns`` takes."""
        return self.name or (str(self.pid) if self.pid is not None else self.path)

    @property
    def where(self) -> str:
        """``network namespace "blue"``."""
        if self.name is not None:
            return f'network namespace "{self.name}"'
        return f"the network namespace {self.path if self.pid is None else f'of process {self.pid}'}"

    @property
    def brief(self) -> str:
        """``netns blue``."""
        return f"netns {'of ' if self.name is None and self.pid is not None else ''}{self.word}"


def place_of(word: str) -> Place:
    """What a word after ``--netns`` means: with a '/' a path; else a name, if there is one; digits a process."""
    named = namespaces.NAMED / word
    if "/" in word:
        return place_at(word)
    is_process = len(word) <= LONGEST_PID and word.isascii() and word.isdecimal() and not named.exists()
    return Place(f"/proc/{int(word)}/ns/net", pid=int(word)) if is_process else Place(str(named), name=word)


def place_at(path: str) -> Place:
    """The place of a path. A process whose number is a name as well is told by its path."""
    process = _PROCESS.fullmatch(path)
    if process and not (namespaces.NAMED / process[1]).exists():
        return Place(path, pid=int(process[1]))
    folder, _, name = path.rpartition("/")
    return Place(path, name=name if folder == str(namespaces.NAMED) and name else None)


_entered: list[Place] = []


def entered() -> Place | None:
    """Where this process went, None where it stayed in the network namespace that it was started in."""
    return _entered[-1] if _entered else None


def enter(place: Place) -> None:
    """Move this process into a network namespace, and where that takes it, into the user namespace that owns it first.

    The rest stays: files, processes, users. Must be called while the process has one thread; those that it starts
    later stand there, too. Raises ``AttemptFailed``: ``OPEN_NAMESPACE`` or ``SET_NAMESPACE``.
    """
    raise_effective(CAP_SYS_ADMIN)
    try:
        net = os.open(place.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise AttemptFailed(Attempt(Step.OPEN_NAMESPACE, error.errno, place.path)) from None
    try:
        with_user = _join(net)
    except OSError as error:
        raise AttemptFailed(Attempt(Step.SET_NAMESPACE, error.errno, place.path)) from None
    finally:
        os.close(net)
    _entered.append(replace(place, with_user=with_user))


def _join(net: int) -> bool:
    """Whether the owning user namespace was joined on the way. Raises the ``OSError`` of the first refusal."""
    try:
        namespaces.join(net, namespaces.CLONE_NEWNET)
    except PermissionError:
        if not _join_owner(net):
            raise
        namespaces.join(net, namespaces.CLONE_NEWNET)
        return True
    return False


def _join_owner(net: int) -> bool:
    """Who made a user namespace may go into it and has all capabilities there, whatever they have outside."""
    try:
        with _owner(net) as owner:
            namespaces.join(owner, CLONE_NEWUSER)
    except OSError:
        return False
    return True


@contextmanager
def _owner(net: int) -> Iterator[int]:
    """The user namespace that owns a network namespace. Raises ``OSError``: EPERM where it is not ours or below it."""
    owner = fcntl.ioctl(net, namespaces.NS_GET_USERNS)
    try:
        yield owner
    finally:
        os.close(owner)


def is_owned(path: str) -> bool:
    """This user made the user namespace that owns it: ``enter`` needs no privilege. Raises ``OSError``."""
    return owner_of(path) == Owner("child", os.geteuid())


@dataclass(frozen=True, slots=True)
class Owner:
    """The user namespace that owns a network namespace, seen from ours: ``mine``, a ``child``, or out of sight.

    ``uid`` is who made a child; None of the others.
    """

    relation: Literal["mine", "child", "ancestor"]
    uid: int | None = None


def owner_of(path: str) -> Owner:
    """Who owns the network namespace at ``path``. Raises ``OSError`` where it cannot be opened, or is none."""
    net = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with _owner(net) as owner:
            if os.fstat(owner).st_ino == namespaces.own_user():
                return Owner("mine")
            answer = fcntl.ioctl(owner, NS_GET_OWNER_UID, bytes(4))
            return Owner("child", int.from_bytes(answer, sys.byteorder))
    except OSError as error:
        if error.errno == errno.EPERM:
            return Owner("ancestor")
        raise
    finally:
        os.close(net)
