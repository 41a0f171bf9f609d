"""Regular expressions that a filter may ask for: Python's, on bytes, and none that could run for ever."""

import re
import warnings

from tapscope.filters.fault import FilterError
from tapscope.filters.tokens import Token

_LONGEST = 1000
_MOST_ANYTHING = 2
_ANYTHING = re.compile(rb"\.(?:[*+]|\{\d*,\})")
_SET_OR_ESCAPED = re.compile(rb"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(rb"[*+]|\{\d*,\d*\}")


def compiled(pattern: bytes, token: Token) -> "re.Pattern[bytes]":
    """The expression, that finds large and small letters alike and lets a dot be a line's end, as Wireshark's do.

    Raises ``FilterError`` for what is none, and for what may take longer than anybody waits on bytes that somebody
    chose for that: a repeat within a repeat, ``(a+)+``, and many a ``.*``.
    """
    if len(pattern) > _LONGEST:
        raise FilterError(f"an expression has at most {_LONGEST} characters", token.at, token.until)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise FilterError(f"the expression is wrong: {error}", token.at, token.until) from None
    if _repeats_a_repeat(pattern):
        raise FilterError("a repeat within a repeat may run for ever: write it without", token.at, token.until)
    if len(_ANYTHING.findall(_SET_OR_ESCAPED.sub(b"", pattern))) > _MOST_ANYTHING:
        said = f"more than {_MOST_ANYTHING} of .* may run for ever: ask for the parts one by one, with and between"
        raise FilterError(said, token.at, token.until)
    return found


def _repeats_a_repeat(pattern: bytes) -> bool:
    """Whether a group that holds a repeat without end is itself repeated so; also said of some that are harmless."""
    inside = [False]
    at = 0
    while at < len(pattern):
        sign = pattern[at : at + 1]
        if sign == b"\\":
            at += 2
            continue
        if sign == b"[":
            at = _behind_set(pattern, at)
            continue
        if sign == b"(":
            inside.append(False)
        repeat = _REPEAT.match(pattern, at)
        closes = sign == b")" and len(inside) > 1
        if closes:
            held = inside.pop()
            if held and _REPEAT.match(pattern, at + 1):
                return True
            inside[-1] |= held
        if repeat:
            inside[-1] = True
            at = repeat.end()
            continue
        at += 1
    return False


def _behind_set(pattern: bytes, at: int) -> int:
    at += 2 if pattern[at + 1 : at + 2] == b"^" else 1
    at += pattern[at : at + 1] == b"]"
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        at += 2 if pattern[at : at + 1] == b"\\" else 1
    return at + 1
