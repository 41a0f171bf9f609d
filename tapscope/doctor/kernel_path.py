"""The path that an attempt took through the kernel's checks; and, where none was made, the one it would take."""

from dataclasses import dataclass, replace
from enum import StrEnum

from tapscope.attempt import Attempt, Step
from tapscope.doctor import phrases, readings, words
from tapscope.doctor.evidence import Evidence, ModeAttempt, Unseen, known
from tapscope.doctor.kernel_checks import Check, checks, untold


class Outcome(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class KernelStep:
    """One check on the path; ``values`` are those that decided it, empty where none was seen."""

    function: str
    call: Step
    outcome: Outcome
    values: str = ""


_CALLS = (Step.OPEN, Step.SET_INTERFACE, Step.PACKET_SOCKET, Step.BIND, Step.OPEN_NAMESPACE, Step.SET_NAMESPACE)


def kernel_path(evidence: Evidence) -> tuple[KernelStep, ...]:
    """The path of the one attempt in the evidence. A verdict of the kernel's outweighs what the values suggest."""
    call = readings.refusal(evidence)
    on_the_way = checks(evidence)
    if call is None:
        return tuple(_step(check, evidence, Outcome.PASSED) for check in on_the_way)
    failed = _failing(on_the_way, evidence, call)
    if failed is None:
        return _lost(on_the_way, evidence, call)
    cut = on_the_way.index(failed)
    outcomes = [Outcome.PASSED] * cut + [Outcome.FAILED] + [Outcome.NOT_REACHED] * (len(on_the_way) - cut - 1)
    return tuple(_step(check, evidence, outcome) for check, outcome in zip(on_the_way, outcomes, strict=True))


def _lost(on_the_way: tuple[Check, ...], evidence: Evidence, call: Attempt) -> tuple[KernelStep, ...]:
    """No known check gives this errno: the calls before it passed, and this one failed somewhere."""
    done = _CALLS[: _CALLS.index(call.step)] if call.step in _CALLS else ()
    before = (_step(check, evidence, Outcome.PASSED) for check in on_the_way if check.step in done)
    return (*before, KernelStep(str(call.step), call.step, Outcome.FAILED, words.clean(phrases.refusal(evidence))))


def _step(check: Check, evidence: Evidence, outcome: Outcome) -> KernelStep:
    """A passed check shows its values only where they agree, and one that was not reached shows none."""
    answer = check.answer(evidence)
    agrees = answer is None or isinstance(answer, Unseen)
    shown = outcome is Outcome.FAILED or (outcome is Outcome.PASSED and agrees)
    return KernelStep(check.function, check.step, outcome, words.clean(check.values(evidence)) if shown else "")


def _failing(on_the_way: tuple[Check, ...], evidence: Evidence, call: Attempt) -> Check | None:
    """The check that gave the errno: the first whose values say so, else the first that can give it and may have."""
    made = [check for check in on_the_way if check.step is call.step]
    able = [check for check in made if call.errno in check.errnos]
    says = [check for check in made if check.answer(evidence) == call.errno]
    unsure = [check for check in able if isinstance(check.answer(evidence), Unseen)]
    anything = [check for check in made if not check.errnos and known(evidence.thread.seccomp) == 2]
    return next(iter((*says, *unsure, *able, *anything)), None)


def predicted(evidence: Evidence) -> ModeAttempt | None:
    """The attempt as it would end, made by nobody; None where a check cannot be told before one surely fails."""
    attempt = readings.door(evidence)
    if attempt is None or readings.name_is_long(evidence):
        return attempt
    opening = evidence.probes.open_node
    opened = readings.mode(evidence) == "peer" and not isinstance(opening, Unseen)
    if opened and opening is not None:
        return replace(attempt, attempts=(Attempt(Step.OPEN, known(opening), evidence.node.path),))
    for check in checks(evidence):
        told = check.answer is not untold and not (opened and check.step is Step.OPEN)
        answer = check.answer(evidence) if told else None
        if isinstance(answer, Unseen):
            return None
        if answer is not None:
            return replace(attempt, attempts=(Attempt(check.step, answer, _target(check, evidence)),))
    last = checks(evidence)[-1]
    return replace(attempt, attempts=(Attempt(last.step, None, _target(last, evidence)),))


def _target(check: Check, evidence: Evidence) -> str:
    named = check.step in {Step.SET_INTERFACE, Step.BIND}
    return evidence.node.path if check.step is Step.OPEN else (evidence.interface or "") if named else ""
