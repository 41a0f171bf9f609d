"""Recorded machines: the interface itself, and notes on an open door."""

import errno
from dataclasses import replace

from machines_common import AUTHORISED, BLUE, EINVAL, FULL, OPEN, REFUSED, Row
from recorded import (
    PROBES,
    ROOT,
    TAP,
    machine,
    peer,
    thread,
    untried,
    watch,
)

from tapscope.attempt import Step
from tapscope.doctor.evidence import (
    Holder,
    Holders,
    ThreadState,
)

INTERFACE: list[Row] = [
    ("tap-owner-other", "bob's", machine(REFUSED, tap=replace(TAP, owner=1001, owner_name="bob"))),
    ("tap-group-other", "kvm's", machine(REFUSED, tap=replace(TAP, owner=None, group=108, group_name="kvm"))),
    ("tap-group-other", "the owner alone does not do", machine(REFUSED, tap=replace(TAP, group=108, group_name="kvm"))),
    (
        "tap-busy",
        "QEMU",
        machine(
            peer(errno.EBUSY),
            tap=replace(TAP, carrier=True),
            holders=Holders((Holder(4300, "qemu-system-x86", 1000, "alice", "web1"),), (), 3),
        ),
    ),
    (
        "tap-busy",
        "root's own, unseen",
        machine(peer(errno.EBUSY), tap=replace(TAP, owner=None), holders=Holders((), (), 9)),
    ),
    ("tap-excl", "even lo", machine(peer(errno.EBUSY, flags=0x9002), tap=replace(TAP, kind=None, mode=None))),
    ("tap-type-mismatch", "TAP asked, TUN there", machine(EINVAL, tap=replace(TAP, mode="tun"))),
    ("tap-type-mismatch", "neither asked", machine(peer(errno.EINVAL, flags=0x1000))),
    ("tap-multiqueue-mismatch", "one asked, many there", machine(EINVAL, tap=replace(TAP, multi_queue=True))),
    (
        "tap-queues-full",
        "256",
        machine(peer(errno.E2BIG, flags=0x1102), tap=replace(TAP, multi_queue=True, queues=256)),
    ),
    ("if-not-tuntap", "a bridge", machine(EINVAL, tap=replace(TAP, kind="bridge", mode=None, owner=None))),
    ("if-missing", "watching nothing", machine(watch(errno.ENODEV, Step.BIND), thread=thread(**FULL))),
    ("name-invalid", "a space", machine(EINVAL, interface="my tap", thread=thread(**FULL))),
    ("name-truncated", "not even tried", machine(untried(), interface="a-name-of-20-bytes--")),
    (
        "name-truncated",
        "tried, and another granted",
        machine(peer(None, granted="a-name-of-20-by"), interface="a-name-of-20-bytes--", thread=thread(**FULL)),
    ),
    ("fd-already-attached", "twice", machine(peer(errno.EEXIST, attached_before="tap1"))),
    (
        "napi-frags-needs-init-cap",
        "root of a user namespace",
        machine(
            peer(errno.EPERM, flags=0x1032),
            credentials=ROOT,
            thread=thread(**FULL),
            namespaces=replace(machine().namespaces, user_initial=False),
        ),
    ),
    ("unexplained", "an errno nobody knows", machine(peer(errno.EIO), tap=TAP)),
    ("unexplained", "out of descriptors", machine(peer(errno.EMFILE, OPEN))),
    (
        "unexplained",
        "out of descriptors, and of all knowledge",
        machine(peer(errno.EMFILE, OPEN), thread=ThreadState(), probes=replace(PROBES, open_null=errno.EMFILE)),
    ),
    ("unexplained", "EPERM for the owner", machine(REFUSED, tap=TAP)),
]

NOTES: list[Row] = [
    (
        "if-down",
        "may be set up",
        machine(peer(None), tap=replace(TAP, up=False), thread=thread(**FULL), probes=AUTHORISED),
    ),
    ("if-up-no-netadmin", "the owner may not", machine(peer(None), tap=replace(TAP, up=False))),
    ("tap-unowned", "anybody's", machine(peer(None), tap=replace(TAP, owner=None, owner_name=None))),
    (
        "tap-wrong-netns",
        "a new, empty one",
        machine(peer(None, created=True, removed=True), elsewhere=BLUE, thread=thread(**FULL)),
    ),
]
