"""The descriptors by which a process holds the other end of an interface, and which interface each belongs to.

A TUN or TAP: ``iff:`` in /proc/PID/fdinfo/N, written by ``tun_chr_show_fdinfo`` (``drivers/net/tun.c``). It follows
renames, but names no network namespace. A macvtap or ipvtap: its own device node (``drivers/net/tap.c``), whose number
is the interface's alone. Both are shown of processes that ptrace(2) may read: of the same user with no more
capabilities and dumpable, or all of them for root.
"""

import ctypes
import fcntl
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tapscope.machine.devices import TUN_MINOR
from tapscope.machine.links import Link

TUNGETDEVNETNS = 0x54E3
_PIDFD_GETFD = 438
"""The number of pidfd_getfd(2), the same on every machine (Linux 5.6): libc before 2.36 has no wrapper."""

_TUN = os.makedev(10, TUN_MINOR)
_TAP_NODE = re.compile(r"tap(\d+)( \(deleted\))?")
_NODE_KINDS = frozenset({"macvtap", "ipvtap"})
_SYSFS = Path("/sys/class/net")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One end in a process. A TUN or TAP's has the ``interface``; a node's has its ``device`` number and ``index``.

    ``index`` is the interface's by the node's name (``/dev/tap7``), in the network namespace where it was made.
    """

    pid: int
    number: int
    interface: str | None = None
    device: int | None = None
    index: int | None = None


def parse_iff(fdinfo: str) -> str | None:
    """The interface a tun descriptor is attached to; None for any other descriptor."""
    for line in fdinfo.splitlines():
        key, _, value = line.partition(":")
        if key == "iff":
            return value.strip() or None
    return None


def descriptors_of(pid: int) -> Iterator[Descriptor]:
    """The ends that a process holds. Raises ``OSError`` where one may not look."""
    for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208
        try:
            base = os.path.basename(os.readlink(f"/proc/{pid}/fd/{number}"))  # noqa: PTH115, PTH119
            node = _TAP_NODE.fullmatch(base)
            if node is not None:
                state = os.stat(f"/proc/{pid}/fd/{number}")  # noqa: PTH116
                if stat.S_ISCHR(state.st_mode) and state.st_rdev != _TUN:
                    yield Descriptor(pid, int(number), device=state.st_rdev, index=int(node[1]))
            if "tun" in base or node is not None:
                interface = parse_iff(Path(f"/proc/{pid}/fdinfo/{number}").read_text(errors="surrogateescape"))
                if interface:
                    yield Descriptor(pid, int(number), interface=interface)
        except FileNotFoundError:
            continue


def has_node(link: Link) -> bool:
    """Its other end is a device node of its own."""
    return link.kind in _NODE_KINDS


def _device_number(link: Link) -> int | None:
    """The number of a macvtap's node; None where /sys shows another network namespace, or does not know it."""
    folder = _SYSFS / link.name
    try:
        shown = (int((folder / "ifindex").read_text()), (folder / "address").read_text().strip())
        if shown != (link.index, link.address):
            return None
        major, minor = (folder / f"tap{link.index}" / "dev").read_text().split(":")
        return os.makedev(int(major), int(minor))
    except (OSError, ValueError):
        return None


class Ends:
    """Which of some interfaces of this network namespace a descriptor names. A name may be another's as well."""

    def __init__(self, links: Iterable[Link]) -> None:
        known = list(links)
        self._by_name = {link.name: link for link in known if link.kind == "tun"}
        nodes = [(link, _device_number(link)) for link in known if has_node(link)]
        self._by_device = {number: link for link, number in nodes if number is not None}
        self._by_index = {link.index: link for link, number in nodes if number is None}

    def named_by(self, descriptor: Descriptor) -> Link | None:
        """The interface, None where it is none of them."""
        if descriptor.interface is not None:
            return self._by_name.get(descriptor.interface)
        return self._by_device.get(descriptor.device or 0) or self._by_index.get(descriptor.index or 0)

    def is_sure(self, descriptor: Descriptor) -> bool:
        """A device number is nobody else's."""
        return descriptor.device in self._by_device


def net_of(descriptor: Descriptor) -> int | None:
    """The inode of the network namespace that a TUN or TAP is in, asked through a copy of the holder's descriptor.

    Needs what ptrace(2) needs to attach, and CAP_NET_ADMIN there; None without. The copy lives for microseconds.
    """
    try:
        process = os.pidfd_open(descriptor.pid)
    except OSError:
        return None
    try:
        copy = ctypes.CDLL(None, use_errno=True).syscall(_PIDFD_GETFD, process, descriptor.number, 0)
    finally:
        os.close(process)
    if copy < 0:
        return None
    try:
        net = fcntl.ioctl(copy, TUNGETDEVNETNS)
    except OSError:
        return None
    finally:
        os.close(copy)
    try:
        return os.fstat(net).st_ino
    finally:
        os.close(net)
