"""What the last execve(2) left in a process, and who stands around it. ``security/commoncap.c``, ``fs/exec.c``."""

import ctypes
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path

AT_SECURE = 23
PR_GET_DUMPABLE = 3
PR_GET_SECUREBITS = 27
_KCMP_FS = 3
_KCMP_CALL = {"x86_64": 312, "aarch64": 272, "riscv64": 272, "ppc64le": 354, "s390x": 343}
"""The number of kcmp(2) by machine (``arch/*/entry/syscalls``): libc has no wrapper."""


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def parse_status(text: str) -> Mapping[str, str]:
    """The lines of /proc/PID/status by their key."""
    return {key: value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}


def read_status(task: str | int = "thread-self") -> Mapping[str, str]:
    """The status of a process by pid; of the calling thread by default. Raises ``OSError``."""
    return parse_status(Path(f"/proc/{task}/status").read_text(errors="surrogateescape"))


def at_secure() -> bool:
    """getauxval(3) of AT_SECURE: execve raised privilege or changed ids.

    Not /proc/self/auxv, which a process that is not dumpable cannot read.
    """
    libc = _libc()
    libc.getauxval.restype = ctypes.c_ulong
    libc.getauxval.argtypes = [ctypes.c_ulong]
    return bool(libc.getauxval(AT_SECURE))


def dumpable() -> int:
    """prctl(PR_GET_DUMPABLE): 1, or 0 or 2 (/proc/sys/fs/suid_dumpable) after a gain of privilege or change of ids.

    Raises ``OSError``.
    """
    return _checked(_libc().prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))


def securebits() -> int:
    """prctl(PR_GET_SECUREBITS) of the calling thread. Raises ``OSError``."""
    return _checked(_libc().prctl(PR_GET_SECUREBITS, 0, 0, 0, 0))


def parse_start_ticks(stat: str) -> int:
    """Field 22 of /proc/PID/stat: clock ticks from boot to fork(2). The name in field 2 may hold anything."""
    return int(stat.rpartition(")")[2].split()[19])


def started_ns(task: str | int = "self") -> int:
    """When the process was forked, nanoseconds since the epoch, to a clock tick. Raises ``OSError``."""
    ticks = parse_start_ticks(Path(f"/proc/{task}/stat").read_text(errors="surrogateescape"))
    boot = time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return boot + ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def process_ids() -> list[int]:
    """The processes that /proc shows. Raises ``OSError``."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def sharing_fs() -> tuple[int, ...]:
    """The processes that share our ``fs_struct`` (clone(2) with CLONE_FS) as far as kcmp(2) may compare them.

    Then ``check_unsafe_exec`` takes file capabilities away at execve. Raises ``OSError`` where kcmp is not to be had.
    """
    number = _KCMP_CALL.get(platform.machine())
    if number is None:
        raise OSError(0, f"the number of kcmp(2) on {platform.machine()} is not known here")
    libc, own = _libc(), os.getpid()
    _checked(libc.syscall(number, own, own, _KCMP_FS, 0, 0))
    return tuple(pid for pid in process_ids() if pid != own and not libc.syscall(number, own, pid, _KCMP_FS, 0, 0))


def boot_option(name: str) -> bool:
    """The kernel's command line has this word. Raises ``OSError``."""
    return name in Path("/proc/cmdline").read_text().split()


def parse_command_line(data: bytes) -> list[str]:
    """/proc/PID/cmdline as arguments; empty for a kernel thread."""
    return [os.fsdecode(argument) for argument in data.removesuffix(b"\0").split(b"\0")] if data else []


def read_command_line(pid: int) -> list[str]:
    """The arguments of a process. Raises ``OSError``."""
    return parse_command_line(Path(f"/proc/{pid}/cmdline").read_bytes())
