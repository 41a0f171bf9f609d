import math
import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from textual import events
from textual.geometry import Size
from ui_kit import BEGIN, Counting, batch, lines, store_of, until

from tapscope.dissect.summary import Tint, summarize
from tapscope.dissect.text import printable
from tapscope.frame import Direction, Interface
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.ui.frame_list import FrameList
from tapscope.ui.list_rows import GONE, Summaries
from tapscope.ui.time_format import TimeFormat
from tapscope.ui.tint import TINTS

HOSTILE = [
    "\x1b]0;title\x07\x1b[2J",
    "[/x] [@click=app.quit]quit[/]",
    "\u202egnp.exe\u202c",
    "界語界語界語界語界語界語界語界語界語",
    "e\u0301\u0301\u0301\u0301\u0301 zwj \u200d\u200d 👩\u200d👩 \ufe0f\u2764\ufe0f",
    "a\nb\r\tc\x00\x7f\x85\x9b31m",
]


def shown(frame_list: FrameList) -> list[int]:
    """The numbers of the rows on the screen."""
    return [int(line[2:].split()[0]) for line in lines(frame_list)[1:] if line[2:-1].strip()]


def pieces(**limits: int) -> Store:
    """A thousand frames that a limit evicts a hundred at a time or so."""
    store = store_of(100, **limits)
    for start in range(100, 1000, 100):
        store.append(batch(100, start=start))
    return store


def selected_messages(pilot) -> list[int]:
    return [message.number for message in pilot.app.posted if isinstance(message, FrameList.Selected)]


async def wheel(pilot, frame_list: FrameList, kind: type[events.MouseEvent], times: int = 1, **keys: bool) -> None:
    for _ in range(times):
        await pilot._post_mouse_events([kind], frame_list, offset=(5, 5), **keys)
    await pilot.pause()


def dns_question(name: str) -> bytes:
    """An Ethernet frame with a DNS question for one label (RFC 1035, 4.1), checksums left out."""
    label = name.encode()[:63]
    dns = bytes.fromhex("000101000001000000000000") + bytes([len(label)]) + label + bytes.fromhex("0000010001")
    udp = (40000).to_bytes(2) + (53).to_bytes(2) + (8 + len(dns)).to_bytes(2) + b"\0\0" + dns
    header = bytes.fromhex("4500") + (20 + len(udp)).to_bytes(2) + bytes.fromhex("00010000401100000a4d00010a4d0002")
    return bytes.fromhex("5254000000025254000000010800") + header + udp


class TestFollowing:
    async def test_the_newest_is_followed_from_the_start(self, on_screen):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            assert frame_list.following
            assert frame_list.cursor == 100
            assert shown(frame_list)[-1] == 100
            frame_list._store.append(batch(50))
            frame_list.store_changed()
            await until(lambda: frame_list.cursor == 150)
            assert shown(frame_list) == list(range(140, 151))
            await pilot.pause()
            assert selected_messages(pilot)[-1] == 150

    @pytest.mark.parametrize("key", ["up", "k", "pageup", "ctrl+u", "home", "g", "shift+up", "v"])
    async def test_going_elsewhere_stops_it(self, on_screen, key):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press(key)
            here, rows = frame_list.cursor, shown(frame_list)
            assert not frame_list.following
            frame_list._store.append(batch(50))
            frame_list.store_changed()
            await until(lambda: frame_list._reading.last == 150)
            assert frame_list.cursor == here
            assert shown(frame_list) == rows

    async def test_going_down_at_the_newest_does_not_stop_it(self, on_screen):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("down", "j", "pagedown", "ctrl+d")
            assert frame_list.following

    @pytest.mark.parametrize("key", ["end", "G", "f"])
    async def test_these_keys_follow_again(self, on_screen, key):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g")
            await pilot.press(key)
            assert frame_list.following
            assert frame_list.cursor == 100
            states = [m.following for m in pilot.app.posted if isinstance(m, FrameList.FollowChanged)]
            assert states == [False, True]

    async def test_frames_come_one_by_one_into_an_empty_list(self, on_screen):
        store = Store()
        frame_list = FrameList(store, Counting())
        frame_list.empty_text = "No frames yet on tap0. [/x] is said as it stands."
        async with on_screen(frame_list, 40) as pilot:
            assert frame_list.cursor == 0
            text = "\n".join(lines(frame_list))
            assert "No frames yet on tap0." in text
            assert "[/x]" in text
            await pilot.press(*"kjgG", "v", "escape", "shift+up", "l", "pageup", "space", "space")
            for number in (1, 2, 3):
                store.append(batch(1, start=number))
                frame_list.store_changed()
                await until(lambda number=number: frame_list.cursor == number)
            assert shown(frame_list) == [1, 2, 3]
            await pilot.pause()
            assert selected_messages(pilot) == [1, 2, 3]

    async def test_many_changes_make_few_looks(self, on_screen):
        store = store_of(10)
        frame_list = FrameList(store, counting := Counting())
        async with on_screen(frame_list):
            for start in range(2000):
                store.append(batch(1, start=start))
                frame_list.store_changed()
            await until(lambda: frame_list.cursor == 2010)
            assert len(counting.asked) < 100

    async def test_more_than_the_window_holds_is_looked_at_less_often(self, on_screen, monkeypatch):
        monkeypatch.setattr("tapscope.ui.frame_list.RUSHED", 0.001)
        store = store_of(3)
        frame_list = FrameList(store, Counting())

        def come(count: int) -> None:
            store.append(batch(count))
            frame_list.store_changed()

        async with on_screen(frame_list) as pilot:
            come(frame_list.page)
            await until(lambda: frame_list.following and frame_list.cursor == store.last)
            come(frame_list.page + 1)
            await until(lambda: frame_list.cursor == store.last)
            come(1)
            await pilot.pause(0.1)
            assert frame_list.cursor == store.last - 1
            await pilot.press("G")
            assert frame_list.cursor == store.last


