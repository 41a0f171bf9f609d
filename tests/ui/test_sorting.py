"""Sorting in the app: by keys and headings, while frames come, are filtered, sought and saved."""

import numpy as np
import pytest
from app_kit import header, running
from sources import ARP_REPLY, Door, frames_of
from test_filtering import fed, question, shown
from ui_kit import until

from tapscope.store.view import AllFrames, Sort
from tapscope.ui import filtering, sorting
from tapscope.ui.app import TapscopeApp
from tapscope.ui.saving import choices


@pytest.fixture(autouse=True)
def _own_history(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


SIZES = (70, 60, 90, 60, 80)


def sized(*sizes: int) -> list[bytes]:
    """ARP frames of these lengths."""
    return [ARP_REPLY[:42] + bytes(size - 42) for size in sizes]


async def begun(app: TapscopeApp, pilot, door: Door, *sizes: int) -> None:
    """All frames are there, nothing more comes, the first one is chosen."""
    await fed(app, door, sized(*sizes))
    door.source.end()
    await until(lambda: not app.session.goes_on)
    await pilot.press("g")


async def sorted_by(app: TapscopeApp, sort: Sort | None) -> None:
    await until(lambda: app._sorter is None and app.frame_list.view.sort == sort)


async def pressed(app: TapscopeApp, pilot, column: str, key: str = "o") -> None:
    """Press the key until the list is sorted by that column."""
    while app.sort.column != column:
        await pilot.press(key)
    await sorted_by(app, Sort(column))


def drawn(app: TapscopeApp) -> list[str]:
    """The headings, and the rows that have frames."""
    region = app.frame_list.outer_size.region
    found = [strip.text for strip in app.frame_list.render_lines(region)]
    return [found[1], *(line for line in found[2:-1] if line[3:-1].strip())]


def headings(app: TapscopeApp) -> str:
    return drawn(app)[0]


async def click_heading(app: TapscopeApp, pilot, name: str) -> None:
    await pilot.click(app.frame_list, offset=(headings(app).index(name), 1))


async def test_by_keys_and_back_the_cursor_stays_on_its_frame():
    door = Door()
    async with running(door) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        await pilot.press("j", "j")
        assert app.frame_list.cursor == 3
        await pressed(app, pilot, "length")
        assert shown(app) == [2, 4, 1, 5, 3]
        assert app.frame_list.cursor == 3
        assert "Length ▲" in headings(app)
        assert "by Length ▲" in str(app.frame_list.border_title)
        await pilot.press("O")
        await sorted_by(app, Sort("length", falling=True))
        assert shown(app) == [3, 5, 1, 2, 4]
        assert "Length ▼" in headings(app)
        assert app.frame_list.cursor == 3
        await pilot.press("escape")
        assert shown(app) == [1, 2, 3, 4, 5]
        assert isinstance(app.frame_list.view, AllFrames)
        assert not {"▲", "▼"} & set(headings(app))
        assert app.frame_list.cursor == 3
        assert "escape" not in app.screen.active_bindings


async def test_o_goes_through_all_columns_that_are_shown_and_back_to_arrival():
    door = Door()
    async with running(door, size=(60, 20)) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        seen = []
        while True:
            await pilot.press("o")
            await until(lambda: app._sorter is None)
            if app.frame_list.view.sort is None:
                break
            seen.append(app.frame_list.view.sort.column)
        assert tuple(seen) == tuple(name for name in app.frame_list.columns[1:] if name in seen)
        assert {"time", "protocol"} <= set(seen)
        assert shown(app) == [1, 2, 3, 4, 5]


async def test_keys_that_come_faster_than_sorts_all_count():
    door = Door()
    async with running(door) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        for _ in range(7):
            app.action_sort()
        app.action_reverse_sort()
        assert app.sort == Sort("info", falling=True)
        for _ in range(2):
            app.action_sort()
        await sorted_by(app, Sort("time"))


async def test_the_newest_first():
    door = Door()
    async with running(door) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        await pilot.press("O")
        await sorted_by(app, Sort("number", falling=True))
        assert shown(app) == [5, 4, 3, 2, 1]
        await pilot.press("O")
        await sorted_by(app, None)
        assert shown(app) == [1, 2, 3, 4, 5]


async def test_headings_are_clicked_three_times():
    door = Door()
    async with running(door) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        for sort in (Sort("length"), Sort("length", falling=True), None):
            await click_heading(app, pilot, "Length")
            await sorted_by(app, sort)
        for sort in (Sort("number", falling=True), None):
            await click_heading(app, pilot, "No.")
            await sorted_by(app, sort)
        await click_heading(app, pilot, "Length")
        await sorted_by(app, Sort("length"))
        await click_heading(app, pilot, "Time")
        await sorted_by(app, Sort("time"))


async def test_keys_of_the_list_go_by_the_order_that_is_shown():
    door = Door()
    async with running(door) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        await pressed(app, pilot, "length")
        await pilot.press("g")
        assert app.frame_list.cursor == 2
        await pilot.press("j", "j")
        assert app.frame_list.cursor == 1
        await pilot.press("G")
        assert app.frame_list.cursor == 3
        assert not app.frame_list.following
        await pilot.press("5", "g")
        assert app.frame_list.cursor == 5
        await pilot.press("g", "t")
        assert "Delta" in headings(app)
        deltas = [line[3:].split()[1] for line in drawn(app)[1:]]
        app.sort_by(sorting.ARRIVAL)
        by_number = dict(zip(shown(app), [line[3:].split()[1] for line in drawn(app)[1:]], strict=True))
        assert deltas[:2] == [by_number[2], by_number[4]]


async def test_the_filter_changes_and_the_sort_stays():
    door = Door()
    async with running(door) as (app, pilot):
        await fed(app, door, [question("longer" * 9), *sized(*SIZES), question("b" * 21)])
        door.source.end()
        await until(lambda: not app.session.goes_on)
        await pressed(app, pilot, "length")
        await app.filter_by("arp")
        await sorted_by(app, Sort("length"))
        assert shown(app) == [3, 5, 2, 6, 4]
        assert app.frame_list.view.unsorted is app.search.view
        await app.filter_by("")
        await sorted_by(app, Sort("length"))
        assert shown(app) == [3, 5, 2, 6, 7, 4, 1]


async def test_what_a_filter_finds_late_is_sorted_in():
    door = Door()
    async with running(door) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        await app.filter_by("frame.len > 65")
        await pressed(app, pilot, "length")
        assert shown(app) == [1, 5, 3]
        app.search.view.add(np.array([2]))
        app.frame_list.store_changed()
        await until(lambda: shown(app) == [2, 1, 5, 3])
        await sorted_by(app, Sort("length"))


async def test_a_capture_that_goes_on_is_held_until_it_is_let_go():
    door = Door()
    async with running(door) as (app, pilot):
        await fed(app, door, sized(*SIZES))
        await until(lambda: app.frame_list.cursor == 5)
        await pressed(app, pilot, "length")
        assert app.frame_list.held
        door.source.feed(frames_of(sized(50, 50)))
        await until(lambda: "PAUSED +2" in header(app))
        assert shown(app) == [2, 4, 1, 5, 3]
        await pilot.press("O")
        await sorted_by(app, Sort("length", falling=True))
        assert shown(app) == [3, 5, 1, 2, 4]
        await pilot.press("p")
        await sorted_by(app, None)
        assert not app.frame_list.held
        await until(lambda: shown(app) == [1, 2, 3, 4, 5, 6, 7])
        assert app.frame_list.cursor == 5


async def test_in_a_held_list_escape_leaves_the_sort_alone():
    door = Door()
    async with running(door) as (app, pilot):
        await fed(app, door, sized(*SIZES))
        await pressed(app, pilot, "length")
        door.source.feed(frames_of(sized(50)))
        await until(lambda: app.frame_list.held_back == 1)
        await pilot.press("escape")
        assert shown(app) == [1, 2, 3, 4, 5]
        assert (app.frame_list.held, app.frame_list.held_back) == (True, 1)


async def test_rows_of_evicted_frames_stay_and_say_so():
    door = Door()
    async with running(door, memory=1 << 20) as (app, pilot):
        await fed(app, door, sized(*SIZES))
        await pressed(app, pilot, "length")
        await pilot.press("g")
        before = shown(app)
        store = app.session.store
        while store.first <= 5:
            door.source.feed(frames_of(sized(*[100] * 1000)))
            total = store.total_frames
            await until(lambda total=total: store.total_frames > total)
        await until(lambda: "evicted" in str(app.detail.layer_tree.border_title))
        app.frame_list.redraw()
        assert shown(app) == before
        assert all("evicted" in line for line in drawn(app)[1:])
        assert not app.frame_list.selected
        await pilot.press("j", "shift+down", "escape", "p")
        assert app.frame_list.cursor >= store.first or app.frame_list._viewing.evicted


async def test_what_is_selected_is_saved_as_it_came(tmp_path):
    door = Door()
    async with running(door) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        await pressed(app, pilot, "length")
        await pilot.press("g", "shift+down", "shift+down")
        frames = app.frame_list
        assert list(frames.selected) == [1, 2, 4]
        found = choices(app.session.store, frames.view, frames.selected, frames.cursor)
        assert [(choice.label, choice.frames) for choice in found] == [("everything", 5), ("the selected frames", 3)]
        await app.filter_by("frame.len > 65")
        await sorted_by(app, Sort("length"))
        found = choices(app.session.store, frames.view, frames.selected, frames.cursor)
        assert (found[0].label, found[0].frames) == ("the frames that match", 3)
        path = tmp_path / "some.pcap"
        found[0].prepare()(path, False, lambda _: None)
        at, lengths = 24, []
        data = path.read_bytes()
        while at < len(data):
            lengths.append(int.from_bytes(data[at + 12 : at + 16], "little"))
            at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
        assert lengths == [70, 90, 80]


async def test_a_sort_is_given_up_by_escape(monkeypatch):
    monkeypatch.setattr(sorting, "PATIENCE", 0.001)
    door = Door()
    async with running(door) as (app, pilot):
        await begun(app, pilot, door, *SIZES)
        from tapscope.ui.sorter import Sorter  # noqa: PLC0415

        def endless(self):
            self.done = 0.25
            self.stop.wait()

        monkeypatch.setattr(Sorter, "carry_out", endless)
        await pilot.press("O")
        await until(lambda: "sorting by No., 25%, Esc stops" in str(app.frame_list.border_title))
        assert "escape" in app.screen.active_bindings
        await pilot.press("escape")
        assert app._sorter is None
        assert app.frame_list.view.sort is None
        assert app.frame_list.border_title == "Frames"


async def test_hits_are_gone_through_as_the_list_shows_them():
    door = Door()
    async with running(door) as (app, pilot):
        await fed(app, door, [question("longer" * 9), *sized(*SIZES), question("b" * 21)])
        door.source.end()
        await until(lambda: app._can_look and not app.session.goes_on)
        await pressed(app, pilot, "length")
        await pilot.press("g")
        from tapscope.filters.find import How, Where, compile_find  # noqa: PLC0415

        await app._seek(compile_find("frame.len > 75", How.FILTER, Where.ROWS))
        seen = []
        for _ in range(3):
            await until(lambda: not app._way and not app.finding.busy)
            seen.append(app.frame_list.cursor)
            await pilot.press("n")
        assert seen == [6, 7, 4]


async def test_another_interface_is_not_sorted():
    door = Door()
    async with running(door) as (app, pilot):
        await fed(app, door, sized(*SIZES))
        await pressed(app, pilot, "length")
        await app.look_into("tap0")
        await until(lambda: app.frame_list.view.sort is None)
        assert app.sort == sorting.ARRIVAL


async def test_help_and_palette_know_the_keys():
    door = Door()
    async with running(door) as (app, _):
        await fed(app, door, sized(*SIZES))
        assert {"o", "O"} <= set(app.screen.active_bindings)
        assert {"Sort", "Reverse"} <= {command.title for command in app.get_system_commands(app.screen)}


NAMES = ("mmm", "aaa", "zzz", "aaa", "kkk")


async def asked(app: TapscopeApp, door: Door, *names: str) -> None:
    """DNS questions for these names, one length for all: nothing but Info tells them apart."""
    await fed(app, door, [question(name) for name in names])
    door.source.end()
    await until(lambda: app._can_look and not app.session.goes_on)


async def test_by_what_only_the_dissector_knows():
    door = Door()
    async with running(door) as (app, pilot):
        await asked(app, door, *NAMES)
        await click_heading(app, pilot, "Info")
        await sorted_by(app, Sort("info"))
        assert shown(app) == [2, 4, 5, 1, 3]
        known = app._by_info
        await pilot.press("O")
        await sorted_by(app, Sort("info", falling=True))
        assert shown(app) == [3, 1, 5, 2, 4]
        assert app._by_info is known
        await pilot.press("o")
        await sorted_by(app, None)
        assert shown(app) == [1, 2, 3, 4, 5]


async def test_further_processes_make_info(monkeypatch):
    monkeypatch.setattr(sorting, "FEW", 10)
    monkeypatch.setattr(sorting, "CHUNK", 7)
    monkeypatch.setattr(filtering, "AT_REST", (0.0, 0.02))
    monkeypatch.setattr(filtering, "IN_USE", (0.0, 0.02))
    door = Door()
    async with running(door) as (app, _):
        names = [f"{at * 37 % 100:03}" for at in range(200)]
        await asked(app, door, *names)
        app.sort_by(Sort("info"))
        await until(lambda: app._helpers is not None and app._helpers.serving)
        await sorted_by(app, Sort("info"))
        found = app.frame_list.view.numbers(1, 200).tolist()
        assert found == sorted(range(1, 201), key=lambda number: names[number - 1])


async def test_more_than_the_dissector_has_time_for(monkeypatch):
    monkeypatch.setattr(sorting, "MOST_BY_INFO", 4)
    door = Door()
    async with running(door) as (app, pilot):
        await asked(app, door, *NAMES)
        await click_heading(app, pilot, "Length")
        await sorted_by(app, Sort("length"))
        await click_heading(app, pilot, "Info")
        await until(lambda: any("A filter (/) leaves fewer" in note.message for note in app._notifications))
        assert app.sort == Sort("length")
        await pilot.press("o")
        await sorted_by(app, None)
        await app.filter_by("frame.number > 1")
        await until(lambda: shown(app) == [2, 3, 4, 5])
        await pilot.pause()
        await click_heading(app, pilot, "Info")
        await sorted_by(app, Sort("info"))
        assert shown(app) == [2, 4, 5, 3]


async def test_info_is_given_up_by_escape(monkeypatch):
    monkeypatch.setattr(sorting, "PATIENCE", 0.001)
    monkeypatch.setattr(filtering, "AT_REST", (0.0, 0.02))
    monkeypatch.setattr(filtering, "IN_USE", (0.0, 0.02))
    door = Door()
    async with running(door) as (app, pilot):
        await asked(app, door, *NAMES * 100)
        app.sort_by(Sort("info"))
        await until(lambda: "sorting by Info" in str(app.frame_list.border_title))
        infos = app._infos
        await until(lambda: infos.left < 500)
        await pilot.press("escape")
        await until(lambda: app._infos is None)
        assert app.frame_list.view.sort is None
        assert infos.left
