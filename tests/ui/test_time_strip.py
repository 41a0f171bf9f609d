"""The timeline strip: what it draws, and how a range of time is chosen on it."""

import numpy as np
import pytest
from app_kit import running
from hypothesis import given, settings
from hypothesis import strategies as st
from packets import ARP, speech
from sources import Door
from ui_kit import BEGIN, lines, until

from tapscope.capture.source import Dropped, Mark
from tapscope.frame import Direction
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of
from tapscope.store.timeline import Group, Slots
from tapscope.ui.time_format import SECOND
from tapscope.ui.time_strip_drawing import CURSOR, GAP, LOST, Rates, axis, chart, rates_of, span_in_words
from tapscope.ui.time_strip_reading import TimeReading

TCP = speech("10.0.0.1", "10.0.0.2", (1, 2), b"x" * 46)
UDP = speech("10.0.0.1", "10.0.0.2", (1, 2), b"x" * 10, protocol=17)


def at(*seconds: float, data: bytes = TCP) -> Batch:
    """The same frame at these times since the begin."""
    return batch_of([(data, BEGIN + round(each * SECOND), Direction.IN) for each in seconds])


def slots_of(*counts: int, lost: dict[int, int] | None = None, gaps: tuple[int, ...] = ()) -> Slots:
    """A second a slot, with so many TCP frames in each."""
    begin = BEGIN + np.arange(len(counts)) * SECOND
    frames = np.zeros((len(Group), len(counts)), np.int64)
    frames[Group.TCP] = counts
    there = np.zeros((2, len(counts)), np.int64)
    for place, count in (lost or {}).items():
        there[0, place] = count
    there[1, list(gaps)] = 1
    return Slots(begin, begin + SECOND, frames, frames * 100, there[0], there[1])


def texts(rows) -> list[str]:
    return ["".join(cell.text for cell in row) for row in rows]


