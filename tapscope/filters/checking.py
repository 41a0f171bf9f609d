"""Clauses to predicates: every name looked up, every value read as the type of what it is compared with."""

from tapscope.filters import grammar, predicates
from tapscope.filters.catalogue import field_of, find
from tapscope.filters.fault import FilterError
from tapscope.filters.grammar import Atom, Bare, Call, Clause, Masked, Member, Operand, Relation, Slice
from tapscope.filters.kinds import BYTES, ETHER, NUMBER, TEXT, Interval, Kind, bytes_of, interval_of, text_of
from tapscope.filters.parser import RELATIONS
from tapscope.filters.patterns import compiled
from tapscope.filters.predicates import (
    SLICEABLE,
    Against,
    Applied,
    Between,
    Compared,
    Contains,
    Every,
    Has,
    Matches,
    Odd,
    Of,
    OneOf,
    Opposite,
    Predicate,
    Sliced,
    Some,
    Term,
    Test,
    Wanted,
    Within,
)
from tapscope.filters.tokens import Sort, Token, pattern_of

_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def check(clause: Clause) -> Predicate:  # noqa: PLR0911  a line a kind of clause
    """The predicate that a clause means. Raises ``FilterError``."""
    match clause:
        case grammar.And(parts):
            return Every(tuple(map(check, parts)))
        case grammar.Or(parts):
            return Some(tuple(map(check, parts)))
        case grammar.Xor(parts):
            return Odd(tuple(map(check, parts)))
        case grammar.Not(of):
            return Opposite(check(of))
        case Bare(of):
            return _present(of)
        case Member():
            return _member(clause)
        case Relation():
            return _relation(clause)


def _present(of: Operand) -> Predicate:
    term = _term(of)
    if isinstance(term, predicates.And):
        nothing = isinstance(term.of, Sliced) and term.kind is BYTES and bytes(term.of.parts[0].count or 0)
        return Test(term, Against(">", nothing) if isinstance(nothing, bytes) else Within(((1, NUMBER.most),)))
    if isinstance(term, Applied):
        raise FilterError("a comparison is wanted behind this", of.at, of.until)
    return Has(term)


def _relation(relation: Relation) -> Predicate:
    left, right, sign = relation.left, relation.right, RELATIONS[relation.sign.text]
    if not _is_field(left):
        if not _is_field(right):
            _term(left)  # says what is wrong with it
        if sign in {"contains", "matches"}:
            raise FilterError(f"a field is wanted before {sign}", left.at, left.until)
        left, right, sign = right, left, _MIRRORED.get(sign, sign)
    term = _term(left)
    if _is_field(right) and sign != "matches":
        return _quantified(_between_fields(term, sign, right), term, sign, relation.quantifier)
    if not isinstance(right, Atom):
        raise FilterError("a value is wanted here", right.at, right.until)
    wanted = _wanted(term, left, sign, right.token)
    return _quantified(Test(term, wanted), term, sign, relation.quantifier)


def _quantified(test: Test | Compared, term: Term, sign: str, quantifier: str) -> Predicate:
    """``!=`` is of all values, ``!==`` of any, ``===`` of all; the others are of any, unless they say ``all``."""
    unequal = sign in {"!=", "!=="}
    every = quantifier == "all" or (not quantifier and sign in {"!=", "==="})
    if not every:
        return _turned(test) if unequal else test
    return Every((Has(term), Opposite(test if unequal else _turned(test))))


def _turned(test: Test | Compared) -> Test | Compared:
    if isinstance(test, Test):
        return Test(test.term, test.wanted, opposite=True)
    return Compared(test.left, test.sign, test.right, opposite=True)


def _member(member: Member) -> Predicate:
    term = _term(member.left)
    wanted: Wanted
    if term.kind.is_integer:
        wanted = Within(_merged([_range(term, low, high) for low, high in member.elements]))
    else:
        wanted = OneOf(tuple(_element(term, low, high) for low, high in member.elements))
    return _quantified(Test(term, wanted), term, "==", member.quantifier)


def _range(term: Term, low: Atom, high: Atom | None) -> Interval:
    first, last = interval_of(term.kind, low.token)
    if high is not None:
        last = interval_of(term.kind, high.token)[1]
        if last < first:
            raise FilterError(f"{low.token.text} is more than {high.token.text}", low.at, high.until)
    return first, last


