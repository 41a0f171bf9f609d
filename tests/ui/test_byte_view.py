import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.geometry import Size
from ui_kit import lines, until

from tapscope.ui.byte_rows import BYTES_A_ROW, in_words, row_layout
from tapscope.ui.byte_view import ByteView

FRAME = bytes(range(256))


def marked(view: ByteView) -> list[str]:
    """The texts drawn as marked, row by row, a blank for each that is not."""
    found = []
    for strip in view.render_lines(view.size.region):
        texts = [segment.text for segment in strip if segment.style == view.style_of("bytes--mark")]
        found.append("|".join(texts))
    return found


def chosen(pilot) -> list[int]:
    return [message.offset for message in pilot.app.posted if isinstance(message, ByteView.ByteChosen)]


class TestRows:
    async def test_offset_bytes_and_characters(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80):
            view.show(b"\x00\x1b[31mHello, w\xf6rld~\x7f")
            assert lines(view)[0].rstrip() == (
                "0000  00 1b 5b 33 31 6d 48 65  6c 6c 6f 2c 20 77 f6 72  ..[31mHello, w.r"
            )
            assert lines(view)[1].rstrip() == "0010  6c 64 7e 7f" + 39 * " " + "ld~."

    @pytest.mark.parametrize(("width", "count"), [(20, 4), (40, 8), (79, 16), (80, 16), (160, 32)])
    async def test_longer_rows_where_there_is_room(self, on_screen, width, count):
        view = ByteView()
        async with on_screen(view, width):
            view.show(FRAME)
            assert lines(view)[1].startswith(f"{count:04x}  {count:02x} ")
            assert all(len(line) == width for line in lines(view))

    async def test_nothing_to_show(self, on_screen):
        view = ByteView()
        async with on_screen(view) as pilot:
            assert "".join(lines(view)).strip() == ""
            await pilot.press(*"hjklgG", "home", "end", "pageup", "pagedown")
            await pilot.click(view, offset=(7, 0))
            view.show(FRAME)
            view.show(b"")
            assert "".join(lines(view)).strip() == ""
            assert view.border_title == "Bytes"
            assert chosen(pilot) == []

    async def test_only_the_rows_in_the_window_are_made(self, on_screen, monkeypatch):
        made = []
        pieces = ByteView._pieces
        monkeypatch.setattr(ByteView, "_pieces", lambda self, layout, at: made.append(at) or pieces(self, layout, at))
        view = ByteView()
        async with on_screen(view, 80, 10) as pilot:
            view.show(bytes(65550))
            await pilot.press("G")
            made.clear()
            assert lines(view)[-1].startswith("10000  ")
            assert len(set(made)) <= 10
            assert [line[-1] for line in lines(view)].count("┃") == 1

    @given(st.integers(0, 200), st.integers(0, 70_000))
    def test_every_byte_can_be_found_by_its_cells(self, width, length):
        layout = row_layout(width, length)
        assert layout.count in BYTES_A_ROW
        for index in range(layout.count):
            cells = (layout.hex_at(index), layout.hex_at(index) + 1, layout.text_at(index))
            assert {layout.index_at(cell) for cell in cells} == {index}
        assert layout.index_at(layout.width) is None
        assert layout.index_at(0) is None


