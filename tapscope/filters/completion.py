"""What may be typed next: fields with their types, operators, and values where there are only a few."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tapscope.filters.catalogue import Field, fields, find
from tapscope.filters.parser import FUNCTIONS

_MOST = 200
_TYPED = re.compile(r"[\w.]*$")
_RELATIONS = (
    ("==", "equal"),
    ("!=", "not equal"),
    (">", "more"),
    ("<", "less"),
    (">=", "at least"),
    ("<=", "at most"),
    ("in", "one of a set: {80, 443, 8000..8100}"),
    ("contains", "has these bytes or this text in it"),
    ("matches", "fits a regular expression"),
)
_JOINS = (("and", "both"), ("or", "one or both"), ("xor", "one, not both"))
_RELATION = re.compile(
    r"(?:===|!==|[=!<>]=|[<>~]|\b(?:eq|ne|gt|lt|ge|le|contains|matches|in|all_eq|any_eq|all_ne|any_ne))\s*$"
)
_OPERAND = re.compile(r"([A-Za-z_][\w.]*)(?:\[[^\]]*\])?\s*$")
_VALUE = re.compile(r"(?:\"[^\"]*\"|[\w.:/\-]+|\}|\))\s+$")
_VALUES = {"direction": ("in", "out")}
_YES_NO = ("1", "0")
_BY_NUMBER = ("==", "!=", ">", "<", ">=", "<=", "in")
_AS_TEXT = ("==", "!=", "contains", "matches", "in")


@dataclass(frozen=True, slots=True)
class Completion:
    """``text`` may stand from character ``start`` up to the cursor. ``kind`` is a field's type, or what else it is."""

    text: str
    start: int
    kind: str
    help: str


def complete(text: str, cursor: int) -> Sequence[Completion]:
    """What may stand at the cursor in place of the word before it, the likeliest first; at most 200."""
    before = text[:cursor]
    if _in_string(before):
        return []
    typed = _TYPED.search(before)
    assert typed is not None
    word, start = typed[0], typed.start()
    found = _candidates(before[:start], word)
    return [Completion(name, start, kind, words) for name, kind, words in found][:_MOST]


def _in_string(before: str) -> bool:
    return re.sub(r"\\.", "", before).count('"') % 2 == 1


def _candidates(before: str, word: str) -> Iterator[tuple[str, str, str]]:
    """Name, kind and help of what begins with ``word`` and may stand behind ``before``."""
    relation = _RELATION.search(before)
    operand = _OPERAND.search(before[: relation.start()] if relation else before)
    field = find(operand[1]) if operand and operand[1] not in {"and", "or", "not", "xor"} else None
    if relation:
        values = _values(field)
        yield from (each for each in values if each[0].startswith(word))
        return
    if field is not None and before.endswith(" "):
        yield from (each for each in (*_relations(field), *_joins()) if each[0].startswith(word))
        return
    if _VALUE.search(before) and not before.rstrip().endswith(("and", "or", "not", "xor", "&&", "||", "(")):
        yield from (each for each in _joins() if each[0].startswith(word))
        return
    yield from _named(word)


def _values(field: Field | None) -> Iterator[tuple[str, str, str]]:
    if field is None:
        return
    if field.kind.name == "bool":
        yield from ((value, "value", help_) for value, help_ in zip(_YES_NO, ("set", "not set"), strict=True))
    yield from ((value, "value", field.help) for value in _VALUES.get(field.name, ()))


def _relations(field: Field) -> Iterator[tuple[str, str, str]]:
    allowed = _BY_NUMBER if field.kind.is_integer else ("contains", "matches") if field.is_protocol else _AS_TEXT
    yield from ((sign, "comparison", words) for sign, words in _RELATIONS if sign in allowed)


def _joins() -> Iterator[tuple[str, str, str]]:
    yield from ((name, "operator", words) for name, words in _JOINS)


def _named(word: str) -> Iterator[tuple[str, str, str]]:
    """Protocols before fields, what begins with the word before what only has it in its name; scapy's by capitals."""
    if word[:1].isupper():
        from tapscope.dissect.known import beginning_with  # noqa: PLC0415  scapy takes 300 ms

        yield from beginning_with(word)
    known = sorted(fields().values(), key=lambda field: (field.name.count("."), field.name))
    lowered = word.lower()
    begins = [field for field in known if field.name.startswith(lowered)]
    has = [field for field in known if lowered and lowered in field.name and field not in begins]
    yield from ((field.name, field.kind.name, field.help) for field in (*begins, *has))
    if lowered:
        yield from ((f"{name}(", "function", words) for name, words in FUNCTIONS.items() if name.startswith(lowered))
        yield from (("not ", "operator", "the opposite"),) if "not".startswith(lowered) else ()
