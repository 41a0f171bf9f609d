"""Where the evidence cannot tell causes apart, all are named; where two rules could fire, the better one does."""

import errno
from dataclasses import replace

import pytest
from machines_common import BLUE, CAPS, CUT, EINVAL, FILTERED, FULL, REFUSED, STRACE
from recorded import (
    ALL,
    BOTH,
    HOME_MOUNT,
    HOUR,
    INTERPRETER,
    NET_ADMIN,
    NET_RAW,
    NODE,
    PARENT,
    PROBES,
    PROCESS,
    PYTHON,
    ROOT,
    ROOT_MOUNT,
    START,
    SYS_PTRACE,
    TAP,
    capped,
    left_by_execve,
    machine,
    peer,
    thread,
    watch,
)

from tapscope.attempt import Step
from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.evidence import CapabilitySets, Evidence, Policy, Unseen

UNSEEN = Unseen("EACCES")
NNP = replace(thread(), no_new_privs=True)
HOME = capped(mount=HOME_MOUNT)


def causes(evidence: Evidence) -> tuple[str, ...]:
    (door,) = diagnose(evidence).doors
    assert door.verdict == "refused"
    return door.causes


UNDECIDED = {
    "a private copy without capabilities may be meant so": (
        machine(REFUSED, interpreter=replace(capped(), program=PYTHON)),
        ("filecaps-none", "no-caps"),
    ),
    "nothing is known of other files and places": (
        machine(REFUSED, interpreter=replace(INTERPRETER, private_copy=UNSEEN, siblings=UNSEEN), elsewhere=UNSEEN),
        ("no-caps", "filecaps-none", "filecaps-wrong-file", "tap-wrong-netns"),
    ),
    "it is elsewhere, and making a new one would be refused too": (
        machine(REFUSED, elsewhere=BLUE),
        ("tap-wrong-netns", "no-caps"),
    ),
    "a tracer or a sharer that has gone": (
        machine(REFUSED, interpreter=capped(), process=CUT),
        ("filecaps-stripped-unknown", "filecaps-stripped-ptrace", "filecaps-stripped-shared-fs", "cap-dropped"),
    ),
    "a tracer and no_new_privs": (
        machine(REFUSED, interpreter=capped(), process=replace(CUT, tracer=STRACE), thread=NNP),
        ("filecaps-stripped-ptrace", "filecaps-stripped-nnp"),
    ),
    "auxv and dumpable are closed": (
        machine(REFUSED, interpreter=capped(), process=replace(PROCESS, at_secure=UNSEEN, dumpable=UNSEEN)),
        ("filecaps-stripped-unknown", "filecaps-stripped-ptrace", "filecaps-stripped-shared-fs"),
    ),
    "the mount was not seen": (
        machine(REFUSED, interpreter=capped(mount=UNSEEN, changed_ns=UNSEEN)),
        ("filecaps-stripped-unknown", "filecaps-nosuid", "filecaps-foreign-mount", "filecaps-set-after-start"),
    ),
    "I without A, and a file with other capabilities": (
        machine(REFUSED, thread=thread(I=BOTH), interpreter=capped(1 << 7)),
        ("ambient-cleared-by-filecaps", "helper-no-ambient"),
    ),
    "EACCES at open, everything else allows it, two modules are there": (
        machine(
            peer(errno.EACCES, Step.OPEN),
            policy=Policy(("landlock", "selinux"), "user_u:user_r:user_t:s0", False, 15000, None),
        ),
        ("landlock", "lsm"),
    ),
    "EACCES at open, nothing was seen": (
        machine(
            peer(errno.EACCES, Step.OPEN),
            node=replace(NODE, blocked_by=UNSEEN, accessible=UNSEEN, mount=UNSEEN),
            policy=Policy(),
        ),
        ("dev-path", "dev-nodev-mount", "dev-mode", "landlock", "lsm"),
    ),
    "EPERM at open, /dev/null was not tried": (
        machine(peer(errno.EPERM, Step.OPEN), thread=FILTERED, probes=replace(PROBES, open_null=UNSEEN)),
        ("dev-cgroup", "seccomp"),
    ),
    "ENODEV, the node's number was not seen": (
        machine(peer(errno.ENODEV, Step.OPEN), node=replace(NODE, major=UNSEEN, minor=UNSEEN)),
        ("dev-no-driver", "dev-bad-number"),
    ),
    "EINVAL, the interface was not seen": (
        machine(EINVAL, tap=UNSEEN),
        ("if-not-tuntap", "tap-type-mismatch", "tap-multiqueue-mismatch"),
    ),
    "a filter is there, no probe was made, and everything else allows it": (
        machine(
            REFUSED, thread=replace(FILTERED, sets=thread(**FULL).sets), probes=replace(PROBES, null_request=UNSEEN)
        ),
        ("seccomp", "lsm"),
    ),
    "E has it, the owner of the network was not seen": (
        machine(
            REFUSED,
            thread=thread(**FULL),
            namespaces=replace(machine().namespaces, net_owner=UNSEEN),
            probes=replace(PROBES, socket_netns=UNSEEN),
        ),
        ("userns-foreign-net", "lsm"),
    ),
    "unshare under a filter, the restriction was not seen": (
        machine(peer(errno.EPERM, Step.UNSHARE), thread=FILTERED, policy=Policy()),
        ("seccomp", "lsm"),
    ),
}


