"""Every cause is reached by a recorded machine, and named first."""

import re
from dataclasses import replace

import pytest
from machines import ROWS
from machines_common import Row
from recorded import machine, peer

from tapscope.doctor.causes import CAUSES
from tapscope.doctor.diagnosis import Diagnosis, diagnose
from tapscope.doctor.remedies import WAYS

IDENTIFIERS = {
    "dev-missing",
    "dev-path",
    "dev-mode",
    "dev-nodev-mount",
    "dev-cgroup",
    "dev-no-driver",
    "dev-bad-number",
    "dev-not-tun",
    "no-caps",
    "net-raw-only",
    "packet-no-net-raw",
    "root-without-cap",
    "cap-dropped",
    "setuid-dropped-caps",
    "cap-other-thread",
    "ambient-cleared-by-filecaps",
    "helper-no-ambient",
    "filecaps-none",
    "filecaps-wrong-file",
    "filecaps-on-script",
    "filecaps-nosuid",
    "filecaps-foreign-mount",
    "filecaps-wrong-userns",
    "filecaps-bounding",
    "filecaps-not-effective",
    "filecaps-inheritable-only",
    "filecaps-set-after-start",
    "filecaps-stripped-ptrace",
    "filecaps-stripped-nnp",
    "filecaps-stripped-shared-fs",
    "filecaps-stripped-unknown",
    "userns-foreign-net",
    "tap-wrong-netns",
    "netns-hidden-process",
    "netns-no-cap",
    "netns-foreign-owner",
    "seccomp",
    "landlock",
    "lsm",
    "tap-owner-other",
    "tap-group-other",
    "tap-busy",
    "tap-excl",
    "tap-type-mismatch",
    "tap-multiqueue-mismatch",
    "tap-queues-full",
    "if-not-tuntap",
    "if-missing",
    "name-invalid",
    "name-truncated",
    "fd-already-attached",
    "napi-frags-needs-init-cap",
    "if-down",
    "if-up-no-netadmin",
    "tap-unowned",
    "unexplained",
}
"""The promised ones; they are stable."""


def first(diagnosis: Diagnosis) -> str:
    (door,) = diagnosis.doors
    return (door.causes or door.notes)[0]


@pytest.mark.parametrize(("cause", "evidence"), [pytest.param(c, e, id=f"{c}: {why}") for c, why, e in ROWS])
def test_recorded_machine_yields_its_cause_first(cause, evidence):
    diagnosis = diagnose(evidence)
    assert first(diagnosis) == cause
    finding = diagnosis.findings[0]
    assert finding.cause == cause
    assert not re.search(r"[{}]|None|Unseen", finding.title)
    assert finding.because


def test_the_identifiers_are_the_promised_ones_in_every_table():
    assert set(CAUSES) == IDENTIFIERS
    assert set(WAYS) == IDENTIFIERS
    assert {row[0] for row in ROWS} == IDENTIFIERS


@pytest.mark.parametrize("cause", CAUSES.values(), ids=lambda cause: cause.identifier)
def test_every_cause_is_explained_in_a_paragraph(cause):
    assert len(cause.explanation.split()) >= 20
    assert cause.explanation.rstrip().endswith((".", ")"))


@pytest.mark.parametrize(("cause", "evidence"), [pytest.param(c, e, id=f"{c}: {why}") for c, why, e in ROWS])
def test_everything_named_one_of_is_said_to_be_so(cause, evidence):
    for finding in diagnose(evidence).findings:
        said = [fact for fact in finding.facts if fact.startswith("one of ")]
        assert bool(said) == bool(finding.one_of)
        assert set(finding.one_of) <= set(CAUSES) - {finding.cause}
        if said:
            assert said == [said[0]]
            assert all(rival in said[0] for rival in finding.one_of)
            assert not CAUSES[finding.cause].decides or CAUSES[finding.cause].decides in said[0]


def rows_of(cause: str) -> list[Row]:
    return [row for row in ROWS if row[0] == cause]


def test_a_finding_does_not_depend_on_the_other_door():
    (_, _, evidence), *_ = rows_of("filecaps-nosuid")
    alone = diagnose(evidence).findings
    both = diagnose(replace(evidence, attempts=(*evidence.attempts, replace(peer(None), mode="watch"))))
    assert both.findings[: len(alone)] == alone


def test_an_open_door_has_no_causes():
    (door,) = diagnose(machine(peer(None))).doors
    assert (door.verdict, door.causes, door.notes) == ("ok", (), ())
