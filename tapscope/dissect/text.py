"""The one door between the wire and the screen: what passes ``printable`` draws one line and moves nothing.

Escape sequences drive a terminal, bidirectional controls reorder what stands beside them, and what has no width or
no shape hides. All of these become visible escapes as Python writes them (``\\x1b``, ``\\u202e``).
"""

import re
import unicodedata

_SHAPELESS = re.compile(
    # Letters and marks that Unicode counts as printable though they draw nothing:
    # Default_Ignorable_Code_Point of DerivedCoreProperties.txt, and the empty Braille pattern.
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_MARKS_ON_ONE_LETTER = 2
"""Vietnamese and Thai need two; a pile of more paints over the neighbouring rows."""


def printable(text: str) -> str:
    """``text`` on one line, with every character visible.

    Kept are the characters of ``str.isprintable`` that have a shape, and at most two combining marks on a letter.
    """
    if text.isascii():
        return text if text.isprintable() else "".join(map(_visible, text))
    marks = _MARKS_ON_ONE_LETTER
    shown = []
    for character in text:
        is_mark = unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}
        marks = marks + 1 if is_mark else 0
        shown.append(_escape(character) if marks > _MARKS_ON_ONE_LETTER else _visible(character))
    return "".join(shown)


def one_line(text: str, limit: int) -> str:
    """``printable(text)`` of at most ``limit`` characters of it, with an ellipsis where something is left out."""
    if len(text) <= limit:
        return printable(text)
    return printable(text[: limit - 1]) + "…"


def _visible(character: str) -> str:
    if character.isprintable() and not _SHAPELESS.match(character):
        return character
    return _escape(character)


def _escape(character: str) -> str:
    if character.isascii():
        return character.encode("unicode_escape").decode("ascii")
    if ord(character) <= 0xFF:
        return f"\\x{ord(character):02x}"
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"
