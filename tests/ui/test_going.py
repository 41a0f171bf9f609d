"""Going to a frame by its number or a time."""

import os
import time

import pytest
from app_kit import running
from sources import Door
from textual.widgets import Input, Static
from ui_kit import until

from tapscope.frame import Direction
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.ui.going import GoTo, place_of

SECOND = 1_000_000_000
NOON = 1_700_049_600 * SECOND
"""2023-11-15 12:00:00 UTC."""


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    os.environ.pop("TZ", None)
    time.tzset()


def store_of(*seconds: float | None, limit_bytes: int = 1 << 20) -> Store:
    store = Store(limit_bytes=limit_bytes)
    times = [None if second is None else NOON + int(second * SECOND) for second in seconds]
    store.append(batch_of([(b"frame", time_ns, Direction.OUT) for time_ns in times]))
    return store


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("4", 4),
        (" 1 ", 1),
        ("0s", 1),
        ("0.5s", 2),
        ("501ms", 3),
        ("+500ms", 4),
        ("+0s", 3),
        ("+1s", 5),
        ("-500us", 2),
        ("-1s", 1),
        ("12:00:01.5", 4),
        ("12:00", 1),
        ("12:00:02", 5),
        ("0m", 1),
    ],
)
def test_where_words_lead(words, number):
    """Frames at 0, 0.5, 1, 1.5 and 10 seconds; the third is chosen."""
    assert place_of(words, store_of(0, 0.5, 1, 1.5, 10), 3) == number


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("6", "there is no frame 6: those held are 1 to 5"),
        ("0", "there is no frame 0"),
        ("11s", "no frame is as late as that"),
        ("-2s", "no frame that is held is as early as that"),
        ("25:00", "hour must be in 0..23"),
        ("soon", "give a number or a time: 123, 1.5s"),
        ("", "give a number or a time"),
        ("9" * 30, "there is no frame"),
        ("9" * 30 + "s", "no frame is as late as that"),
    ],
)
def test_what_leads_nowhere(words, said):
    with pytest.raises(ValueError, match=said):
        place_of(words, store_of(0, 0.5, 1, 1.5, 10), 3)


def test_frames_without_a_time_are_passed_over():
    assert place_of("+1s", store_of(0, None, 1, None), 1) == 3
    with pytest.raises(ValueError, match="the chosen frame has no time"):
        place_of("+1s", store_of(0, None, 1), 2)
    with pytest.raises(ValueError, match="no frame of this capture has a time"):
        place_of("1s", store_of(None, None), 1)


async def test_the_key_asks_and_the_list_goes_there() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(50)
        await until(lambda: app.session.store.total_frames == 50)
        await pilot.press("colon")
        await until(lambda: isinstance(app.screen, GoTo))
        await pilot.press(*"99", "enter")
        await until(lambda: "there is no frame 99" in str(app.screen.query_one("#problem", Static).content))
        app.screen.query_one("#where", Input).value = "12"
        await pilot.press("enter")
        await until(lambda: app.frame_list.cursor == 12)
        assert not app.frame_list.following
