"""How much memory there is to be had. Source: proc_meminfo(5), ``Documentation/admin-guide/cgroup-v2.rst``."""

import contextlib
import ctypes
import re
from pathlib import Path

_MEMINFO = "/proc/meminfo"
_OWN_GROUP = "/proc/self/cgroup"
_GROUPS = Path("/sys/fs/cgroup")


def available() -> int | None:
    """Bytes that programs may still take, in this control group, without swapping; None where nobody says."""
    found = []
    with contextlib.suppress(OSError, ValueError):
        found.append(parse_available(Path(_MEMINFO).read_text()))
    with contextlib.suppress(OSError, ValueError):
        group = _GROUPS / re.sub(r"(?s)^.*0::/?(.*?)\n.*$", r"\1", Path(_OWN_GROUP).read_text() + "\n")
        found.append(int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    return max(min(found), 0) if found else None


def parse_available(text: str) -> int:
    """``MemAvailable`` in bytes. Raises ``ValueError`` for a text that has none."""
    line = re.search(r"^MemAvailable:\s+(\d+) kB$", text, re.MULTILINE)
    if line is None:
        raise ValueError("no MemAvailable")
    return int(line[1]) * 1024


def give_back() -> None:
    """Have the C library return to the kernel what it keeps for later (malloc_trim(3)); others than glibc keep little.

    What numpy took in passing, between arrays that stay, is a tenth of what stays. Takes some milliseconds.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
