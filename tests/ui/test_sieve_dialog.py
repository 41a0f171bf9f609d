"""The capture filter, changed from the app: live, of a file, refused, and without libpcap."""

import re
import sys
from functools import partial
from pathlib import Path

import pytest
from app_kit import header, never, running
from sources import ARP_REPLY, Door, frames_of, link, surroundings
from textual.content import Content
from textual.widgets import Input, Static
from ui_kit import until

from tapscope.capture.files import open_file
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.export import save
from tapscope.ui.app import TapscopeApp
from tapscope.ui.header import KEPT_BACK
from tapscope.ui.session import State
from tapscope.ui.sieve_dialog import SieveDialog, verdict_on
from tapscope.ui.surroundings import Device

UDP = bytes(12) + b"\x08\x00\x45" + bytes(8) + b"\x11" + bytes(18)


def verdict(app: TapscopeApp) -> str:
    content = app.screen.query_one("#verdict", Static).content
    return content.plain if isinstance(content, Content) else str(content)


def place(app: TapscopeApp) -> int:
    """Over which column of the screen the caret stands, less that of the first character; -1 for none."""
    screen = [strip.text for strip in app.screen._compositor.render_strips()]
    carets = [found.start(1) for line in screen if (found := re.search(r"│ +(\^) +│", line))]
    return carets[0] - app.screen.query_one(Input).content_region.x if carets else -1


async def chosen(pilot, text: str) -> None:
    await pilot.press("F")
    await until(lambda: isinstance(pilot.app.screen, SieveDialog))
    pilot.app.screen.query_one(Input).value = text
    await pilot.pause()
    await pilot.press("enter")


async def test_it_holds_from_the_next_frame_on_and_a_mark_says_so():
    async with running(Door()) as (app, pilot):
        door = app.session._open_source
        door.source.feed(frames_of([UDP, ARP_REPLY]))
        await until(lambda: app.session.store.last == 2)
        await chosen(pilot, "arp")
        await until(lambda: app.session.info.sieve == "arp")
        assert not isinstance(app.screen, SieveDialog)
        await until(lambda: "-f arp" in header(app))
        door.source.feed(frames_of([UDP, ARP_REPLY, UDP]))
        await until(lambda: app.session.store.last == 3)
        row = app.session.store.row(3)
        assert (row.data, row.comments) == (ARP_REPLY, ("capture filter from here on: arp",))
        await chosen(pilot, "")
        await until(lambda: not app.session.info.sieve)
        door.source.feed(frames_of([UDP]))
        await until(lambda: app.session.store.last == 4)
        assert app.session.store.row(4).comments == ("no capture filter from here on",)
        await until(lambda: "-f" not in header(app))


async def test_it_stays_when_the_source_is_opened_again():
    async with running(Door()) as (app, pilot):
        door = app.session._open_source
        await chosen(pilot, "arp")
        await until(lambda: app.session.info.sieve == "arp")
        door.source.end("gone")
        await until(lambda: app.session.state is State.ENDED)
        assert not app.check_action("sieve", ())
        await pilot.press("r")
        await until(lambda: app.session.state is State.READING)
        assert app.session.info.sieve == "arp"


async def test_a_file_is_read_anew(tmp_path: Path):
    path = tmp_path / "a.pcapng"
    around, datas = Interface("a"), [UDP, ARP_REPLY, UDP, ARP_REPLY, UDP]
    save(path, [Frame(n, n, Direction.IN, len(data), data, around) for n, data in enumerate(datas, 1)], [around])
    opener = partial(open_file, str(path))
    app = TapscopeApp(opener, interface=None, title="a.pcapng", examine=never, surroundings=surroundings())
    async with app.run_test(size=(110, 40), notifications=True) as pilot:
        await until(lambda: app.session.state is State.ENDED)
        for text, count in (("arp", 2), ("udp", 3), ("tcp", 0), ("", 5)):
            await chosen(pilot, text)
            await until(lambda text=text: app.session.info and app.session.info.sieve == text)
            await until(lambda: app.session.state is State.ENDED)
            await until(lambda count=count: app.session.store.last == app.frame_list.view.last == count)
            assert app.focused is app.frame_list


async def test_the_display_filter_stays_on_a_file_that_is_read_anew(tmp_path: Path):
    path = tmp_path / "a.pcapng"
    around, datas = Interface("a"), [UDP, ARP_REPLY, UDP, ARP_REPLY + b"xx", UDP]
    save(path, [Frame(n, n, Direction.IN, len(data), data, around) for n, data in enumerate(datas, 1)], [around])
    opener = partial(open_file, str(path))
    app = TapscopeApp(opener, interface=None, title="a.pcapng", examine=never, surroundings=surroundings())
    async with app.run_test(size=(110, 40), notifications=True) as pilot:
        await until(lambda: app.session.state is State.ENDED)
        await app.filter_by("frame.len > 42")
        await chosen(pilot, "arp")
        await until(lambda: app.session.store.last == 2)
        await until(lambda: app.search is not None and app.frame_list.view.last == 1)


async def test_what_is_typed_is_judged_as_it_is_typed():
    async with running(Door()) as (app, pilot):
        await pilot.press("F")
        await until(lambda: isinstance(app.screen, SieveDialog))
        assert verdict(app).startswith("○ no filter")
        await pilot.press(*"tcp", "space", *"prot")
        assert (verdict(app)[:1], place(app)) == ("✗", 4)
        await pilot.press("enter")
        assert isinstance(app.screen, SieveDialog)
        assert "syntax error" in verdict(app)
        app.screen.query_one(Input).value = "tcp port 80"
        await pilot.pause()
        assert (verdict(app), place(app)) == ("✓ a filter", -1)
        app.screen.query_one(Input).value = "host nosuch.invalid"
        await pilot.pause()
        assert verdict(app) == "○ looked up with Enter: nosuch.invalid"
        await pilot.press("enter")
        await until(lambda: verdict(app).startswith("✗"))
        assert "nosuch.invalid" in verdict(app)
        await pilot.press("escape")
        assert app.session.info.sieve == ""


async def test_without_libpcap_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "cypcap", None)
    async with running(Door()) as (app, pilot):
        await chosen(pilot, "arp")
        assert verdict(app) == "✗ capture filters want cypcap, which brings libpcap: pip install cypcap"
        await pilot.press("escape")


async def test_what_a_tap_keeps_back_is_not_called_dropped():
    device = Device(link(tx_dropped=1234), ())
    async with running(Door(sieve="arp", sieve_counts=True), around=surroundings(device)) as (app, _):
        await until(lambda: KEPT_BACK in header(app))
        assert f"1,234 {KEPT_BACK}" in header(app)
        assert "by the TAP's queue" not in header(app)


@pytest.mark.parametrize("text", ["[/x] or \x1b]0;a", "host \u202e", "((", "\\"])
def test_nothing_that_is_typed_breaks_it(text):
    verdict_on(text)
