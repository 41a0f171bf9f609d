"""What is sought in frames: a text, bytes or a regular expression, in rows, layers or bytes; or a display filter."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from tapscope.dissect.node import Dissection, Node
from tapscope.dissect.summary import Summary, summarize
from tapscope.dissect.tree import dissect
from tapscope.filters.context import Context, Mask, Verdicts
from tapscope.filters.fault import FilterError
from tapscope.filters.filter import Filter, compile_filter
from tapscope.filters.patterns import compiled
from tapscope.filters.searching import containing, matching
from tapscope.filters.tokens import Sort, Token
from tapscope.frame import Frame
from tapscope.store.batch import Batch

_SPANS_MOST = 1000
"""Places in one frame that are shown."""


class How(Enum):
    """What the text is."""

    TEXT = "text"
    HEX = "hex"
    REGEX = "regular expression"
    FILTER = "display filter"


class Where(Enum):
    """What it is sought in."""

    ROWS = "list"
    LAYERS = "layers"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Sought:
    """What ``compile_find`` makes of a text; a ``Wanted`` for a ``Search``.

    In words, which are the list's and the layers', large and small letters are alike; in bytes a text is as it is
    written. ``how`` of a display filter and of hexadecimal digits leaves no choice of ``where``.
    """

    text: str
    how: How
    where: Where
    _filter: Filter | None = None
    _pattern: "re.Pattern[bytes] | None" = None
    _bytes: bytes = b""

    def judge(self, batch: Batch, number: int, context: Context) -> Verdicts:
        """Of bytes everything is certain, of words nothing."""
        if self._filter is not None:
            return self._filter.judge(batch, number, context)
        none, every = np.zeros(len(batch), np.bool_), np.ones(len(batch), np.bool_)
        if self.where is not Where.BYTES:
            return Verdicts(none, every)
        return Verdicts(self._in_bytes(batch, every), none)

    def _in_bytes(self, batch: Batch, every: Mask) -> Mask:
        return containing(batch, self._bytes) if self._pattern is None else matching(batch, self._pattern, every)

    def matches(self, frame: Frame, context: Context) -> bool:
        """Whether the frame has it. Never raises."""
        if self._filter is not None:
            return self._filter.matches(frame, context)
        match self.where:
            case Where.ROWS:
                return self._is_in(row_words(summarize(frame)))
            case Where.LAYERS:
                return self.node_in(dissect(frame)) is not None
            case Where.BYTES:
                return next(self._places(frame.data), None) is not None

    def node_in(self, dissection: Dissection) -> Node | None:
        """The first layer or field that has it in its words; None where none has, or words are not what is sought."""
        if self._filter is not None or self.where is not Where.LAYERS:
            return None
        return next((node for node in _nodes(dissection.layers) if self._is_in(f"{node.label}: {node.value}")), None)

    def spans_in(self, data: bytes) -> Sequence[range]:
        """Where it is in the bytes of a frame; nowhere where bytes are not what is sought."""
        if self._filter is not None or self.where is not Where.BYTES:
            return ()
        return [span for span, _ in zip(self._places(data), range(_SPANS_MOST), strict=False)]

    def _is_in(self, words: str) -> bool:
        return self._pattern is not None and self._pattern.search(words.encode()) is not None

    def _places(self, data: bytes) -> Iterator[range]:
        pattern = re.compile(re.escape(self._bytes)) if self._pattern is None else self._pattern
        return (range(*found.span()) for found in pattern.finditer(data))


def compile_find(text: str, how: How, where: Where) -> Sought:
    """What is sought, ready to be asked. Raises ``FilterError`` with the place of the fault."""
    if not text.strip():
        raise FilterError("nothing to be found: type something", 0, len(text))
    return _COMPILE[how](text, where)


def _text(text: str, where: Where) -> Sought:
    if where is Where.BYTES:
        return Sought(text, How.TEXT, where, _bytes=text.encode())
    return Sought(text, How.TEXT, where, _pattern=re.compile(re.escape(text.encode()), re.IGNORECASE))


def _hex(text: str, _: Where) -> Sought:
    digits = re.sub(r"0[xX]|[\s:.,-]", lambda found: " " * len(found[0]), text)
    if wrong := re.search(r"[^0-9a-fA-F ]", digits):
        raise FilterError("hexadecimal digits, two a byte: 02 4f, 02:4f or 024f", wrong.start(), wrong.end())
    try:
        wanted = bytes.fromhex(digits)
    except ValueError:
        raise FilterError("half a byte: two digits are one", len(text.rstrip()), len(text)) from None
    if not wanted:
        raise FilterError("no digits: two are a byte", 0, len(text))
    return Sought(text, How.HEX, Where.BYTES, _bytes=wanted)


def _regex(text: str, where: Where) -> Sought:
    return Sought(text, How.REGEX, where, _pattern=compiled(text.encode(), Token(Sort.STRING, text, 0, len(text))))


def _filter(text: str, _: Where) -> Sought:
    return Sought(text, How.FILTER, Where.ROWS, _filter=compile_filter(text))


_COMPILE: dict[How, Callable[[str, Where], Sought]] = {
    How.TEXT: _text,
    How.HEX: _hex,
    How.REGEX: _regex,
    How.FILTER: _filter,
}


def row_words(summary: Summary) -> str:
    """The words of a row."""
    return f"{summary.source}  {summary.destination}  {summary.protocol}  {summary.info}"


def _nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(node.children)
