"""Tokens to clauses, by recursive descent; wireshark-filter(4) has the grammar.

From the loosest: ``or``, ``xor``, ``and``, ``not``, comparisons, ``&``, slices.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tapscope.filters.fault import FilterError
from tapscope.filters.grammar import (
    And,
    Atom,
    Bare,
    Call,
    Clause,
    Masked,
    Member,
    Not,
    Operand,
    Or,
    Part,
    Relation,
    Slice,
    Xor,
)
from tapscope.filters.tokens import Sort, Token, tokens_of

_DEEPEST = 60
"""Parentheses and negations within each other."""

OR, XOR, AND, NOT = {"||", "or"}, {"^^", "xor"}, {"&&", "and"}, {"!", "not"}
RELATIONS = {
    **{sign: sign for sign in ("==", "!=", "===", "!==", ">", "<", ">=", "<=", "contains", "matches")},
    "eq": "==",
    "any_eq": "==",
    "ne": "!=",
    "all_ne": "!=",
    "all_eq": "===",
    "any_ne": "!==",
    "~=": "!==",
    "gt": ">",
    "lt": "<",
    "ge": ">=",
    "le": "<=",
    "~": "matches",
}
"""How a comparison may be written -> the one spelling of it."""
FUNCTIONS = {
    "len": "the length in bytes",
    "count": "how often the field is there",
    "lower": "in small letters",
    "upper": "in capitals",
}
_RESERVED = OR | XOR | AND | NOT | set(RELATIONS) | {"in"}
_PART = re.compile(r"(-?\d+)?(?:(:|-)(-?\d+)?)?$")


def parse(text: str) -> Clause | None:
    """The clause that the text is; None where it is empty. Raises ``FilterError``."""
    parser = _Parser(tokens_of(text))
    if parser.is_over:
        return None
    clause = parser.some()
    if not parser.is_over:
        raise parser.fault(
            _MISPLACED.get(parser.next.text, "{} is one too many here: put and, or, or a comparison before it")
        )
    return clause


_MISPLACED = {
    ")": ") closes nothing: there is no ( before it",
    "}": "}} closes nothing: there is no {{ before it",
    "]": "] closes nothing: there is no [ before it",
}


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    @property
    def is_over(self) -> bool:
        return self.next.sort is Sort.END

    def fault(self, said: str) -> FilterError:
        """``said`` of the next token, or of the end."""
        token = self.next
        return FilterError(said.format(token.text), token.at, token.until)

    def _take(self) -> Token:
        token = self.next
        self._at += token.sort is not Sort.END
        return token

    def _is(self, words: "set[str] | dict[str, str]") -> bool:
        return self.next.sort in {Sort.WORD, Sort.SIGN} and self.next.text in words

    def _wanted(self, sign: str, said: str) -> Token:
        if not self._is({sign}):
            raise self.fault(said)
        return self._take()

    def some(self) -> Clause:
        """Clauses with ``or`` between, or a single one."""
        return self._joined(OR, self._odd, Or)

    def _odd(self) -> Clause:
        return self._joined(XOR, self._every, Xor)

    def _every(self) -> Clause:
        return self._joined(AND, self._negated, And)

    def _joined(self, words: set[str], inner: Callable[[], Clause], kind: "type[And] | type[Or] | type[Xor]") -> Clause:
        parts = [inner()]
        while self._is(words):
            self._take()
            parts.append(inner())
        return parts[0] if len(parts) == 1 else kind(tuple(parts))

    def _negated(self) -> Clause:
        if not self._is(NOT):
            return self._single()
        self._take()
        with self._deeper():
            return Not(self._negated())

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        """One level further in, as long as it lasts."""
        if self._depth == _DEEPEST:
            raise self.fault(f"more than {_DEEPEST} parentheses within each other")
        self._depth += 1
        yield
        self._depth -= 1

    def _single(self) -> Clause:
        if self._is({"("}):
            opened = self._take()
            with self._deeper():
                clause = self.some()
            if not self._is({")"}):
                if self.next.sort is Sort.END:
                    raise FilterError("( is never closed: add )", opened.at, opened.until)
                raise self.fault("{} is one too many here: and, or, or ) is wanted")
            self._take()
            return clause
        return self._relation(self._quantifier())

    def _quantifier(self) -> str:
        following = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if self._is({"any", "all"}) and following.sort is Sort.WORD and following.text not in _RESERVED:
            return self._take().text
        return ""

    def _relation(self, quantifier: str) -> Clause:
        left = self._operand()
        negated = self._is({"not"}) and self._tokens[self._at + 1].text == "in"
        if negated:
            self._take()
        if self._is({"in"}):
            self._take()
            member = Member(left, self._elements(), quantifier)
            return Not(member) if negated else member
        if not self._is(RELATIONS):
            if quantifier:
                raise self.fault(f"{quantifier} wants a comparison behind the field")
            return Bare(left)
        return self._compared(left, quantifier)

    def _compared(self, left: Operand, quantifier: str) -> Clause:
        """One comparison, or several in a row: ``1 < ip.ttl < 5`` is both."""
        relations: list[Clause] = []
        while self._is(RELATIONS):
            sign = self._take()
            right = Atom(self._take()) if self._is({"in"}) else self._operand()  # direction == in
            relations.append(Relation(left, sign, right, quantifier))
            left = right
        return relations[0] if len(relations) == 1 else And(tuple(relations))

    def _operand(self) -> Operand:
        operand = self._sliced()
        while self._is({"&", "bitand"}):
            self._take()
            mask = self._atom("a number is wanted behind &")
            operand = Masked(operand, mask, operand.at, mask.until)
        return operand

    def _sliced(self) -> Operand:
        operand: Operand = self._called() or self._atom("a field or a value is wanted here")
        while self._is({"["}):
            opened = self._take()
            parts = [self._part(opened)]
            while self._is({","}):
                self._take()
                parts.append(self._part(opened))
            closed = self._wanted("]", "] is wanted here")
            operand = Slice(operand, tuple(parts), operand.at, closed.until)
        return operand

    def _called(self) -> Operand | None:
        if self.next.sort is not Sort.WORD or self._tokens[self._at + 1].text != "(":
            return None
        function = self._take()
        if function.text not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise FilterError(f"{function.text} is no function: there are {known}", function.at, function.until)
        self._take()
        with self._deeper():
            of = self._operand()
        closed = self._wanted(")", ") is wanted here")
        return Call(function, of, function.at, closed.until)

    def _atom(self, said: str) -> Atom:
        token = self.next
        if token.sort is Sort.SIGN or token.sort is Sort.END or token.text in _RESERVED:
            raise self.fault(said if token.sort is Sort.END else f"{said}, not {{}}")
        return Atom(self._take())

    def _part(self, opened: Token) -> Part:
        """``4``, ``4:2`` (from 4, two), ``4-5`` (4 to 5), ``4:`` (to the end), ``:4`` (the first four)."""
        if self._is({"]", ","}) or self.next.sort is Sort.END:
            raise FilterError("a slice is wanted in [ ]: [4], [0:3], [0-2], [:4] or [4:]", opened.at, self.next.until)
        token = self._take()
        found = _PART.match(token.text)
        if found is None or token.text in {"-", ":-"} or len(token.text) > 20:
            raise FilterError(f"{token.text} is no slice: [4], [0:3], [0-2], [:4] or [4:]", token.at, token.until)
        return _part_of(found, token)

    def _elements(self) -> tuple[tuple[Atom, Atom | None], ...]:
        opened = self._wanted("{", "a set is wanted behind in: {{80, 443, 8000..8100}}")
        elements = [self._element()]
        while self._is({","}):
            self._take()
            elements.append(self._element())
        if not self._is({"}"}):
            if self.next.sort is Sort.END:
                raise FilterError("{ is never closed: add }", opened.at, opened.until)
            raise self.fault("a comma or }} is wanted before {}")
        self._take()
        return tuple(elements)

    def _element(self) -> tuple[Atom, Atom | None]:
        low = self._atom("a value is wanted here")
        if not self._is({".."}):
            return low, None
        self._take()
        return low, self._atom("the end of the range is wanted here")


def _part_of(found: "re.Match[str]", token: Token) -> Part:
    first, sign, second = found.groups()
    start = int(first or 0)
    if sign is None:
        return Part(start, 1)
    if second is None:
        if sign == "-":
            raise FilterError(f"{token.text} has no end: [{start}:] is all from there", token.at, token.until)
        return Part(start, None)
    count = int(second)
    if sign == "-":
        count = count - start + 1 if (start < 0) == (count < 0) else count
    if (sign == ":" and count <= 0) or (sign == "-" and count < 1):
        raise FilterError(f"{token.text} holds no byte", token.at, token.until)
    return Part(start, count)
