"""The app as a whole, on a scripted source: what arrives, what is shown, and how it ends."""

import asyncio
from dataclasses import replace

import pytest
from app_kit import header, never, running
from sources import ARP_REPLY, Door, Scripted, frames_of, link, surroundings
from textual.widgets._footer import FooterKey
from textual.worker import WorkerState
from ui_kit import until

from tapscope.ui.app import TapscopeApp
from tapscope.ui.copy_menu import CopyMenu
from tapscope.ui.help import HelpScreen
from tapscope.ui.save_dialog import SaveDialog
from tapscope.ui.session import State
from tapscope.ui.surroundings import Device


async def fed(app: TapscopeApp, door: Door, count: int) -> None:
    """Feed so many frames and wait until the list knows of them."""
    door.source.feed(frames_of([ARP_REPLY] * count))
    await until(lambda: app.frame_list.cursor or app.frame_list.held)
    last = app.session.store.last
    await until(lambda: app.session.store.last >= last)


async def test_frames_reach_the_list_the_layers_and_the_bytes() -> None:
    door = Door()
    async with running(door) as (app, _):
        door.source.feed(frames_of([ARP_REPLY] * 3))
        await until(lambda: app.frame_list.cursor == 3)
        await until(lambda: app.detail.byte_view.data == ARP_REPLY)
        await until(lambda: any("ARP" in str(node.label) for node in app.detail.layer_tree.root.children))
        await until(lambda: "3 frames" in header(app))
        assert "FOLLOW" in header(app)


async def test_a_field_marks_its_bytes_and_a_byte_its_field() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(frames_of([ARP_REPLY]))
        tree, view = app.detail.layer_tree, app.detail.byte_view
        await until(lambda: len(tree.root.children) > 2)
        view.focus()
        await pilot.press("g", *["right"] * 21)
        await until(lambda: tree.cursor_node is not None and tree.cursor_node.data is not None)
        assert tree.cursor_node.data.name == "ARP.op"
        assert view.marked == range(20 * 8, 22 * 8)
        tree.focus()
        await pilot.press("down")
        await until(lambda: view.marked == range(22 * 8, 28 * 8))


async def test_nothing_arrives_and_the_list_says_why() -> None:
    for device, words in [
        (Device(link(up=False)), "tap0 is down"),
        (Device(link(carrier=False)), "no carrier"),
        (Device(None), "no interface tap0"),
        (Device(link()), "silent"),
    ]:
        async with running(Door(), around=surroundings(device)) as (app, _):
            await until(lambda words=words, app=app: words in app.frame_list.empty_text)


async def test_pause_holds_the_view_and_counts_what_arrives() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(2)
        await until(lambda: app.frame_list.cursor == 2)
        await pilot.press("p")
        door.source.feed(7)
        await until(lambda: "PAUSED +7" in header(app))
        assert app.session.store.last == 9
        assert app.frame_list.cursor == 2
        await pilot.press("p")
        await until(lambda: app.frame_list.cursor == 9)
        await until(lambda: "FOLLOW" in header(app))


async def test_going_up_browses_and_end_follows_again() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(50)
        await until(lambda: app.frame_list.cursor == 50)
        await pilot.press("up")
        await until(lambda: "BROWSE" in header(app))
        await pilot.press("end")
        await until(lambda: "FOLLOW" in header(app))


async def test_the_keys_are_drawn_anew_only_where_they_say_something_else() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(50)
        await until(lambda: app.detail.frame is not None)
        await pilot.pause()
        before = list(app.screen.query(FooterKey))
        for key in ("up", "end"):
            await pilot.press(key)
            app.refresh_bindings()
            await pilot.pause()
            assert list(app.screen.query(FooterKey)) == before
        door.source.end()
        await until(lambda: any(key.key == "r" for key in app.screen.query(FooterKey)))


async def test_the_end_says_its_fault_and_offers_another_try() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        assert "r" not in app.screen.active_bindings
        door.source.end("tap0 is gone: the device was deleted")
        await until(lambda: app.session.state is State.ENDED)
        await until(lambda: "the device was deleted" in header(app))
        assert "ENDED" in header(app)
        assert "r" in app.screen.active_bindings
        await pilot.press("r")
        await until(lambda: app.session.state is State.READING)
        assert door.tries == 2
        assert Scripted.most_at_once == 1


