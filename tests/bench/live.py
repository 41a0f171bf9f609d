"""tapscope on a terminal, looking at a TAP."""

import re
from collections.abc import Sequence

from peers import TAPSCOPE
from screen import Screen
from taps import NAME

FOLLOWING = rb"FOLLOW|BROWSE"
COUNT = re.compile(rb"([\d,]+)(?:\x1b\[[\d;]*m)* frames?(?![/\w])")
"""The number of frames, as the header line has it."""


def tapscope(*options: str, before: Sequence[str] = ()) -> Screen:
    """It is open, and the dissector is loaded. ``before`` is a program that starts it."""
    screen = Screen([*before, *TAPSCOPE, NAME, *options])
    screen.until(FOLLOWING)
    screen.watch(1.5)
    return screen


def counted(screen: Screen) -> int:
    """Frames, when all that were sent have come to the header line, which is drawn once a second at least."""
    screen.press(b"G")
    screen.watch(2)
    found = COUNT.findall(screen.drawn)
    return int(found[-1].replace(b",", b"")) if found else 0
