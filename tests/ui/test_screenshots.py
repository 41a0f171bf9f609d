"""The README's pictures are what the app draws, byte for byte. ``make screenshots`` draws them anew."""

import os

import pytest
from pictures import FOLDER, PICTURES


@pytest.mark.parametrize("name", PICTURES)
async def test_picture(name: str) -> None:
    path = FOLDER / f"{name}.svg"
    drawn = await PICTURES[name]()
    if os.environ.get("TAPSCOPE_REDRAW") == "1":
        path.write_text(drawn)
    assert path.read_text() == drawn


def test_no_picture_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(PICTURES)
