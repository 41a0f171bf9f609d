"""The path through the kernel's checks, with the values that decided, and the algebra of execve."""

import errno
from dataclasses import replace

import pytest
from machines import ROWS
from machines_common import AUTHORISED, CUT, FILTERED, FULL, REFUSED
from recorded import (
    ALL,
    BOTH,
    HOME_MOUNT,
    NET_ADMIN,
    NET_RAW,
    NODE,
    PROBES,
    ROOT,
    ROOT_MOUNT,
    TAP,
    capped,
    left_by_execve,
    machine,
    peer,
    thread,
    untried,
    watch,
)

from tapscope.attempt import Step
from tapscope.doctor import report
from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.evidence import Evidence, Holder, Holders, Unseen
from tapscope.doctor.kernel_path import KernelStep, Outcome

BOBS = replace(TAP, owner=0, owner_name="root")


def path(evidence: Evidence) -> tuple[KernelStep, ...]:
    (door,) = diagnose(evidence).doors
    return door.path


def failed(evidence: Evidence) -> KernelStep:
    (step,) = [step for step in path(evidence) if step.outcome is Outcome.FAILED]
    return step


def test_each_step_is_passed_failed_or_not_reached_in_order():
    steps = path(machine(REFUSED, tap=BOBS))
    names = [step.function for step in steps]
    for earlier, later in [("tun_chr_open", "tun_not_capable"), ("tun_not_capable", "tun_attach")]:
        assert names.index(earlier) < names.index(later)
    outcomes = [step.outcome for step in steps]
    cut = outcomes.index(Outcome.FAILED)
    assert names[cut] == "tun_not_capable"
    assert set(outcomes[:cut]) == {Outcome.PASSED}
    assert set(outcomes[cut + 1 :]) == {Outcome.NOT_REACHED}


def test_the_values_that_decided_stand_with_the_step():
    assert failed(machine(REFUSED, tap=BOBS)).values.startswith("euid 1000 ≠ owner 0; ns_capable(")
    assert all(step.values == "" for step in path(machine(REFUSED, tap=BOBS)) if step.outcome is Outcome.NOT_REACHED)


SHUT = {
    "attach, EPERM": (machine(REFUSED, tap=BOBS), "tun_not_capable"),
    "create, EPERM": (machine(REFUSED), "ns_capable(net->user_ns, CAP_NET_ADMIN)"),
    "held": (
        machine(peer(errno.EBUSY), tap=replace(TAP, carrier=True), holders=Holders((Holder(7),))),
        "tun_attach",
    ),
    "held by nobody to be seen": (machine(peer(errno.EBUSY), tap=replace(TAP, carrier=Unseen())), "tun_attach"),
    "exclusive": (machine(peer(errno.EBUSY, flags=0x9002), tap=TAP), "tun_set_iff: IFF_TUN_EXCL"),
    "many queues": (machine(peer(errno.E2BIG, flags=0x1102), tap=replace(TAP, multi_queue=True)), "tun_attach"),
    "another type": (machine(peer(errno.EINVAL), tap=replace(TAP, mode="tun")), "tun_set_iff: kind and type"),
    "queues differ": (machine(peer(errno.EINVAL), tap=replace(TAP, multi_queue=True)), "tun_set_iff: IFF_MULTI_QUEUE"),
    "attached before": (machine(peer(errno.EEXIST)), "__tun_chr_ioctl"),
    "not tun": (machine(peer(errno.ENOTTY), node=replace(NODE, minor=3)), "__tun_chr_ioctl"),
    "a name": (
        machine(peer(errno.EINVAL), interface="a b", thread=thread(**FULL), probes=AUTHORISED),
        "register_netdevice",
    ),
    "NAPI": (machine(peer(errno.EPERM, flags=0x1022)), "tun_set_iff: IFF_NAPI_FRAGS"),
    "seccomp": (
        machine(REFUSED, tap=BOBS, thread=FILTERED, probes=replace(PROBES, null_request=errno.EPERM)),
        "__seccomp_filter",
    ),
    "Landlock": (machine(peer(errno.EACCES), probes=replace(PROBES, null_request=errno.EACCES)), "security_file_ioctl"),
    "SELinux": (machine(peer(errno.EACCES), tap=TAP), "security_tun_dev_open"),
    "missing": (machine(peer(errno.ENOENT, Step.OPEN), node=replace(NODE, kind=None)), "link_path_walk"),
    "mode": (machine(peer(errno.EACCES, Step.OPEN), node=replace(NODE, accessible=False)), "inode_permission"),
    "cgroup": (machine(peer(errno.EPERM, Step.OPEN)), "devcgroup_inode_permission"),
    "no driver": (machine(peer(errno.ENODEV, Step.OPEN), node=replace(NODE, driver=False)), "misc_open"),
    "watching": (machine(watch(errno.EPERM)), "packet_create: ns_capable(net->user_ns, CAP_NET_RAW)"),
    "watching, filtered": (machine(watch(errno.EAFNOSUPPORT), thread=FILTERED), "__seccomp_filter"),
    "watching nothing": (machine(watch(errno.ENODEV, Step.BIND)), "packet_bind"),
    "predicted": (machine(untried(), tap=BOBS), "tun_not_capable"),
    "an errno of no known check": (machine(peer(errno.EIO), tap=TAP), "TUNSETIFF"),
    "a call that is on no path": (machine(peer(errno.EPERM, Step.UNSHARE)), "unshare"),
}


