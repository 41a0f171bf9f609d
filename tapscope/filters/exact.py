"""A predicate on one frame, taken apart as far as the predicate asks for it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from tapscope.filters.catalogue import Field
from tapscope.filters.context import Context
from tapscope.filters.grammar import Part
from tapscope.filters.kinds import BYTES, ETHER, PROTOCOL, TEXT, Kind, Value
from tapscope.filters.predicates import (
    COMPARISONS,
    And,
    Applied,
    Compared,
    Contains,
    Every,
    Has,
    Odd,
    Of,
    Opposite,
    Predicate,
    Sliced,
    Some,
    Term,
    Test,
)
from tapscope.frame import Direction, Frame

if TYPE_CHECKING:
    from tapscope.dissect.fields import Layers


class Subject:
    """A frame that is asked; what it holds is looked up when first wanted."""

    def __init__(self, frame: Frame, context: Context) -> None:
        self.frame = frame
        self.context = context
        self._known: dict[Field, Sequence[Value]] = {}

    @cached_property
    def layers(self) -> "Layers":
        """Its layers."""
        from tapscope.dissect.fields import Layers  # noqa: PLC0415  scapy takes 300 ms

        return Layers(self.frame)

    def values(self, field: Field) -> Sequence[Value]:
        """All values of the field in this frame."""
        if field not in self._known:
            own = OWN.get(field.name)
            self._known[field] = own(self) if own else self.layers.values(field.sources, field.kind.name)
        return self._known[field]

    def has(self, field: Field) -> bool:
        """Whether the field is there."""
        if field.name in OWN:
            return bool(self.values(field))
        return self.layers.holds(field.sources)


def _known(value: "Value | None") -> Sequence[Value]:
    return () if value is None else (value,)


def _relative(subject: Subject) -> int | None:
    at, first = subject.frame.time_ns, subject.context.first_time_ns
    return None if at is None or first is None else at - first


def _interface_number(subject: Subject) -> int | None:
    interfaces = list(subject.context.interfaces)
    return interfaces.index(subject.frame.interface) if subject.frame.interface in interfaces else None


OWN: dict[str, Callable[[Subject], Sequence[Value]]] = {
    "frame": lambda subject: (subject.frame.data,),
    "frame.number": lambda subject: (subject.frame.number,),
    "frame.len": lambda subject: (subject.frame.length,),
    "frame.cap_len": lambda subject: (len(subject.frame.data),),
    "frame.time": lambda subject: _known(subject.frame.time_ns),
    "frame.time_epoch": lambda subject: _known(subject.frame.time_ns),
    "frame.time_relative": lambda subject: _known(_relative(subject)),
    "frame.interface_name": lambda subject: _known(subject.frame.interface.name or None),
    "interface": lambda subject: _known(subject.frame.interface.name or None),
    "frame.interface_id": lambda subject: _known(_interface_number(subject)),
    "frame.comment": lambda subject: subject.frame.comments,
    "frame.protocols": lambda subject: (":".join(name.lower() for name in subject.layers.names()),),
    "frame.p2p_dir": lambda subject: _known({Direction.OUT: 0, Direction.IN: 1}.get(subject.frame.direction)),
    "direction": lambda subject: _known(subject.frame.direction.word or None),
}
"""What the frame says itself, not its bytes."""


def holds(predicate: Predicate, subject: Subject) -> bool:  # noqa: PLR0911  a line a kind of predicate
    """Whether the predicate holds for the subject."""
    match predicate:
        case Every(parts):
            return all(holds(part, subject) for part in parts)
        case Some(parts):
            return any(holds(part, subject) for part in parts)
        case Odd(parts):
            return sum(holds(part, subject) for part in parts) % 2 == 1
        case Opposite(of):
            return not holds(of, subject)
        case Has(Of(field)):
            return subject.has(field)
        case Has(term):
            return bool(values(term, subject))
        case Test(term, wanted, opposite):
            found = values(term, subject)
            if isinstance(wanted, Contains) and term.kind is ETHER:
                found = [value.to_bytes(6, "big") for value in found if isinstance(value, int)]
            return any(wanted.holds(value) != opposite for value in found)
        case Compared(left, sign, right, opposite):
            compare, others = COMPARISONS[sign], values(right, subject)
            return any(compare(value, other) != opposite for value in values(left, subject) for other in others)


def values(term: Term, subject: Subject) -> Sequence[Value]:
    """The values of a term."""
    match term:
        case Of(field):
            return subject.values(field)
        case Sliced(of, parts):
            whole = [_sliceable(value, of.kind) for value in values(of, subject)]
            return [cut for value in whole if (cut := _cut(value, parts)) is not None]
        case And(of, mask):
            return [_masked(value, mask) for value in values(of, subject)]
        case Applied(name, of):
            return _APPLIED[name](values(of, subject), of.kind)


def _masked(value: Value, mask: int) -> Value:
    if isinstance(value, int):
        return value & mask
    return (int.from_bytes(value, "big") & mask).to_bytes(len(value), "big")


def _sliceable(value: Value, kind: Kind) -> bytes | str:
    if kind in {BYTES, PROTOCOL, TEXT}:
        whole: bytes | str = value
        return whole
    return int(value).to_bytes(kind.bits // 8, "big")


def _cut(value: bytes | str, parts: tuple[Part, ...]) -> bytes | str | None:
    """The parts of the value, one behind the other; None where it is too short for one."""
    cut = value[:0]
    for part in parts:
        start = part.start + len(value) if part.start < 0 else part.start
        end = len(value) if part.count is None else start + part.count
        if start < 0 or end > len(value) or end <= start:
            return None
        cut += value[start:end]  # type: ignore[operator]
    return cut


def _lengths(found: Sequence[Value], kind: Kind) -> Sequence[Value]:
    return [
        kind.bits // 8 if kind.bits else len(value.encode()) if isinstance(value, str) else len(value)
        for value in found
    ]


_APPLIED: dict[str, Callable[[Sequence[Value], Kind], Sequence[Value]]] = {
    "len": _lengths,
    "count": lambda found, _: [len(found)] if found else [],
    "lower": lambda found, _: [value.lower() for value in found],
    "upper": lambda found, _: [value.upper() for value in found],
}
