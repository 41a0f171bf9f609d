"""Whatever the evidence, a diagnosis is made, and a refusal is never met with silence."""

import json
from dataclasses import fields
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapscope.attempt import Attempt, Step
from tapscope.doctor import report_json, report_text
from tapscope.doctor.causes import CAUSES
from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.evidence import Evidence, ModeAttempt, Probes, Unseen
from tapscope.doctor.readings import refusal_of

MASKS = st.sampled_from([0, 1 << 12, 1 << 13, 3 << 12, 1 << 19, (1 << 41) - 1]) | st.integers(0, 2**64 - 1)
NUMBERS = st.sampled_from([0, 1, 2, 1000, 10, 200, 0x1002, 0x9002, 0x1022, 0o666]) | MASKS
ERRNOS = st.sampled_from([1, 2, 5, 6, 7, 13, 14, 16, 17, 19, 20, 22, 24, 25, 77, 97, 9999])
TEXTS = st.sampled_from(["tap0", "a b", "\x1b]0;x\x07", "x" * 20, "strace", "docker", "unconfined", "", "'; rm -rf /"])

KNOWN = {
    bool: st.booleans(),
    int: NUMBERS,
    str: TEXTS | st.text(max_size=20),
    Step: st.sampled_from(Step),
}


def of_type(hint: object) -> st.SearchStrategy:
    """A strategy for an evidence field's type: unions, tuples, literals, nested records."""
    if hint in KNOWN:
        return KNOWN[hint]
    if hint is type(None):
        return st.none()
    if hint is Unseen:
        return st.builds(Unseen, TEXTS)
    origin, inner = getattr(hint, "__origin__", None), getattr(hint, "__args__", ())
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return st.lists(of_type(inner[0]), max_size=3).map(tuple)
        return st.tuples(*map(of_type, inner))
    if str(hint).startswith("typing.Literal"):
        return st.sampled_from(inner)
    if inner:
        return st.one_of(*map(of_type, inner))
    return record(hint)


def record(kind: type) -> st.SearchStrategy:
    hints = get_type_hints(kind)
    parts = {field.name: of_type(hints[field.name]) for field in fields(kind)}
    if kind is Attempt:
        parts["errno"] = st.none() | ERRNOS
    if kind is Probes:
        parts = {name: st.none() | ERRNOS | st.builds(Unseen) for name in parts} | {"sandbox": parts["sandbox"]}
    return st.builds(kind, **parts)


ATTEMPTS = st.lists(record(ModeAttempt), min_size=1, max_size=2).map(tuple)


@settings(max_examples=150)
@given(record(Evidence), ATTEMPTS)
def test_any_evidence_is_diagnosed_and_reported(evidence, attempts):
    evidence = Evidence(
        **{field.name: getattr(evidence, field.name) for field in fields(Evidence)} | {"attempts": attempts}
    )
    diagnosis = diagnose(evidence)
    for door in diagnosis.doors:
        call = refusal_of(door.attempt)
        assert set(door.causes) | set(door.notes) <= set(CAUSES)
        if door.attempt.attempts:
            assert door.verdict == ("refused" if call else "ok") or not door.attempt.tried
        assert bool(door.causes) == door.verdict.is_shut
        assert [step.outcome for step in door.path].count("failed") == bool(call and door.path)
    assert {cause for door in diagnosis.doors for cause in door.causes[:1]} <= {f.cause for f in diagnosis.findings}
    written = report_text.text(diagnosis, verbose=True, unicode=False)
    assert written.isascii()
    assert not set(written) & set(map(chr, range(32))) - {"\n"}
    assert json.loads(report_json.text(diagnosis))["schema"] == 1


@settings(max_examples=50)
@given(record(Evidence), ERRNOS, st.sampled_from(Step), st.sampled_from(["peer", "watch"]))
def test_a_refused_attempt_has_at_least_one_finding(evidence, code, step, mode):
    refused = ModeAttempt(mode, (Attempt(step, code, "tap0"),))
    if step is Step.SET_UP:
        return
    evidence = Evidence(
        **{field.name: getattr(evidence, field.name) for field in fields(Evidence)} | {"attempts": (refused,)}
    )
    diagnosis = diagnose(evidence)
    (door,) = diagnosis.doors
    assert door.verdict == "refused"
    assert door.causes
    assert diagnosis.findings


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.SET_UP])
@pytest.mark.parametrize("mode", ["peer", "watch"])
def test_a_refusal_of_which_nothing_is_known_is_still_answered(step, mode):
    for code in range(1, 134):
        (door,) = diagnose(Evidence("tap0", (ModeAttempt(mode, (Attempt(step, code, "tap0"),)),))).doors
        assert door.verdict == "refused"
        assert door.causes