class TestMarks:
    async def test_bytes(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80) as pilot:
            view.show(FRAME)
            view.mark(14 * 8, 18 * 8)
            assert view.cursor == 14
            assert marked(view)[:2] == ["0f|.", "10 11|.."]
            assert view.border_title == "Bytes · bytes 14–17 (4 bytes)"
            await pilot.pause()
            assert chosen(pilot) == []

    async def test_bits(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80):
            view.show(b"\x45" * 20)
            view.mark(14 * 8 + 4, 15 * 8)
            assert view.border_title == "Bytes · bits 4–7 of byte 14: .... 0101"

    async def test_a_mark_is_seen_whole_from_another_pane(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80) as pilot:
            view.show(FRAME)
            view.mark(14 * 8, 18 * 8)
            pilot.app.screen.set_focus(None)
            await pilot.pause()
            assert marked(view)[:2] == ["0e 0f|..", "10 11|.."]

    async def test_the_cursor_stays_in_a_mark_that_holds_it(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80) as pilot:
            view.show(FRAME)
            await pilot.press("j", "l")
            view.mark(16 * 8, 20 * 8)
            assert view.cursor == 17

    async def test_a_mark_out_of_the_window_is_brought_into_it(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80, 4):
            view.show(FRAME)
            view.mark(200 * 8, 256 * 8)
            assert any(marked(view))
            view.mark(0, 256 * 8)
            assert lines(view)[0].startswith("0000")

    async def test_what_lies_outside_the_data_is_not_marked(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80):
            view.show(FRAME[:20])
            view.mark(18 * 8, 40 * 8)
            assert view.marked == range(18 * 8, 20 * 8)
            view.mark(400, 500)
            assert not view.marked
            view.mark(0, 8)
            view.mark(0, 0)
            assert not any(marked(view))

    async def test_marks_do_not_need_color(self, on_screen, monkeypatch):
        monkeypatch.setenv("NO_COLOR", "1")
        view = ByteView()
        async with on_screen(view, 80):
            view.show(FRAME)
            view.mark(0, 32)
            segments = list(view.render_lines(view.size.region)[0])
            styles = {segment.text.strip(): segment.style for segment in segments}
            assert styles["00"].reverse
            assert styles["01 02 03"].underline
            assert [text for text, style in styles.items() if style.underline] == ["01 02 03", "..."]

    async def test_a_theme_is_taken_at_once(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80) as pilot:
            view.show(FRAME)
            view.mark(0, 32)
            before = view.style_of("bytes--mark")
            pilot.app.theme = "textual-light"
            await pilot.pause()
            assert view.style_of("bytes--mark") != before

    @pytest.mark.parametrize(
        ("start", "end", "words"),
        [
            (0, 8, "byte 0"),
            (8, 24, "bytes 1–2 (2 bytes)"),
            (4, 8, "bits 4–7 of byte 0: .... 1111"),
            (0, 1, "bit 0 of byte 0: 0... ...."),
            (11, 24, "bit 3 of byte 1 to bit 7 of byte 2: ...1 0000 0111 1000"),
            (4, 44, "bit 4 of byte 0 to bit 3 of byte 5"),
            (76, 80, "bits 4–7 of byte 9"),
        ],
    )
    def test_words(self, start, end, words):
        assert in_words(b"\x0f\xf0\x78\x00\x00\x00", start, end) == words


class TestMoving:
    @pytest.mark.parametrize(
        ("keys", "offset"),
        [
            (["right", "l", "left"], 1),
            (["down", "j", "up"], 16),
            (["h", "k"], 0),
            (["l", "j", "home"], 16),
            (["l", "j", "end"], 31),
            (["G"], 249),
            (["G", "g"], 0),
            (["G", "down"], 249),
            (["l", "G", "k", "end", "j"], 249),
            (["l", "pagedown"], 49),
            (["l", "pagedown", "pageup", "pageup"], 1),
            (["ctrl+d", "ctrl+d", "ctrl+u"], 32),
        ],
    )
    async def test_keys(self, on_screen, keys, offset):
        view = ByteView()
        async with on_screen(view, 80, 4) as pilot:
            view.show(FRAME[:250])
            await pilot.press(*keys)
            assert view.cursor == offset
            assert chosen(pilot)[-1] == offset
            assert any(line.startswith(f"{offset // 16 * 16:04x}") for line in lines(view))

    async def test_a_click_on_a_byte_or_on_its_character(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80) as pilot:
            view.show(FRAME)
            layout = row_layout(79, 256)
            await pilot.click(view, offset=(layout.hex_at(9), 2))
            await pilot.click(view, offset=(layout.text_at(3), 1))
            await pilot.click(view, offset=(1, 1))
            assert chosen(pilot) == [41, 19]

    async def test_a_click_after_the_end(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80) as pilot:
            view.show(FRAME[:20])
            await pilot.click(view, offset=(60, 1))
            await pilot.click(view, offset=(10, 5))
            assert chosen(pilot) == []

    async def test_the_wheel_moves_the_window_not_the_cursor(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80, 4) as pilot:
            view.show(FRAME)
            await pilot._post_mouse_events([events.MouseScrollDown], view, offset=(5, 1))
            await pilot.pause()
            assert lines(view)[0].startswith("0020")
            assert view.cursor == 0

    async def test_a_shorter_frame_and_another_size(self, on_screen):
        view = ByteView()
        async with on_screen(view, 80, 4) as pilot:
            view.show(FRAME)
            await pilot.press("G")
            view.show(FRAME[:20])
            assert view.cursor == 19
            assert lines(view)[0].startswith("0000")
            view.show(FRAME)
            await pilot.press("G")
            await pilot.resize_terminal(40, 6)
            await until(lambda: view.size == Size(40, 6))
            assert any(line.startswith("00f8") for line in lines(view))
