"""Deep fields over a whole batch: which frames may have them, and where bytes of a layer may be found."""

import re

import numpy as np

from tapscope.filters.catalogue import Field
from tapscope.filters.context import Bounds, Mask
from tapscope.filters.header_fields import READERS
from tapscope.filters.kinds import TEXT
from tapscope.filters.payloads import empty, taken_for
from tapscope.filters.rows import Rows
from tapscope.filters.searching import containing, matching

_TCP, _UDP, _SCTP = 6, 17, 132
_VERBATIM = ("dns.", "http.", "dhcp.")
"""Beginnings of fields whose text is in the frame as it is: of a domain name, what is between two dots."""
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_ROOT = "<Root>"
"""The one domain name that is spelled otherwise than in the frame."""


def may_have(field: Field, rows: Rows) -> Mask:
    """The frames in which the dissector may find the field, shape ``(n,)``."""
    if not field.sources:
        return ~rows.none
    from tapscope.dissect.gates import gates_of  # noqa: PLC0415  scapy takes 300 ms

    gates, headers = gates_of(field.sources), rows.headers
    if gates.always:
        return ~rows.none
    found: Mask = rows.nested | (headers.ethertype == 0)
    for numbers, column in ((gates.ethertypes, headers.ethertype), (gates.protocols, headers.protocol)):
        if numbers:
            found = found | np.isin(column, list(numbers))
    if gates.ports:
        table = np.zeros(1 << 16, np.bool_)
        table[list(gates.ports)] = True
        carried = np.isin(headers.protocol, (_TCP, _UDP, _SCTP))
        carried &= table[headers.first] | table[headers.second]
        found = found | (carried & ~empty(rows, carried))
    return found


def has_layer(field: Field, rows: Rows) -> Bounds:
    """Whether a protocol is in the frames: certain where scapy takes all that comes over a UDP port for it."""
    may = may_have(field, rows)
    yes, no = taken_for(rows, field, may & ~rows.nested)
    return Bounds(yes, may & ~no)


def layer_contains(field: Field, wanted: bytes, rows: Rows) -> Bounds:
    """The frames in whose layer ``field`` the bytes may be: those that have them anywhere, and may have the layer."""
    held = containing(rows.batch, wanted)
    may = READERS[field.name](rows).present().may if field.name in READERS else may_have(field, rows)
    return Bounds(rows.none, held & may)


def may_say(field: Field, wanted: str, rows: Rows) -> Mask:
    """The frames in which the field may be ``wanted``, or have it in it: those that may have the field, and have
    the longest word of it anywhere. The dissector takes some 100 µs a frame, a look for a word less than one.
    """
    may = may_have(field, rows)
    word = max(_WORD.findall(wanted), key=len, default="")
    if field.kind is not TEXT or not field.name.startswith(_VERBATIM) or word in _ROOT:
        return may
    return matching(rows.batch, re.compile(re.escape(word.encode())), may)
