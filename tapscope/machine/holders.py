"""Who holds a TAP: the processes with a tun descriptor attached to it, and the virtual machines that they run.

``iff:`` in /proc/PID/fdinfo/N is written by ``tun_chr_show_fdinfo`` (``drivers/net/tun.c``). It is shown for processes
that ptrace(2) may read: of the same user with no more capabilities and dumpable, or all of them for root.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tapscope.machine.namespaces import inode, own_net, parse_net_dev
from tapscope.machine.process import process_ids, read_command_line, read_status


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds the interface, or may. ``machine`` names its virtual machine, None where it runs none."""

    pid: int
    program: str
    uid: int
    machine: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """What the search saw.

    ``found``       the holders among the processes that could be looked into
    ``candidates``  processes that could not, and whose command line names the interface, or else whose program is
                    known to hold such devices; only where nothing was found
    ``hidden``      how many processes could not be looked into
    """

    found: tuple[Holder, ...]
    candidates: tuple[Holder, ...]
    hidden: int


def parse_iff(fdinfo: str) -> str | None:
    """The interface a tun descriptor is attached to; None for any other descriptor."""
    for line in fdinfo.splitlines():
        key, _, value = line.partition(":")
        if key == "iff":
            return value.strip() or None
    return None


def _value_of(arguments: Sequence[str], option: str) -> str | None:
    """The value of ``--option value`` or ``--option=value``."""
    for place, argument in enumerate(arguments):
        if argument == option and place + 1 < len(arguments):
            return arguments[place + 1]
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None


def _qemu_options(value: str) -> Iterator[str]:
    """Split a QEMU option at its commas; a doubled comma stands for one."""
    yield from (part.replace("\0", ",") for part in value.replace(",,", "\0").split(","))


def _qemu_name(arguments: Sequence[str]) -> str | None:
    value = _value_of(arguments, "-name") or _value_of(arguments, "--name")
    for place, part in enumerate(_qemu_options(value) if value else ()):
        key, equals, name = part.partition("=")
        if key == "guest" or (place == 0 and not equals):
            return name if equals else part
    return None


def _cloud_hypervisor_name(arguments: Sequence[str]) -> str | None:
    socket = _value_of(arguments, "--api-socket")
    return Path(socket.removeprefix("path=")).stem if socket else None


_NAMERS: Mapping[str, Callable[[Sequence[str]], str | None]] = {
    "qemu": _qemu_name,
    "kvm": _qemu_name,
    "firecracker": lambda arguments: _value_of(arguments, "--id"),
    "cloud-hypervisor": _cloud_hypervisor_name,
    "crosvm": lambda arguments: _value_of(arguments, "--name"),
    "vboxheadless": lambda arguments: _value_of(arguments, "--comment"),
    "virtualbox": lambda arguments: _value_of(arguments, "--comment"),
}
_HOLDERS = (*_NAMERS, "vmware-vmx", "openvpn", "vpnc", "tinc", "n2n", "zerotier", "tailscale", "slirp4netns", "passt")
"""Programs that are known to hold a TAP or TUN, by the beginning of their name."""


def _program_of(arguments: Sequence[str]) -> str:
    return os.path.basename(arguments[0]).lower()  # noqa: PTH119


def parse_machine(arguments: Sequence[str]) -> str | None:
    """The name of the virtual machine that this command line runs; None where it runs none, or a nameless one.

    QEMU's ``-name guest=NAME`` (under libvirt that is the domain's name), Firecracker's ``--id``, crosvm's ``--name``,
    VirtualBox' ``--comment``, and the socket of cloud-hypervisor, which has no names.
    """
    for beginning, name in _NAMERS.items():
        if arguments and _program_of(arguments).startswith(beginning):
            return name(arguments)
    return None


def _describe(pid: int) -> Holder:
    arguments = read_command_line(pid)
    status = read_status(pid)
    name = os.path.basename(arguments[0]) if arguments else status["Name"]  # noqa: PTH119
    return Holder(pid, name or status["Name"], int(status["Uid"].split()[0]), parse_machine(arguments))


def _interfaces_of(pid: int) -> Iterator[str]:
    """The interfaces that a process' tun descriptors are attached to. Raises ``OSError`` where one may not look."""
    for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208
        try:
            target = os.readlink(f"/proc/{pid}/fd/{number}")  # noqa: PTH115
            if "tun" not in os.path.basename(target):  # noqa: PTH119
                continue
            interface = parse_iff(Path(f"/proc/{pid}/fdinfo/{number}").read_text(errors="surrogateescape"))
        except FileNotFoundError:
            continue
        if interface:
            yield interface


def _is_anothers(pid: int, interface: str) -> bool:
    """What the process holds is the interface of that name in its own network namespace, and not ours.

    One that holds ours and stands elsewhere, as a machine started by a manager may, has none of that name there.
    """
    try:
        if inode(f"/proc/{pid}/ns/net") == own_net():
            return False
        return interface in parse_net_dev(Path(f"/proc/{pid}/net/dev").read_text(errors="surrogateescape"))
    except OSError:
        return False


def _is_dead(pid: int) -> bool:
    """A zombie holds no descriptor any more, but says EACCES like a process that may not be looked into."""
    try:
        return read_status(pid).get("State", "")[:1] in {"Z", "X"}
    except OSError:
        return True


def _candidates(pids: Sequence[int], interface: str) -> tuple[Holder, ...]:
    named, known = [], []
    for pid in pids:
        try:
            arguments = read_command_line(pid)
            if not arguments:
                continue
            if any(interface in re.split("[=,]", argument) for argument in arguments[1:]):
                named.append(_describe(pid))
            elif _program_of(arguments).startswith(_HOLDERS):
                known.append(_describe(pid))
        except (OSError, KeyError):
            continue
    return tuple(named or known)


def find_holders(interface: str) -> Search:
    """Look through /proc for the holders of an interface of this network namespace. Raises ``OSError``."""
    found: list[Holder] = []
    hidden: list[int] = []
    for pid in process_ids():
        try:
            if interface in _interfaces_of(pid) and not _is_anothers(pid, interface):
                found.append(_describe(pid))
        except PermissionError:
            hidden += [] if _is_dead(pid) else [pid]
        except (OSError, KeyError):
            continue
    return Search(tuple(found), () if found else _candidates(hidden, interface), len(hidden))
