"""How a rule makes its finding."""

from collections.abc import Callable

from tapscope.doctor import words
from tapscope.doctor.causes import CAUSES
from tapscope.doctor.evidence import Evidence
from tapscope.doctor.finding import Finding, Severity
from tapscope.doctor.remedies import remedies_for

Rule = Callable[[Evidence], Finding | None]
Candidates = dict[str, bool | None]
"""Causes of one errno, in the order of the kernel's checks, and whether the evidence confirms each."""


def finding(
    cause: str,
    evidence: Evidence,
    *because: str,
    one_of: tuple[str, ...] = (),
    severity: Severity | None = None,
) -> Finding:
    """The finding of a cause on this machine; empty facts are left out."""
    known_cause = CAUSES[cause]
    return Finding(
        cause,
        severity or known_cause.severity,
        known_cause.title.format(**words.slots(evidence)),
        tuple(words.clean(fact) for fact in because if fact),
        remedies_for(cause, evidence),
        one_of,
        known_cause.decides,
    )


def among(cause: str, candidates: Candidates) -> tuple[str, ...] | None:
    """The rivals of a cause among the candidates, or None where it is not the one.

    The first confirmed candidate stands alone; where none is confirmed, all that are not excluded stand together.
    """
    confirmed = next((name for name, fact in candidates.items() if fact), None)
    if confirmed is not None:
        return () if confirmed == cause else None
    possible = tuple(name for name, fact in candidates.items() if fact is None)
    return tuple(name for name in possible if name != cause) if cause in possible else None
