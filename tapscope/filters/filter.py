"""A display filter, ready to be asked: of many frames at once, and of one frame exactly."""

from dataclasses import dataclass
from functools import lru_cache

from tapscope.filters.checking import check
from tapscope.filters.context import Context, Verdicts
from tapscope.filters.exact import OWN, Subject, holds
from tapscope.filters.header_fields import READERS
from tapscope.filters.judging import judge
from tapscope.filters.parser import parse
from tapscope.filters.predicates import Compared, Every, Has, Odd, Of, Opposite, Predicate, Some, Term, Test
from tapscope.filters.rows import Rows
from tapscope.frame import Frame
from tapscope.store.batch import Batch


@dataclass(frozen=True, slots=True)
class Filter:
    """What ``compile_filter`` makes of a text.

    ``deep``: some field wants the dissector, so that ``matches`` costs some 100 µs a frame.
    """

    text: str
    deep: bool
    _predicate: Predicate

    def __reduce__(self) -> tuple[object, ...]:
        return _compiled, (self.text,)  # to another process goes the text: what it means is found out there, once

    def judge(self, batch: Batch, number: int, context: Context) -> Verdicts:
        """What is certain of the frames of a batch, the first of which has the number ``number``."""
        bounds = judge(self._predicate, Rows(batch, number, context))
        return Verdicts(bounds.yes, bounds.may & ~bounds.yes)

    def matches(self, frame: Frame, context: Context) -> bool:
        """Whether the frame matches. Never raises, whatever its bytes are."""
        return holds(self._predicate, Subject(frame, context))


def compile_filter(text: str) -> Filter:
    """The filter that ``text`` is, in the language of wireshark-filter(4); an empty one matches everything.

    Raises ``FilterError`` with the place of the fault.
    """
    clause = parse(text)
    predicate = Every(()) if clause is None else check(clause)
    return Filter(text, _is_deep(predicate), predicate)


@lru_cache(maxsize=4)
def _compiled(text: str) -> Filter:
    return compile_filter(text)


def _is_deep(predicate: Predicate) -> bool:
    match predicate:
        case Every(parts) | Some(parts) | Odd(parts):
            return any(map(_is_deep, parts))
        case Opposite(of):
            return _is_deep(of)
        case Compared(left, _, right):
            return _is_deep_term(left) or _is_deep_term(right)
        case Has(term) | Test(term):
            return _is_deep_term(term)


def _is_deep_term(term: Term) -> bool:
    while not isinstance(term, Of):
        term = term.of
    return term.field.name not in READERS and term.field.name not in OWN
