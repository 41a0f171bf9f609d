"""Where the calling thread stands: its user and network namespace, who owns which, and what other ones hold.

ioctl_ns(2), user_namespaces(7), ``fs/nsfs.c``, ``kernel/user_namespace.c`` (``ns_get_owner``).
"""

import ctypes
import errno
import fcntl
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tapscope.machine.links import find_link
from tapscope.machine.process import process_ids

NS_GET_USERNS = 0xB701
CLONE_NEWNET = 0x40000000
NAMED = Path("/run/netns")
"""Where ip-netns(8) binds the network namespaces that it names."""

_OWN_NET = "/proc/thread-self/ns/net"
_OWN_USER = "/proc/thread-self/ns/user"
_FIRST = {"pid": 0xEFFFFFFC, "uts": 0xEFFFFFFE, "ipc": 0xEFFFFFFF}
"""PROC_PID_INIT_INO and its like, ``include/linux/proc_ns.h``: the same since Linux 3.8."""

_ALL_IDS = "0 0 4294967295"


def inode(path: str | Path) -> int:
    """The namespace's inode, which is its identity. Raises ``OSError``."""
    return os.stat(path).st_ino  # noqa: PTH116


def own_net() -> int:
    """The inode of this thread's network namespace. Raises ``OSError``."""
    return inode(_OWN_NET)


def own_user() -> int:
    """The inode of this thread's user namespace. Raises ``OSError``."""
    return inode(_OWN_USER)


def are_the_first() -> bool:
    """This process stands in the pid, UTS and IPC namespaces that the kernel booted with. Raises ``OSError``."""
    return all(inode(f"/proc/thread-self/ns/{name}") == number for name, number in _FIRST.items())


def net_owner() -> Literal["mine", "child", "ancestor"]:
    """Which user namespace owns this thread's network namespace, seen from its own user namespace.

    ``ancestor`` (the kernel answers EPERM): capabilities held here are worth nothing there. Raises ``OSError``.
    """
    net = os.open(_OWN_NET, os.O_RDONLY | os.O_CLOEXEC)
    try:
        owner = fcntl.ioctl(net, NS_GET_USERNS)
    except PermissionError:
        return "ancestor"
    finally:
        os.close(net)
    try:
        return "mine" if os.fstat(owner).st_ino == own_user() else "child"
    finally:
        os.close(owner)


def parse_uid_map(text: str) -> tuple[str, ...]:
    """The lines of /proc/PID/uid_map (first id inside, first outside, count), whitespace squeezed."""
    return tuple(" ".join(line.split()) for line in text.splitlines())


def uid_map() -> tuple[str, ...]:
    """The user id mapping of this thread's user namespace; empty before it is written. Raises ``OSError``."""
    return parse_uid_map(Path("/proc/thread-self/uid_map").read_text())


def maps_every_id(lines: tuple[str, ...]) -> bool:
    """True of the initial user namespace, and of one that maps like it."""
    return lines == (_ALL_IDS,)


@dataclass(frozen=True, slots=True)
class OtherNamespace:
    """A network namespace that has the interface. ``name`` for ip-netns(8), ``pid`` a process in it for nsenter(1)."""

    name: str | None
    pid: int | None


def parse_net_dev(text: str) -> tuple[str, ...]:
    """The interface names in /proc/PID/net/dev, which tells of the network namespace of PID."""
    return tuple(line.partition(":")[0].strip() for line in text.splitlines()[2:])


def _by_process(interface: str) -> list[OtherNamespace]:
    """Through /proc/PID/net/dev, which may be read of every process that is shown; one file a namespace."""
    seen = {inode("/proc/thread-self/net/dev")}
    found = []
    for pid in process_ids():
        path = Path(f"/proc/{pid}/net/dev")
        try:
            number = inode(path)
            if number in seen:
                continue
            seen.add(number)
            if interface in parse_net_dev(path.read_text(errors="surrogateescape")):
                found.append(OtherNamespace(_name_of(pid), pid))
        except OSError:
            continue
    return found


def names() -> tuple[str, ...]:
    """The network namespaces that ip-netns(8) has named."""
    try:
        return tuple(sorted(path.name for path in NAMED.iterdir()))
    except OSError:
        return ()


def _named() -> dict[int, str]:
    try:
        return {inode(path): path.name for path in NAMED.iterdir()}
    except OSError:
        return {}


def _name_of(pid: int) -> str | None:
    try:
        return _named().get(inode(f"/proc/{pid}/ns/net"))
    except OSError:
        return None


def join(namespace: int, kind: int) -> None:
    """Move the calling thread into an open namespace of that CLONE_NEW… kind, setns(2). Raises ``OSError``."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, kind):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _within(path: Path, interface: str) -> bool:
    """Ask from a thread that enters the namespace and ends there. Raises ``OSError`` (EPERM: may not)."""
    answer: list[bool | OSError] = []

    def look() -> None:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                join(fd, CLONE_NEWNET)
            finally:
                os.close(fd)
            answer.append(find_link(interface) is not None)
        except OSError as error:
            answer.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]


def _by_name(interface: str, known: set[str | None]) -> list[OtherNamespace]:
    own, found = own_net(), []
    for number, name in _named().items():
        if number == own or name in known:
            continue
        try:
            if _within(NAMED / name, interface):
                found.append(OtherNamespace(name, None))
        except OSError as error:
            if error.errno in {errno.EPERM, errno.EACCES}:
                break
    return found


def elsewhere(interface: str) -> list[OtherNamespace]:
    """The other network namespaces that hold an interface of this name, as far as this thread may look.

    Those with a process in them are seen by everybody; named ones without need CAP_SYS_ADMIN. Raises ``OSError``.
    """
    found = _by_process(interface)
    return found + _by_name(interface, {one.name for one in found})
