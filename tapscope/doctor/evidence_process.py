"""Evidence about the process: who it is, what it may, what its last execve(2) left, where it stands."""

from dataclasses import dataclass
from typing import Literal

from tapscope.doctor.seen import NOT_LOOKED, Seen
from tapscope.machine.capabilities import CapabilitySets

NetNsOwner = Literal["mine", "child", "ancestor"]


@dataclass(frozen=True, slots=True)
class ThreadState:
    """The thread that makes (or made) the attempt, from ``/proc/thread-self/status`` and prctl(2).

    ``raised``      mask of what tapscope itself raised from permitted to effective in this thread; 0 for nothing.
                    The sets are those at the time of the call, after the raise.
    ``seccomp``     0 off, 1 strict, 2 filter
    ``securebits``  bit 0 NOROOT, 2 NO_SETUID_FIXUP, 4 KEEP_CAPS, 6 NO_CAP_AMBIENT_RAISE
    """

    sets: Seen[CapabilitySets] = NOT_LOOKED
    main: Seen[bool] = NOT_LOOKED
    raised: Seen[int] = NOT_LOOKED
    no_new_privs: Seen[bool] = NOT_LOOKED
    seccomp: Seen[int] = NOT_LOOKED
    seccomp_filters: Seen[int] = NOT_LOOKED
    securebits: Seen[int] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks. Names are None where passwd or group has no such entry."""

    uid: Seen[int] = NOT_LOOKED
    euid: Seen[int] = NOT_LOOKED
    suid: Seen[int] = NOT_LOOKED
    gid: Seen[int] = NOT_LOOKED
    egid: Seen[int] = NOT_LOOKED
    groups: Seen[tuple[int, ...]] = NOT_LOOKED
    user_name: Seen[str] = NOT_LOOKED
    group_name: Seen[str] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class OtherProcess:
    """The parent, the tracer: what /proc/PID/{status,comm} shows of it to anybody."""

    pid: int
    name: Seen[str] = NOT_LOOKED
    uid: Seen[int] = NOT_LOOKED
    sets: Seen[CapabilitySets] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Process:
    """What the last execve(2) left behind.

    ``at_secure``   getauxval(AT_SECURE): the exec raised privilege or changed ids
    ``dumpable``    prctl(PR_GET_DUMPABLE): 0, 1 or 2
    ``main_thread`` the main thread's sets, where another thread makes the attempt
    ``shares_fs``   pids that share our fs_struct by kcmp(2); () when all that may be asked do not
    ``no_file_caps``  the kernel was booted with ``no_file_caps``
    """

    pid: Seen[int] = NOT_LOOKED
    at_secure: Seen[bool] = NOT_LOOKED
    dumpable: Seen[int] = NOT_LOOKED
    started_ns: Seen[int] = NOT_LOOKED
    main_thread: Seen[CapabilitySets] = NOT_LOOKED
    parent: Seen[OtherProcess] = NOT_LOOKED
    tracer: Seen[OtherProcess] = NOT_LOOKED
    shares_fs: Seen[tuple[int, ...]] = NOT_LOOKED
    no_file_caps: Seen[bool] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Where the process stands.

    ``user_initial``  uid_map is the identity over all ids: the initial user namespace (or one that looks like it)
    ``uid_map``       lines of /proc/self/uid_map, whitespace squeezed
    ``net_owner``     who owns the network namespace, by ioctl NS_GET_USERNS: our user namespace (``mine``), one below
                      it (``child``), or one we may not name because it is above (``ancestor``, the call said EPERM)
    ``sysfs_is_ours`` /sys/class/net lists the same interfaces as netlink
    """

    user_initial: Seen[bool] = NOT_LOOKED
    uid_map: Seen[tuple[str, ...]] = NOT_LOOKED
    user: Seen[int] = NOT_LOOKED
    net: Seen[int] = NOT_LOOKED
    net_owner: Seen[NetNsOwner] = NOT_LOOKED
    sysfs_is_ours: Seen[bool] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Policy:
    """What stands beside the capabilities.

    ``modules``  the list of /sys/kernel/security/lsm; ``label`` ours, from /proc/self/attr/current
    ``max_user_namespaces``  /proc/sys/user/max_user_namespaces
    ``unprivileged_userns_clone``  /proc/sys/kernel/unprivileged_userns_clone; None: this kernel has no such switch
    """

    modules: Seen[tuple[str, ...]] = NOT_LOOKED
    label: Seen[str] = NOT_LOOKED
    apparmor_restricts_userns: Seen[bool] = NOT_LOOKED
    max_user_namespaces: Seen[int] = NOT_LOOKED
    unprivileged_userns_clone: Seen[bool] = NOT_LOOKED
