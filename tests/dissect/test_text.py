"""The door: what passes it draws one line and moves nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.dissect.text import one_line, printable


@pytest.mark.parametrize(
    ("wire", "shown"),
    [
        ("plain text, [/x] and [bold]", "plain text, [/x] and [bold]"),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("two\r\nlines\tand a tab", r"two\r\nlines\tand a tab"),
        ("\x7f\x85\xa0", r"\x7f\x85\xa0"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("a\u200bb\u2060c\ufeff", r"a\u200bb\u2060c\ufeff"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud800\ue000\U000e0001", r"\ud800\ue000\U000e0001"),
        ("\u3164\u2800\ufe0f", r"\u3164\u2800\ufe0f"),
        ("na\u00efve \u65e5\u672c \U0001f600", "na\u00efve \u65e5\u672c \U0001f600"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 4, "e\u0301\u0301" + r"\u0301\u0301"),
        ("\u0301 first", r"\u0301 first"),
        (r"\x1b", r"\x1b"),
    ],
)
def test_what_the_door_shows(wire: str, shown: str) -> None:
    assert printable(wire) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_nothing_that_hides_or_moves_passes(wire: str) -> None:
    shown = printable(wire)
    assert shown.isprintable()
    assert not any(unicodedata.category(character).startswith("C") for character in shown)
    assert shown.isascii() or not any(unicodedata.bidirectional(c) in {"LRE", "RLO", "LRI", "PDI"} for c in shown)
    assert printable(shown) == shown


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_left_alone(wire: str) -> None:
    assert printable(wire) is wire


def test_a_long_line_is_cut_where_it_says() -> None:
    assert one_line("x" * 10, 10) == "x" * 10
    assert one_line("x" * 11, 10) == "x" * 9 + "…"
