"""A predicate over a whole batch: what the columns and the bytes of all frames tell at once."""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_

import numpy as np

from tapscope.filters.columns import Column, Dense, Sparse
from tapscope.filters.context import Bounds, Mask
from tapscope.filters.header_fields import LABELS, READERS
from tapscope.filters.kinds import ETHER, IPV4, Kind
from tapscope.filters.layers import has_layer, layer_contains, may_have, may_say
from tapscope.filters.predicates import (
    Against,
    And,
    Contains,
    Every,
    Has,
    Matches,
    Odd,
    Of,
    Opposite,
    Predicate,
    Sliced,
    Some,
    Term,
    Test,
    Within,
)
from tapscope.filters.rows import Rows
from tapscope.filters.searching import containing, matching


def judge(predicate: Predicate, rows: Rows) -> Bounds:  # noqa: PLR0911  a line a kind of predicate
    """What is certain of each frame."""
    match predicate:
        case Every(parts):
            return reduce(and_, (judge(part, rows) for part in parts), Bounds.certain(~rows.none))
        case Some(parts):
            return reduce(or_, (judge(part, rows) for part in parts), Bounds.certain(rows.none))
        case Odd(parts):
            return reduce(_either, (judge(part, rows) for part in parts))
        case Opposite(of):
            return ~judge(of, rows)
        case Has(Of(field)) if field.name in READERS:
            return READERS[field.name](rows).present()
        case Has(Of(field)) if field.name in LABELS:
            return _labelled(field.name, lambda _: True, rows)
        case Has(Of(field)) if field.is_protocol and field.sources:
            return has_layer(field, rows)
        case Test():
            return _tested(predicate, rows)
    return _perhaps(predicate, rows)


def _either(one: Bounds, other: Bounds) -> Bounds:
    return (one & ~other) | (~one & other)


def _perhaps(predicate: Predicate, rows: Rows) -> Bounds:
    """Only the frame itself can tell, and only where there may be such a layer at all."""
    match predicate:
        case Has(term) | Test(term):
            return Bounds(rows.none, _may_have(term, rows))
    return Bounds(rows.none, ~rows.none)


def _may_have(term: Term, rows: Rows) -> Mask:
    while not isinstance(term, Of):
        term = term.of
    if term.field.name in READERS:
        return READERS[term.field.name](rows).present().may
    return may_have(term.field, rows)


def _labelled(name: str, holds: Callable[[str], bool], rows: Rows) -> Bounds:
    """Each of the few texts is asked once."""
    codes, texts = LABELS[name](rows)
    table = np.array([text is not None and holds(text) for text in texts])
    return Bounds.certain(table[codes])


def _tested(test: Test, rows: Rows) -> Bounds:  # noqa: PLR0911  a line a kind of test
    match test:
        case Test(Of(field), _, opposite) if field.name in LABELS:
            return _labelled(field.name, lambda text: test.wanted.holds(text) != opposite, rows)
        case Test(Of(field), Contains(bytes() as wanted), False) if field.name == "frame":
            return Bounds.certain(containing(rows.batch, wanted))
        case Test(Of(field), Matches(pattern), False) if field.name == "frame":
            return Bounds.certain(matching(rows.batch, pattern, ~rows.none))
        case Test(Of(field), Contains(bytes() as wanted), False) if field.is_protocol:
            return layer_contains(field, wanted, rows)
        case Test(term, Within(intervals), opposite):
            column = _column(term, rows)
            if column is not None:
                return column.outside(intervals) if opposite else column.within(intervals)
        case Test(Of(field), Against("==", str() as wanted) | Contains(str() as wanted), False) if field.sources:
            return Bounds(rows.none, may_say(field, wanted, rows))
        case Test(Sliced(), Against(sign, bytes() as wanted), opposite):
            return _sliced(test, sign, wanted, opposite, rows)
    return _perhaps(test, rows)


def _column(term: Term, rows: Rows) -> Column | None:
    """The numbers of a term, where columns have them."""
    match term:
        case Of(field) if field.name in READERS and not field.is_protocol:
            return READERS[field.name](rows)
        case And(of, mask):
            column = _column(of, rows)
            return None if column is None else _changed(column, 0, mask)
    return None


def _changed(column: Column, right: int, mask: int) -> Column | None:
    """The column with each number shifted to the right and masked; None where it is none of numbers of 64 bits."""
    parts: list[Dense | Sparse] = []
    for part in column.parts:
        if not isinstance(part, Dense | Sparse):
            return None
        values = part.values.astype(np.uint64) >> np.uint64(right) & np.uint64(mask & 0xFFFFFFFFFFFFFFFF)
        parts.append(Dense(values, part.where) if isinstance(part, Dense) else Sparse(values, part.rows, part.count))
    return Column(tuple(parts), column.more)


_COMPARED = {"==": (0, 0), ">": (1, None), ">=": (0, None), "<": (None, -1), "<=": (None, 0)}


def _sliced(test: Test, sign: str, wanted: bytes, opposite: bool, rows: Rows) -> Bounds:
    """A slice of as many bytes as it is compared with: both are numbers then."""
    assert isinstance(test.term, Sliced)
    of, parts = test.term.of, test.term.parts
    if len(parts) != 1 or parts[0].count != len(wanted) or not isinstance(of, Of) or len(wanted) > 8:
        return _perhaps(test, rows)
    column = _slice(of, parts[0].start, len(wanted), rows)
    if column is None:
        return _perhaps(test, rows)
    number, (low, high) = int.from_bytes(wanted, "big"), _COMPARED[sign]
    interval = (0 if low is None else number + low, (1 << 64) - 1 if high is None else number + high)
    intervals = (interval,) if interval[0] <= interval[1] else ()
    return column.outside(intervals) if opposite else column.within(intervals)


def _slice(of: Of, start: int, count: int, rows: Rows) -> Column | None:
    if of.field.name == "frame":
        captured = rows.batch.captured.astype(np.int64)
        at = captured + start if start < 0 else np.full(len(rows), start, np.int64)
        part = rows.numbers_at(at, 0, count, at >= 0)
        return Column((part,), rows.none)
    kind: Kind = of.kind
    if kind not in {ETHER, IPV4} or of.field.name not in READERS:
        return None
    size = kind.bits // 8
    start = size + start if start < 0 else start
    if start < 0 or start + count > size:
        return None
    return _changed(READERS[of.field.name](rows), (size - start - count) * 8, (1 << count * 8) - 1)
