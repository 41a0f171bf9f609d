"""A recorded machine: evidence as a plain user of a plain Debian gives it, and what to change in it for each cause."""

import errno
from dataclasses import replace
from typing import Any

from tapscope.attempt import Attempt, Step
from tapscope.doctor.evidence import (
    CapabilitySets,
    Credentials,
    Evidence,
    FileCapabilities,
    Holders,
    Host,
    Interpreter,
    Mode,
    ModeAttempt,
    Mount,
    Namespaces,
    Node,
    OtherProcess,
    Place,
    Policy,
    Probes,
    Process,
    Program,
    Tap,
    Terminal,
    ThreadState,
    Unseen,
)

ALL = (1 << 41) - 1
NET_ADMIN, NET_RAW, SYS_PTRACE = 1 << 12, 1 << 13, 1 << 19
BOTH = NET_ADMIN | NET_RAW

START = 1_700_000_000_000_000_000
HOUR = 3_600_000_000_000

ROOT_MOUNT = Mount("/", "ext4", ("rw", "relatime"), listed=True, nosuid=False, nodev=False, user_namespace=False)
HOME_MOUNT = replace(ROOT_MOUNT, mount_point="/home", options=("rw", "nosuid", "nodev"), nosuid=True, nodev=True)
DEV_MOUNT = replace(ROOT_MOUNT, mount_point="/dev", file_system="devtmpfs", options=("rw", "nosuid"), nosuid=True)

NODE = Node(
    kind="character",
    blocked_by=None,
    major=10,
    minor=200,
    mode=0o20666,
    owner=0,
    group=0,
    owner_name="root",
    group_name="root",
    acl=None,
    accessible=True,
    listed_in_group=False,
    driver=True,
    mount=DEV_MOUNT,
)
ALICE = Credentials(1000, 1000, 1000, 1000, 1000, (27, 1000), "alice", "alice")
ROOT = Credentials(0, 0, 0, 0, 0, (0,), "root", "root")

PYTHON = Program(
    "/usr/bin/python3.11",
    caps=None,
    caps_of_other_root=False,
    symlink=False,
    changed_ns=START - HOUR,
    owner=0,
    group=0,
    mode=0o100755,
    mount=ROOT_MOUNT,
)
INTERPRETER = Interpreter(
    program=PYTHON,
    invoked_as="/opt/tapscope/bin/python3",
    private_copy=False,
    shared_libpython=None,
    script=Program("/opt/tapscope/bin/tapscope", caps=None, mount=ROOT_MOUNT),
    siblings=(),
    places=(Place("/opt/tapscope/bin", nosuid=False),),
)
PARENT = OtherProcess(4000, "bash", 1000, CapabilitySets(bounding=ALL))
PROCESS = Process(
    pid=4242,
    at_secure=False,
    dumpable=1,
    started_ns=START,
    main_thread=CapabilitySets(bounding=ALL),
    parent=PARENT,
    tracer=None,
    shares_fs=(),
    no_file_caps=False,
)
PROBES = Probes(
    open_node=None,
    null_request=errno.EFAULT,
    empty_request=errno.EPERM,
    socket_netns=errno.EPERM,
    packet_socket=errno.EPERM,
    open_null=None,
    sandbox=Attempt(Step.SET_INTERFACE, None, "tap0"),
)
HOST = Host(
    kernel="6.1.0-18-amd64",
    command=("/opt/tapscope/bin/tapscope",),
    programs=(
        "capsh",
        "ip",
        "modprobe",
        "nsenter",
        "setcap",
        "setfacl",
        "setpriv",
        "strace",
        "sudo",
        "tcpdump",
        "unshare",
    ),
    sudo_user=None,
    container=None,
    service=None,
    versions=(("tapscope", "0.1.0"), ("python", "3.11.7"), ("textual", "8.2.8"), ("python-prctl", None)),
    terminal=Terminal("xterm-256color", (120, 40), 256, unicode=True),
)
TAP = Tap(
    "tap0",
    index=7,
    kind="tun",
    asked_by_altname=False,
    mode="tap",
    owner=1000,
    group=None,
    owner_name="alice",
    group_name=None,
    no_pi=True,
    vnet_hdr=False,
    multi_queue=False,
    persist=True,
    queues=None,
    up=True,
    carrier=False,
    operstate="down",
)
IFF_TAP_NO_PI = 0x1002
UNSEEN_BEYOND = Unseen("its network namespace was not entered")


