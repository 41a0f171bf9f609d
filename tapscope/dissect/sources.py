"""Where a field's values lie in scapy's layers, as a line of text: ``IP.src``, ``TCP.flags>>1&1``, ``DNS.qd.qname``.

First a class by its name: ``*`` at the end is any that begins so, ``-Other`` not that one and what is made of it,
``@53`` and ``!53`` only, or not, where the UDP or TCP port below is that. Then conditions in brackets (``[type=1]``),
the way from field to field, an option of a list of options in brackets (``options[MSS]``), and ``>>``, ``<<`` and ``&``
on a number.
"""

import re
from dataclasses import dataclass
from functools import cache

_CLASS = re.compile(r"(?P<name>\w+)(?P<any>\*)?(?:-(?P<without>\w+))?(?:(?P<how>[@!])(?P<port>\d+))?")
_CONDITION = re.compile(r"\[(\w+)=(\d+)\]")
_STEP = re.compile(r"\.(?P<field>\w+)(?:\[(?P<option>[\w-]+)\])?")
_MORE = re.compile(r"\+(?P<more>\w+)<<(?P<by>\d+)$")
_BITS = re.compile(r"(?:>>(?P<right>\d+)|<<(?P<left>\d+))?(?:&(?P<mask>\d+))?$")


@dataclass(frozen=True, slots=True)
class Source:
    """The text, taken apart. ``path`` is empty for a layer as a whole. ``option`` is that of the path's last field.

    A number is shifted ``right`` (negative: left), then masked, unless ``mask`` is 0; ``more`` is a field whose number,
    shifted left by ``more_by``, is added.
    """

    layer: str
    any_that_begins: bool = False
    without: str = ""
    port: int = 0
    not_port: int = 0
    conditions: tuple[tuple[str, int], ...] = ()
    path: tuple[str, ...] = ()
    option: str = ""
    right: int = 0
    mask: int = 0
    more: str = ""
    more_by: int = 0


@cache
def source_of(text: str) -> Source:
    """Raises ``ValueError`` for a text that is no source."""
    head = _CLASS.match(text)
    if head is None:
        raise ValueError(text)
    at = head.end()
    conditions = []
    while found := _CONDITION.match(text, at):
        conditions.append((found[1], int(found[2])))
        at = found.end()
    path, option = [], ""
    while found := _STEP.match(text, at):
        path.append(found["field"])
        option = found["option"] or ""
        at = found.end()
    more, bits = _MORE.match(text, at), _BITS.match(text, at)
    if more is None and bits is None:
        raise ValueError(text)
    port = int(head["port"] or 0)
    return Source(
        layer=head["name"],
        any_that_begins=bool(head["any"]),
        without=head["without"] or "",
        port=port if head["how"] == "@" else 0,
        not_port=port if head["how"] == "!" else 0,
        conditions=tuple(conditions),
        path=tuple(path),
        option=option,
        right=int(bits["right"] or 0) - int(bits["left"] or 0) if bits else 0,
        mask=int(bits["mask"] or 0) if bits else 0,
        more=more["more"] if more else "",
        more_by=int(more["by"]) if more else 0,
    )
