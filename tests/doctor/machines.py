"""One recorded machine for each cause: (cause, why this row, the evidence of one door)."""

import errno
from dataclasses import replace

from recorded import (
    ALL,
    BOTH,
    DEV_MOUNT,
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
from tapscope.doctor.evidence import (
    CapabilitySets,
    Elsewhere,
    Evidence,
    FileCapabilities,
    Holder,
    Holders,
    OtherProcess,
    Policy,
    ThreadState,
    Unseen,
)

Row = tuple[str, str, Evidence]

OPEN = Step.OPEN
REFUSED = peer(errno.EPERM)
EINVAL = peer(errno.EINVAL)
CUT = left_by_execve(at_secure=True, dumpable=1)
FULL = {"P": ALL, "E": ALL}
AUTHORISED = replace(PROBES, empty_request=errno.EINVAL, socket_netns=None, packet_socket=None)
STRACE = OtherProcess(4100, "strace", 1000, CapabilitySets(bounding=ALL))
FILTERED = replace(thread(), seccomp=2, seccomp_filters=1)
BLUE = (Elsewhere('network namespace "blue"', netns="blue"),)
SCRIPT = "/opt/tapscope/bin/tapscope"
CAPS = FileCapabilities(2, BOTH, 0, effective=True)

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

CAPABILITY: list[Row] = [
    ("no-caps", "a plain user, no TAP", machine(REFUSED)),
    (
        "net-raw-only",
        "ambient CAP_NET_RAW",
        machine(REFUSED, thread=thread(P=NET_RAW, E=NET_RAW, I=NET_RAW, A=NET_RAW)),
    ),
    ("packet-no-net-raw", "a plain user watches", machine(watch(errno.EPERM), tap=TAP)),
    (
        "packet-no-net-raw",
        "CAP_NET_ADMIN does not imply it",
        machine(watch(errno.EPERM), tap=TAP, thread=thread(P=NET_ADMIN, E=NET_ADMIN)),
    ),
    (
        "root-without-cap",
        "a container drops it",
        machine(REFUSED, credentials=ROOT, thread=thread(P=NET_RAW, E=NET_RAW, B=ALL & ~NET_ADMIN)),
    ),
    (
        "root-without-cap",
        "NOROOT",
        machine(REFUSED, credentials=ROOT, thread=replace(thread(), securebits=1)),
    ),
    ("cap-dropped", "still permitted", machine(REFUSED, thread=thread(P=BOTH))),
    (
        "cap-dropped",
        "given by the file, and given up",
        machine(REFUSED, interpreter=capped(), process=left_by_execve(at_secure=True, dumpable=0)),
    ),
    ("setuid-dropped-caps", "began as root", machine(REFUSED, process=left_by_execve(at_secure=False, dumpable=0))),
    (
        "cap-other-thread",
        "the main thread raised it",
        machine(
            REFUSED,
            thread=replace(thread(P=BOTH), main=False),
            process=replace(PROCESS, main_thread=CapabilitySets(BOTH, BOTH, 0, ALL, 0)),
        ),
    ),
    (
        "ambient-cleared-by-filecaps",
        "the parent's ambient set has it",
        machine(
            REFUSED,
            thread=thread(I=BOTH),
            interpreter=capped(NET_RAW << 1),
            process=replace(PROCESS, parent=replace(PARENT, sets=CapabilitySets(BOTH, BOTH, BOTH, ALL, BOTH))),
        ),
    ),
    (
        "helper-no-ambient",
        "the parent has it from its file",
        machine(
            REFUSED,
            process=replace(PROCESS, parent=replace(PARENT, name="vmm", sets=CapabilitySets(BOTH, BOTH, 0, ALL))),
        ),
    ),
    ("helper-no-ambient", "--ambient-caps without --inh-caps, reversed", machine(REFUSED, thread=thread(I=BOTH))),
]

FILECAPS: list[Row] = [
    ("filecaps-none", "a private copy, bare", machine(REFUSED, interpreter=replace(capped(), program=PYTHON))),
    (
        "filecaps-wrong-file",
        "on python, not python3.11",
        machine(
            REFUSED,
            interpreter=replace(INTERPRETER, siblings=(replace(PYTHON, path="/opt/tapscope/bin/python", caps=CAPS),)),
        ),
    ),
    (
        "filecaps-on-script",
        "setcap on tapscope itself",
        machine(REFUSED, interpreter=replace(INTERPRETER, script=replace(PYTHON, path=SCRIPT, caps=CAPS))),
    ),
    ("filecaps-nosuid", "in /home", machine(REFUSED, interpreter=capped(mount=HOME_MOUNT))),
    ("filecaps-nosuid", "watching", machine(watch(errno.EPERM), tap=TAP, interpreter=capped(mount=HOME_MOUNT))),
    (
        "filecaps-foreign-mount",
        "through /proc/PID/root",
        machine(REFUSED, interpreter=capped(mount=replace(ROOT_MOUNT, listed=False, options=Unseen("not listed")))),
    ),
    (
        "filecaps-wrong-userns",
        "EOVERFLOW",
        machine(
            REFUSED,
            interpreter=replace(capped(), program=replace(PYTHON, caps=Unseen("EOVERFLOW"), caps_of_other_root=True)),
        ),
    ),
    (
        "filecaps-wrong-userns",
        "rootid 100000",
        machine(
            REFUSED,
            interpreter=replace(capped(), program=replace(PYTHON, caps=FileCapabilities(3, BOTH, 0, True, 100000))),
        ),
    ),
    (
        "filecaps-bounding",
        "=p, since =ep does not even start",
        machine(
            REFUSED,
            thread=thread(P=NET_RAW, B=ALL & ~NET_ADMIN),
            interpreter=capped(effective=False),
            process=left_by_execve(at_secure=True, dumpable=0),
        ),
    ),
    (
        "filecaps-not-effective",
        "=p and nobody raised it",
        machine(
            REFUSED,
            thread=thread(P=BOTH),
            interpreter=capped(effective=False),
            process=left_by_execve(at_secure=True, dumpable=0),
        ),
    ),
    ("filecaps-inheritable-only", "=ei", machine(REFUSED, interpreter=capped(0, BOTH), process=CUT)),
    ("filecaps-set-after-start", "an hour late", machine(REFUSED, interpreter=capped(changed_ns=START + HOUR))),
    (
        "filecaps-stripped-ptrace",
        "under strace",
        machine(REFUSED, interpreter=capped(), process=replace(CUT, tracer=STRACE)),
    ),
    (
        "filecaps-stripped-ptrace",
        "=p under strace leaves no trace",
        machine(REFUSED, interpreter=capped(effective=False), process=replace(PROCESS, tracer=STRACE)),
    ),
    (
        "filecaps-stripped-nnp",
        "no_new_privs",
        machine(REFUSED, interpreter=capped(), process=CUT, thread=replace(thread(), no_new_privs=True)),
    ),
    (
        "filecaps-stripped-shared-fs",
        "kcmp says so",
        machine(REFUSED, interpreter=capped(), process=replace(CUT, shares_fs=(4000,))),
    ),
    ("filecaps-stripped-unknown", "a tracer that has gone", machine(REFUSED, interpreter=capped(), process=CUT)),
    (
        "filecaps-stripped-unknown",
        "no_file_caps",
        machine(REFUSED, interpreter=capped(), process=replace(PROCESS, no_file_caps=True)),
    ),
]

POLICY: list[Row] = [
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

ROWS: list[Row] = [*DEVICE, *CAPABILITY, *FILECAPS, *POLICY, *INTERFACE, *NOTES]
