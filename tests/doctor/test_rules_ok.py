"""What looks bad and works, and what is predicted where nothing was tried."""

import errno
from dataclasses import replace

import pytest
from machines_common import AUTHORISED, BLUE, FULL, STRACE
from recorded import (
    BOTH,
    HOME_MOUNT,
    INTERPRETER,
    NODE,
    PROBES,
    PROCESS,
    PYTHON,
    ROOT,
    TAP,
    capped,
    left_by_execve,
    machine,
    peer,
    thread,
    untried,
    watch,
)

from tapscope.attempt import Attempt, Step
from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.evidence import CapabilitySets, Evidence, FileCapabilities, Holder, Holders, ModeAttempt, Unseen

AMBIENT = thread(P=BOTH, E=BOTH, I=BOTH, A=BOTH)
GIVEN = left_by_execve(at_secure=True, dumpable=0)
LINKED = replace(
    INTERPRETER, program=replace(PYTHON, path="/opt/python/bin/python3.11", caps=FileCapabilities(2, BOTH, 0, True))
)

OPEN = {
    "root on a nosuid mount": machine(
        peer(None),
        credentials=ROOT,
        thread=thread(**FULL),
        interpreter=capped(mount=HOME_MOUNT),
    ),
    "ambient on a nosuid mount": machine(peer(None), thread=AMBIENT, interpreter=capped(mount=HOME_MOUNT)),
    "traced by root": machine(
        peer(None),
        thread=thread(P=BOTH, E=BOTH),
        interpreter=capped(),
        process=replace(GIVEN, tracer=replace(STRACE, uid=0, sets=CapabilitySets(1 << 19, 1 << 19))),
    ),
    "no_new_privs and ambient": machine(peer(None), thread=replace(AMBIENT, no_new_privs=True)),
    "a venv's link whose target has the capability": machine(
        peer(None), thread=thread(P=BOTH, E=BOTH), interpreter=LINKED, process=GIVEN
    ),
    "one's own TAP, under a filter, in a foreign network": machine(
        peer(None),
        tap=TAP,
        thread=replace(thread(), seccomp=2),
        namespaces=replace(machine().namespaces, net_owner="ancestor"),
    ),
    "raised from =p": machine(
        peer(None),
        thread=replace(thread(P=BOTH, E=BOTH), raised=BOTH),
        interpreter=capped(effective=False),
        process=GIVEN,
    ),
    "everything is unseen": Evidence("tap0", (peer(None),)),
    "watching beside a holder": machine(
        watch(None, Step.BIND),
        tap=replace(TAP, owner=1001, carrier=True),
        thread=thread(P=BOTH, E=BOTH),
        holders=Holders((Holder(4300),), (), 0),
    ),
    "bringing it up was refused": machine(
        ModeAttempt("peer", (*peer(None).attempts, Attempt(Step.SET_UP, errno.EPERM, "tap0"))), tap=TAP
    ),
}


@pytest.mark.parametrize("evidence", OPEN.values(), ids=OPEN)
def test_what_the_kernel_let_through_is_ok_however_it_looks(evidence):
    diagnosis = diagnose(evidence)
    (door,) = diagnosis.doors
    assert (door.verdict, door.causes) == ("ok", ())
    assert diagnosis.is_open(door.mode)
    assert not [finding for finding in diagnosis.findings if finding.severity == "problem"]


def test_an_ownerless_tap_is_ok_with_a_warning():
    (door,) = diagnose(machine(peer(None), tap=replace(TAP, owner=None))).doors
    assert (door.verdict, door.notes) == ("ok", ("tap-unowned",))


PREDICTED = {
    "a plain user, no TAP": (machine(untried()), "predicted-refused", "no-caps"),
    "one's own TAP": (machine(untried(), tap=TAP), "predicted-ok", ""),
    "bob's TAP": (machine(untried(), tap=replace(TAP, owner=1001)), "predicted-refused", "tap-owner-other"),
    "one's own, held": (machine(untried(), tap=replace(TAP, carrier=True)), "predicted-refused", "tap-busy"),
    "a bridge": (machine(untried(), tap=replace(TAP, kind="bridge", mode=None)), "predicted-refused", "if-not-tuntap"),
    "an invalid name": (
        machine(untried(), interface="a/b", thread=thread(**FULL), probes=AUTHORISED),
        "predicted-refused",
        "name-invalid",
    ),
    "a long name": (machine(untried(), interface="x" * 16), "predicted-refused", "name-truncated"),
    "root": (machine(untried(), credentials=ROOT, thread=thread(**FULL), probes=AUTHORISED), "predicted-ok", ""),
    "root, elsewhere": (
        machine(untried(), thread=thread(**FULL), probes=AUTHORISED, elsewhere=BLUE),
        "predicted-ok",
        "",
    ),
    "=p, which tapscope would raise": (
        machine(untried(), thread=replace(thread(P=BOTH), raised=Unseen())),
        "predicted-ok",
        "",
    ),
    "=p, and the raise was refused": (
        machine(untried(), thread=thread(P=BOTH), interpreter=capped(effective=False), process=GIVEN),
        "predicted-refused",
        "filecaps-not-effective",
    ),
    "256 queues": (
        machine(untried(), tap=replace(TAP, multi_queue=True, queues=256)),
        "predicted-refused",
        "tap-queues-full",
    ),
    "255 queues": (machine(untried(), tap=replace(TAP, multi_queue=True, queues=255)), "predicted-ok", ""),
    "the node is closed": (
        machine(untried(), probes=replace(PROBES, open_node=errno.EACCES), node=replace(NODE, accessible=False)),
        "predicted-refused",
        "dev-mode",
    ),
    "the node is not there": (
        machine(untried(), probes=Evidence().probes, node=replace(NODE, kind=None)),
        "predicted-refused",
        "dev-missing",
    ),
    "watching without": (machine(untried("watch"), tap=TAP), "predicted-refused", "packet-no-net-raw"),
    "watching with": (machine(untried("watch"), tap=TAP, probes=AUTHORISED), "predicted-ok", ""),
    "watching nothing": (machine(untried("watch"), probes=AUTHORISED), "predicted-refused", "if-missing"),
    "a filter": (
        machine(untried(), thread=replace(thread(), seccomp=2), probes=replace(PROBES, null_request=errno.EPERM)),
        "predicted-refused",
        "seccomp",
    ),
    "nothing was seen": (Evidence("tap0", (untried(),)), "predicted-unknown", ""),
    "the holder cannot be told": (
        machine(untried(), tap=replace(TAP, carrier=Unseen("EINVAL"))),
        "predicted-unknown",
        "",
    ),
}


@pytest.mark.parametrize(("evidence", "verdict", "cause"), PREDICTED.values(), ids=PREDICTED)
def test_a_door_that_was_not_tried_is_predicted(evidence, verdict, cause):
    (door,) = diagnose(evidence).doors
    assert (door.verdict, (*door.causes, "")[0]) == (verdict, cause)
    assert not door.attempt.tried


def test_a_prediction_says_that_it_is_one():
    finding, *_ = diagnose(machine(untried())).findings
    assert finding.because[0] == "predicted: TUNSETIFF tap0: EPERM (Operation not permitted)"


def test_a_new_empty_tap_where_another_was_meant_is_noted():
    evidence = machine(untried(), thread=thread(**FULL), probes=AUTHORISED, elsewhere=BLUE, process=PROCESS)
    (door,) = diagnose(evidence).doors
    assert door.notes == ("tap-wrong-netns",)