@pytest.mark.parametrize(("evidence", "function"), SHUT.values(), ids=SHUT)
def test_the_check_that_gave_the_errno_is_the_failed_one(evidence, function):
    assert failed(evidence).function == function


@pytest.mark.parametrize("evidence", [pytest.param(e, id=f"{c}: {why}") for c, why, e in ROWS])
def test_a_path_fails_exactly_once_where_its_door_is_shut(evidence):
    for door in diagnose(evidence).doors:
        outcomes = [step.outcome for step in door.path]
        assert outcomes.count(Outcome.FAILED) == (door.verdict.is_shut and bool(door.path))


def test_an_open_door_passed_every_check():
    assert {step.outcome for step in path(machine(peer(None), tap=TAP))} == {Outcome.PASSED}


def test_the_kernels_verdict_outweighs_what_the_values_suggest():
    steps = path(machine(peer(None), tap=BOBS))
    passed = next(step for step in steps if step.function == "tun_not_capable")
    assert (passed.outcome, passed.values) == (Outcome.PASSED, "")


def test_the_algebra_has_the_real_masks():
    bset = ALL & ~NET_RAW
    diagnosis = diagnose(machine(REFUSED, thread=thread(B=bset), interpreter=capped(), process=CUT))
    terms = diagnosis.execve
    assert terms is not None
    assert (terms.granted, terms.masked, terms.cut) == (NET_ADMIN, NET_RAW, NET_ADMIN)
    lines = report.execve_lines(diagnosis)
    assert lines[:6] == (
        "execve of /opt/tapscope/bin/python3.11, cap_net_admin,cap_net_raw=ep",
        "P' = (fP & bset) | (pI & fI)",
        "   = (0000000000003000 & 000001ffffffdfff) | (0000000000000000 & 0000000000000000)",
        "   = 0000000000001000  net_admin",
        "P  = 0000000000000000  none",
        "masked by the bounding set: net_raw",
    )
    assert lines[6].startswith("not there: net_admin; ")
    assert diagnosis.findings[0].title in lines[6]


def test_the_inheritable_sets_meet():
    evidence = machine(peer(None), thread=thread(P=NET_ADMIN, E=NET_ADMIN, I=NET_ADMIN), interpreter=capped(0, BOTH))
    terms = diagnose(evidence).execve
    assert terms is not None
    assert (terms.granted, terms.cut) == (NET_ADMIN, 0)


def test_what_the_process_has_is_not_told_as_cut():
    given = left_by_execve(at_secure=True, dumpable=0)
    diagnosis = diagnose(machine(peer(None), thread=thread(P=BOTH, E=BOTH), interpreter=capped(), process=given))
    assert not [line for line in report.execve_lines(diagnosis) if line.startswith(("not there", "masked"))]


def algebra(*attempts, **changes):
    return report.execve_lines(diagnose(machine(*attempts, **changes)))


def test_of_a_file_that_execve_did_not_read_the_algebra_says_why():
    unread = algebra(REFUSED, interpreter=capped(mount=HOME_MOUNT))
    assert unread[1] == "its capabilities were not read: /home is mounted nosuid, and fP and fI count as empty"
    assert unread[2] == "P' = (fP & bset) | (pI & fI)"
    foreign = algebra(REFUSED, interpreter=capped(mount=replace(ROOT_MOUNT, listed=False)))
    assert "not read: its mount is not listed in /proc/self/mountinfo" in foreign[1]
    cut = algebra(REFUSED, interpreter=capped(mount=HOME_MOUNT), process=CUT)
    assert not [line for line in cut if "not read" in line]


def test_what_came_by_the_ambient_set_is_not_told_as_the_files():
    sets = thread(P=NET_ADMIN, E=NET_ADMIN, I=NET_ADMIN, A=NET_ADMIN)
    lines = algebra(peer(None), thread=sets, interpreter=capped(mount=HOME_MOUNT))
    assert "   | A' 0000000000001000  net_admin" in lines
    assert lines[-1] == "not there: net_raw; /home is mounted nosuid"


def test_root_gets_what_its_bounding_set_has():
    bset = ALL & ~(1 << 24)
    sets = thread(P=bset, E=bset, B=bset)
    lines = algebra(peer(None), thread=sets, interpreter=capped(), credentials=ROOT)
    assert lines[-2:] == (
        "for root, P' = pI | bset = 000001fffeffffff  all but sys_resource",
        "P  = 000001fffeffffff  all but sys_resource",
    )
    noroot = algebra(peer(None), thread=replace(sets, securebits=1), interpreter=capped(), credentials=ROOT)
    assert not [line for line in noroot if "for root" in line]


def test_there_is_no_algebra_where_the_file_has_no_capabilities():
    assert report.execve_lines(diagnose(machine(REFUSED))) == ()
