"""Recorded machines: the device node, filters, security modules, namespaces."""

import errno
from dataclasses import replace

from machines_common import BLUE, FILTERED, FULL, OPEN, REFUSED, Row
from recorded import (
    DEV_MOUNT,
    NODE,
    PROBES,
    ROOT,
    TAP,
    machine,
    peer,
    thread,
    watch,
)

from tapscope.attempt import Step
from tapscope.doctor.evidence import (
    Policy,
    Unseen,
)

DEVICE: list[Row] = [
    ("dev-missing", "ENOENT", machine(peer(errno.ENOENT, OPEN), node=replace(NODE, kind=None, driver=False))),
    (
        "dev-path",
        "a closed directory",
        machine(
            peer(errno.EACCES, OPEN), node=replace(NODE, kind=Unseen("EACCES"), blocked_by="/dev/net", accessible=False)
        ),
    ),
    (
        "dev-path",
        "no directory",
        machine(peer(errno.ENOTDIR, OPEN), node=replace(NODE, kind=None, blocked_by="/dev/net")),
    ),
    (
        "dev-mode",
        "0600 root",
        machine(peer(errno.EACCES, OPEN), node=replace(NODE, mode=0o20600, accessible=False)),
    ),
    (
        "dev-mode",
        "an ACL that leaves alice out",
        machine(peer(errno.EACCES, OPEN), node=replace(NODE, acl=("user::rw-", "user:bob:rw-"), accessible=False)),
    ),
    (
        "dev-nodev-mount",
        "nodev",
        machine(peer(errno.EACCES, OPEN), node=replace(NODE, mount=replace(DEV_MOUNT, nodev=True))),
    ),
    (
        "dev-nodev-mount",
        "a tmpfs of a user namespace, root in it",
        machine(
            peer(errno.EACCES, OPEN),
            credentials=ROOT,
            node=replace(NODE, mount=replace(DEV_MOUNT, user_namespace=True)),
        ),
    ),
    ("dev-cgroup", "EPERM, and /dev/null opens", machine(peer(errno.EPERM, OPEN), thread=FILTERED)),
    ("dev-cgroup", "EPERM for root", machine(peer(errno.EPERM, OPEN), credentials=ROOT, thread=thread(**FULL))),
    ("dev-no-driver", "ENODEV", machine(peer(errno.ENODEV, OPEN), node=replace(NODE, driver=False))),
    ("dev-bad-number", "10:229", machine(peer(errno.ENODEV, OPEN), node=replace(NODE, minor=229))),
    ("dev-bad-number", "a major nobody has", machine(peer(errno.ENXIO, OPEN), node=replace(NODE, major=240))),
    ("dev-not-tun", "/dev/null in its place", machine(peer(errno.ENOTTY), node=replace(NODE, major=1, minor=3))),
    (
        "dev-not-tun",
        "a plain file",
        machine(peer(errno.ENOTTY), node=replace(NODE, kind="file", major=None, minor=None)),
    ),
    ("dev-not-tun", "a socket", machine(peer(errno.ENXIO, OPEN), node=replace(NODE, kind="socket", major=None))),
]

FILTERS: list[Row] = [
    (
        "userns-foreign-net",
        "unshare -Ur",
        machine(
            REFUSED,
            credentials=ROOT,
            thread=thread(**FULL),
            namespaces=replace(machine().namespaces, user_initial=False, uid_map=("0 1000 1",), net_owner="ancestor"),
        ),
    ),
    (
        "userns-foreign-net",
        "watching",
        machine(
            watch(errno.EPERM),
            tap=TAP,
            thread=thread(**FULL),
            namespaces=replace(machine().namespaces, net_owner="ancestor"),
        ),
    ),
    ("tap-wrong-netns", "without privilege", machine(REFUSED, elsewhere=BLUE)),
    ("tap-wrong-netns", "watching", machine(watch(errno.ENODEV, Step.BIND), elsewhere=BLUE, thread=thread(**FULL))),
    (
        "seccomp",
        "the null request says EPERM",
        machine(REFUSED, thread=FILTERED, probes=replace(PROBES, null_request=errno.EPERM)),
    ),
    (
        "seccomp",
        "no open at all",
        machine(peer(errno.EPERM, OPEN), thread=FILTERED, probes=replace(PROBES, open_null=errno.EPERM)),
    ),
    ("seccomp", "RestrictAddressFamilies=", machine(watch(errno.EAFNOSUPPORT), thread=FILTERED)),
    (
        "landlock",
        "ioctl",
        machine(peer(errno.EACCES), probes=replace(PROBES, null_request=errno.EACCES)),
    ),
    ("landlock", "open", machine(peer(errno.EACCES, OPEN))),
    (
        "lsm",
        "SELinux: the node",
        machine(
            peer(errno.EACCES, OPEN),
            policy=Policy(("capability", "selinux"), "user_u:user_r:user_t:s0", False, 15000, None),
        ),
    ),
    (
        "lsm",
        "SELinux: tun_socket",
        machine(
            peer(errno.EACCES),
            thread=thread(**FULL),
            policy=Policy(("capability", "selinux"), "system_u:system_r:httpd_t:s0", False, 15000, None),
        ),
    ),
    (
        "lsm",
        "Ubuntu: powerless in one's own namespace",
        machine(
            REFUSED,
            credentials=ROOT,
            thread=thread(**FULL),
            policy=Policy(("capability", "apparmor"), "unprivileged_userns (enforce)", True, 15000, None),
        ),
    ),
    (
        "lsm",
        "Ubuntu: no namespace at all",
        machine(
            peer(errno.EPERM, Step.UNSHARE),
            policy=Policy(("capability", "apparmor"), "unconfined", True, 15000, None),
        ),
    ),
]
