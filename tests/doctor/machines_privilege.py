"""Recorded machines: capabilities of the process and of files."""

import errno
from dataclasses import replace

from machines_common import CAPS, CUT, REFUSED, SCRIPT, STRACE, Row
from recorded import (
    ALL,
    BOTH,
    HOME_MOUNT,
    HOUR,
    INTERPRETER,
    NET_ADMIN,
    NET_RAW,
    PARENT,
    PROCESS,
    PYTHON,
    ROOT,
    ROOT_MOUNT,
    START,
    TAP,
    capped,
    left_by_execve,
    machine,
    thread,
    watch,
)

from tapscope.doctor.evidence import (
    CapabilitySets,
    FileCapabilities,
    Unseen,
)

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
