"""What a process and those that it started use, from /proc (proc(5), proc_pid_smaps(5))."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> Iterator[int]:
    """A process and all that came of it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from tree(int(child))


def cpu(pid: int) -> float:
    """Seconds of processor time of the tree, with those of children that are gone."""
    return sum(map(_own_cpu, tree(pid)))


def _own_cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15])) / TICKS


def memory(pid: int, what: str = "Pss") -> int:
    """Bytes of the tree: ``Pss`` divides what processes share among them, ``Anonymous`` leaves out mapped files."""
    return sum(_own_memory(each, what) for each in tree(pid))


def _own_memory(pid: int, what: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:")), 0)


def quiet(pid: int, wait: Callable[[float], object], *, patience: float = 120, rest: float = 1.5) -> bool:
    """``wait`` until the tree has used less than a tenth of a core for ``rest`` seconds; False if it never does."""
    until, since, before = time.monotonic() + patience, time.monotonic(), cpu(pid)
    while time.monotonic() < until:
        wait(0.25)
        now = cpu(pid)
        if now - before > 0.025 + TICKS**-1:
            since = time.monotonic()
        before = now
        if time.monotonic() - since >= rest:
            return True
    return False
