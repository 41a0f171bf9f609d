"""A filter's text in tokens, as wireshark-filter(4) has them: words, quoted strings, signs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from tapscope.filters.fault import FilterError

_LONGEST = 8192
"""Characters of a filter; nobody types more, and what is pasted shall not hold up the screen."""


class Sort(Enum):
    """What a token is."""

    WORD = auto()
    """A name, a number, an address: what it is, its place in the filter tells."""
    STRING = auto()
    CHARACTER = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """``text[at:until]`` of the filter. ``value`` is what a string's escapes stand for, else empty."""

    sort: Sort
    text: str
    at: int
    until: int
    value: bytes = b""


_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"(?:[\w:/+\-*]|\.(?!\.))+")
"""Dots may stand in a word, two of them are a range."""
_SIGN = re.compile(r"===|!==|==|!=|~=|>=|<=|&&|\|\||\^\^|\.\.|[!~<>&(){}\[\],]")
_QUOTED = re.compile(r"""[rR]?(?P<quote>["'])(?:\\.|(?!(?P=quote)).)*(?P=quote)""", re.DOTALL)
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"0": b"\0"}


def tokens_of(text: str) -> list[Token]:
    """The tokens, the last of sort ``END``. Raises ``FilterError``."""
    if len(text) > _LONGEST:
        raise FilterError(f"a filter has at most {_LONGEST} characters", _LONGEST, len(text))
    return [*_tokens(text), Token(Sort.END, "", len(text), len(text))]


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
            continue
        token = _quoted(text, at) or _plain(text, at)
        yield token
        at = token.until


def _plain(text: str, at: int) -> Token:
    for sort, pattern in ((Sort.SIGN, _SIGN), (Sort.WORD, _WORD)):
        if found := pattern.match(text, at):
            return Token(sort, found[0], at, found.end())
    if text[at] == "=":
        raise FilterError("= is no comparison: equal is ==", at, at + 1)
    if text[at] == "|":
        raise FilterError("| is no operator: or is ||", at, at + 1)
    shown = text[at] if text[at].isprintable() else ascii(text[at])
    raise FilterError(f"{shown} means nothing in a filter", at, at + 1)


def _quoted(text: str, at: int) -> Token | None:
    raw = text[at] in "rR" and text[at + 1 : at + 2] == '"'
    if text[at + raw : at + raw + 1] not in {'"', "'"}:
        return None
    found = _QUOTED.match(text, at)
    if found is None:
        raise FilterError(f"the string has no end: add {text[at + raw]}", at, len(text))
    inner = found[0][1 + raw : -1]
    value = inner.encode(errors="replace")
    sort = Sort.STRING if found["quote"] == '"' else Sort.CHARACTER
    return Token(sort, found[0], at, found.end(), value if raw else _ESCAPE.sub(_unescaped, value))


def _unescaped(escape: "re.Match[bytes]") -> bytes:
    said = escape[1]
    if said[:1] == b"x" and len(said) > 1:
        return bytes([int(said[1:], 16)])
    if said.isdigit() and max(said) < ord("8"):
        return bytes([int(said, 8) & 0xFF])
    return _ESCAPED.get(said, said)


def pattern_of(token: Token) -> bytes:
    """A string as a regular expression: its backslashes are the expression's own, but for those before a quote."""
    raw = token.text[0] in "rR"
    inner = token.text[1 + raw : -1].encode(errors="replace")
    return inner if raw else inner.replace(b'\\"', b'"')
