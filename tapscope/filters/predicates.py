"""A filter that was looked up and checked: what is asked of which field.

All comparisons are of any value of a field: Wireshark's ``!=``, which means of all, is a negated ``==`` of a field that
is there. ``Test.opposite`` turns a single value's answer round: any value that is not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tapscope.filters.catalogue import Field
from tapscope.filters.grammar import Part
from tapscope.filters.kinds import BYTES, IPV4, IPV6, NUMBER, TEXT, Interval, Kind, Value


@dataclass(frozen=True, slots=True)
class Of:
    """A field's values."""

    field: Field

    @property
    def kind(self) -> Kind:
        """The field's."""
        return self.field.kind


@dataclass(frozen=True, slots=True)
class Sliced:
    """Some bytes, or characters, of each value; values that are too short for a part have none."""

    of: "Term"
    parts: tuple[Part, ...]

    @property
    def kind(self) -> Kind:
        """Text of text, else bytes."""
        return TEXT if self.of.kind is TEXT else BYTES


@dataclass(frozen=True, slots=True)
class And:
    """Some bits of each number."""

    of: "Term"
    mask: int
    kind: Kind = NUMBER


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of each value; ``count`` of all."""

    name: str
    of: "Term"

    @property
    def kind(self) -> Kind:
        """A number, or text."""
        return TEXT if self.name in {"lower", "upper"} else NUMBER


Term = Of | Sliced | And | Applied


@dataclass(frozen=True, slots=True)
class Within:
    """An integer in one of the intervals, which do not overlap and ascend."""

    intervals: tuple[Interval, ...]

    def holds(self, value: Value) -> bool:
        """Whether the value is."""
        return any(low <= value <= high for low, high in self.intervals)


@dataclass(frozen=True, slots=True)
class Against:
    """Bytes or text compared with one: ``sign`` is one of == < > <= >=, of the value on the left."""

    sign: str
    wanted: bytes | str

    def holds(self, value: Value) -> bool:
        """Whether the value does."""
        return COMPARISONS[self.sign](value, self.wanted)


@dataclass(frozen=True, slots=True)
class Between:
    """Bytes or text from ``low`` to ``high``."""

    low: bytes | str
    high: bytes | str

    def holds(self, value: Value) -> bool:
        """Whether the value is."""
        return bool(self.low <= value <= self.high)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of several."""

    wanted: tuple["Against | Between", ...]

    def holds(self, value: Value) -> bool:
        """Whether one of them holds."""
        return any(each.holds(value) for each in self.wanted)


@dataclass(frozen=True, slots=True)
class Contains:
    """Bytes or text that ``wanted`` is a part of."""

    wanted: bytes | str

    def holds(self, value: Value) -> bool:
        """Whether it is."""
        return self.wanted in value


@dataclass(frozen=True, slots=True)
class Matches:
    """What a regular expression finds something in, large and small letters alike."""

    pattern: "re.Pattern[bytes]"

    def holds(self, value: Value) -> bool:
        """Whether it does."""
        data = value.encode(errors="replace") if isinstance(value, str) else value
        return self.pattern.search(data) is not None


COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "==": lambda left, right: bool(left == right),
    ">": lambda left, right: bool(left > right),
    "<": lambda left, right: bool(left < right),
    ">=": lambda left, right: bool(left >= right),
    "<=": lambda left, right: bool(left <= right),
    "contains": lambda left, right: bool(right in left),
}

Wanted = Within | Against | Between | OneOf | Contains | Matches


@dataclass(frozen=True, slots=True)
class Test:
    """Any value of ``term`` for which ``wanted`` holds; with ``opposite``, for which it does not."""

    term: Term
    wanted: Wanted
    opposite: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """Any value of ``left`` and any of ``right`` that compare so."""

    left: Term
    sign: str
    right: Term
    opposite: bool = False


@dataclass(frozen=True, slots=True)
class Has:
    """``term`` has a value."""

    term: Term


@dataclass(frozen=True, slots=True)
class Opposite:
    """The clause does not hold."""

    of: "Predicate"


@dataclass(frozen=True, slots=True)
class Every:
    """All hold; also where there is none."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one holds."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Odd:
    """An odd number of them hold."""

    parts: tuple["Predicate", ...]


Predicate = Test | Compared | Has | Opposite | Every | Some | Odd

SLICEABLE = {BYTES.name, TEXT.name, "protocol", "ether", IPV4.name, IPV6.name}
