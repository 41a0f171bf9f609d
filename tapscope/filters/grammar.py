"""A filter as it is written: what the parser makes of the tokens, before anything is looked up.

``at`` and ``until`` are the characters of the text that a part was written with.
"""

from dataclasses import dataclass

from tapscope.filters.tokens import Token


@dataclass(frozen=True, slots=True)
class Atom:
    """A word or a string: a field, or a value."""

    token: Token

    @property
    def at(self) -> int:
        """Where it begins."""
        return self.token.at

    @property
    def until(self) -> int:
        """Where it ends."""
        return self.token.until


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a slice: ``count`` from ``start`` (negative: from the end); to the end where ``count`` is None.

    A negative ``count`` ends so many bytes before the end.
    """

    start: int
    count: int | None


@dataclass(frozen=True, slots=True)
class Slice:
    """``of[0:3, 5]``."""

    of: "Operand"
    parts: tuple[Part, ...]
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Masked:
    """``of & mask``."""

    of: "Operand"
    mask: Atom
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Call:
    """``function(of)``; the function's name is ``function.text``."""

    function: Token
    of: "Operand"
    at: int
    until: int


Operand = Atom | Slice | Masked | Call


@dataclass(frozen=True, slots=True)
class Relation:
    """``left sign right``; ``sign.text`` as it was typed. ``quantifier`` is ``any``, ``all``, or empty."""

    left: Operand
    sign: Token
    right: Operand
    quantifier: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """``left in {…}``: each element is a value, or the two ends of a range."""

    left: Operand
    elements: tuple[tuple[Atom, Atom | None], ...]
    quantifier: str = ""


@dataclass(frozen=True, slots=True)
class Bare:
    """An operand alone: it is there; of an arithmetic one, it is not 0."""

    of: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    of: "Clause"


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    parts: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Xor:
    """An odd number of them."""

    parts: tuple["Clause", ...]


Clause = Relation | Member | Bare | Not | And | Or | Xor
