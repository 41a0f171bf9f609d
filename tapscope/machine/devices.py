"""A device node: what it is, who may open it, and whether a driver stands behind it."""

import errno
import grp
import os
import pwd
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

TUN_MINOR = 200
"""``TUN_MINOR`` of ``include/linux/miscdevice.h``: the misc device (major 10) that ``tun`` registers."""

_KINDS = {
    stat.S_IFCHR: "character",
    stat.S_IFBLK: "block",
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}
_ACL_WORDS = {0x01: "user", 0x02: "user", 0x04: "group", 0x08: "group", 0x10: "mask", 0x20: "other"}
_NAMED_USER, _NAMED_GROUP = 0x02, 0x08


@dataclass(frozen=True, slots=True)
class NodeState:
    """stat(2) of a path that is there; ``major`` and ``minor`` are 0 for what is no device."""

    kind: str
    major: int
    minor: int
    mode: int
    owner: int
    group: int


def node_state(path: str) -> NodeState | None:
    """What stands at ``path``, links followed; None when nothing does. Raises ``OSError``, e.g. ``EACCES``."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return None
    device = (os.major(found.st_rdev), os.minor(found.st_rdev))
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), "file")
    return NodeState(kind, *device, stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


def blocked_by(path: str) -> str | None:
    """The first directory on the way to ``path`` that is missing, is none, or may not be searched; None: all free."""
    for parent in reversed(Path(path).parents):
        try:
            os.stat(f"{parent}/.")  # noqa: PTH116  (a Path would swallow the dot)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.EACCES, errno.ENOTDIR}:
                return str(parent)
            raise
    return None


def may_read_and_write(path: str) -> bool:
    """faccessat(2) with AT_EACCESS: mode, ACL and capabilities count; nodev and device policy are not asked."""
    return os.access(path, os.R_OK | os.W_OK, effective_ids=True)


def user_name(uid: int) -> str | None:
    """The user's name, None when there is no such user."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def group_name(gid: int) -> str | None:
    """The group's name, None when there is no such group."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return None


def is_listed_in_group(uid: int, gid: int) -> bool:
    """The user and group databases put the user into the group, whatever this session has."""
    try:
        user = pwd.getpwuid(uid)
        return user.pw_gid == gid or user.pw_name in grp.getgrgid(gid).gr_mem
    except KeyError:
        return False


def parse_acl(value: bytes) -> tuple[str, ...]:
    """``system.posix_acl_access`` as getfacl(1) prints it (``include/uapi/linux/posix_acl_xattr.h``, version 2).

    Raises ``ValueError`` for another version or a broken length.
    """
    if len(value) < 4 or (len(value) - 4) % 8 or struct.unpack_from("<I", value)[0] != 2:
        raise ValueError("no version 2 ACL")
    lines = []
    for tag, permissions, number in struct.iter_unpack("<HHI", value[4:]):
        name = ""
        if tag == _NAMED_USER:
            name = user_name(number) or str(number)
        elif tag == _NAMED_GROUP:
            name = group_name(number) or str(number)
        rights = "".join(letter if permissions & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
        lines.append(f"{_ACL_WORDS.get(tag, tag)}:{name}:{rights}")
    return tuple(lines)


def acl_of(path: str) -> tuple[str, ...] | None:
    """The access ACL of ``path``; None when the mode says all there is. Raises ``OSError``."""
    try:
        return parse_acl(os.getxattr(path, "system.posix_acl_access"))
    except OSError as error:
        if error.errno in {errno.ENODATA, errno.EOPNOTSUPP}:
            return None
        raise


def parse_misc(text: str) -> dict[int, str]:
    """/proc/misc: the registered misc drivers by minor number."""
    lines = (line.split() for line in text.splitlines())
    return {int(fields[0]): fields[1] for fields in lines if len(fields) == 2}


def tun_is_registered() -> bool:
    """The kernel has a driver behind character device 10:200. Raises ``OSError``."""
    return TUN_MINOR in parse_misc(Path("/proc/misc").read_text())
