"""The display filter in the app: typed, applied, at work while frames come and go, and left."""

from collections.abc import Sequence

import pytest
from app_kit import header, running
from sources import ARP_REPLY, Door, frames_of
from textual.widgets import OptionList
from ui_kit import lines, until

from tapscope.ui import filtering
from tapscope.ui.app import TapscopeApp
from tapscope.ui.copy_menu import CopyMenu
from tapscope.ui.save_dialog import SaveDialog


@pytest.fixture(autouse=True)
def _own_history(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def question(name: str) -> bytes:
    """An Ethernet frame with a DNS question for one label (RFC 1035, 4.1), checksums left out."""
    label = name.encode()
    dns = bytes.fromhex("000101000001000000000000") + bytes([len(label)]) + label + bytes.fromhex("0000010001")
    udp = (40000).to_bytes(2) + (53).to_bytes(2) + (8 + len(dns)).to_bytes(2) + b"\0\0" + dns
    network = bytes.fromhex("4500") + (20 + len(udp)).to_bytes(2) + bytes.fromhex("00010000401100000a4d00010a4d0002")
    return bytes.fromhex("5254000000025254000000010800") + network + udp


def mixed(count: int, *, every: int = 10) -> Sequence[bytes]:
    """ARP, and every so many frames a DNS question: by turns for ``wanted`` and ``other``."""
    asked = (question("wanted"), question("other"))
    return [asked[n // every % 2] if n % every == 0 else ARP_REPLY for n in range(1, count + 1)]


async def fed(app: TapscopeApp, door: Door, pieces: Sequence[bytes]) -> None:
    total = app.session.store.total_frames + len(pieces)
    door.source.feed(frames_of(pieces))
    await until(lambda: app.session.store.total_frames == total and app.frame_list.view.last)


def shown(app: TapscopeApp) -> list[int]:
    region = app.frame_list.outer_size.region
    rows = [strip.text[2:-1].split() for strip in app.frame_list.render_lines(region)]
    return [int(row[0]) for row in rows if row and row[0].isdecimal()]


def bar(app: TapscopeApp) -> str:
    return "\n".join(strip.text for strip in app.filter_bar.render_lines(app.filter_bar.size.region)) + str(
        app.filter_bar.shown.render()
    )


def verdict(app: TapscopeApp) -> str:
    return str(app.filter_bar.query_one("#filter-verdict").content)


def offered(app: TapscopeApp) -> list[str]:
    options = app.filter_bar.query_one(OptionList)
    return [str(option.prompt).split()[0] for option in options.options] if options.display else []


async def typed(app: TapscopeApp, pilot, text: str) -> None:
    """Open the bar and have this text in it, as if typed: the last letter by its key."""
    await pilot.press("slash")
    await until(lambda: app.filter_bar and app.filter_bar.editing)
    field = app.filter_bar.query_one("#filter-text")
    field.value = text[:-1]
    field.cursor_position = len(text) - 1
    await pilot.press(text[-1])
    await until(lambda: field.value == text)
    await pilot.pause()


async def applied(app: TapscopeApp, pilot, text: str) -> None:
    await typed(app, pilot, text)
    await pilot.press("enter")
    await until(lambda: app.search and app.search.filter.text == text)
    await until(lambda: app.frame_list.view is app.search.view)


class TestTyping:
    async def test_enter_applies_and_an_empty_one_shows_all(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(100))
            await applied(app, pilot, "udp.port == 53")
            assert not app.search.busy
            assert shown(app) == list(range(10, 101, 10))
            assert app.frame_list.cursor == 100
            assert app.frame_list.has_focus
            assert "udp.port == 53" in bar(app)
            assert "10 of 100" in bar(app)
            await pilot.press("slash")
            await until(lambda: app.filter_bar and app.filter_bar.editing)
            assert app.filter_bar.query_one("#filter-text").value == "udp.port == 53"
            await pilot.press("ctrl+u", "enter")
            await until(lambda: app.search is None)
            assert shown(app)[-1] == 100
            assert len(shown(app)) > 5
            assert not app.filter_bar.display

    async def test_escape_changes_nothing(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(100))
            await applied(app, pilot, "arp")
            await typed(app, pilot, "udp")
            await pilot.press("escape")
            await until(lambda: not app.filter_bar.editing)
            assert app.search.filter.text == "arp"
            assert "90 of 100" in bar(app)
            assert app.frame_list.has_focus

    async def test_a_fault_is_told_in_words_below_its_place_and_not_applied(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(20))
            await typed(app, pilot, "udp && nosuch.field == 1")
            assert app.filter_bar.has_class("-bad")
            first = verdict(app).splitlines()[0]
            assert first.startswith("✗")
            assert first.index("^") == 2 + len("udp && ")
            assert first.count("^") == len("nosuch.field")
            assert "nosuch.field" in verdict(app)
            await pilot.press("enter")
            await pilot.pause()
            assert app.filter_bar.editing
            assert app.search is None
            await pilot.press("ctrl+u", *"udp")
            await until(lambda: app.filter_bar.has_class("-good"))
            assert not app.filter_bar.has_class("-bad")
            assert verdict(app).startswith("✓")

    async def test_tab_completes_and_arrows_choose(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(20))
            await typed(app, pilot, "arp && udp.src")
            await until(lambda: "udp.srcport" in offered(app))
            options = app.filter_bar.query_one(OptionList)
            assert "port" in str(options.get_option_at_index(offered(app).index("udp.srcport")).prompt)
            for _ in range(offered(app).index("udp.srcport")):
                await pilot.press("down")
            await pilot.press("tab")
            field = app.filter_bar.query_one("#filter-text")
            await until(lambda: field.value == "arp && udp.srcport")
            assert app.filter_bar.editing
            assert field.has_focus
            assert field.cursor_position == len(field.value)

    async def test_arrows_go_through_what_was_used_before(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(20))
            for text in ("arp", "udp.port == 53", ""):
                await pilot.press("slash", "ctrl+u", *text, "enter")
                await until(lambda: not app.filter_bar.editing)
            await pilot.press("slash", "up")
            field = app.filter_bar.query_one("#filter-text")
            await until(lambda: field.value == "udp.port == 53")
            await pilot.press("up")
            await until(lambda: field.value == "arp")
            assert app.filter_bar.has_class("-good")
            assert not offered(app)
            await pilot.press("down", "down")
            await until(lambda: field.value == "")
            await pilot.press("up", "enter")
            await until(lambda: app.search and app.search.filter.text == "udp.port == 53")

    async def test_what_is_typed_is_no_markup(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(20))
            await typed(app, pilot, "[/x] [@click=app.quit]")
            assert "^" in verdict(app)
            assert lines(app.filter_bar)
            await applied_from_here(app, pilot, 'frame contains "[/x]"')
            await until(lambda: "None of 20 frames matches" in "\n".join(lines(app.frame_list)))
            assert '"[/x]"' in bar(app)

    async def test_keys_of_the_app_are_letters_while_typing(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(20))
            await pilot.press("slash", *"qpcsri/:")
            await until(lambda: app.filter_bar.query_one("#filter-text").value == "qpcsri/:")

    async def test_the_help_knows_the_keys(self) -> None:
        door = Door()
        async with running(door) as (app, _):
            await fed(app, door, mixed(20))
            await until(lambda: app.detail.frame)
            assert {"slash", "a", "x"} <= set(app.screen.active_bindings)
            assert "escape" not in app.screen.active_bindings
            commands = {command.title for command in app.get_system_commands(app.screen)}
            assert {"Filter", "This", "Not this"} <= commands


async def applied_from_here(app: TapscopeApp, pilot, text: str) -> None:
    field = app.filter_bar.query_one("#filter-text")
    field.value = text
    await pilot.press("end", "enter")
    await until(lambda: app.search and app.search.filter.text == text)


class TestAtWork:
    async def test_frames_that_come_are_filtered(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(100))
            await applied(app, pilot, "udp")
            await fed(app, door, mixed(100))
            await until(lambda: app.frame_list.cursor == 200)
            assert shown(app)[-3:] == [180, 190, 200]
            await pilot.press("up")
            await fed(app, door, mixed(100))
            await until(lambda: app.frame_list.view.last == 30)
            assert app.frame_list.cursor == 190
            await until(lambda: "30 of 300" in bar(app))
            assert "300 frames" in header(app)

    async def test_nothing_new_matches(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(100))
            await applied(app, pilot, "udp.port == 9")
            await until(lambda: "None of 100 frames matches" in "\n".join(lines(app.frame_list)))
            await pilot.press(*"gGjkv", "escape", "t", "p", "p", "up")
            door.source.feed(frames_of([question("wanted")] * 10))
            await until(lambda: "None of 110 frames matches" in "\n".join(lines(app.frame_list)))

    async def test_a_deep_one_looks_into_candidates_only(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await until(lambda: app._can_look)
            await fed(app, door, mixed(400))
            await applied(app, pilot, 'dns.qry.name == "wanted"')
            await until(lambda: not app.search.busy)
            await until(lambda: app.frame_list.view.last == 20)
            assert app.search.unsure <= 40
            assert shown(app)[-2:] == [380, 400]
            await fed(app, door, mixed(400))
            await until(lambda: app.frame_list.cursor == 800)
            await until(lambda: app.frame_list.view.last == 40)
            assert not app.search.busy

    async def test_before_the_dissector_is_there_nothing_is_looked_into(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await until(lambda: app._can_look)
            app._can_look = False
            await fed(app, door, mixed(100))
            await applied(app, pilot, "dns.qry.name")
            await pilot.pause(0.05)
            assert app.search.looked_into == 0
            app.dissector_loaded()
            await until(lambda: app.frame_list.view.last == 10)

    async def test_a_deep_one_is_stopped_at_once(self, monkeypatch) -> None:
        monkeypatch.setattr(filtering, "AT_REST", (0.0, 0.02))
        monkeypatch.setattr(filtering, "IN_USE", (0.0, 0.02))
        door = Door()
        async with running(door) as (app, pilot):
            await until(lambda: app._can_look)
            await fed(app, door, [question("wanted")] * 500)
            await pilot.press("g")
            await applied(app, pilot, 'dns.qry.name == "wanted"')
            await until(lambda: app.frame_list.view.last >= 2)
            assert app.frame_list.cursor == 1
            assert app.search.busy
            await until(lambda: "of 500 looked into" in bar(app))
            await pilot.press("escape")
            await until(lambda: not app.search.busy)
            found, left = app.search.view.last, app.search.left_out
            assert found + left == 500
            await until(lambda: f"{left} not looked into" in bar(app))
            assert "escape" not in app.screen.active_bindings
            await applied(app, pilot, "arp")
            assert not app.search.busy
            assert app.frame_list.view.last == 0

    async def test_another_filter_ends_the_one_before(self, monkeypatch) -> None:
        monkeypatch.setattr(filtering, "AT_REST", (0.0, 0.02))
        monkeypatch.setattr(filtering, "IN_USE", (0.0, 0.02))
        door = Door()
        async with running(door) as (app, pilot):
            await until(lambda: app._can_look)
            await fed(app, door, mixed(500, every=2))
            await applied(app, pilot, 'dns.qry.name == "wanted"')
            slow = app.search
            await until(lambda: slow.looked_into)
            await applied(app, pilot, "udp.port == 53")
            done = slow.looked_into
            assert app.frame_list.view.last == 250
            await pilot.pause(0.1)
            assert slow.looked_into == done

    async def test_further_processes_take_a_part(self, monkeypatch) -> None:
        monkeypatch.setattr(filtering, "FEW", 50)
        monkeypatch.setattr(filtering, "CHUNK", 20)
        monkeypatch.setattr(filtering, "AT_REST", (0.0, 0.05))
        door = Door()
        async with running(door) as (app, pilot):
            await until(lambda: app._can_look)
            await fed(app, door, mixed(2000, every=2))
            await pilot.press("g")
            await applied(app, pilot, 'dns.qry.name == "wanted"')
            await until(lambda: app._helpers.serving)
            await until(lambda: not app.search.busy)
            await until(lambda: app.frame_list.view.last == 500)
            assert app.search.looked_into == app.search.unsure >= 500
            numbers = app.search.view.numbers(1, 500).tolist()
            assert numbers == list(range(4, 2001, 4))
            assert app.frame_list.cursor == 4
        assert not app._helpers._processes

    async def test_a_held_view_and_a_filter(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(100))
            await pilot.press("p")
            await applied(app, pilot, "udp")
            door.source.feed(frames_of(mixed(100)))
            await until(lambda: app.frame_list.held_back == 10)
            assert shown(app)[-1] == 100
            await until(lambda: "PAUSED +10" in header(app))
            await pilot.press("p")
            await until(lambda: app.frame_list.cursor == 200)

    async def test_what_is_evicted_is_gone_from_the_view_too(self) -> None:
        door = Door()
        async with running(door, memory=1 << 20) as (app, pilot):
            await fed(app, door, mixed(100))
            await applied(app, pilot, "udp")
            await pilot.press("g")
            assert app.frame_list.cursor == 10
            store = app.session.store
            while store.first < 1000:
                await fed(app, door, mixed(1000))
            await until(lambda: app.frame_list.view.first > 50)
            assert app.frame_list.cursor == 10
            assert "evicted" in "\n".join(lines(app.frame_list))
            held = app.frame_list.view.last - app.frame_list.view.first + 1
            assert abs(held - len(store) // 10) <= 1
            await pilot.press("down")
            assert app.frame_list.cursor >= store.first

    async def test_it_is_gone_with_what_was_looked_into(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(100))
            await applied(app, pilot, "udp")
            await app.look_into("tap0")
            await until(lambda: app.search is None)
            await until(lambda: not app.filter_bar.display)


class TestSaving:
    async def test_the_frames_that_match_are_offered_first(self, tmp_path) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(100))
            await applied(app, pilot, "udp")
            app.action_save()
            await until(lambda: isinstance(app.screen, SaveDialog))
            await pilot.pause()
            app.screen.query_one("#path").value = str(tmp_path / "some.pcap")
            await pilot.press("enter")
            await until(lambda: any("Saved 10 frames" in note.message for note in app._notifications))
        size = (tmp_path / "some.pcap").stat().st_size
        assert size == 24 + sum(16 + len(piece) for piece in mixed(100) if piece != ARP_REPLY)

    async def test_of_what_matches_only_what_is_selected(self, tmp_path) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, mixed(100))
            await applied(app, pilot, "udp")
            await pilot.press("shift+up", "shift+up")
            assert list(app.frame_list.selected) == [80, 90, 100]
            assert app.frame_list.border_title == "Frames · 3 selected"


class TestNarrowing:
    async def test_from_a_row(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await until(lambda: app._can_look)
            await fed(app, door, mixed(100))
            await until(lambda: app.detail.frame is not None)
            await pilot.press("a")
            await until(lambda: isinstance(app.screen, CopyMenu))
            await pilot.press("p")
            await until(lambda: app.search)
            assert app.search.filter.text == "dns"
            await until(lambda: app.frame_list.view.last == 10)
            await pilot.press("x")
            await until(lambda: isinstance(app.screen, CopyMenu))
            await pilot.press("d")
            await until(lambda: app.search.filter.text == "dns && !(ip.dst == 10.77.0.2)")
            assert app.frame_list.view.last == 0

    async def test_a_conversation(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await until(lambda: app._can_look)
            await fed(app, door, mixed(100))
            await until(lambda: app.detail.frame is not None)
            await pilot.press("a")
            await until(lambda: isinstance(app.screen, CopyMenu))
            await pilot.press("c")
            await until(lambda: app.search)
            assert app.search.filter.text == (
                "ip.addr == 10.77.0.1 && ip.addr == 10.77.0.2 && udp.port == 40000 && udp.port == 53"
            )
            await until(lambda: app.frame_list.view.last == 10)

    async def test_from_a_field(self) -> None:
        door = Door()
        async with running(door) as (app, pilot):
            await until(lambda: app._can_look)
            await fed(app, door, [*mixed(100), ARP_REPLY])
            await until(lambda: app.detail.frame and app.detail.frame.number == 101)
            await pilot.press("tab")
            await until(lambda: app.detail.layer_tree.has_focus)
            place = next(node for node in app.detail._dissection.layers[2].children if node.name == "ARP.op")
            app.detail.layer_tree.choose(place)
            app.detail._field = place
            await pilot.press("x")
            await until(lambda: app.search)
            assert app.search.filter.text == "!(arp.opcode == 2)"
            await until(lambda: app.frame_list.view.last == 10)
