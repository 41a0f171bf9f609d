"""The list over some of the frames: positions inside, frame numbers outside."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ui_kit import Counting, batch, lines, store_of, until

from tapscope.frame import Interface
from tapscope.store.arena import Store
from tapscope.store.view import AllFrames, Matching
from tapscope.ui.frame_list import FrameList
from tapscope.ui.list_rows import GONE
from tapscope.ui.saving import choices
from tapscope.ui.viewing import Viewing


def every(step: int, first: int, last: int) -> np.ndarray:
    numbers = np.arange(first, last + 1)
    return numbers[numbers % step == 0]


def tens(store: Store) -> Matching:
    told = 0

    def feed() -> np.ndarray:
        nonlocal told
        begin, told = told + 1, store.last
        return every(10, begin, told)

    return Matching(store, feed)


def none(store: Store) -> Matching:
    return Matching(store, lambda: np.empty(0, np.int64))


def shown(frame_list: FrameList) -> list[int]:
    return [int(line[2:].split()[0]) for line in lines(frame_list)[1:] if line[2:-1].strip()]


def chosen(frame_list: FrameList) -> list[int]:
    return [int(line[2:].split()[0]) for line in lines(frame_list)[1:] if line.startswith(">")]


async def test_some_of_the_frames(on_screen):
    frame_list = FrameList(store_of(1000), counting := Counting())
    async with on_screen(frame_list) as pilot:
        counting.asked.clear()
        frame_list.show(tens(frame_list._store))
        assert shown(frame_list) == list(range(900, 1001, 10))
        assert frame_list.cursor == 1000
        assert set(counting.asked) <= set(range(900, 1001, 10))
        await pilot.press("g")
        assert (frame_list.cursor, shown(frame_list)[0]) == (10, 10)
        await pilot.press("down", "down")
        assert (frame_list.cursor, chosen(frame_list)) == (30, [30])
        await pilot.press("5", "5", "6", "g")
        assert (frame_list.cursor, chosen(frame_list)) == (560, [560])
        await pilot.click(frame_list, offset=(10, 1))
        assert frame_list.cursor == shown(frame_list)[0]


async def test_the_time_since_the_one_before_is_that_of_the_row_above(on_screen):
    frame_list = FrameList(store_of(1000), Counting())
    async with on_screen(frame_list) as pilot:
        frame_list.show(tens(frame_list._store))
        await pilot.press("t", "g")
        assert [line.split()[1] for line in lines(frame_list)[2:5]] == ["0.012346"] * 3
        assert lines(frame_list)[1].split()[2] in {"in", "out"}
        await pilot.press("3", "j", "2", "0", "j")
        assert {line.split()[1] for line in lines(frame_list)[1:] if line[0] == " "} == {"0.012346"}


async def test_new_frames_are_followed_where_they_match(on_screen):
    frame_list = FrameList(store_of(95), Counting())
    async with on_screen(frame_list) as pilot:
        frame_list.show(tens(frame_list._store))
        assert frame_list.cursor == 90
        frame_list._store.append(batch(30))
        frame_list.store_changed()
        await until(lambda: frame_list.cursor == 120)
        await pilot.press("up")
        frame_list._store.append(batch(30))
        frame_list.store_changed()
        await until(lambda: frame_list._reading.last == 15)
        assert frame_list.cursor == 110


@pytest.mark.parametrize(("number", "nearest"), [("5", 10), ("4", 10), ("444", 440), ("445", 450), ("1000", 1000)])
async def test_the_nearest_row_is_chosen_and_the_frame_again_without_a_filter(on_screen, number, nearest):
    frame_list = FrameList(store_of(1000), Counting())
    async with on_screen(frame_list) as pilot:
        await pilot.press(*number, "g")
        frame_list.show(tens(frame_list._store))
        assert (frame_list.cursor, chosen(frame_list)) == (nearest, [nearest])
        frame_list.show(AllFrames(frame_list._store))
        assert (frame_list.cursor, chosen(frame_list)) == (nearest, [nearest])


async def test_where_nothing_matches_the_choice_is_not_lost(on_screen):
    frame_list = FrameList(store_of(1000), Counting())
    async with on_screen(frame_list) as pilot:
        await pilot.press("4", "4", "4", "g")
        frame_list.show(none(frame_list._store))
        frame_list.empty_text = "No frame matches"
        assert frame_list.cursor == 0
        assert "No frame matches" in lines(frame_list)[2]
        await pilot.press(*"kjg", "up", "v", "escape", "shift+up", "pageup", "t", "l", "up")
        assert frame_list.cursor == 0
        frame_list.show(AllFrames(frame_list._store))
        assert (frame_list.cursor, chosen(frame_list)) == (444, [444])


async def test_reading_begins_at_the_first_row_whatever_was_chosen_before(on_screen):
    frame_list = FrameList(store_of(1000), Counting())
    async with on_screen(frame_list) as pilot:
        await pilot.press("4", "4", "4", "g")
        frame_list.begin_at_first()
        assert frame_list.cursor == 1
        frame_list.show(tens(frame_list._store))
        frame_list.go_to(440)
        frame_list.begin_at_first()
        assert (frame_list.cursor, chosen(frame_list)) == (10, [10])


async def test_what_is_found_late_moves_nothing_that_is_read(on_screen):
    frame_list = FrameList(store_of(1000), Counting())
    async with on_screen(frame_list) as pilot:
        view = none(frame_list._store)
        await pilot.press("5", "0", "0", "g")
        frame_list.show(view)
        view.add(np.array([600]))
        frame_list.store_changed()
        await until(lambda: frame_list.cursor == 600)
        view.add(every(10, 1, 599))
        view.add(every(10, 601, 1000))
        await until(lambda: frame_list.store_changed() or frame_list._reading.last == 100)
        assert frame_list.cursor == 600
        line = next(at for at, text in enumerate(lines(frame_list)) if text.startswith(">"))
        view.add(np.array([599, 601, 3, 999]))
        await until(lambda: frame_list.store_changed() or frame_list._reading.last == 104)
        assert lines(frame_list)[line].startswith("> ")
        assert chosen(frame_list) == [600]
        assert {599, 600, 601} <= set(shown(frame_list)) or line in {1, 11}


async def test_a_held_view_takes_what_is_found_of_it_and_nothing_new(on_screen):
    frame_list = FrameList(store_of(100), Counting())
    async with on_screen(frame_list) as pilot:
        frame_list.hold(True)
        view = tens(frame_list._store)
        frame_list.show(view)
        assert frame_list.cursor == 100
        frame_list._store.append(batch(50))
        view.add(np.array([55, 99, 145]))
        frame_list.store_changed()
        await until(lambda: frame_list.held_back == 6)
        await pilot.press("up")
        assert shown(frame_list)[-3:] == [90, 99, 100]
        await pilot.press("space", "G")
        assert shown(frame_list)[-3:] == [140, 145, 150]


async def test_rows_that_are_evicted_stay_as_they_were_seen(on_screen):
    store = store_of(100, limit_bytes=200_000)
    for start in range(100, 1000, 100):
        store.append(batch(100, start=start))
    frame_list = FrameList(store, Counting())
    async with on_screen(frame_list) as pilot:
        view = tens(store)
        frame_list.show(view)
        await pilot.press("g", "down")
        before = lines(frame_list)[1:]
        while store.first <= 500:
            store.append(batch(100))
        view.add(np.array([store.first + 1, store.first + 2]))
        frame_list.store_changed()
        await until(lambda: frame_list._reading.evicted)
        assert frame_list.cursor == 20
        after = lines(frame_list)[1:]
        assert [line[: line.index("info")] for line in before] == [line[: line.index(GONE)] for line in after]
        await pilot.press("down")
        assert frame_list.cursor == store.first + 1


async def test_selected_rows_are_frames(on_screen, tmp_path: Path):
    frame_list = FrameList(store_of(100), Counting())
    async with on_screen(frame_list) as pilot:
        frame_list.show(tens(frame_list._store))
        await pilot.press("g", "shift+down", "shift+down")
        assert list(frame_list.selected) == [10, 20, 30]
        store = frame_list._store
        found = choices(store, frame_list.view, frame_list.selected, frame_list.cursor)
        assert [(choice.label, choice.frames) for choice in found] == [
            ("the frames that match", 10),
            ("everything", 100),
            ("the selected frames", 3),
        ]
        written = tmp_path / "some.pcapng"
        tally = [].append
        assert found[2].prepare()(written, False, tally) == 3
        assert found[0].prepare()(tmp_path / "all.pcapng", False, tally) == 10
        frame_list.show(AllFrames(store))
        assert not frame_list.selected


views = st.sampled_from([(AllFrames, 1), (tens, 10), (none, 0)])
deeds = st.one_of(
    st.tuples(st.just("grow"), st.integers(1, 60)),
    st.tuples(st.just("find"), st.lists(st.integers(0, 10_000), max_size=4)),
    st.tuples(st.just("show"), views),
    st.tuples(st.just("move_by"), st.integers(-30, 30)),
    st.tuples(st.just("move_to"), st.integers(-5, 400)),
    st.tuples(st.just("scroll_to"), st.integers(-5, 400)),
    st.tuples(st.just("resize"), st.integers(1, 20)),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.sampled_from(["follow", "start_visual", "drop_selection"])),
)


@given(st.lists(deeds, max_size=40))
def test_whatever_comes_the_reader_stays_with_the_frame(script):
    store = Store(limit_bytes=20_000)
    store.set_interfaces([Interface("tap0")])
    viewing, step, found = Viewing(store), 1, set()
    for name, *amount in script:
        before, number = replace(viewing.reading), viewing.cursor
        if name == "grow":
            store.append(batch(amount[0]))
        elif name == "find" and step != 1:
            held = range(store.first, store.last + 1)
            new = {held[each % len(held)] for each in amount[0] if held} - found
            new = sorted(each for each in new if not step or each % step)
            found.update(new)
            viewing.view.add(np.array(new, np.int64))
        move = viewing.update()
        reading = viewing.reading
        if number and not before.following and not before.evicted:
            assert viewing.cursor == number
            assert reading.cursor == (move(before.cursor) if move else before.cursor)
        if name == "show":
            make, step = amount[0]
            found.clear()
            viewing.turn_to(make(store))
            reading = viewing.reading
        elif name not in {"grow", "find"}:
            getattr(reading, name)(*amount)
        viewing.changed()
        if reading.cursor >= viewing.view.first and reading.cursor:
            assert viewing.view.numbers(reading.cursor, reading.cursor).tolist() == [viewing.cursor]
        assert reading.bottom - reading.top < reading.page
        assert all(each >= store.first for each in viewing.selected)
