"""Statistics in the app: counted, sorted, counted again, and a line of them as display filter."""

from collections.abc import Sequence

import numpy as np
import pytest
from app_kit import running
from packets import ARP, speech
from sources import Door, frames_of
from ui_kit import until

from tapscope.filters import Context, compile_filter
from tapscope.frame import Interface
from tapscope.store.arena import Store
from tapscope.store.conversations import endpoints_of
from tapscope.store.hierarchy import layers_of, merged_stacks, stacks_of
from tapscope.store.hosts import Level
from tapscope.store.pieces import pieces
from tapscope.store.protocols import NAMES
from tapscope.store.statistics import count_conversations
from tapscope.ui import statistics_screen
from tapscope.ui.statistics_filters import protocol_filter
from tapscope.ui.statistics_list import StatisticsList
from tapscope.ui.statistics_orders import order_of
from tapscope.ui.statistics_screen import StatisticsScreen
from tapscope.ui.statistics_tables import Column, Table, conversations_table, endpoints_table, protocols_table
from tapscope.ui.statistics_tabs import CONVERSATIONS, ENDPOINTS, PROTOCOLS, Choice

TALK = [
    ARP,
    *[speech("10.0.0.1", "10.0.0.2", (40000, 443), b"x" * 100)] * 3,
    speech("10.0.0.2", "10.0.0.1", (443, 40000)),
    speech("10.0.0.3", "10.0.0.1", (40000, 80), b"GET"),
    speech("10.0.0.3", "10.0.0.3", (7, 7)),
    speech("fe80::1", "fe80::2", (40000, 443), b"x"),
    speech("fe80::2", "fe80::1", (53, 53), protocol=17),
    speech("10.0.0.1", "10.0.0.2", (40000, 40000), protocol=17),
]


