"""Recorded machines: the border of another network namespace."""

import errno
from dataclasses import replace

from machines_common import FILTERED, FULL, Row
from recorded import ALL, ROOT, UNSEEN_BEYOND, border, machine, thread

from tapscope.attempt import Step
from tapscope.doctor.evidence import CapabilitySets, Destination, OtherProcess

BLUE = Destination("blue", 'network namespace "blue"', "/run/netns/blue", netns="blue", process=None, owner="mine")
OF_77 = Destination("77", "the network namespace of process 77", "/proc/77/ns/net", pid=77, owner="mine")
QEMU = OtherProcess(77, "qemu-system-x86", 64055, CapabilitySets(bounding=ALL))
HIDDEN = border(errno.EACCES, Step.OPEN_NAMESPACE, "/proc/77/ns/net")
INSIDE = replace(machine().namespaces, user_initial=False)

NETNS: list[Row] = [
    (
        "netns-no-cap",
        "alice, by name",
        machine(border(errno.EPERM), tap=UNSEEN_BEYOND, destination=BLUE),
    ),
    (
        "netns-no-cap",
        "of bob's making, and nothing else is known",
        machine(
            border(errno.EPERM),
            tap=UNSEEN_BEYOND,
            destination=replace(BLUE, owner="child", owner_uid=1001),
            interface=None,
        ),
    ),
    (
        "netns-no-cap",
        "root of a container",
        machine(
            border(errno.EPERM),
            tap=UNSEEN_BEYOND,
            credentials=ROOT,
            thread=thread(P=ALL & ~(1 << 21), E=ALL & ~(1 << 21), B=ALL & ~(1 << 21)),
            destination=BLUE,
            host=replace(machine().host, container="docker"),
        ),
    ),
    (
        "netns-hidden-process",
        "a guest's, by process",
        machine(HIDDEN, tap=UNSEEN_BEYOND, destination=replace(OF_77, process=QEMU)),
    ),
    (
        "netns-hidden-process",
        "one's own, with capabilities",
        machine(HIDDEN, tap=UNSEEN_BEYOND, destination=replace(OF_77, process=replace(QEMU, uid=1000))),
    ),
    (
        "netns-foreign-owner",
        "root of a sandbox",
        machine(
            border(errno.EPERM),
            tap=UNSEEN_BEYOND,
            credentials=ROOT,
            thread=thread(**FULL),
            namespaces=INSIDE,
            destination=replace(BLUE, owner="ancestor"),
        ),
    ),
    (
        "seccomp",
        "setns",
        machine(
            border(errno.EPERM),
            tap=UNSEEN_BEYOND,
            credentials=ROOT,
            thread=replace(FILTERED, sets=CapabilitySets(ALL, ALL, 0, ALL)),
            destination=BLUE,
        ),
    ),
]
