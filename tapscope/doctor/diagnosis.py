"""Evidence judged: a verdict for each door, and the findings that explain it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from tapscope.attempt import Attempt
from tapscope.doctor import readings
from tapscope.doctor.evidence import CapabilitySets, Evidence, Mode, ModeAttempt, Seen
from tapscope.doctor.execve import Execve, last_execve
from tapscope.doctor.finding import Finding, Severity
from tapscope.doctor.kernel_path import KernelStep, kernel_path, predicted
from tapscope.doctor.rules import judge, remarks

_T = TypeVar("_T")


class Verdict(StrEnum):
    """What became of a door. Only ``ok`` and ``refused`` come from the kernel."""

    OK = "ok"
    REFUSED = "refused"
    PREDICTED_OK = "predicted-ok"
    PREDICTED_REFUSED = "predicted-refused"
    PREDICTED_UNKNOWN = "predicted-unknown"

    @property
    def is_open(self) -> bool:
        """The door is open, or predicted to be."""
        return self in {Verdict.OK, Verdict.PREDICTED_OK}

    @property
    def is_shut(self) -> bool:
        """The door is shut, or predicted to be."""
        return self in {Verdict.REFUSED, Verdict.PREDICTED_REFUSED}


@dataclass(frozen=True, slots=True)
class Door:
    """One door, judged.

    ``call``    the call that was refused, else the last one made; None where nothing was tried or predicted
    ``causes``  identifiers, the most likely first, with those that the evidence cannot tell from it
    ``notes``   identifiers of what goes with an open door
    ``path``    the kernel's checks, each passed, failed or not reached; () where nothing could be predicted
    """

    attempt: ModeAttempt
    verdict: Verdict
    call: Attempt | None
    causes: tuple[str, ...]
    notes: tuple[str, ...]
    path: tuple[KernelStep, ...]

    @property
    def mode(self) -> Mode:
        """``peer`` or ``watch``."""
        return self.attempt.mode


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that panel, text and JSON say. ``execve`` is there where file capabilities are part of the story."""

    interface: str | None
    doors: tuple[Door, ...]
    findings: tuple[Finding, ...]
    capabilities: Seen[CapabilitySets]
    execve: Execve | None
    evidence: Evidence

    def door(self, mode: Mode) -> Door | None:
        """The door of that mode, where it was judged."""
        return next((door for door in self.doors if door.mode == mode), None)

    def is_open(self, mode: Mode = "peer") -> bool:
        """The door is open, or predicted to be: exit code 0."""
        door = self.door(mode)
        return door is not None and door.verdict.is_open


def diagnose(evidence: Evidence) -> Diagnosis:
    """Judge every door in the evidence. Never raises; a refusal that no rule explains is ``unexplained``."""
    judged = [_judge(evidence, attempt) for attempt in evidence.attempts]
    findings = _merged(finding for _, found in judged for finding in found)
    return Diagnosis(
        interface=evidence.interface,
        doors=tuple(door for door, _ in judged),
        findings=findings,
        capabilities=evidence.thread.sets,
        execve=last_execve(evidence),
        evidence=evidence,
    )


def _judge(evidence: Evidence, attempt: ModeAttempt) -> tuple[Door, tuple[Finding, ...]]:
    if attempt.attempts:
        return _judged(readings.at_door(evidence, attempt), attempt)
    untried = replace(attempt, tried=False)
    at_door = readings.as_raised(readings.at_door(evidence, untried))
    expected = predicted(at_door)
    if expected is None:
        return Door(untried, Verdict.PREDICTED_UNKNOWN, None, (), (), ()), ()
    return _judged(readings.at_door(at_door, expected), expected)


def _judged(evidence: Evidence, attempt: ModeAttempt) -> tuple[Door, tuple[Finding, ...]]:
    """The verdict is the kernel's (or the prediction's) alone; a name that tapscope refuses is refused as well."""
    found = judge(evidence)
    shut = any(finding.severity is Severity.PROBLEM for finding in found)
    noted = () if shut else remarks(evidence)
    call = readings.refusal_of(attempt) or next(reversed(attempt.attempts), None)
    path = kernel_path(evidence) if attempt.attempts else ()
    verdicts = (Verdict.OK, Verdict.REFUSED) if attempt.tried else (Verdict.PREDICTED_OK, Verdict.PREDICTED_REFUSED)
    door = Door(attempt, verdicts[shut], call, _causes(found) if shut else (), _identifiers(noted), path)
    return door, found if shut else noted


def _identifiers(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.cause for finding in findings))


def _causes(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The first finding's cause, its rivals, then the conditions that hold beside it."""
    head, *rest = findings
    return tuple(dict.fromkeys((head.cause, *head.one_of, *_identifiers(rest))))


def _both(first: tuple[_T, ...], second: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Both doors may have the same cause: one finding then, with the facts of both."""
    merged: dict[str, Finding] = {}
    for finding in findings:
        first = merged.setdefault(finding.cause, finding)
        worst = first if first.severity is Severity.PROBLEM else finding
        merged[finding.cause] = replace(
            worst,
            because=_both(first.because, finding.because),
            remedies=tuple(sorted(_both(first.remedies, finding.remedies), key=lambda remedy: remedy.reach.rank)),
            one_of=_both(first.one_of, finding.one_of),
        )
    return tuple(merged.values())