def machine(*attempts: ModeAttempt, **changes: Any) -> Evidence:
    """Alice, without any capability, on Debian; there is no tap0, and no attempt but those given."""
    base = Evidence(
        interface="tap0",
        attempts=attempts,
        node=NODE,
        credentials=ALICE,
        thread=ThreadState(CapabilitySets(bounding=ALL), True, 0, False, 0, 0, 0),
        process=PROCESS,
        interpreter=INTERPRETER,
        namespaces=Namespaces(True, ("0 0 4294967295",), 4026531837, 4026531840, "mine", sysfs_is_ours=True),
        tap=None,
        taps=(),
        elsewhere=(),
        holders=Holders((), (), 0),
        policy=Policy(("capability", "landlock", "yama", "apparmor"), "unconfined", False, 15000, None),
        probes=PROBES,
        host=HOST,
    )
    return replace(base, **changes)


def peer(code: int | None, step: Step = Step.SET_INTERFACE, *, flags: int = IFF_TAP_NO_PI, **facts: Any) -> ModeAttempt:
    """The peer's door, shut at ``step`` with ``code``, or open with None."""
    opened = (Attempt(Step.OPEN, None, "/dev/net/tun"),) if step is Step.SET_INTERFACE else ()
    target = "/dev/net/tun" if step is Step.OPEN else "tap0"
    defaults: dict[str, Any] = {"granted": "tap0" if code is None else None, "created": False, "attached_before": None}
    return ModeAttempt("peer", (*opened, Attempt(step, code, target)), asked_flags=flags, **defaults | facts)


def watch(code: int | None, step: Step = Step.PACKET_SOCKET) -> ModeAttempt:
    """The watcher's door."""
    made = (Attempt(Step.PACKET_SOCKET),) if step is Step.BIND else ()
    return ModeAttempt("watch", (*made, Attempt(step, code, "tap0" if step is Step.BIND else "")))


def border(code: int, step: Step = Step.SET_NAMESPACE, path: str = "/run/netns/blue") -> ModeAttempt:
    """The way into another network namespace."""
    opened = (Attempt(Step.OPEN_NAMESPACE, None, path),) if step is Step.SET_NAMESPACE else ()
    return ModeAttempt("netns", (*opened, Attempt(step, code, path)))


def untried(mode: Mode = "peer") -> ModeAttempt:
    """A door that nobody knocked at."""
    return ModeAttempt(mode, tried=False)


def thread(**sets: int) -> ThreadState:
    """The acting thread with these sets, by the first letter of their names: ``P E I B A``."""
    names = {"P": "permitted", "E": "effective", "I": "inheritable", "B": "bounding", "A": "ambient"}
    masks = {"bounding": ALL} | {names[letter]: mask for letter, mask in sets.items()}
    return ThreadState(CapabilitySets(**masks), True, 0, False, 0, 0, 0)


def capped(permitted: int = BOTH, inheritable: int = 0, *, effective: bool = True, **changes: Any) -> Interpreter:
    """A private copy of the interpreter with file capabilities; ``changes`` go to the file."""
    caps = FileCapabilities(2, permitted, inheritable, effective)
    file = replace(PYTHON, path="/opt/tapscope/bin/python3.11", caps=caps, mode=0o100750, **changes)
    return replace(INTERPRETER, program=file, private_copy=True)


def left_by_execve(*, at_secure: bool, dumpable: int, **changes: Any) -> Process:
    """The process with the two traces of its last execve."""
    return replace(PROCESS, at_secure=at_secure, dumpable=dumpable, **changes)
