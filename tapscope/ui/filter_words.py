"""What is said of a filter: while it is typed, and while it is on. Plain content, no widgets."""

from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from tapscope.filters import FilterError, compile_filter
from tapscope.filters.search import Search
from tapscope.ui.header import Piece, fit
from tapscope.ui.styles import BAD, GOOD, KEY, MUTED, STRONG, WARNING
from tapscope.units import number_in_words

GUTTER = 2
"""Cells before the text: the prompt, and a blank."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a text is a filter (None: it is empty), what is to be said of that, and which characters are at fault."""

    good: bool | None
    words: str
    at: int = 0
    until: int = 0


def verdict_of(text: str) -> Verdict:
    """Judge what is typed."""
    if not text.strip():
        return Verdict(None, "Enter shows all frames; ↑ filters used before; Tab what there is")
    try:
        wanted = compile_filter(text)
    except FilterError as fault:
        return Verdict(False, str(fault), fault.at, max(fault.until, fault.at + 1))
    return Verdict(True, "Enter applies it" + (": it looks into the frames themselves" if wanted.deep else ""))


def verdict_line(verdict: Verdict, text: str, scrolled: int, width: int) -> Content:
    """The verdict below the text: a mark, carets below the fault, the words; on two lines where one has no room.

    ``scrolled`` is how many cells of the text are out of sight at the left.
    """
    if verdict.good is not False:
        mark = ("✓", GOOD) if verdict.good else (" ", "")
        return Content.assemble(mark, (f" {verdict.words}", MUTED)).truncate(width, ellipsis=True)
    start = GUTTER + cell_len(text[: verdict.at]) - scrolled
    end = min(max(start + 1, GUTTER + cell_len(text[: verdict.until]) - scrolled), width)
    start = min(max(start, GUTTER), max(end - 1, GUTTER))
    carets = f"{' ' * (start - GUTTER + 1)}{'^' * (end - start)}"
    words = f"{carets} {verdict.words}"
    if cell_len(words) + 1 > width:
        words = f"{carets}\n  {verdict.words}"
    return Content.assemble(("✗", BAD), (words, BAD))


@dataclass(frozen=True, slots=True)
class SearchFacts:
    """The filter that is on, and what it has come to: ``matching`` of ``total`` frames that are held.

    ``judged`` is of how many the columns were, None for all; ``looked_into`` how many frames of how many, None where
    none is left; ``left_out`` how many will not be.
    """

    text: str = ""
    matching: int = 0
    total: int = 0
    judged: int | None = None
    looked_into: tuple[int, int] | None = None
    left_out: int = 0


def search_facts(search: Search, total: int) -> SearchFacts:
    """As it stands now."""
    return SearchFacts(
        search.filter.text,
        search.view.last - search.view.first + 1,
        total,
        search.judged if search.behind else None,
        (search.looked_into, search.unsure) if search.busy else None,
        search.left_out,
    )


def search_line(facts: SearchFacts, width: int) -> Content:
    """The filter at the left, how far it has come at the right."""
    right = [Piece(Content.assemble((_many(facts.matching), STRONG), (f" of {_many(facts.total)}", MUTED)))]
    if facts.looked_into is not None:
        done = f"{_many(facts.looked_into[0])} of {_many(facts.looked_into[1])} looked into"
        if facts.judged is not None:
            done = f"{_many(facts.judged)} of {_many(facts.total)} judged"
        right.insert(0, Piece(Content.assemble((f"… {done}", WARNING), ("  Esc", KEY), (" stops", MUTED)), 1))
    elif facts.left_out:
        right.insert(0, Piece(Content.styled(f"{_many(facts.left_out)} not looked into", WARNING), 1))
    left = [Piece(Content.assemble(("/ ", KEY), (facts.text, GOOD)), 2, shrinks=True)]
    return fit(left, right, width)


_many = number_in_words
