"""Capability sets of threads and of files, and raising what is held. capabilities(7), ``kernel/capability.c``.

The sets of the calling thread come from python-prctl (``capget``, ``PR_CAPBSET_READ``) with the ambient set, which it
does not know, from /proc/thread-self/status; where python-prctl cannot be imported everything comes from /proc, and
the raise goes through libc. /proc/self is the *main* thread: capset() acts on one thread, so it is not asked.
"""

import errno
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

CAP_CHOWN = 0
CAP_DAC_OVERRIDE = 1
CAP_SETPCAP = 8
CAP_NET_ADMIN = 12
CAP_NET_RAW = 13
CAP_SYS_PTRACE = 19
CAP_SYS_ADMIN = 21

NAMES = (
    *("chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap"),
    *("linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner"),
    *("sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice"),
    *("sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap"),
    *("mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf"),
    "checkpoint_restore",
)
"""``include/uapi/linux/capability.h`` in order, without the prefix."""

_FIELDS = {
    "CapInh": "inheritable",
    "CapPrm": "permitted",
    "CapEff": "effective",
    "CapBnd": "bounding",
    "CapAmb": "ambient",
}


def name_of(capability: int) -> str:
    """``CAP_NET_ADMIN`` for 12; a number that has no name yet is told as ``CAP_41``."""
    return f"CAP_{NAMES[capability].upper()}" if capability < len(NAMES) else f"CAP_{capability}"


def names_in(mask: int) -> list[str]:
    """The capabilities in a mask, by number."""
    return [name_of(number) for number in range(mask.bit_length()) if mask >> number & 1]


@dataclass(frozen=True, slots=True)
class CapabilitySets:
    """The five sets of one thread, as bit masks (bit n is capability n)."""

    permitted: int = 0
    effective: int = 0
    inheritable: int = 0
    bounding: int = 0
    ambient: int = 0


def parse_status(text: str) -> CapabilitySets:
    """The sets in the text of /proc/PID/status; a set that the kernel does not list is empty."""
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return CapabilitySets(**{name: int(fields.get(key, "0"), 16) for key, name in _FIELDS.items()})


def _prctl() -> ModuleType | None:
    """python-prctl, or None where it cannot be had: headers newer than it knows make its import a NameError."""
    try:
        import prctl  # noqa: PLC0415
    except (ImportError, NameError, OSError, AttributeError):
        return None
    return prctl if hasattr(prctl, "cap_effective") else None  # A folder "prctl" on sys.path imports as well.


def _mask(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in set(numbers))


def own_sets() -> CapabilitySets:
    """The sets of the calling thread. Raises ``OSError`` when neither python-prctl nor /proc can tell.

    What is newer than the headers that python-prctl was built with comes from /proc as well.
    """
    prctl = _prctl()
    try:
        told = thread_sets("thread-self")
    except OSError:
        if prctl is None:
            raise
        told = CapabilitySets()
    return told if prctl is None else _with_prctl(prctl, told)


def _with_prctl(prctl: ModuleType, told: CapabilitySets) -> CapabilitySets:
    flags = (prctl.CAP_PERMITTED, prctl.CAP_EFFECTIVE, prctl.CAP_INHERITABLE)
    held = prctl.get_caps((prctl.ALL_CAPS, flags))
    permitted, effective, inheritable = (_mask(cap for cap, on in held[flag].items() if on) for flag in flags)
    beyond = ~_mask(prctl.ALL_CAPS)
    return CapabilitySets(
        permitted | told.permitted & beyond,
        effective | told.effective & beyond,
        inheritable | told.inheritable & beyond,
        _mask(number for number in prctl.ALL_CAPS if _is_bounding(prctl, number)) | told.bounding & beyond,
        told.ambient,
    )


def _is_bounding(prctl: ModuleType, number: int) -> bool:
    """PR_CAPBSET_READ; EINVAL for a capability that this kernel is too old to know."""
    try:
        return bool(prctl.capbset_read(number))
    except OSError:
        return False


def thread_sets(pid: int | str, tid: int | None = None) -> CapabilitySets:
    """The sets of a process's main thread, or of its thread ``tid``. Raises ``OSError``."""
    path = f"/proc/{pid}/status" if tid is None else f"/proc/{pid}/task/{tid}/status"
    return parse_status(Path(path).read_text())


def _raise_by_libc(capability: int) -> None:
    """capget(2) and capset(2) of version 3 on the calling thread. Raises ``OSError``."""
    import ctypes  # noqa: PLC0415

    libc = ctypes.CDLL(None, use_errno=True)
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    data = ctypes.create_string_buffer(24)
    if libc.capget(header, data):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    words = list(struct.unpack("=6I", data.raw))
    words[capability // 32 * 3] |= 1 << capability % 32
    if libc.capset(header, ctypes.create_string_buffer(struct.pack("=6I", *words), 24)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def raise_effective(*capabilities: int) -> tuple[int, ...]:
    """Raise from P to E, on the calling thread, what is held and not yet effective; return what was raised.

    Never raises: a capability that cannot be had is simply not among those returned.
    """
    try:
        sets = own_sets()
        waiting = tuple(c for c in capabilities if sets.permitted & ~sets.effective & 1 << c)
        prctl = _prctl() if waiting else None
        for capability in waiting:
            if prctl is None:
                _raise_by_libc(capability)
            else:
                prctl.set_caps(([capability], [prctl.CAP_EFFECTIVE], True))
    except (OSError, ValueError):
        return ()
    return waiting


@dataclass(frozen=True, slots=True)
class FileCapabilities:
    """The ``security.capability`` attribute of a file.

    ``version`` is 1, 2 or 3. ``root_id`` is the uid, as seen from the reader's user namespace, of the root to whose
    user namespace a version 3 attribute belongs; None for versions 1 and 2. ``effective`` is fE, one bit for all.
    """

    version: int
    permitted: int
    inheritable: int
    effective: bool
    root_id: int | None = None


def parse_file_capabilities(value: bytes) -> FileCapabilities | None:
    """Decode the attribute (``struct vfs_ns_cap_data``, ``security/commoncap.c``); None when it is malformed.

    Version 1 has 12 bytes, 2 has 20, 3 has 24; little-endian on every machine.
    """
    if len(value) < 12 or len(value) % 4:
        return None
    words = struct.unpack(f"<{len(value) // 4}I", value)
    version = words[0] >> 24
    if len(words) != {1: 3, 2: 5, 3: 6}.get(version):
        return None
    permitted, inheritable = words[1], words[2]
    if version > 1:
        permitted |= words[3] << 32
        inheritable |= words[4] << 32
    root_id = words[5] if version == 3 else None
    return FileCapabilities(version, permitted, inheritable, bool(words[0] & 1), root_id)


def file_capabilities(path: str | Path) -> FileCapabilities | None:
    """The capabilities of a file, symbolic links followed; None when it has none.

    Needs no read permission on the file. Raises ``OSError`` when it cannot be looked at.
    """
    try:
        return parse_file_capabilities(os.getxattr(path, "security.capability"))
    except OSError as error:
        if error.errno in {errno.ENODATA, errno.EOPNOTSUPP}:
            return None
        raise
