"""Facts about calls that were made: which call, on what, and the errno it answered.

A leaf: plain frozen types that every room may import.
"""

import errno as _errno
import os
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The calls that can be refused, by the name a kernel developer would use."""

    OPEN = "open"
    SET_INTERFACE = "TUNSETIFF"
    GET_INTERFACE = "TUNGETIFF"
    PACKET_SOCKET = "socket(AF_PACKET)"
    BIND = "bind"
    SET_UP = "SIOCSIFFLAGS"
    UNSHARE = "unshare"
    MAP_IDS = "write uid_map"
    READ = "read"
    OPEN_NAMESPACE = "open namespace"
    SET_NAMESPACE = "setns"


WATCHING = frozenset({Step.PACKET_SOCKET, Step.BIND})
"""The calls that watching an interface makes; but for those below, all others are those of attaching to it."""

ENTERING = frozenset({Step.OPEN_NAMESPACE, Step.SET_NAMESPACE})
"""The calls that going into another network namespace makes."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call that was really made.

    ``errno`` is None when the call succeeded, else the number the kernel answered.
    ``target`` is what the call was made on: a path or an interface name. ``interface`` is the one that was meant, where
    several are asked for together.
    """

    step: Step
    errno: int | None = None
    target: str = ""
    interface: str = ""

    @property
    def ok(self) -> bool:
        """True when the call succeeded."""
        return self.errno is None

    @property
    def errno_name(self) -> str | None:
        """The errno's symbol (``EPERM``), or None when the call succeeded."""
        if self.errno is None:
            return None
        return _errno.errorcode.get(self.errno, str(self.errno))

    def __str__(self) -> str:
        call = f"{self.step} {self.target}".rstrip()
        if self.errno is None:
            return f"{call}: ok"
        return f"{call}: {self.errno_name} ({os.strerror(self.errno)})"


class AttemptFailed(Exception):
    """A call was refused; carries the fact, not words about it."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt)
        self.attempt = attempt
