"""A few whole reports, word by word. ``GOLDEN=write pytest tests/doctor/test_report_golden.py`` writes them anew."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from machines_common import AUTHORISED, CUT, FULL, REFUSED, STRACE
from recorded import (
    BOTH,
    HOME_MOUNT,
    INTERPRETER,
    NODE,
    PROBES,
    ROOT,
    TAP,
    UNSEEN_BEYOND,
    border,
    capped,
    machine,
    peer,
    thread,
    untried,
    watch,
)

from tapscope.attempt import Attempt, Step
from tapscope.doctor import report_json, report_text
from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.evidence import Destination, Evidence, Holder, Holders, ModeAttempt
from tapscope.machine.netns import Netns

GOLDEN = Path(__file__).parent / "golden"

NO_RAW = watch(errno.EPERM)
BOBS = replace(TAP, owner=1001, owner_name="bob")
WATCHES = thread(P=BOTH, E=BOTH, I=BOTH, A=BOTH)
QEMU = Holders((Holder(4300, "qemu-system-x86", 64055, "libvirt-qemu", "web1"),), (), 211)
OPENED = Attempt(Step.OPEN, None, "/dev/net/tun")

MACHINES: dict[str, tuple[Evidence, dict[str, bool]]] = {
    "plain-user": (machine(REFUSED, NO_RAW), {}),
    "nosuid-verbose": (
        machine(REFUSED, NO_RAW, interpreter=replace(capped(mount=HOME_MOUNT), places=INTERPRETER.places)),
        {"verbose": True},
    ),
    "strace-verbose": (
        machine(REFUSED, NO_RAW, tap=BOBS, interpreter=capped(), process=replace(CUT, tracer=STRACE)),
        {"verbose": True},
    ),
    "held-by-a-guest": (
        machine(
            peer(errno.EBUSY),
            watch(None, Step.BIND),
            tap=replace(TAP, owner=64055, owner_name="libvirt-qemu", carrier=True, operstate="up"),
            holders=QEMU,
            thread=WATCHES,
            probes=AUTHORISED,
        ),
        {},
    ),
    "owner-with-notes": (machine(peer(None), NO_RAW, tap=replace(TAP, up=False)), {}),
    "predicted-ascii": (machine(untried(), untried("watch"), tap=BOBS), {"unicode": False, "verbose": True}),
    "node-closed": (
        machine(
            peer(errno.EACCES, Step.OPEN),
            NO_RAW,
            node=replace(NODE, mode=0o20660, group=108, group_name="kvm", accessible=False, listed_in_group=True),
            probes=replace(PROBES, open_node=errno.EACCES),
        ),
        {},
    ),
    "netns-closed": (
        machine(
            border(errno.EPERM),
            tap=UNSEEN_BEYOND,
            destination=Destination(Netns("/run/netns/blue", name="blue"), owner="mine"),
        ),
        {"verbose": True},
    ),
    "no-name": (
        machine(
            ModeAttempt("peer", (OPENED, Attempt(Step.SET_INTERFACE, errno.EPERM))),
            NO_RAW,
            interface=None,
            taps=(TAP, replace(BOBS, name="tap1"), replace(TAP, name="vnet0", carrier=True, up=False)),
        ),
        {},
    ),
    "root-no-name": (
        machine(
            ModeAttempt("peer", (OPENED, Attempt(Step.SET_INTERFACE))),
            watch(None),
            interface=None,
            credentials=ROOT,
            thread=thread(**FULL),
            probes=AUTHORISED,
        ),
        {},
    ),
}


def compare(name: str, written: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(written)
    assert written == path.read_text()


@pytest.mark.parametrize("name", MACHINES)
def test_text(name):
    evidence, options = MACHINES[name]
    compare(f"{name}.txt", report_text.text(diagnose(evidence), **options))


@pytest.mark.parametrize("name", ["plain-user", "strace-verbose", "held-by-a-guest"])
def test_json(name):
    evidence, _ = MACHINES[name]
    compare(f"{name}.json", report_json.text(diagnose(evidence)))


def test_every_golden_report_belongs_to_a_test():
    expected = {f"{name}.txt" for name in MACHINES} | {"plain-user.json", "strace-verbose.json", "held-by-a-guest.json"}
    assert {path.name for path in GOLDEN.iterdir()} == expected