@pytest.mark.parametrize(("evidence", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_undecidable_causes_are_all_named(evidence, expected):
    assert causes(evidence) == expected
    facts = diagnose(evidence).findings[0].facts
    assert facts[-1].startswith(f"one of {', '.join(expected)}")


CONFLICTS = {
    "root in a container, and somebody else's TAP": (
        machine(
            REFUSED,
            tap=replace(TAP, owner=1001),
            credentials=ROOT,
            thread=thread(B=ALL & ~NET_ADMIN),
        ),
        ("root-without-cap", "tap-owner-other"),
    ),
    "a nosuid mount, and somebody else's TAP": (
        machine(REFUSED, tap=replace(TAP, owner=1001), interpreter=HOME),
        ("filecaps-nosuid", "tap-owner-other"),
    ),
    "a nosuid mount, and the TAP is elsewhere": (
        machine(REFUSED, elsewhere=BLUE, interpreter=HOME),
        ("filecaps-nosuid", "tap-wrong-netns"),
    ),
    "neither owner nor group match": (
        machine(REFUSED, tap=replace(TAP, owner=1001, group=108)),
        ("tap-owner-other", "tap-group-other"),
    ),
    "somebody else's TAP and no sign of a capability": (
        machine(REFUSED, tap=replace(TAP, owner=1001)),
        ("tap-owner-other",),
    ),
    "a filter before somebody else's TAP": (
        machine(
            REFUSED,
            tap=replace(TAP, owner=1001),
            thread=FILTERED,
            probes=replace(PROBES, null_request=errno.EPERM),
        ),
        ("seccomp",),
    ),
    "EBUSY for somebody else's TAP says nothing of privilege": (
        machine(peer(errno.EBUSY), tap=replace(TAP, owner=1001)),
        ("tap-busy",),
    ),
    "EINVAL for somebody else's bridge": (
        machine(EINVAL, tap=replace(TAP, kind="bridge", mode=None, owner=1001)),
        ("if-not-tuntap",),
    ),
    "a bridge under an invalid name": (
        machine(EINVAL, interface="my tap", tap=replace(TAP, kind="bridge", mode=None)),
        ("if-not-tuntap",),
    ),
    "=ei on a nosuid mount": (
        machine(REFUSED, interpreter=capped(0, BOTH, mount=HOME_MOUNT)),
        ("filecaps-inheritable-only",),
    ),
    "given by the file, given up, and the mount was made nosuid since": (
        machine(REFUSED, interpreter=HOME, process=left_by_execve(at_secure=True, dumpable=0)),
        ("cap-dropped",),
    ),
    "cut at execve, and the file was touched since": (
        machine(REFUSED, interpreter=capped(changed_ns=START + HOUR), process=replace(CUT, tracer=STRACE)),
        ("filecaps-stripped-ptrace",),
    ),
    "a nosuid mount under no_new_privs and strace": (
        machine(REFUSED, interpreter=HOME, process=replace(PROCESS, tracer=STRACE), thread=NNP),
        ("filecaps-nosuid",),
    ),
    "masked by the bounding set on a nosuid mount": (
        machine(REFUSED, interpreter=HOME, thread=thread(B=ALL & ~NET_ADMIN)),
        ("filecaps-bounding",),
    ),
    "a tracer with CAP_SYS_PTRACE did not cut": (
        machine(
            REFUSED,
            interpreter=capped(),
            process=replace(CUT, tracer=replace(STRACE, uid=0, sets=CapabilitySets(ALL, SYS_PTRACE | BOTH))),
        ),
        ("filecaps-stripped-unknown", "filecaps-stripped-ptrace", "filecaps-stripped-shared-fs", "cap-dropped"),
    ),
    "the parent has it, but is another user's": (
        machine(
            REFUSED, process=replace(PROCESS, parent=replace(PARENT, uid=0, sets=CapabilitySets(ALL, ALL, 0, ALL)))
        ),
        ("no-caps",),
    ),
    "CAP_NET_RAW from the file, CAP_NET_ADMIN never": (
        machine(REFUSED, thread=thread(P=NET_RAW, E=NET_RAW), interpreter=capped(NET_RAW)),
        ("net-raw-only",),
    ),
    "the script and a sibling both bear it": (
        machine(
            REFUSED,
            interpreter=replace(
                INTERPRETER,
                script=replace(PYTHON, path="/opt/t", caps=CAPS),
                siblings=(replace(PYTHON, path="/opt/p", caps=CAPS),),
            ),
        ),
        ("filecaps-on-script",),
    ),
    "a closed directory on a nodev mount": (
        machine(
            peer(errno.EACCES, Step.OPEN),
            node=replace(NODE, blocked_by="/dev/net", accessible=False, mount=HOME_MOUNT),
        ),
        ("dev-path",),
    ),
    "watching does not ask whose the TAP is": (
        machine(watch(errno.EPERM), tap=replace(TAP, owner=1001)),
        ("packet-no-net-raw",),
    ),
    "not dumpable because the file may not be read": (
        machine(
            REFUSED,
            interpreter=replace(INTERPRETER, program=replace(PYTHON, mode=0o100711)),
            process=left_by_execve(at_secure=False, dumpable=0),
        ),
        ("no-caps",),
    ),
    "IFF_NAPI_FRAGS on one's own TAP": (
        machine(peer(errno.EPERM, flags=0x1032), tap=TAP),
        ("napi-frags-needs-init-cap",),
    ),
}


@pytest.mark.parametrize(("evidence", "expected"), CONFLICTS.values(), ids=CONFLICTS)
def test_of_two_rules_that_fit_the_one_that_decides_comes_first(evidence, expected):
    assert causes(evidence) == expected


@pytest.mark.parametrize(
    ("at_secure", "dumpable", "cause"),
    [
        (False, 1, "filecaps-stripped-unknown"),
        (True, 1, "filecaps-stripped-unknown"),
        (True, 0, "cap-dropped"),
        (True, 2, "cap-dropped"),
        (False, 0, "setuid-dropped-caps"),
        (False, 2, "setuid-dropped-caps"),
    ],
)
def test_at_secure_and_dumpable_tell_what_execve_did(at_secure, dumpable, cause):
    after = left_by_execve(at_secure=at_secure, dumpable=dumpable)
    assert causes(machine(REFUSED, interpreter=capped(mount=ROOT_MOUNT), process=after))[0] == cause


def test_a_file_that_was_never_read_was_not_cut_by_the_tracer_that_is_there():
    evidence = machine(REFUSED, interpreter=capped(), process=replace(PROCESS, tracer=STRACE))
    assert causes(evidence) == ("filecaps-stripped-unknown",)
