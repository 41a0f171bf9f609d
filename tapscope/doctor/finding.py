"""What a judge answers: a finding, and the remedies that come with it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``PROBLEM`` keeps a door shut; ``WARNING`` and ``NOTE`` go with an open one."""

    PROBLEM = "problem"
    WARNING = "warning"
    NOTE = "note"


class Reach(StrEnum):
    """How far a remedy's power reaches, in the order in which remedies are offered: the smallest first."""

    INTERFACE = "one interface"
    WATCH = "watching only"
    SESSION = "one session"
    PROGRAM = "one program"
    USER = "one user"
    SANDBOX = "a sandbox"
    SERVICE = "the service or container"
    MACHINE = "the whole machine"

    @property
    def rank(self) -> int:
        """0 for the smallest."""
        return list(Reach).index(self)


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to mend it: a command to paste into a POSIX shell, what it does, what it costs, how far it reaches.

    ``here`` is False for what must be typed elsewhere: on the container's host, in a shell outside of the sandbox.
    """

    command: str
    effect: str
    cost: str
    reach: Reach
    here: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, found.

    ``cause``    an identifier of ``causes.CAUSES``
    ``because``  the facts it rests on, one clause each
    ``one_of``   causes that the evidence cannot tell from this one; ``decides`` says what would
    """

    cause: str
    severity: Severity
    title: str
    because: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    one_of: tuple[str, ...] = ()
    decides: str = ""

    @property
    def doubt(self) -> str:
        """The rivals and what would decide; empty where the evidence leaves none."""
        rivals = f"one of {', '.join((self.cause, *self.one_of))}" if self.one_of else ""
        return f"{rivals}; to decide: {self.decides}" if rivals and self.decides else rivals

    @property
    def facts(self) -> tuple[str, ...]:
        """``because``, and at the end the doubt."""
        return (*self.because, self.doubt) if self.doubt else self.because
