"""How much of a long deed is done, in one line."""

from textual.content import Content

from tapscope.ui.styles import GOOD, MUTED, STRONG

BAR = 20
"""Cells of the bar."""


def progress_bar(doing: str, part: float) -> Content:
    """What is being done, a bar that grows from light to heavy with ``part``, 0 to 1, and the number in percent.

    Neither bar nor number needs a color to be read.
    """
    cells = int(part * BAR)
    bar = (("━" * cells, GOOD), ("─" * (BAR - cells), MUTED))
    return Content.assemble((f"{doing} ", MUTED), *bar, (f" {int(part * 100):2} %", STRONG))
