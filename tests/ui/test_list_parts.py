"""The parts of the list that need no screen: where the reader is, the columns, the times, the scroll bar."""

import os
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tapscope.dissect.text import printable
from tapscope.ui.columns import (
    ADDRESS_LEAST,
    HEADINGS,
    INFO_LEAST,
    INTERFACE_LEAST,
    INTERFACE_MOST,
    LEAST,
    elided,
    lay_out,
    line,
)
from tapscope.ui.reading import Reading
from tapscope.ui.time_format import TimeFormat
from tapscope.ui.windowed import thumb_of, top_of

SECOND = 1_000_000_000
shown_text = st.text(max_size=30).map(printable)


class TestColumns:
    @given(st.fixed_dictionaries(dict.fromkeys(HEADINGS, shown_text)), st.integers(1, 200), st.integers(0, 40))
    def test_a_line_has_the_width_of_its_layout(self, texts, width, info_from):
        leasts = {**LEAST, "interface": INTERFACE_LEAST}
        wanted = {name: max(least, cell_len(texts[name])) for name, least in leasts.items()}
        layout = lay_out(width, wanted)
        cells = sum(cells + 1 for _, cells in layout.widths) + layout.info
        assert cell_len(line(layout, texts, info_from)) == cells
        assert texts["protocol"] in line(layout, texts, info_from)

    @given(st.integers(1, 300), st.integers(11, 80), st.integers(11, 80))
    def test_addresses_give_way_first(self, width, source, destination):
        layout = lay_out(width, {**LEAST, "source": source, "destination": destination})
        shown = dict(layout.widths)
        if "source" in shown:
            assert min(shown["source"], shown["destination"]) >= ADDRESS_LEAST
            assert layout.info >= INFO_LEAST
        if "length" not in shown:
            assert "source" not in shown
        assert {"number", "protocol"} <= set(shown)

    def test_of_several_interfaces_each_frame_says_which(self):
        layout = lay_out(120, {**LEAST, "interface": 80})
        assert [name for name, _ in layout.widths][:4] == ["number", "time", "interface", "direction"]
        assert dict(layout.widths)["interface"] == INTERFACE_MOST

    def test_columns_go_in_this_order(self):
        gone = []
        for width in range(120, 1, -1):
            shown = [name for name, _ in lay_out(width, {**LEAST, "interface": INTERFACE_LEAST}).widths]
            gone += [name for name in HEADINGS if name not in shown and name not in gone and name != "info"]
        assert gone == ["source", "destination", "length", "direction", "time", "interface"]
        assert "interface" not in dict(lay_out(120, LEAST).widths)

    def test_an_address_keeps_both_its_ends(self):
        assert elided("fe80::5054:ff:fe12:3456", 11) == "fe80:…:3456"
        assert elided("10.77.0.1", 11) == "10.77.0.1"


class TestTimes:
    def test_what_is_not_known_is_empty(self):
        assert [form.text(None, 0, 0) for form in TimeFormat] == ["", "", "", ""]
        assert TimeFormat.RELATIVE.text(5, None, None) == ""
        assert TimeFormat.DELTA.text(5, 0, None) == ""

    @pytest.mark.parametrize(
        ("time_ns", "text"),
        [(0, "0.000000"), (1_500, "0.000002"), (-SECOND - 1_000, "-1.000001"), (86_400 * SECOND, "86400.000000")],
    )
    def test_seconds(self, time_ns, text):
        assert TimeFormat.RELATIVE.text(time_ns, 0, None) == text
        assert TimeFormat.DELTA.text(time_ns, None, 0) == text

    def test_local_time_and_utc(self, monkeypatch):
        at = 1_700_000_000 * SECOND + 123_456_789
        monkeypatch.setitem(os.environ, "TZ", "XST-05:30")
        try:
            time.tzset()
            assert TimeFormat.ABSOLUTE.text(at, None, None) == "2023-11-15 03:43:20.123456"
            assert TimeFormat.UTC.text(at, None, None) == "2023-11-14 22:13:20.123456"
        finally:
            monkeypatch.undo()
            time.tzset()

    @given(st.integers(-(2**63) + 1, 2**63 - 1))
    def test_any_time_can_be_written(self, time_ns):
        assert all(form.text(time_ns, 0, -(2**63) + 1) for form in TimeFormat)


class TestScrollBar:
    @given(st.integers(1, 60), st.integers(0, 2_000_000), st.integers(0, 2_000_000))
    def test_the_thumb_is_on_the_bar(self, bar, rows, top):
        thumb = thumb_of(bar, rows, top)
        if rows <= bar:
            assert thumb is None
            return
        assert 0 <= thumb.start < thumb.start + thumb.size <= bar
        assert (thumb.start + thumb.size == bar) == (top >= rows - bar) or thumb.size == bar

    @given(st.integers(2, 60), st.integers(0, 2_000_000))
    def test_dragging_reaches_both_ends(self, bar, rows):
        thumb = thumb_of(bar, rows, 0)
        assert top_of(bar, rows, 0) == 0
        if thumb and thumb.size < bar:
            assert top_of(bar, rows, bar - thumb.size) == rows - bar


moves = st.one_of(
    st.tuples(st.just("move_by"), st.integers(-30, 30)),
    st.tuples(st.just("move_to"), st.integers(-5, 400)),
    st.tuples(st.just("scroll_to"), st.integers(-5, 400)),
    st.tuples(st.just("resize"), st.integers(1, 40)),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.just("grow"), st.integers(0, 50)),
    st.tuples(st.just("evict"), st.integers(0, 50)),
    st.tuples(st.sampled_from(["follow", "start_visual", "drop_selection"])),
)


@given(st.lists(moves, max_size=40))
def test_whatever_is_done_the_reader_is_somewhere(deeds):
    """What the reader chose is there, what he reads stands still, the selection is of rows there are."""
    reading = Reading()
    first, last = 1, 0
    for name, *amount in deeds:
        if name == "grow":
            last += amount[0]
        elif name == "evict":
            first = min(first + amount[0], max(last, 1))
        before = replace(reading)
        reading.update(first, last)
        if before.cursor and not before.following:
            assert (reading.top, reading.cursor) == (before.top, before.cursor)
        if name not in {"grow", "evict"}:
            getattr(reading, name)(*amount)
        if not last:
            assert reading.cursor == 0
            continue
        assert 0 < reading.cursor <= reading.last <= last
        assert reading.top <= reading.bottom
        assert reading.bottom - reading.top < reading.page
        assert reading.held_back == (last - reading.last if reading.held else 0)
        assert not reading.following or (reading.cursor == reading.last == reading.bottom)
        assert all(first <= number <= last for number in reading.selected)
        if name == "move_to":
            assert not reading.evicted
            assert reading.top <= reading.cursor <= reading.bottom
