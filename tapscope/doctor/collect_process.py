"""Looking at the thread, its process and the namespaces and policies around it."""

import errno
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from tapscope.doctor.collect_look import look
from tapscope.doctor.evidence import (
    Credentials,
    Namespaces,
    OtherProcess,
    Policy,
    Process,
    Seen,
    ThreadState,
    Unseen,
)
from tapscope.machine import capabilities, links, namespaces, process
from tapscope.machine.devices import group_name, user_name

_SYSCTL = Path("/proc/sys")
_SECURITY = Path("/sys/kernel/security")


def _number(fields: Mapping[str, str] | Unseen, key: str) -> int | Unseen:
    return fields if isinstance(fields, Unseen) else look(lambda: int(fields[key]))


def thread_state(raised: int) -> ThreadState:
    """The calling thread. ``raised`` is the mask of what was raised in it."""
    fields = look(process.read_status)
    no_new_privs = _number(fields, "NoNewPrivs")
    return ThreadState(
        sets=look(capabilities.own_sets),
        main=threading.get_native_id() == os.getpid(),
        raised=raised,
        no_new_privs=no_new_privs if isinstance(no_new_privs, Unseen) else bool(no_new_privs),
        seccomp=_number(fields, "Seccomp"),
        seccomp_filters=_number(fields, "Seccomp_filters"),
        securebits=look(process.securebits),
    )


def credentials() -> Credentials:
    """The calling thread's user and groups, by number from the kernel, by name from the databases."""
    uid, euid, suid = os.getresuid()
    gid, egid, _ = os.getresgid()
    return Credentials(
        uid=uid,
        euid=euid,
        suid=suid,
        gid=gid,
        egid=egid,
        groups=tuple(os.getgroups()),
        user_name=look(user_name, euid),
        group_name=look(group_name, egid),
    )


def other_process(pid: int | Unseen) -> Seen[OtherProcess]:
    """What may be seen of a process. None for pid 0: there is none, or it stands outside our pid namespace."""
    if isinstance(pid, Unseen):
        return pid
    if pid == 0:
        return None
    fields = look(process.read_status, pid)
    if isinstance(fields, Unseen):
        return OtherProcess(pid, fields, fields, fields)
    return OtherProcess(
        pid,
        name=look(lambda: fields["Name"]),
        uid=look(lambda: int(fields["Uid"].split()[0])),
        sets=look(capabilities.thread_sets, pid),
    )


def process_state() -> Process:
    """What the last execve left behind, and who stands around the process."""
    fields = look(process.read_status)
    return Process(
        pid=os.getpid(),
        at_secure=look(process.at_secure),
        dumpable=look(process.dumpable),
        started_ns=look(process.started_ns),
        main_thread=look(capabilities.thread_sets, os.getpid()),
        parent=other_process(_number(fields, "PPid")),
        tracer=other_process(_number(fields, "TracerPid")),
        shares_fs=look(process.sharing_fs),
        no_file_caps=look(process.boot_option, "no_file_caps"),
    )


def _sysfs_is_ours() -> bool:
    shown = {path.name for path in Path("/sys/class/net").iterdir() if path.is_symlink()}
    return shown == {link.name for link in links.list_links()}


def where_it_stands() -> Namespaces:
    """The user and network namespace of the calling thread."""
    uid_map = look(namespaces.uid_map)
    return Namespaces(
        user_initial=uid_map if isinstance(uid_map, Unseen) else namespaces.maps_every_id(uid_map),
        uid_map=uid_map,
        user=look(namespaces.own_user),
        net=look(namespaces.own_net),
        net_owner=look(namespaces.net_owner),
        sysfs_is_ours=look(_sysfs_is_ours),
    )


def _switch(name: str) -> bool | None:
    """A sysctl that is 0 or 1; None where this kernel has none of that name."""
    try:
        return bool(int((_SYSCTL / name).read_text()))
    except FileNotFoundError:
        return None


def _modules() -> tuple[str, ...]:
    return tuple(word for word in (_SECURITY / "lsm").read_text().strip().split(",") if word)


def _label() -> str | None:
    """The security label of the calling thread; None where no module gives one (EINVAL)."""
    try:
        return Path("/proc/thread-self/attr/current").read_bytes().rstrip(b"\0\n").decode(errors="replace") or None
    except OSError as error:
        if error.errno == errno.EINVAL:
            return None
        raise


def policy() -> Policy:
    """Security modules and the switches that close user namespaces."""
    restricted = look(_switch, "kernel/apparmor_restrict_unprivileged_userns")
    return Policy(
        modules=look(_modules),
        label=look(_label),
        apparmor_restricts_userns=restricted if isinstance(restricted, Unseen) else bool(restricted),
        max_user_namespaces=look(lambda: int((_SYSCTL / "user/max_user_namespaces").read_text())),
        unprivileged_userns_clone=look(_switch, "kernel/unprivileged_userns_clone"),
    )
