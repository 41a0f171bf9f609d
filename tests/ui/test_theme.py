"""Colors that the terminal has: whichever it is, rows can be told apart and read."""

import os
import subprocess
import sys

import pytest
from rich.color import Color, ColorSystem

from tapscope.ui.front import fit_theme
from tapscope.ui.theme import DARK, DARK_256

BACKGROUND = """
import asyncio
from tapscope.capture.files import open_file
from tapscope.demo.sources import RECORDING
from tapscope.ui.app import TapscopeApp

async def main():
    app = TapscopeApp(lambda: open_file(str(RECORDING)), interface=None, title="t", examine=None)
    async with app.run_test():
        print(app.theme, app.screen.styles.background.hex)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("term", "colorterm", "theme"),
    [
        ("xterm-256color", "truecolor", ""),
        ("xterm-256color", "", "tapscope-256"),
        ("tmux-256color", "", "tapscope-256"),
        ("xterm", "", "ansi-dark"),
        ("linux", "", "ansi-dark"),
        ("screen", "", "ansi-dark"),
    ],
)
def test_the_theme_is_made_of_colors_that_the_terminal_has(
    monkeypatch: pytest.MonkeyPatch, term: str, colorterm: str, theme: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLORTERM", colorterm)
    monkeypatch.setenv("TEXTUAL_THEME", "before")
    monkeypatch.delenv("TEXTUAL_THEME")
    fit_theme()
    assert os.environ.get("TEXTUAL_THEME", "") == theme
    monkeypatch.setenv("TEXTUAL_THEME", "nord")
    fit_theme()
    assert os.environ["TEXTUAL_THEME"] == "nord"


@pytest.mark.parametrize(
    ("named", "worn"),
    [
        ("", "tapscope #11151D"),
        ("tapscope-light", "tapscope-light #F7F8FB"),
        ("nord", "nord #2E3440"),
        ("no-such-theme", "tapscope #11151D"),
    ],
)
def test_a_named_theme_is_worn(named: str, worn: str) -> None:
    environment = {**os.environ, "TEXTUAL_THEME": named}
    command = [sys.executable, "-c", BACKGROUND]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == worn


def test_the_shades_for_256_colors_are_among_them() -> None:
    ours = [DARK_256.background, DARK_256.surface, DARK_256.panel]
    ours += [shade for name, shade in DARK_256.variables.items() if DARK.variables[name] != shade]
    for shade in ours:
        color = Color.parse(shade)
        assert color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor() == color.get_truecolor(), shade
