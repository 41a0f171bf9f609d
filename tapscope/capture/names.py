"""Which names the kernel takes for an interface, so that one it would cut or refuse is refused before any call."""

import os

_LONGEST = 15
_SPACES = b" \t\n\v\f\r\xa0"
"""What the kernel's ``isspace`` takes for white space, byte by byte (``lib/ctype.c``)."""

_TAKEN = {"all", "default"}
"""Folder names of their own under /proc/sys/net/ipv4/conf (``sysctl_dev_name_is_allowed``)."""


class NameRefused(ValueError):
    """No interface can have this name; the text is one line that says why and what to do."""


def check_name(name: str) -> None:
    """Raise ``NameRefused`` for a name that TUNSETIFF would cut, expand or refuse, or a terminal should not show.

    Source: ``dev_valid_name`` and ``__dev_alloc_name`` in ``net/core/dev.c``; ``tun_set_iff`` cuts at 15 bytes.
    """
    coded = os.fsencode(name)
    if not coded:
        raise NameRefused("the interface name is empty: name one, for example tap0")
    if not name.isprintable():
        raise NameRefused(f"the interface name {name!a} has a character that cannot be shown: leave it out")
    if len(coded) > _LONGEST:
        cut = coded[:_LONGEST].decode(errors="ignore")
        size = f"has {len(coded)} bytes, the kernel would cut it to {cut!r}"
        raise NameRefused(f"the interface name {name!r} {size}: use at most {_LONGEST}")
    reason = _reason(name, coded)
    if reason:
        raise NameRefused(f"the interface name {name!r} {reason}")


def _reason(name: str, coded: bytes) -> str:
    if name in {".", ".."}:
        return "is a folder's: use letters and digits, for example tap0"
    if name in _TAKEN:
        return "is taken by the kernel's settings: use another, for example tap0"
    if "%" in name:
        return "has a '%', where the kernel would put a number: leave it out"
    if "/" in name or ":" in name:
        return "has a '/' or ':', which the kernel does not allow: leave it out"
    if any(byte in _SPACES for byte in coded):
        return "has what the kernel takes for white space: leave it out"
    return ""