class TestChart:
    def test_columns_are_scaled_to_the_peak_in_eighths(self):
        assert texts(chart(rates_of(slots_of(0, 1, 8, 16, 12), octets=False), 2)) == ["   █▄", " ▁███"]

    def test_nothing_at_all_is_drawn_as_nothing(self):
        assert texts(chart(rates_of(slots_of(0, 0), octets=False), 2)) == ["  ", "  "]

    def test_groups_stand_upon_each_other(self):
        values = np.array([[4.0], [4.0], [0.0], [8.0], [0.0]])
        (top,), (low,) = chart(Rates(values, "frames"), 2)
        assert (low.text, low.group, low.behind) == ("▄", Group.TCP, Group.UDP)
        assert (top.text, top.group, top.behind) == ("█", Group.ARP, None)

    def test_the_top_of_a_column_has_the_colour_of_most_of_it(self):
        values = np.array([[3.0, 16.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
        _, (low, _) = chart(Rates(values, "frames"), 2)
        assert (low.text, low.group, low.behind) == ("▄", Group.TCP, None)

    @settings(deadline=None)
    @given(
        st.lists(st.lists(st.integers(0, 10**9), min_size=5, max_size=5), min_size=1, max_size=20), st.integers(1, 4)
    )
    def test_a_column_is_as_high_as_its_part_of_the_peak(self, columns, height):
        rates = Rates(np.array(columns, np.float64).T, "frames")
        rows = chart(rates, height)
        for column, values in enumerate(columns):
            eighths = 0
            for row in rows:
                cell = row[column]
                eighths += 8 if cell.behind is not None else " ▁▂▃▄▅▆▇█".index(cell.text)
            exact = sum(values) / (rates.peak or 1) * height * 8
            assert exact - 1e-6 <= eighths < exact + 1
            assert bool(eighths) == bool(sum(values))

    def test_bytes_have_units_and_rates_a_scale(self):
        frames, octets = (rates_of(slots_of(20_000), octets=octets) for octets in (False, True))
        assert (frames.words(frames.peak), frames.short(frames.peak)) == ("20,000 frames/s", "20k")
        assert (octets.words(octets.peak), octets.short(octets.peak)) == ("2.00 MB/s", "2.00 MB")
        assert [frames.short(rate) for rate in (0.25, 7, 999, 12_345, 1.5e6)] == [
            "0.25",
            "7",
            "999",
            "12.3k",
            "1.5M",
        ]

    def test_marks_stand_below_their_slots(self):
        line = axis(slots_of(*[1] * 8, lost={1: 5}, gaps=(6,)), 4, range(2, 5))
        assert line == f"─{LOST}┝━{CURSOR}─{GAP}─"

    @pytest.mark.parametrize(
        ("span", "words"),
        [(0, "0 s"), (1_500_000_000, "1.5 s"), (599 * SECOND, "599 s"), (3723 * SECOND, "1:02:03")],
    )
    def test_spans(self, span, words):
        assert span_in_words(span) == words


class TestReading:
    def test_the_first_step_goes_to_the_end_and_then_slot_by_slot(self):
        slots, reading = slots_of(*[1] * 5), TimeReading()
        assert reading.span(slots) is None
        reading.move(slots, -1)
        assert reading.cursor(slots) == 4
        reading.move(slots, -1)
        reading.move(slots, -1)
        assert reading.cursor(slots) == 2
        assert reading.span(slots) == (BEGIN + 2 * SECOND, BEGIN + 3 * SECOND)
        for _ in range(9):
            reading.move(slots, 1)
        assert reading.cursor(slots) == 4

    def test_a_range_goes_from_where_it_began_to_the_cursor(self):
        slots, reading = slots_of(*[1] * 5), TimeReading(BEGIN + SECOND)
        reading.move(slots, 1, extend=True)
        reading.move(slots, 1, extend=True)
        assert reading.chosen(slots) == range(1, 4)
        assert reading.span(slots) == (BEGIN + SECOND, BEGIN + 4 * SECOND)
        reading.move(slots, -1)
        assert not reading.chosen(slots)

    def test_visual_extends_with_every_step_until_dropped(self):
        slots, reading = slots_of(*[1] * 5), TimeReading(BEGIN + SECOND)
        reading.start_visual()
        reading.move(slots, -1)
        assert reading.chosen(slots) == range(2)
        assert reading.drop()
        assert not reading.drop()
        assert not reading.chosen(slots)

    def test_a_bin_that_is_in_many_slots_is_one_step(self):
        slots = slots_of(1, 2)
        wide = Slots(*(np.repeat(getattr(slots, name), 3, axis=-1) for name in Slots.__dataclass_fields__))
        reading = TimeReading()
        reading.move(wide, -1)
        reading.move(wide, -1)
        assert reading.span(wide) == (BEGIN, BEGIN + SECOND)


@pytest.fixture(autouse=True)
def _own_history(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def fed(app, door: Door, batch: Batch) -> None:
    total = app.session.store.total_frames + len(batch)
    door.source.feed(batch)
    await until(lambda: app.session.store.total_frames == total and app.frame_list.view.last)


async def strip_of(app, pilot):
    await pilot.press("z")
    await until(lambda: app.time_strip is not None and app.time_strip.has_focus)
    return app.time_strip


def matching(app) -> list[int]:
    view = app.frame_list.view
    return view.numbers(view.first, view.last).tolist()


class TestInTheApp:
    async def test_it_is_shown_and_hidden_and_says_what_there_is(self):
        door = Door()
        async with running(door) as (app, pilot):
            assert app.time_strip is None
            await fed(app, door, at(0, 1, 2, 3))
            await fed(app, door, at(3.5, data=ARP))
            strip = await strip_of(app, pilot)
            words, *rows, low = lines(strip)
            assert "TCP 4" in words
            assert "ARP 1" in words
            assert "UDP 0" in words
            assert "peak" in words
            assert low.strip().startswith("0 s")
            assert low.rstrip().endswith("3.501 s")
            assert "█" in rows[-1]
            await pilot.press("b")
            assert "TCP 400 B" in lines(strip)[0]
            await pilot.press("z")
            assert not strip.display
            assert app.frame_list.has_focus

    async def test_it_grows_with_the_capture(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, at(0, 1))
            strip = await strip_of(app, pilot)
            await fed(app, door, at(2, 3, data=UDP))
            await until(lambda: "UDP 2" in lines(strip)[0])

    async def test_what_is_evicted_stays_in_it(self):
        door = Door()
        async with running(door, memory=200_000) as (app, pilot):
            for second in range(30):
                await fed(app, door, at(*[second] * 200))
            strip = await strip_of(app, pilot)
            assert app.session.store.evicted
            assert "TCP 6,000" in lines(strip)[0]

    async def test_the_list_goes_along_with_the_cursor(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, at(*range(100)))
            await strip_of(app, pilot)
            await pilot.press("home")
            await until(lambda: app.frame_list.cursor == 1)
            await pilot.press(*["right"] * 45)
            await until(lambda: app.frame_list.cursor > 40)
            assert app.session.store.row(app.frame_list.cursor).time_ns >= app.time_strip._reading.cursor_ns
            await pilot.press("end")
            await until(lambda: app.frame_list.cursor >= 99)

    async def test_a_range_becomes_the_filter_together_with_the_one_that_is_on(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, at(*range(100)))
            await fed(app, door, at(*range(100), data=UDP))
            await app.filter_by("udp || arp")
            strip = await strip_of(app, pilot)
            await pilot.press("home", *["right"] * 20, "v", *["right"] * 10)
            begin, end = strip._reading.span(strip.slots)
            assert f"{(begin - BEGIN) / 1e9:.3f}".rstrip("0").rstrip(".") in lines(strip)[0]
            await pilot.press("enter")
            await until(lambda: app.search.filter.text != "udp || arp" and not app.search.busy)
            assert app.search.filter.text.startswith("(udp || arp) && frame.time_relative >= ")
            frames = [app.session.store.row(number) for number in matching(app)]
            assert [frame.data for frame in frames] == [UDP] * len(frames)
            assert len(frames) > 5
            wanted = [second for second in range(100) if begin <= BEGIN + second * SECOND < end]
            assert [(frame.time_ns - BEGIN) // SECOND for frame in frames] == wanted
            assert app.frame_list.has_focus

    async def test_escape_drops_the_range_and_then_leaves(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, at(*range(10)))
            strip = await strip_of(app, pilot)
            await pilot.press("left", "shift+left")
            assert "┥" in lines(strip)[-1]
            await pilot.press("escape")
            assert "┥" not in lines(strip)[-1]
            assert strip.has_focus
            await pilot.press("escape")
            await until(lambda: app.frame_list.has_focus)
            assert strip.display
            assert app.search is None

    async def test_the_mouse_chooses(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, at(*range(100)))
            strip = await strip_of(app, pilot)
            await pilot.mouse_down(strip, offset=(20, 2))
            await pilot.hover(strip, offset=(30, 2))
            await pilot.mouse_up(strip, offset=(30, 2))
            assert strip._reading.chosen(strip.slots) == range(11, 22)
            assert strip._reading.cursor(strip.slots) == 21
            await pilot.click(strip, offset=(50, 2))
            assert not strip._reading.chosen(strip.slots)
            assert strip._reading.cursor(strip.slots) == 41
            await pilot.hover(strip, offset=(70, 2))
            assert strip._reading.cursor(strip.slots) == 41

    async def test_lost_frames_and_gaps_are_marked(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, at(0, 1))
            app.session._inbox.put(Dropped(7))
            await until(lambda: app.session.lost_by_kernel == 7)
            await fed(app, door, at(2, 3))
            app.session._inbox.put(Mark("tap0 is gone"))
            await until(lambda: app.session._marks)
            await fed(app, door, at(8, 9, 10))
            strip = await strip_of(app, pilot)
            words, *_, low = lines(strip)
            assert f"{LOST} 7 lost" in words
            assert LOST in low
            assert low.index(LOST) < low.index(GAP) < len(low) - 20

    async def test_a_capture_without_times_says_so(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, batch_of([(TCP, None, Direction.IN)]))
            strip = await strip_of(app, pilot)
            assert "no frame with a time" in lines(strip)[0]
            await pilot.press("left", "right", "home", "v", "enter", "b")
            await pilot.click(strip, offset=(20, 2))
            assert app.search is None

    @pytest.mark.parametrize("size", [(60, 20), (30, 10), (18, 8)])
    async def test_it_is_cut_to_a_small_screen(self, size):
        door = Door()
        async with running(door, size=size) as (app, pilot):
            await fed(app, door, at(*range(10)))
            strip = await strip_of(app, pilot)
            assert {len(line) for line in lines(strip)} == {size[0]}
            await pilot.press("left", "right", "b")

    async def test_another_capture_begins_without_a_cursor(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, at(*range(10)))
            strip = await strip_of(app, pilot)
            await pilot.press("left")
            assert CURSOR in lines(strip)[-1]
            app.session.turn_to(door, watch=None, name="tap1")
            await until(lambda: "no frame with a time" in lines(strip)[0])
            assert strip._reading.cursor_ns is None
