"""The picker: what it says of each interface, how it lives, and what Enter does."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from choices import DB2, MACHINE, WEB1, Lister, device, hidden, tap
from patients import Doctor
from sources import ARP_REPLY, Door, Scripted, frames_of, surroundings
from textual.pilot import Pilot
from ui_kit import lines, until

from tapscope.listing.choices import Choices
from tapscope.listing.words import HEADINGS
from tapscope.machine.inventory import Rate
from tapscope.ui.app import TapscopeApp
from tapscope.ui.confirm import Confirm
from tapscope.ui.help import HelpScreen
from tapscope.ui.picker import PickerScreen
from tapscope.ui.picker_list import PickerList
from tapscope.ui.picker_rows import about, lay_out, short_texts
from tapscope.ui.session import State


class Doors:
    """Opens interfaces by name; each has a source of its own."""

    def __init__(self) -> None:
        self.opened: dict[str, Door] = {}

    def __call__(self, name: str) -> Scripted:
        door = self.opened.setdefault(name, Door(name=name))
        return door()


@asynccontextmanager
async def running(
    *looks: Choices | OSError, door: Door | None = None, size: tuple[int, int] = (110, 30)
) -> AsyncIterator[tuple[TapscopeApp, Pilot[None], Lister, Doors]]:
    """The app with the picker open: over ``door``, or from the start."""
    listers: list[Lister] = []
    doors = Doors()

    def make() -> Lister:
        listers.append(Lister(*looks))
        return listers[-1]

    app = TapscopeApp(
        door,
        interface="tap0" if door else None,
        title="tap0" if door else "tapscope",
        examine=Doctor(),
        open_interface=doors,
        surroundings=surroundings(interfaces=make),
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        if door is not None:
            await until(lambda: app.session.state is not State.OPENING)
            await pilot.press("i")
        await until(lambda: isinstance(app.screen, PickerScreen))
        yield app, pilot, listers[0], doors
    assert all(lister.stopped for lister in listers)
    await until(lambda: Scripted.opened == 0)


def picker(app: TapscopeApp) -> PickerList:
    return app.screen.query_one(PickerList)


def rows(app: TapscopeApp) -> list[str]:
    return [picker(app).render_line(y).text.rstrip(" │┃") for y in range(picker(app).size.height)]


def said(app: TapscopeApp) -> str:
    return str(app.screen.query_one("#about").content)


async def test_every_interface_has_a_row_with_who_holds_it_and_which_guest_that_is() -> None:
    async with running(MACHINE) as (app, _, _, _):
        await until(lambda: picker(app).chosen)
        heading, tap0, tap1, vnet2, *_ = rows(app)
        assert heading.split()[:4] == ["name", "opens", "mode", "state"]
        assert tap0.startswith("> tap0      attach  ")
        assert tap1.startswith("  tap1      no      ")
        assert "holder hidden, likely" in tap1
        assert "web1" in vnet2
        assert "qemu-system-x86_64 (pid 4" in vnet2
        assert "up, carrier" in vnet2


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (tap(1, "tap0"), ["Enter attaches", "owner root", "persistent", "held by nobody"]),
        (
            tap(1, "vnet2", WEB1),
            ["Enter watches: vnet2 is held by qemu", "port of br0", "for the guest web1", "in 813"],
        ),
        (hidden(1, "tap1", WEB1), ["Cannot be opened: tap1 is held by", "214 processes may not", "likely", "web1?"]),
        (device(1, "br0", "bridge"), ["Enter watches both directions", "bridge, up", "no end that a process"]),
        (device(1, "e", altnames=("enp1s0",)), ["also called enp1s0"]),
    ],
)
def test_what_is_said_below(choice, words) -> None:
    text = str(about(choice))
    for word in words:
        assert word in text


def test_a_rate_that_is_not_known_yet_is_not_zero() -> None:
    choice = tap(1, "tap0")
    unknown = replace(choice, entry=replace(choice.entry, rate=None))
    assert "measuring" in str(about(unknown))
    assert short_texts(unknown)["rate"] == ""


def test_names_that_others_chose_draw_one_line_and_are_no_markup() -> None:
    evil = replace(WEB1, machine="[b]\x1b]0;x\x07", program="qe\nmu[/x]")
    text = str(about(tap(1, "t\x1b[31m", evil)))
    assert text.count("\n") == 3
    assert "\x1b" not in text
    assert "[b]" in text
    assert all(line.isprintable() for line in short_texts(tap(1, "t\x1b[31m", evil)).values())


@pytest.mark.parametrize("width", [20, 40, 60, 80, 107, 200])
def test_a_narrow_screen_keeps_name_and_deed_and_no_row_is_too_wide(width) -> None:
    texts = [short_texts(choice) for choice in MACHINE]
    layout = lay_out(width, [*texts])
    shown = [name for name, _ in layout.widths]
    assert shown[:2] == ["name", "opens"]
    assert all(len(layout.line(row)) <= max(width, 18) for row in texts)
    assert width < 200 or set(shown) == set(HEADINGS)


async def test_the_choice_stays_with_its_interface_when_it_is_renamed_and_others_come() -> None:
    async with running(MACHINE) as (app, pilot, lister, _):
        await until(lambda: picker(app).chosen)
        await pilot.press("j", "j")
        assert picker(app).chosen.name == "vnet2"
        renamed = tap(7, "web", WEB1)
        lister.tell((tap(20, "new0"), MACHINE[0], MACHINE[1], MACHINE[3], renamed))
        await until(lambda: picker(app).rows_in_all == 5)
        assert picker(app).chosen == renamed
        await until(lambda: "web is held by" in said(app))
        lister.tell(MACHINE[:2])
        await until(lambda: picker(app).rows_in_all == 2)
        assert picker(app).chosen.name == "tap1"
        lister.tell(())
        await until(lambda: "No interface" in said(app))
        await pilot.press("j", "G", "enter")
        assert isinstance(app.screen, PickerScreen)


async def test_a_rate_lives() -> None:
    busy = replace(MACHINE[2], entry=replace(MACHINE[2].entry, rate=Rate(1, 5_000_000, 1, 0)))
    async with running(MACHINE) as (app, _, lister, _):
        await until(lambda: picker(app).chosen)
        lister.tell((*MACHINE[:2], busy, *MACHINE[3:]))
        await until(lambda: any("5.00 MB/s" in row for row in rows(app)))


async def test_keys_wheel_and_clicks_move_in_a_long_list() -> None:
    many = tuple(tap(at, f"vnet{at}", WEB1) for at in range(1, 101))
    async with running(many) as (app, pilot, _, doors):
        await until(lambda: picker(app).chosen)
        await pilot.press("G")
        assert picker(app).chosen.name == "vnet100"
        assert "vnet100 " in rows(app)[-1]
        await pilot.press("pageup", "k")
        assert picker(app).chosen.name == f"vnet{100 - (picker(app).page - 1) - 1}"
        await pilot.press("g")
        await pilot.click("#interfaces", offset=(5, 4))
        assert picker(app).chosen.name == "vnet3"
        await pilot.click("#interfaces", offset=(5, 4), times=2)
        await until(lambda: "vnet3" in doors.opened)


async def test_without_a_name_the_app_begins_with_it_and_enter_opens_in_the_same_app() -> None:
    async with running(MACHINE) as (app, pilot, lister, doors):
        await until(lambda: picker(app).chosen)
        await pilot.press("escape", "i")
        assert isinstance(app.screen, PickerScreen)
        await pilot.press("j", "j", "enter")
        await until(lambda: app.session.state is State.READING)
        assert (app.interface, app.title, lister.stopped) == ("vnet2", "vnet2", True)
        doors.opened["vnet2"].source.feed(frames_of([ARP_REPLY] * 3))
        await until(lambda: app.frame_list.cursor == 3)
        await until(lambda: any("ARP" in line for line in lines(app.frame_list)))
        await until(lambda: "vnet2" in lines(app.header)[0])
        assert app.focused is app.frame_list


async def test_it_opens_at_what_is_looked_into_and_leaves_it_alone() -> None:
    door = Door()
    async with running((MACHINE[3], *MACHINE[:3]), door=door) as (app, pilot, _, doors):
        await until(lambda: picker(app).chosen and picker(app).chosen.name == "tap0")
        await pilot.press("enter")
        await until(lambda: not isinstance(app.screen, PickerScreen))
        assert app.session.state is State.READING
        await pilot.press("i", "escape")
        await until(lambda: not isinstance(app.screen, PickerScreen))
        assert (door.tries, doors.opened) == (1, {})


async def test_going_over_closes_what_was_open_and_begins_with_an_empty_list() -> None:
    door = Door()
    async with running(MACHINE, door=door) as (app, pilot, _, doors):
        await until(lambda: picker(app).chosen)
        await pilot.press("G", "k", "enter")
        await until(lambda: app.interface == "eth0" and app.session.state is State.READING)
        await until(lambda: Scripted.opened == 1)
        assert (app.session.store.total_frames, app.panel.display) == (0, False)
        doors.opened["eth0"].source.feed(2)
        await until(lambda: app.frame_list.cursor == 2)


async def test_frames_that_came_live_are_given_up_only_after_asking() -> None:
    door = Door()
    async with running(MACHINE, door=door) as (app, pilot, _, doors):
        door.source.feed(5)
        await until(lambda: app.session.store.total_frames == 5)
        await until(lambda: picker(app).chosen)
        await pilot.press("j", "j", "enter")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("n")
        await pilot.pause()
        assert (app.session.store.total_frames, app.interface, doors.opened) == (5, "tap0", {})
        await pilot.press("i")
        await until(lambda: isinstance(app.screen, PickerScreen) and picker(app).chosen)
        await pilot.press("j", "j", "enter")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: app.interface == "vnet2" and app.session.state is State.READING)
        assert app.session.store.total_frames == 0


async def test_from_a_refusal_one_goes_on_to_another() -> None:
    door = Door(shut=True)
    async with running(MACHINE, door=door) as (app, pilot, _, _):
        await until(lambda: picker(app).chosen)
        await pilot.press("j", "j", "enter")
        await until(lambda: app.interface == "vnet2" and app.session.state is State.READING)
        assert not app.panel.display
        assert app.panes.display
        await pilot.press("f2")
        await until(lambda: app.panel.diagnosis)


async def test_help_names_its_keys_and_the_apps_own_are_not_there() -> None:
    async with running(MACHINE, door=Door()) as (app, pilot, _, _):
        await until(lambda: picker(app).chosen)
        await pilot.press("p", "s", "c")
        assert isinstance(app.screen, PickerScreen)
        await pilot.press("question_mark")
        await until(lambda: isinstance(app.screen, HelpScreen))
        text = "\n".join(str(part.content) for part in app.screen.query("Static"))
        assert "Open" in text
        assert "Save" not in text
        assert "Focus" not in text


async def test_a_machine_that_cannot_be_asked_is_one_line() -> None:
    async with running(OSError(errno.EPERM, "Operation not permitted")) as (app, pilot, _, _):
        await until(lambda: "cannot be listed: Operation not permitted" in said(app))
        await pilot.press("q")


def test_two_guests_are_both_named() -> None:
    choice = tap(1, "tap0", WEB1)
    both = replace(choice, entry=replace(choice.entry, search=replace(choice.entry.search, found=(WEB1, DB2))))
    assert short_texts(both)["guest"] == "web1, db2"
    assert " and " in short_texts(both)["held"]
