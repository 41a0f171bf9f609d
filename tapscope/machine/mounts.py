"""Which mount a file is reached through, and what that mount forbids. proc_pid_mountinfo(5), ``fs/namespace.c``."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class MountEntry:
    """One line of mountinfo. ``options`` are the mount's own (``nosuid``, ``nodev``…), not the superblock's."""

    number: int
    mount_point: str
    options: tuple[str, ...]
    file_system: str
    source: str


def parse_mountinfo(text: str) -> dict[int, MountEntry]:
    """The lines of /proc/PID/mountinfo by mount id."""
    entries: dict[int, MountEntry] = {}
    for line in text.splitlines():
        left, separator, right = line.partition(" - ")
        fields, tail = left.split(" "), right.split(" ")
        if not separator or len(fields) < 6 or len(tail) < 2:
            continue
        number = int(fields[0])
        entries[number] = MountEntry(
            number, _unescaped(fields[4]), tuple(fields[5].split(",")), tail[0], _unescaped(tail[1])
        )
    return entries


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), text)


def parse_mount_id(fdinfo: str) -> int:
    """``mnt_id`` in the text of /proc/PID/fdinfo/N. Raises ``ValueError`` when it is not told."""
    for line in fdinfo.splitlines():
        key, _, value = line.partition(":")
        if key == "mnt_id":
            return int(value)
    raise ValueError("no mnt_id")


def mount_of(path: str) -> MountEntry | None:
    """The mount that ``path`` is reached through, symbolic links followed.

    By the id of an O_PATH descriptor, never by the prefix of the path. None: the id is not in our mountinfo, the mount
    belongs to another mount namespace (``mnt_may_suid`` then ignores file capabilities). Raises ``OSError``.
    """
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        number = parse_mount_id(Path(f"/proc/thread-self/fdinfo/{fd}").read_text())
    finally:
        os.close(fd)
    return _mounts().get(number)


def _mounts() -> dict[int, MountEntry]:
    return parse_mountinfo(Path("/proc/thread-self/mountinfo").read_text(errors="surrogateescape"))


def mount_points() -> set[str]:
    """Where something is mounted in this mount namespace. Raises ``OSError``."""
    return {entry.mount_point for entry in _mounts().values()}


def is_nosuid(path: str) -> bool:
    """``path`` lies on a mount on which execve(2) reads neither setuid bits nor file capabilities."""
    return bool(os.statvfs(path).f_flag & os.ST_NOSUID)


def is_nodev(path: str) -> bool:
    """``path`` lies on a mount on which no device node can be opened, not by root either (``may_open_dev``)."""
    return bool(os.statvfs(path).f_flag & os.ST_NODEV)
