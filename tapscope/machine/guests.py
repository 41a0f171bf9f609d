"""Which virtual machine a command line runs: what the monitors are called, and where each says its guest's name."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path


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


def holds_taps(arguments: Sequence[str]) -> bool:
    """The command line runs a program that is known to hold TAPs or TUNs."""
    return bool(arguments) and _program_of(arguments).startswith(_HOLDERS)


def parse_machine(arguments: Sequence[str]) -> str | None:
    """The name of the virtual machine that this command line runs; None where it runs none, or a nameless one.

    QEMU's ``-name guest=NAME`` (under libvirt that is the domain's name), Firecracker's ``--id``, crosvm's ``--name``,
    VirtualBox' ``--comment``, and the socket of cloud-hypervisor, which has no names.
    """
    for beginning, name in _NAMERS.items():
        if arguments and _program_of(arguments).startswith(beginning):
            return name(arguments)
    return None