async def test_a_file_ends_and_is_not_tried_again() -> None:
    door = Door(live=False, name="a.pcapng")
    async with running(door, name=None) as (app, _):
        door.source.feed(5)
        door.source.end()
        await until(lambda: "ENDED" in header(app))
        assert "a.pcapng" in header(app)
        assert "file" in header(app)
        assert "r" not in app.screen.active_bindings
        assert "p" not in app.screen.active_bindings
        assert "frames/s" not in header(app)


async def test_keys_are_hidden_until_they_do_something() -> None:
    door = Door()
    async with running(door) as (app, _):
        assert {"c", "s"}.isdisjoint(app.screen.active_bindings)
        door.source.feed(1)
        await until(lambda: {"c", "s"} <= set(app.screen.active_bindings))
        assert "p" in app.screen.active_bindings


async def test_notes_of_the_source_are_told_once() -> None:
    door = Door(notes=("created [/x] tap0",))
    async with running(door) as (app, _):
        await until(lambda: len(app._notifications) == 1)
        assert next(iter(app._notifications)).message == "created [/x] tap0"


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_it_quits_by_key_in_less_than_half_a_second(key: str) -> None:
    """The best of three, as the machine may be busy with something else."""
    assert min([await seconds_to_quit(key) for _ in range(3)]) < 0.5


async def seconds_to_quit(key: str) -> float:
    app = TapscopeApp(Door(), interface="tap0", title="t", examine=never, surroundings=surroundings())
    async with app.run_test() as pilot:
        await until(lambda: app.session.state is State.READING)
        begin = asyncio.get_running_loop().time()
        await pilot.press(key)
        await until(lambda: Scripted.opened == 0)
        took = asyncio.get_running_loop().time() - begin
    assert app.return_code == 0
    return took


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
async def test_it_quits_from_a_dialog_too(key: str) -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(1)
        await until(lambda: app.frame_list.cursor)
        await pilot.press("s")
        await until(lambda: isinstance(app.screen, SaveDialog))
        await pilot.press(key)
        await until(lambda: Scripted.opened == 0)


async def test_help_lists_the_keys_that_work_now() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        await pilot.press("question_mark")
        await until(lambda: isinstance(app.screen, HelpScreen))
        await pilot.pause()
        said = "\n".join(str(widget.render()) for widget in app.screen.query("Static"))
        assert "Pause" in said
        assert "Save" not in said
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen)


async def test_palette_offers_what_has_a_key_and_no_name_twice() -> None:
    door = Door()
    async with running(door) as (app, _):
        names = [command.title for command in app.get_system_commands(app.screen)]
        assert {"Pause", "Capabilities", "Help", "Theme"} <= set(names)
        assert "Save" not in names
        assert "Page down" not in names
        assert len(names) == len(set(names))


async def test_copy_goes_to_the_clipboard_in_the_chosen_form() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(frames_of([ARP_REPLY]))
        await until(lambda: app.detail.frame)
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CopyMenu))
        await pilot.press("h")
        await until(lambda: app.clipboard)
        assert bytes.fromhex(app.clipboard.replace(" ", "")) == ARP_REPLY


async def test_save_writes_what_is_selected(tmp_path) -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(frames_of([ARP_REPLY] * 9))
        await until(lambda: app.frame_list.cursor == 9)
        await pilot.press("shift+up", "shift+up")
        app.action_save()
        await until(lambda: isinstance(app.screen, SaveDialog))
        await pilot.pause()
        app.screen.query_one("#path").value = str(tmp_path / "some.pcapng")
        await pilot.press("tab", "down", "enter", "shift+tab", "enter")
        await until(lambda: any("Saved 3 frames" in note.message for note in app._notifications))
    assert (tmp_path / "some.pcapng").stat().st_size > 3 * len(ARP_REPLY)


async def test_header_shows_the_device_and_its_drops() -> None:
    device = Device(replace(link(), tx_dropped=42), ("10.0.0.1/24",))
    async with running(Door(), around=surroundings(device)) as (app, _):
        await until(lambda: "42 by the TAP's queue" in header(app))
        for word in ("tap0", "peer", "up", "carrier", "10.0.0.1/24", "12:34:56"):
            assert word in header(app)


