"""What is said of a find. Plain content, no widgets."""

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tapscope.dissect.text import one_line
from tapscope.filters.find import How, Sought
from tapscope.filters.search import Search
from tapscope.ui.header import Piece, fit
from tapscope.ui.styles import GOOD, KEY, MUTED, STRONG, WARNING
from tapscope.units import number_in_words

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class FindFacts:
    """``which`` of ``many`` hits is chosen, None where none is; ``done`` frames of ``total``, None where all are.

    ``left_out`` are those that will not be looked into.
    """

    words: str = ""
    which: int | None = None
    many: int = 0
    wrapped: bool = False
    done: int | None = None
    total: int = 0
    left_out: int = 0


def words_of(sought: Sought) -> str:
    """What is sought, and in what."""
    text = one_line(sought.text, _LONGEST)
    if sought.how is How.FILTER:
        return f"find {text}"
    return f"find {sought.how.value} {text} in the {sought.where.value}"


def done_of(search: Search, total: int) -> int | None:
    """How many frames are known about; None where all are."""
    if not search.busy:
        return None
    return max(0, search.judged - search.waiting) if search.judged <= total else total


def find_line(facts: FindFacts, width: int) -> Content:
    """What is sought at the left; at the right which hit it is of how many, and how far the search has come."""
    count = f"{number_in_words(facts.many)} hit{'' if facts.many == 1 else 's'}"
    if facts.which is not None:
        count = f"{number_in_words(facts.which)} of {number_in_words(facts.many)}"
    elif not facts.many and facts.done is None:
        count = "not found"
    right = [Piece(Content.styled(count, STRONG if facts.many else WARNING))]
    if facts.wrapped:
        right.append(Piece(Content.styled("wrapped", WARNING), 1))
    if facts.done is not None:
        done = f"… {number_in_words(facts.done)} of {number_in_words(facts.total)} looked into"
        right.append(Piece(Content.assemble((done, WARNING), ("  Esc", KEY), (" stops", MUTED)), 1))
    else:
        if facts.left_out:
            right.append(Piece(Content.styled(f"{number_in_words(facts.left_out)} not looked into", WARNING), 1))
        right.append(
            Piece(Content.assemble(("n N", KEY), (" next, previous ", MUTED), (" Esc", KEY), (" ends", MUTED)), 3)
        )
    left = [Piece(Content.styled(f" {facts.words}", GOOD), 2, shrinks=True)]
    return fit(left, right, width)


class FindLine(Widget):
    """The line of a find that is on; repainted without laying anything out."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "FindLine { height: 1; background: $panel; display: none; &.-on { display: block; } }"
    facts: reactive[FindFacts] = reactive(FindFacts())

    def render(self) -> Content:
        """As much of it as there is room for."""
        return find_line(self.facts, self.size.width)
