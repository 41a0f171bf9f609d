"""Deep fields over a whole batch: which frames may have them, and where bytes of a layer may be found."""

import numpy as np

from tapscope.filters.catalogue import Field
from tapscope.filters.context import Bounds, Mask
from tapscope.filters.header_fields import READERS
from tapscope.filters.rows import Rows
from tapscope.filters.searching import containing

_TCP, _UDP, _SCTP = 6, 17, 132


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
        found = found | (carried & (table[headers.first] | table[headers.second]))
    return found


def layer_contains(field: Field, wanted: bytes, rows: Rows) -> Bounds:
    """The frames in whose layer ``field`` the bytes may be: those that have them anywhere, and may have the layer."""
    held = containing(rows.batch, wanted)
    may = READERS[field.name](rows).present().may if field.name in READERS else may_have(field, rows)
    return Bounds(rows.none, held & may)