class TestCost:
    @pytest.mark.parametrize("count", [10, 10_000, 1_000_000])
    async def test_only_the_rows_on_the_screen_are_summarized(self, on_screen, count):
        frame_list = FrameList(store_of(count), counting := Counting())
        async with on_screen(frame_list, height=12) as pilot:
            last = list(range(max(1, count - 10), count + 1))
            assert shown(frame_list) == last
            assert sorted(counting.asked) == last
            await pilot.press("g")
            assert shown(frame_list) == list(range(1, min(11, count) + 1))
            assert len(counting.asked) == min(22, count)

    async def test_a_row_is_summarized_once(self, on_screen):
        frame_list = FrameList(store_of(1000), counting := Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g", "pagedown", "pagedown", "pageup", "pageup", "t", "l")
            assert len(set(counting.asked)) == len(counting.asked)

    def test_as_many_are_kept_as_were_last_looked_at(self, monkeypatch):
        monkeypatch.setattr(Summaries, "BUDGET", math.inf)
        summaries = Summaries(store_of(10_000), counting := Counting())
        summaries.of(range(1, 6000))
        summaries.of(range(5900, 6000))
        assert len(counting.asked) == 5999
        summaries.of(range(1, 2))
        assert len(counting.asked) == 6000

    async def test_slow_frames_do_not_hold_up_the_paint(self, on_screen, monkeypatch):
        """Without any time left each paint makes one summary, and asks for another paint until all are there."""
        monkeypatch.setattr(Summaries, "BUDGET", 0.0)
        frame_list = FrameList(store_of(1000), counting := Counting())
        async with on_screen(frame_list):
            await until(lambda: len(counting.asked) == 11)
            await until(lambda: all("info" in line for line in lines(frame_list)[1:]))
            assert sorted(counting.asked) == list(range(990, 1001))


class TestDissectorNotReady:
    async def test_rows_show_what_needs_no_dissector(self, on_screen):
        store = Store()
        store.set_interfaces([Interface("tap0")])
        udp6 = (
            bytes(12)
            + bytes.fromhex("86dd 60000000 000c 11 40")
            + bytes([*range(32)])
            + bytes.fromhex("00351388 000c0000 00000000")
        )
        tcp = bytes(12) + bytes.fromhex(
            "0800 45000028 00000000 40060000 c0000201 c6336407 01bbc350 00000000 00000000 50100000 00000000"
        )
        store.append(batch_of([(frame, BEGIN, Direction.IN) for frame in (udp6, tcp, bytes(60))]))
        frame_list = FrameList(store)
        async with on_screen(frame_list):
            seen = [line.partition(" in ")[2].split() for line in lines(frame_list)[1:4]]
            assert seen == [
                ["1:203:405…:c0d:e0f", "1011:1213…c1d:1e1f", "DNS", "66", "53", "→", "5000"],
                ["192.0.2.1", "198.51.100.7", "TCP", "54", "443", "→", "50000"],
                ["00:00:00:00:00:00", "00:00:00:00:00:00", "Other", "60"],
            ]
            frame_list.set_summarize(summarize)
            await until(lambda: "Seq=" in lines(frame_list)[2])
            assert lines(frame_list)[2].partition(" in ")[2].split()[:2] == seen[1][:2]

    async def test_rows_of_the_dissector_replace_them(self, on_screen):
        frame_list = FrameList(store_of(3))
        async with on_screen(frame_list):
            assert "10.77.0.1" not in lines(frame_list)[2]
            frame_list.set_summarize(Counting())
            assert lines(frame_list)[2].split()[:8] == (
                ["2", "0.001235", "in", "10.77.0.1", "10.77.0.2", "UDP", "60", "info"]
            )

    async def test_a_better_dissector_replaces_what_was_seen(self, on_screen):
        frame_list = FrameList(store_of(3), Counting())
        async with on_screen(frame_list):
            frame_list.set_summarize(Counting(protocol="DNS"))
            assert "DNS" in lines(frame_list)[1]


class TestEviction:
    def full(self) -> Store:
        return pieces(limit_bytes=200_000)

    async def evict(self, frame_list: FrameList, past: int) -> None:
        store = frame_list._store
        while store.first <= past:
            store.append(batch(100))
        frame_list.store_changed()
        await until(lambda: frame_list._reading.first == store.first)

    async def test_what_is_read_stands_still(self, on_screen):
        frame_list = FrameList(self.full(), Counting())
        async with on_screen(frame_list) as pilot:
            frame_list.go_to(900)
            await pilot.pause()
            before = lines(frame_list)
            await self.evict(frame_list, past=100)
            assert frame_list.cursor == 900
            assert [line[:-1] for line in lines(frame_list)] == [line[:-1] for line in before]

    async def test_rows_that_go_leave_a_gap(self, on_screen):
        frame_list = FrameList(self.full(), Counting())
        async with on_screen(frame_list) as pilot:
            store = frame_list._store
            probe = self.full()
            while probe.first == 1:
                probe.append(batch(100))
            edge = probe.first
            frame_list.go_to(edge + 3)
            await pilot.pause()
            top = shown(frame_list)[0]
            assert top < edge
            await self.evict(frame_list, past=1)
            assert store.first == edge
            assert frame_list.cursor == edge + 3
            assert shown(frame_list) == list(range(top, top + 11))
            text = lines(frame_list)[1:]
            assert all(GONE in line for line in text[: edge - top])
            assert not any(GONE in line for line in text[edge - top :])

    async def test_the_chosen_frame_is_evicted_and_the_reader_stays(self, on_screen):
        frame_list = FrameList(self.full(), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g", "down")
            await pilot.pause()
            before = lines(frame_list)[1:]
            told = len(selected_messages(pilot))
            await self.evict(frame_list, past=500)
            assert frame_list.cursor == 2
            after = lines(frame_list)[1:]
            assert [line[: line.index("info")] for line in before] == [line[: line.index(GONE)] for line in after]
            assert all(f"{GONE} · info {number}" in line for number, line in enumerate(after, 1))
            assert after[1].startswith(">")
            await pilot.pause()
            assert selected_messages(pilot)[told:] == [2]
            await self.evict(frame_list, past=700)
            assert lines(frame_list)[1:] == after
            await pilot.pause()
            assert selected_messages(pilot)[told:] == [2]

    async def test_from_an_evicted_frame_moving_goes_to_the_nearest_there_is(self, on_screen):
        frame_list = FrameList(self.full(), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g", "down")
            await self.evict(frame_list, past=500)
            await pilot.click(frame_list, offset=(10, 3))
            assert frame_list.cursor == 2
            await pilot.press("down")
            first = frame_list._store.first
            assert frame_list.cursor == first
            assert first in shown(frame_list)

    async def test_another_time_format_claims_nothing_of_what_is_gone(self, on_screen):
        frame_list = FrameList(self.full(), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g", "down")
            await self.evict(frame_list, past=500)
            await pilot.press("t")
            assert [line[2:-1].split() for line in lines(frame_list)[1:3]] == [["1", GONE], ["2", GONE]]

    async def test_a_selection_goes_with_the_chosen_frame(self, on_screen):
        frame_list = FrameList(self.full(), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g", "shift+down", "shift+down")
            assert frame_list.selected == range(1, 4)
            await self.evict(frame_list, past=500)
            assert not frame_list.selected

    async def test_a_paint_before_the_list_looked(self, on_screen):
        """The store evicts what is on the screen, and a repaint comes before ``store_changed``."""
        frame_list = FrameList(self.full())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g")
            while frame_list._store.first < 500:
                frame_list._store.append(batch(100))
            frame_list.set_summarize(Counting())
            assert all(GONE in line for line in lines(frame_list)[1:])
            await pilot.press("down")
            assert frame_list.cursor >= frame_list._store.first

    async def test_everything_in_a_held_view_is_evicted(self, on_screen):
        frame_list = FrameList(self.full(), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.pause()
            frame_list.hold(True)
            before = shown(frame_list)
            await self.evict(frame_list, past=1000)
            assert shown(frame_list) == before
            assert frame_list.cursor == 1000
            await pilot.press("down")
            first = frame_list._store.first
            assert frame_list.cursor == first
            assert first in shown(frame_list)

    @pytest.mark.parametrize("key", ["G", "g", "up", "pagedown"])
    async def test_a_held_view_that_is_gone_is_left_by_any_key(self, on_screen, key):
        frame_list = FrameList(self.full(), Counting())
        async with on_screen(frame_list) as pilot:
            frame_list.hold(True)
            await self.evict(frame_list, past=1000)
            await pilot.press(key)
            first = frame_list._store.first
            assert first <= frame_list.cursor <= first + 10
            await pilot.press("space")
            assert frame_list.following == (key == "G")


class TestHold:
    async def test_the_view_stays_while_frames_arrive(self, on_screen):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            frame_list.hold(True)
            await pilot.pause()
            before = lines(frame_list)
            frame_list._store.append(batch(42))
            frame_list.store_changed()
            await until(lambda: frame_list.held_back == 42)
            assert lines(frame_list) == before
            await pilot.pause()
            last = pilot.app.posted[-1]
            assert isinstance(last, FrameList.FollowChanged)
            assert (last.held, last.held_back) == (True, 42)
            await pilot.press("k", "G")
            assert frame_list.cursor == 100
            frame_list.hold(False)
            assert frame_list.held_back == 0
            assert frame_list.cursor == 142
            assert shown(frame_list)[-1] == 142

    async def test_a_reader_stays_where_he_is_after_it(self, on_screen):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("space", "k")
            assert frame_list.held
            frame_list._store.append(batch(42))
            await pilot.press("space")
            assert not frame_list.held
            assert frame_list.cursor == 99
            assert shown(frame_list)[-1] == 100


class TestMoving:
    @pytest.mark.parametrize(
        ("keys", "cursor"),
        [
            (["g"], 1),
            (["home", "down", "j"], 3),
            (["5", "k"], 995),
            (["1", "2", "3", "g"], 123),
            (["1", "2", "3", "G"], 123),
            (["g", "1", "0", "j"], 11),
            (["g", "5", "t", "j"], 2),
            (["9", "9", "9", "9", "9", "g"], 1000),
            (["pageup"], 990),
            (["ctrl+u", "ctrl+u", "ctrl+d"], 995),
            (["g", "pagedown"], 11),
        ],
    )
    async def test_keys(self, on_screen, keys, cursor):
        frame_list = FrameList(store_of(1000), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press(*keys)
            assert frame_list.cursor == cursor
            assert cursor in shown(frame_list)
            assert [line[2:].split()[0] for line in lines(frame_list) if line[0] == ">"] == [str(cursor)]

    async def test_a_number_is_shown_while_it_is_typed(self, on_screen):
        frame_list = FrameList(store_of(1000), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("0", "1", "2")
            assert frame_list.border_title == "Frames · 12…"
            await pilot.press("g")
            assert frame_list.border_title == "Frames"

    async def test_go_to_brings_a_far_frame_into_the_middle(self, on_screen):
        frame_list = FrameList(store_of(1000), Counting())
        async with on_screen(frame_list):
            frame_list.go_to(500)
            assert shown(frame_list) == list(range(495, 506))

    async def test_the_wheel_moves_the_window_not_the_choice(self, on_screen):
        frame_list = FrameList(store_of(1000), Counting())
        async with on_screen(frame_list) as pilot:
            await wheel(pilot, frame_list, events.MouseScrollUp, 3)
            assert shown(frame_list)[-1] == 994
            assert frame_list.cursor == 1000
            assert not frame_list.following
            await wheel(pilot, frame_list, events.MouseScrollDown, 9)
            assert shown(frame_list)[-1] == 1000
            assert not frame_list.following

    async def test_a_click_chooses_and_stays(self, on_screen):
        frame_list = FrameList(store_of(1000), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.click(frame_list, offset=(10, 11))
            assert frame_list.cursor == 1000
            assert not frame_list.following
            await pilot.click(frame_list, offset=(10, 1))
            assert frame_list.cursor == 990
            await pilot.click(frame_list, offset=(10, 0))
            assert frame_list.cursor == 990

    async def test_a_click_below_the_last_row_chooses_nothing(self, on_screen):
        frame_list = FrameList(store_of(3), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.click(frame_list, offset=(10, 9))
            assert frame_list.following

    async def test_the_bar_takes_clicks_and_drags(self, on_screen):
        frame_list = FrameList(store_of(1000), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.click(frame_list, offset=(99, 3))
            assert shown(frame_list)[-1] == 989
            await pilot.press("end")
            await pilot.mouse_down(frame_list, offset=(99, 11))
            await pilot.hover(frame_list, offset=(99, 6))
            await pilot.mouse_up(frame_list, offset=(99, 6))
            assert 400 < shown(frame_list)[0] < 600
            top = shown(frame_list)[0]
            await pilot.hover(frame_list, offset=(99, 2))
            assert shown(frame_list)[0] == top
            bar = [line[-1] for line in lines(frame_list)[1:]]
            assert bar.count("┃") == 1


class TestSelection:
    async def test_shift_selects_and_moving_drops_it(self, on_screen):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            assert not frame_list.selected
            await pilot.press("shift+up", "shift+up")
            assert frame_list.selected == range(98, 101)
            assert frame_list.border_title == "Frames · 3 selected"
            assert [line[1] for line in lines(frame_list)][-4:] == [" ", "*", "*", "*"]
            await pilot.press("up")
            assert not frame_list.selected

    async def test_visual(self, on_screen):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("5", "0", "g", "v", "1", "0", "j", "k")
            assert frame_list.selected == range(50, 60)
            await pilot.press("escape")
            assert not frame_list.selected
            assert frame_list.cursor == 59

    async def test_a_click_with_shift_selects_up_to_it(self, on_screen):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.click(frame_list, offset=(10, 3))
            await pilot.click(frame_list, offset=(10, 6), shift=True)
            assert frame_list.selected == range(92, 96)

    async def test_escape_is_left_to_others_while_nothing_is_selected(self, on_screen):
        frame_list = FrameList(store_of(100), Counting())
        async with on_screen(frame_list) as pilot:
            assert "escape" not in pilot.app.screen.active_bindings
            await pilot.press("v")
            assert "escape" in pilot.app.screen.active_bindings

    async def test_what_is_evicted_is_no_longer_selected(self, on_screen):
        frame_list = FrameList(pieces(limit_bytes=200_000), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g", "v", "9", "0", "0", "g")
            while frame_list._store.first < 100:
                frame_list._store.append(batch(100))
            frame_list.go_to(900)
            assert frame_list.selected == range(frame_list._store.first, 901)


class TestColumns:
    async def test_headings_stay(self, on_screen):
        frame_list = FrameList(store_of(1000), Counting())
        async with on_screen(frame_list) as pilot:
            await pilot.press("g", "l", "pagedown")
            assert lines(frame_list)[0].split() == (
                ["No.", "Time", "Dir", "Source", "Destination", "Protocol", "Length", "Info"]
            )

    async def test_sideways(self, on_screen):
        info = "".join(f"{cell:5}" for cell in range(0, 300, 5))
        frame_list = FrameList(store_of(50), Counting(info=info))
        async with on_screen(frame_list, 80) as pilot:
            assert "…│" in lines(frame_list)[1]
            first = [line[:60] for line in lines(frame_list)]
            await pilot.press("l")
            assert lines(frame_list)[1].index("…") < 70
            assert [line[:60] for line in lines(frame_list)] == first
            before = lines(frame_list)[1]
            await wheel(pilot, frame_list, events.MouseScrollDown, 2, shift=True)
            assert lines(frame_list)[1] != before
            await wheel(pilot, frame_list, events.MouseScrollUp, 2, shift=True)
            assert lines(frame_list)[1] == before
            await pilot.press("9", "9", "l")
            assert lines(frame_list)[1].endswith("295│")
            await pilot.press("9", "9", "h")
            assert [line[:60] for line in lines(frame_list)] == first
            assert "…│" in lines(frame_list)[1]

    @pytest.mark.parametrize("width", [1, 2, 5, 20, 40, 60, 80, 100, 160, 250])
    async def test_the_protocol_is_never_cut(self, on_screen, width):
        texts = {"source": "fe80::5054:ff:fe12:3456", "destination": "ff02::1:ff00:1", "protocol": "ICMPv6ND_NS"}
        frame_list = FrameList(store_of(1000), Counting(**texts))
        async with on_screen(frame_list, width) as pilot:
            assert all(len(line) == width for line in lines(frame_list))
            text = lines(frame_list)[1]
            if width >= 40:
                assert "ICMPv6ND_NS" in text
            if width >= 100:
                assert "ff02::1:ff00:1" in text
            if width == 80:
                assert "fe80:…:3456" in text
            await pilot.resize_terminal(100, 12)
            await until(lambda: frame_list.size == Size(100, 12))
            assert "ICMPv6ND_NS" in lines(frame_list)[1]

    async def test_wide_characters_keep_the_columns(self, on_screen):
        frame_list = FrameList(store_of(5), Counting(source="界" * 20, info="界" * 90))
        async with on_screen(frame_list, 101) as pilot:
            for _ in range(5):
                strips = frame_list.render_lines(frame_list.size.region)
                assert {strip.cell_length for strip in strips} == {101}
                assert {sum(segment.cell_length for segment in strip) for strip in strips} == {101}
                await pilot.press("l")

    async def test_times(self, on_screen, monkeypatch):
        frame_list = FrameList(store_of(3), Counting())
        async with on_screen(frame_list) as pilot:
            seen = {}
            for form in TimeFormat:
                assert frame_list.time_format is form
                assert form.value in lines(frame_list)[0]
                seen[form] = [
                    line.split("Z")[0][6:].split(" out")[0].split(" in")[0] for line in lines(frame_list)[1:4]
                ]
                await pilot.press("t")
            assert frame_list.time_format is TimeFormat.RELATIVE
        texts = {form: [text.strip() for text in column] for form, column in seen.items()}
        assert texts[TimeFormat.RELATIVE] == ["0.000000", "0.001235", "0.002469"]
        assert texts[TimeFormat.DELTA] == ["", "0.001235", "0.001235"]
        assert texts[TimeFormat.UTC][1] == "2023-11-14 22:13:20.001234"


class TestHostileText:
    async def test_no_control_character_reaches_the_screen(self, on_screen):
        """Texts as the dissector's door lets them out; none of them is taken for markup, all lines keep their width."""

        def summarize(frame):
            words = random.Random(frame.number).choices(HOSTILE, k=4)
            source, destination, protocol, info = map(printable, words)
            return SimpleNamespace(source=source, destination=destination, protocol=protocol, info=info, tint="no role")

        frame_list = FrameList(store_of(200), summarize)
        async with on_screen(frame_list, 120) as pilot:
            for key in ("g", "l", "pagedown", "l", "t", "l", "h", "v", "pagedown"):
                await pilot.press(key)
                strips = frame_list.render_lines(frame_list.size.region)
                assert all(strip.text.isprintable() for strip in strips)
                assert {sum(segment.cell_length for segment in strip) for strip in strips} == {120}
                assert all(segment.style is not None for strip in strips for segment in strip)
                assert not any(segment.style.meta for strip in strips for segment in strip)

    async def test_from_the_wire_to_the_screen(self, on_screen):
        """Hostile names in real DNS questions, through the real dissector."""
        store = Store()
        store.append(batch_of([(dns_question(name), BEGIN, Direction.OUT) for name in HOSTILE]))
        frame_list = FrameList(store, summarize)
        async with on_screen(frame_list, 160) as pilot:
            for key in ("g", "l", "l"):
                await pilot.press(key)
                text = lines(frame_list)
                assert all(line.isprintable() for line in text)
                assert all(line[16:].count("DNS") == 1 for line in text[1 : len(HOSTILE) + 1])

    async def test_markup_is_shown_as_it_stands(self, on_screen):
        frame_list = FrameList(store_of(5), Counting(info="[/x] [bold]b[/bold]"))
        async with on_screen(frame_list):
            assert "[/x] [bold]b[/bold]" in lines(frame_list)[1]


class TestAppearance:
    def background(self, frame_list: FrameList, row: int):
        return next(iter(frame_list.render_lines(frame_list.size.region)[row])).style.bgcolor

    async def test_a_theme_is_taken_at_once(self, on_screen):
        frame_list = FrameList(store_of(100), Counting(tint="tcp"))
        async with on_screen(frame_list) as pilot:
            before = self.background(frame_list, 1)
            pilot.app.theme = "textual-light"
            await pilot.pause()
            assert self.background(frame_list, 1) != before

    async def test_roles_have_a_tint(self, on_screen):
        roles = ["tcp", "udp", "icmp", "http", "error", "no role"]
        assert set(Tint) - {Tint.NONE} < set(TINTS)

        def summarize(frame):
            texts = {"source": "", "destination": "", "protocol": "", "info": ""}
            return SimpleNamespace(**texts, tint=roles[frame.number - 1])

        frame_list = FrameList(store_of(len(roles)), summarize)
        async with on_screen(frame_list):
            assert len({self.background(frame_list, row) for row in range(1, 6)}) == 5

    async def test_the_cursor_shows_whether_the_list_has_the_focus(self, on_screen):
        frame_list = FrameList(store_of(3), Counting())
        async with on_screen(frame_list) as pilot:
            focused = self.background(frame_list, 3)
            pilot.app.screen.set_focus(None)
            await pilot.pause()
            assert self.background(frame_list, 3) != focused

    @pytest.mark.parametrize("theme", ["textual-dark", "ansi-dark"])
    async def test_without_color_the_cursor_is_still_marked(self, on_screen, monkeypatch, theme):
        monkeypatch.setenv("NO_COLOR", "1")
        frame_list = FrameList(store_of(3), Counting())
        async with on_screen(frame_list) as pilot:
            pilot.app.theme = theme
            await pilot.pause()
            cursor = frame_list.render_lines(frame_list.size.region)[3]
            assert cursor.text.startswith(">")
            assert next(iter(cursor)).style.reverse

    async def test_resize_keeps_the_chosen_frame_in_view(self, on_screen):
        frame_list = FrameList(store_of(1000), Counting())
        async with on_screen(frame_list, 100, 30) as pilot:
            frame_list.go_to(500)
            await pilot.press("2", "0", "j")
            await pilot.resize_terminal(80, 8)
            await until(lambda: frame_list.size == Size(80, 8))
            assert 520 in shown(frame_list)
            await pilot.resize_terminal(80, 1)
            await until(lambda: frame_list.size == Size(80, 1))
            await pilot.resize_terminal(100, 30)
            await until(lambda: frame_list.size == Size(100, 30))
            assert 520 in shown(frame_list)


class TestInterfaces:
    async def test_one_has_no_column_and_a_second_makes_one(self, on_screen):
        store = store_of(3)
        frame_list = FrameList(store, Counting())
        async with on_screen(frame_list):
            assert "Iface" not in lines(frame_list)[0]
            store.set_interfaces([Interface("tap0"), Interface("\x1b[2J[/x]")])
            store.append(replace(batch(1), interface=np.array([1], np.uint16)))
            frame_list.store_changed()
            await until(lambda: frame_list.cursor == 4)
            heading, *rows = lines(frame_list)[:5]
            place = heading.index("Iface")
            assert [row[place:].split()[0] for row in rows] == ["tap0"] * 3 + ["\\x1b[2J[/x]"]

    async def test_of_one_name_there_is_nothing_to_tell_apart(self, on_screen):
        store = store_of(3)
        store.set_interfaces([Interface("tap0"), Interface("tap0", 101)])
        frame_list = FrameList(store, Counting())
        async with on_screen(frame_list):
            assert "Iface" not in lines(frame_list)[0]