@pytest.fixture(autouse=True)
def _own_history(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def store_of(frames: Sequence[bytes]) -> Store:
    store = Store()
    store.set_interfaces([Interface("tap0")])
    store.append(frames_of(frames))
    return store


def matching(store: Store, text: str) -> int:
    accepted, context = compile_filter(text), Context(tuple(store.interfaces), store.first_time_ns)
    return sum(accepted.matches(frame, context) for frame in store.frames())


class TestFilters:
    @pytest.mark.parametrize("name", [name for name in (*NAMES, "VLAN", "802.11", "SLL", "Null") if name != "Other"])
    def test_every_protocol_has_one_that_the_language_knows(self, name):
        compile_filter(protocol_filter(("Ethernet", "IPv6", name)))

    @pytest.mark.parametrize("level", Level)
    def test_those_of_conversations_let_through_what_was_counted(self, level):
        store = store_of(TALK)
        spoken = count_conversations(pieces(store.parts()), level, store.interfaces)
        table = conversations_table(spoken, level, store.first_time_ns)
        assert table.rows
        for row in range(table.rows):
            frames = spoken.frames_there[row] + spoken.frames_back[row]
            assert matching(store, table.filter_of(row)) == frames, table.filter_of(row)

    @pytest.mark.parametrize("level", Level)
    def test_those_of_endpoints_let_through_where_they_take_part(self, level):
        store = store_of([frame for frame in TALK if frame != TALK[6]])  # who speaks to itself is counted twice
        ends = endpoints_of(count_conversations(pieces(store.parts()), level, store.interfaces))
        table = endpoints_table(ends, level)
        for row in range(table.rows):
            frames = ends.frames_sent[row] + ends.frames_received[row]
            assert matching(store, table.filter_of(row)) == frames, table.filter_of(row)

    def test_those_of_the_usual_layers_let_through_what_was_counted(self):
        store = store_of(TALK)
        (part,) = store.parts()
        layers = layers_of(merged_stacks([stacks_of(part.batch, store.interfaces)]))
        table = protocols_table(layers)
        for row, layer in enumerate(layers):
            if layer.path[-1] in {"Ethernet", "ARP", "IPv4", "IPv6", "TCP", "UDP"}:
                assert matching(store, table.filter_of(row)) == layer.frames, table.filter_of(row)


class TestTables:
    def test_order_is_stable_both_ways(self):
        column = Column("", str, [np.array([2, 1, 2, 1])])
        assert column.order(falling=False).tolist() == [1, 3, 0, 2]
        assert column.order(falling=True).tolist() == [0, 2, 1, 3]

    def test_hosts_are_sorted_as_numbers_and_written_with_their_ports(self):
        store = store_of([speech(f"10.0.0.{last}", "10.0.0.1", (last, 9)) for last in (9, 10, 2)])
        spoken = count_conversations(pieces(store.parts()), Level.TCP, store.interfaces)
        column = conversations_table(spoken, Level.TCP, 0).columns[0]
        told = [column.text(row) for row in column.order(falling=False)]
        assert told == ["10.0.0.2:2", "10.0.0.9:9", "10.0.0.10:10"]

    def test_no_time_is_no_begin(self):
        store = Store()
        store.set_interfaces([Interface("tap0")])
        untimed = frames_of([TALK[1]])
        untimed.time_ns[:] = np.iinfo(np.int64).min
        store.append(untimed)
        spoken = count_conversations(pieces(store.parts()), Level.TCP, store.interfaces)
        table = conversations_table(spoken, Level.TCP, store.first_time_ns)
        assert [table.columns[at].text(0) for at in (8, 9, 10)] == ["", "", ""]

    def test_an_order_that_is_no_longer_wanted_counts_nothing(self):
        order = order_of(store_of(TALK), Choice(CONVERSATIONS, Level.IPV4), None)
        order.stop.set()
        assert order.carry_out(lambda _: None).rows == 0

    def test_an_order_tells_how_far_it_is(self, monkeypatch):
        monkeypatch.setattr("tapscope.ui.statistics_orders._TELLS_A_SECOND", 1e9)
        store = store_of(TALK)
        store.append(frames_of(TALK * 2000))
        told: list[float] = []
        order_of(store, Choice(), None).carry_out(told.append)
        assert told == sorted(told)
        assert told[-1] == 1


async def statistics(app, pilot, *keys: str) -> StatisticsList:
    """The list of the table that these keys lead to, once it is counted."""
    await pilot.press("e", *keys)
    await until(lambda: isinstance(app.screen, StatisticsScreen) and app.screen._shown is app.screen._order is not None)
    await pilot.pause()
    return app.screen._list


def drawn(table: StatisticsList) -> list[str]:
    """The headings, and the lines below them, without the scroll bar."""
    return [strip.text[:-1] for strip in table.render_lines(table.outer_size.region)][1:]


def first_words(table: StatisticsList) -> list[str]:
    """The first column of what is shown, below the headings."""
    return [line[2:].split()[0] for line in drawn(table)[1:] if line[2:].split()]


async def fed(app, door: Door, frames: Sequence[bytes]) -> None:
    total = app.session.store.total_frames + len(frames)
    door.source.feed(frames_of(frames))
    await until(lambda: app.session.store.total_frames == total and app.frame_list.view.last)


class TestScreen:
    async def test_protocols_first_then_who_and_with_whom(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, TALK)
            table = await statistics(app, pilot)
            assert first_words(table) == [
                *("Ethernet", "IPv4", "TCP", "TLS", "HTTP", "UDP", "IPv6", "TCP", "TLS", "UDP", "DNS", "ARP"),
            ]
            await pilot.press("tab")
            await until(lambda: app.screen._shown.choice.kind == ENDPOINTS)
            await pilot.pause()
            assert first_words(table) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
            await pilot.press("tab", "right", "right")
            await until(lambda: app.screen._shown.choice == Choice(CONVERSATIONS, Level.TCP))
            await pilot.pause()
            assert first_words(table)[0] == "10.0.0.1:40000"
            assert "[fe80::1]:40000" in first_words(table)
            await pilot.press("escape", "e")
            await until(lambda: isinstance(app.screen, StatisticsScreen) and app.screen._shown)
            assert app.screen._shown.choice == Choice(CONVERSATIONS, Level.TCP)

    async def test_enter_makes_a_line_the_filter_and_statistics_then_count_what_matches(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, TALK)
            await statistics(app, pilot, "tab", "tab")
            await pilot.press("enter")
            await until(lambda: app.search is not None)
            assert app.search.filter.text == "ip.addr == 10.0.0.1 && ip.addr == 10.0.0.2"
            await until(lambda: not app.search.busy)
            view = app.frame_list.view
            assert view.numbers(view.first, view.last).tolist() == [2, 3, 4, 5, 10]
            table = await statistics(app, pilot)
            assert first_words(table) == ["10.0.0.1"]
            await pilot.press("f")
            await until(lambda: app.screen._shown is app.screen._order and len(first_words(table)) == 3)
            await pilot.press("escape")
            await until(lambda: not isinstance(app.screen, StatisticsScreen))
            assert app.search is not None

    async def test_headings_are_sorted_by_and_the_other_way_at_a_second_click(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, TALK)
            table = await statistics(app, pilot, "tab")
            heading = drawn(table)[0]
            await pilot.click(table, offset=(heading.index("Address"), 1))
            await pilot.pause()
            assert first_words(table) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
            assert "Address ▲" in drawn(table)[0]
            await pilot.click(table, offset=(heading.index("Address"), 1))
            await pilot.pause()
            assert first_words(table) == ["10.0.0.3", "10.0.0.2", "10.0.0.1"]
            await pilot.press("o")
            assert "Frames ▼" in drawn(table)[0]
            await pilot.press("O")
            assert "Frames ▲" in drawn(table)[0]

    async def test_tabs_are_clicked_and_a_line_is_chosen_by_two_clicks(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, TALK)
            table = await statistics(app, pilot)
            tabs = app.screen._tabs
            await pilot.click(tabs, offset=(str(tabs.render()).index("Endpoints") + 2, 0))
            await until(lambda: app.screen._shown.choice.kind == ENDPOINTS)
            await pilot.click(tabs, offset=(str(tabs.render()).index("UDP") + 2, 0))
            await until(lambda: app.screen._shown.choice.level is Level.UDP)
            await pilot.pause()
            assert "[UDP]" in str(tabs.render())
            second = first_words(table)[1]
            await pilot.click(table, offset=(4, 3), times=2)
            await until(lambda: app.search is not None)
            address, _, port = second.rpartition(":")
            family = "ipv6" if "[" in address else "ip"
            assert f"({family}.src == {address.strip('[]')} && udp.srcport == {port})" in app.search.filter.text

    async def test_what_comes_is_counted_in_time_and_by_key(self, monkeypatch):
        monkeypatch.setattr(statistics_screen, "ANEW", 0.01)
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, TALK[:1])
            table = await statistics(app, pilot)
            assert first_words(table) == ["Ethernet", "ARP"]
            door.source.feed(frames_of(TALK))
            await until(lambda: "IPv6" in first_words(table))
            door.source.end()
            await until(lambda: not app.session.goes_on)
            before = app.screen._order
            await pilot.press("r")
            await until(lambda: app.screen._shown is app.screen._order is not before)

    async def test_a_line_that_no_filter_says_leaves_the_screen_open(self):
        door = Door()
        async with running(door) as (app, pilot):
            app.session.store.set_interfaces([Interface("x", 147)])
            door.source.interfaces = [Interface("x", 147)]
            app.session.store.append(frames_of([bytes(60)]))
            await until(lambda: app.frame_list.view.last)
            table = await statistics(app, pilot)
            assert "link type 147" in drawn(table)[1]
            await pilot.press("enter")
            await pilot.pause()
            assert isinstance(app.screen, StatisticsScreen)
            assert app.search is None

    async def test_a_million_lines_cost_what_is_in_the_window(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, TALK)
            table = await statistics(app, pilot)
            asked: list[int] = []
            values = np.arange(1_000_000)[::-1]

            def text(row: int) -> str:
                asked.append(row)
                return str(values[row])

            table.show(Table(1_000_000, (Column("Number", text, [values]),), lambda _: "", 0), anew=True)
            await pilot.press("end")
            await pilot.pause()
            assert first_words(table)[-1] == "0"
            assert len(asked) < 50 * table.page

    async def test_nobody_counts_when_the_screen_is_left(self):
        door = Door()
        async with running(door) as (app, pilot):
            await fed(app, door, TALK)
            await statistics(app, pilot)
            order = app.screen._order
            await pilot.press("escape")
            await until(lambda: not isinstance(app.screen, StatisticsScreen))
            assert order.stop.is_set()


def test_choices_go_round():
    assert Choice(PROTOCOLS).moved(kinds=-1).kind == CONVERSATIONS
    assert Choice(ENDPOINTS, Level.UDP).moved(levels=1).level is Level.ETHERNET