async def test_rows_are_numbered_on_after_another_try() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(3)
        await until(lambda: app.frame_list.cursor == 3)
        door.source.end()
        await until(lambda: app.session.state is State.ENDED)
        await pilot.press("r")
        await until(lambda: app.session.state is State.READING)
        door.source.feed(2)
        await until(lambda: app.frame_list.cursor == 5)


async def test_small_screens_show_one_thing_at_a_time() -> None:
    door = Door()
    async with running(door, size=(70, 20)) as (app, pilot):
        door.source.feed(frames_of([ARP_REPLY]))
        await until(lambda: app.detail.frame)
        assert not app.detail.display
        assert app.header.size.height == 1
        await pilot.press("enter")
        assert app.detail.display
        assert not app.frame_list.display
        await pilot.press("escape")
        assert app.frame_list.has_focus


async def test_no_color_and_every_theme_draw() -> None:
    door = Door()
    async with running(door) as (app, pilot):
        door.source.feed(frames_of([ARP_REPLY]))
        await until(lambda: app.detail.frame)
        for theme in app.available_themes:
            app.theme = theme
            await pilot.pause()
            assert "FOLLOW" in header(app)


async def test_a_file_is_read_from_its_beginning() -> None:
    door = Door(live=False)
    async with running(door, name=None) as (app, _):
        door.source.feed(50)
        door.source.end()
        await until(lambda: app.session.state is State.ENDED)
        await until(lambda: app.detail.frame)
        assert app.frame_list.cursor == 1
        assert app.detail.frame.number == 1


async def test_what_comes_through_a_pipe_can_be_held() -> None:
    door = Door(live=False, mode="pipe")
    async with running(door, name=None) as (app, pilot):
        door.source.feed(2)
        await until(lambda: app.frame_list.cursor == 2)
        await until(lambda: "frames/s" in header(app))
        await pilot.press("p")
        door.source.feed(7)
        await until(lambda: "PAUSED +7" in header(app))


async def test_a_fault_is_told_whole_where_the_header_has_no_room_for_it() -> None:
    fault = f"{'a' * 100}.pcap: record 23 at offset 1378 says 9500 bytes but 3606 are left"
    door = Door(live=False)
    async with running(door, size=(80, 24), name=None) as (app, _):
        door.source.feed(2)
        door.source.end(fault)
        await until(lambda: app.session.state is State.ENDED)
        await until(lambda: "2 frames  aaaa" in header(app) and "…" in header(app))
        assert [note.message for note in app._notifications] == [fault]


@pytest.mark.parametrize(("size", "last"), [((60, 20), "? Help"), ((120, 30), "? Help"), ((160, 30), "^p palette")])
async def test_where_the_footer_is_too_short_the_way_to_help_stays(size: tuple[int, int], last: str) -> None:
    door = Door()
    async with running(door, size=size) as (app, pilot):
        door.source.feed(2)
        await until(lambda: app.detail.frame)
        await until(lambda: foot(app).endswith(last))
        await pilot.pause()
        assert foot(app).count("Help") == 1


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (60, ["/ Filter", "^f Find", "o Sort", "? Help"]),
        (80, ["/ Filter", "^f Find", "o Sort", "p Pause", "s Save", "i Interfaces", "? Help"]),
        (120, ["/ Filter", "o Sort", "F2 Capabilities", "q Quit", "? Help"]),
        (160, ["t Time", "o Sort", "z Timeline", "e Statistics", "F2 Capabilities", "? Help", "q Quit"]),
    ],
)
async def test_the_most_useful_keys_are_whole_in_the_footer(width: int, said: list[str]) -> None:
    door = Door()
    async with running(door, size=(width, 30)) as (app, _):
        door.source.feed(2)
        await until(lambda: app.detail.frame)
        await until(lambda: all(key in foot(app) for key in said))


def foot(app: TapscopeApp) -> str:
    """The lowest line of the screen."""
    return app.screen._compositor.render_strips()[-1].text.rstrip()


async def test_nothing_begins_after_the_end_that_would_never_be_told_of_it() -> None:
    async with running(Door()) as (app, _):
        before = app.run_worker(never, thread=True, start=False)
        app.workers.cancel_all()
        after = app.run_worker(never, thread=True)
        assert before.is_cancelled
        assert after.state is WorkerState.PENDING