def _merged(intervals: list[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return tuple(merged)


def _element(term: Term, low: Atom, high: Atom | None) -> Against | Between:
    first = _plain(term, low.token)
    return Against("==", first) if high is None else Between(first, _plain(term, high.token))


def _wanted(term: Term, operand: Operand, sign: str, token: Token) -> Wanted:
    if sign == "matches":
        return _pattern(term, operand, token)
    if sign == "contains":
        return _part(term, operand, token)
    if not term.kind.is_integer:
        return Against("==" if sign in {"!=", "!==", "==="} else sign, _plain(term, token))
    low, high = interval_of(term.kind, token)
    least, most = term.kind.least, term.kind.most
    whole = {">": (high + 1, most), ">=": (low, most), "<": (least, low - 1), "<=": (least, high)}.get(
        sign, (low, high)
    )
    return Within((whole,) if whole[0] <= whole[1] else ())


def _plain(term: Term, token: Token) -> bytes | str:
    return text_of(token) if term.kind is TEXT else bytes_of(token)


def _pattern(term: Term, operand: Operand, token: Token) -> Matches:
    _needs_bytes(term, operand, "matches")
    if token.sort is not Sort.STRING:
        raise FilterError(f'matches wants a regular expression in quotes: "{token.text}"', token.at, token.until)
    return Matches(compiled(pattern_of(token), token))


def _part(term: Term, operand: Operand, token: Token) -> Contains:
    _needs_bytes(term, operand, "contains")
    wanted = text_of(token) if term.kind is TEXT else bytes_of(token)
    if not wanted:
        raise FilterError("everything contains nothing: write what is sought between the quotes", token.at, token.until)
    return Contains(wanted)


def _needs_bytes(term: Term, operand: Operand, sign: str) -> None:
    if term.kind.is_integer and not (term.kind is ETHER and sign == "contains"):
        noun = term.kind.noun
        raise FilterError(f"{sign} is for text and bytes, and this is a {noun}: use ==", operand.at, operand.until)


def _between_fields(term: Term, sign: str, right: Operand) -> Compared:
    other = _term(right)
    if _family(term.kind) != _family(other.kind):
        said = f"a {term.kind.noun} and a {other.kind.noun} cannot be compared"
        raise FilterError(said, right.at, right.until)
    return Compared(term, "==" if sign in {"!=", "!==", "==="} else sign, other)


def _family(kind: Kind) -> str:
    if kind is BYTES or kind.name == "protocol":
        return "bytes"
    return kind.noun if kind.noun not in {"port", "true or false"} else "number"


def _is_field(operand: Operand) -> bool:
    if isinstance(operand, Atom):
        return operand.token.sort is Sort.WORD and find(operand.token.text) is not None
    return not isinstance(operand, Slice | Masked) or _is_field(operand.of)


def _term(operand: Operand) -> Term:
    match operand:
        case Atom(token):
            if token.sort is not Sort.WORD:
                raise FilterError("a field is wanted here, not a value", token.at, token.until)
            return Of(field_of(token))
        case Slice(of, parts):
            term = _term(of)
            if term.kind.name not in SLICEABLE:
                raise FilterError(f"a {term.kind.noun} has no parts to slice", operand.at, operand.until)
            return Sliced(term, parts)
        case Masked(of, mask):
            term = _term(of)
            return _masked(term, of, mask.token)
        case Call(function, of):
            return _applied(function, of)


def _masked(term: Term, of: Operand, mask: Token) -> predicates.And:
    """Bits of a number; or of the bytes of a slice, whose mask is bytes, too: ``tcp[13] & 12`` is of 0x12."""
    if isinstance(term, Sliced) and term.kind is BYTES:
        wanted = bytes_of(mask)
        if len(term.parts) != 1 or term.parts[0].count != len(wanted):
            raise FilterError(f"{mask.text} is not as long as the slice", mask.at, mask.until)
        return predicates.And(term, int.from_bytes(wanted, "big"), BYTES)
    if term.kind.noun not in {"number", "port", "true or false"}:
        raise FilterError(f"& is for numbers and slices, and this is a {term.kind.noun}", of.at, of.until)
    return predicates.And(term, interval_of(NUMBER, mask)[0])


def _applied(function: Token, of: Operand) -> Term:
    term = _term(of)
    if function.text in {"lower", "upper"} and term.kind is not TEXT:
        raise FilterError(f"{function.text}() is for text, and this is a {term.kind.noun}", of.at, of.until)
    if function.text == "len" and term.kind.is_integer and term.kind is not ETHER:
        raise FilterError(f"len() is for text and bytes, and this is a {term.kind.noun}", of.at, of.until)
    return Applied(function.text, term)
