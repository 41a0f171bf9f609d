"""The bytes of one frame: offset, hexadecimal, characters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Offset, clamp
from textual.message import Message
from textual.strip import Strip

from tapscope.ui.byte_rows import RowLayout, in_words, row_layout
from tapscope.ui.windowed import Windowed

Piece = tuple[str, str]
"""Text and the component class it is drawn in, ``""`` for the widget's own style."""


class ByteView(Windowed):
    """A hex view with a cursor, in which a range of bits can be marked. Draws the rows in the window only."""

    BINDING_GROUP_TITLE = "Bytes"
    BORDER_TITLE = "Bytes"
    HELP = """
The bytes of the chosen frame. The field that the chosen byte belongs to is marked, and chosen among the layers.
Bits count as in RFCs: bit 0 is a byte's highest.
"""
    BINDINGS = [
        Binding("left,h", "move(-1)", "Left", show=False),
        Binding("right,l", "move(1)", "Right", show=False),
        Binding("up,k", "move_rows(-1)", "Up", show=False),
        Binding("down,j", "move_rows(1)", "Down", show=False),
        Binding("pageup", "pages(-1)", "Page up", show=False),
        Binding("pagedown", "pages(1)", "Page down", show=False),
        Binding("ctrl+u", "half_pages(-1)", "Half a page up", show=False),
        Binding("ctrl+d", "half_pages(1)", "Half a page down", show=False),
        Binding("home", "row_start", "Start of the row", show=False),
        Binding("end", "row_end", "End of the row", show=False),
        Binding("g,ctrl+home", "first", "First byte", show=False),
        Binding("G,ctrl+end", "last", "Last byte", show=False),
    ]
    COMPONENT_CLASSES = {"bytes--offset", "bytes--mark", "bytes--found", "bytes--cursor"}
    DEFAULT_CSS = """
    ByteView {
        & > .bytes--offset { color: $text-muted; }
        & > .bytes--mark { color: $text-warning; background: $warning-muted; text-style: bold underline; }
        &:ansi > .bytes--mark { background: ansi_default; }
        & > .bytes--found { color: $text-success; background: $success-muted; text-style: bold reverse; }
        &:ansi > .bytes--found { background: ansi_default; }
        & > .bytes--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: reverse;
        }
        &:focus > .bytes--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: bold;
        }
        &:nocolor > .bytes--cursor { text-style: bold reverse; }
    }
    """

    @dataclass
    class ByteChosen(Message):
        """The user went to the byte at ``offset``."""

        byte_view: "ByteView"
        offset: int

        @property
        def control(self) -> "ByteView":
            """The view."""
            return self.byte_view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id, classes=classes)
        self._data = b""
        self._marked = range(0)
        self._spans: Callable[[bytes], Sequence[range]] | None = None
        self._found: frozenset[int] = frozenset()
        self._cursor = 0
        self._top = 0

    @property
    def data(self) -> bytes:
        """What is shown."""
        return self._data

    @property
    def cursor(self) -> int:
        """The offset of the chosen byte; 0 also where there is none."""
        return self._cursor

    @property
    def marked(self) -> range:
        """The marked bits of the data, empty where there are none."""
        return self._marked

    @property
    def rows_in_all(self) -> int:
        """How many rows the bytes take."""
        return -(-len(self._data) // self._layout.count)

    @property
    def rows_above(self) -> int:
        """How many rows are above the window."""
        return self._top

    @property
    def _layout(self) -> RowLayout:
        return row_layout(self.size.width - 1, len(self._data))

    @property
    def found(self) -> int | None:
        """The first byte of what is sought; None where it is not there."""
        return min(self._found, default=None)

    def show(self, data: bytes) -> None:
        """Show other bytes, nothing marked. Cursor and window stay where they were, as far as there is something.

        Where something sought is in them, they go there.
        """
        self._data = data
        self._found = frozenset(chain.from_iterable(self._spans(data))) if self._spans else frozenset()
        self._cursor = clamp(self._cursor, 0, max(0, len(data) - 1)) if self.found is None else self.found
        self.mark(0, 0)
        if self.found is not None:
            self._bring_into_view(self._cursor)

    def seek(self, spans: "Callable[[bytes], Sequence[range]] | None") -> None:
        """Have whatever ``spans`` says of some bytes stand out, in what is shown from now on."""
        self._spans = spans

    def mark(self, start_bit: int, end_bit: int) -> None:
        """Mark bits of the data, the end not included, and bring their beginning into view. An empty range: none.

        The cursor goes there too, unless it is in the range already. Posts nothing.
        """
        self._marked = range(max(0, start_bit), min(end_bit, len(self._data) * 8))
        if self._marked:
            if not start_bit // 8 <= self._cursor <= (end_bit - 1) // 8:
                self._cursor = start_bit // 8
            self._bring_into_view(self._cursor if self._cursor in self._found else start_bit // 8)
        self.scroll_rows(self._top)
        self._say_where()
        self.refresh()

    def scroll_rows(self, above: int) -> None:
        """Move the window."""
        top = clamp(above, 0, max(0, self.rows_in_all - self.page))
        if top != self._top:
            self._top = top
            self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        """The rows may hold more or fewer bytes: keep the chosen one in view."""
        self._bring_into_view(self._cursor)
        self.refresh()

    def row_clicked(self, at: Offset, event: events.Click) -> None:  # noqa: ARG002 (a click is a click)
        """Choose the byte under the mouse."""
        index = self._layout.index_at(at.x)
        offset = (self._top + at.y) * self._layout.count + (index or 0)
        if index is not None and offset < len(self._data):
            self._go(offset)

    def _go(self, offset: int) -> None:
        if self._data:
            self._cursor = clamp(offset, 0, len(self._data) - 1)
            self._bring_into_view(self._cursor)
            self._say_where()
            self.refresh()
            self.post_message(self.ByteChosen(self, self._cursor))

    def _bring_into_view(self, offset: int) -> None:
        row = offset // self._layout.count
        self.scroll_rows(min(row, max(self._top, row - self.page + 1)))

    def _say_where(self) -> None:
        """Where the mark is, else where the cursor is: in the title, for whom colors say nothing."""
        found = "" if self.found is None else f", found at byte {self.found}"
        if self._marked:
            self.say(in_words(self._data, self._marked.start, self._marked.stop) + found)
        else:
            self.say(f"byte {self._cursor} of {len(self._data)}{found}" if self._data else "")

    def render_line(self, y: int) -> Strip:
        """One row of bytes, or a blank."""
        width, layout = self.size.width, self._layout
        pieces = self._pieces(layout, (self._top + y) * layout.count)
        merged = [
            Segment("".join(text for text, _ in run), self.style_of(name))
            for name, run in groupby(pieces, key=lambda piece: piece[1])
        ]
        row = Strip(merged).adjust_cell_length(max(0, width - 1), self.style_of(""))
        return Strip([*row, self.bar_cell(y)], width) if width else row

    def _pieces(self, layout: RowLayout, start: int) -> list[Piece]:
        """A row's texts, each byte and what is after it by itself."""
        octets = self._data[start : start + layout.count]
        if not octets:
            return []
        names = [self._drawn_as(start + index) for index in range(len(octets))]
        pieces: list[Piece] = [(f"{start:0{layout.digits}x}", "bytes--offset"), ("  ", "")]
        for index, octet in enumerate(octets):
            pieces.append((f"{octet:02x}", names[index]))
            after = layout.hex_at(index + 1) if index + 1 < len(octets) else layout.text_at(0)
            inside = index + 1 < len(octets) and names[index] == names[index + 1] == "bytes--mark"
            pieces.append((" " * (after - layout.hex_at(index) - 2), names[index] if inside else ""))
        pieces += [
            (chr(octet) if 0x20 <= octet < 0x7F else ".", name) for octet, name in zip(octets, names, strict=True)
        ]
        return pieces

    def _drawn_as(self, offset: int) -> str:
        if offset == self._cursor and (self.has_focus or not self._marked):
            return "bytes--cursor"
        if offset in self._found:
            return "bytes--found"
        marked = self._marked.start // 8 <= offset <= (self._marked.stop - 1) // 8
        return "bytes--mark" if self._marked and marked else ""

    def action_move(self, octets: int) -> None:
        """Go to a byte before or after."""
        self._go(self._cursor + octets)

    def action_move_rows(self, rows: int) -> None:
        """Go to a row above or below, in the same column where there is one."""
        offset = self._cursor + rows * self._layout.count
        last = len(self._data) - 1
        if offset < 0:
            offset = self._cursor % self._layout.count
        elif offset > last and self._cursor // self._layout.count == last // self._layout.count:
            offset = self._cursor
        self._go(offset)

    def action_pages(self, pages: int) -> None:
        """Go pages up or down."""
        self.action_move_rows(pages * max(1, self.page - 1))

    def action_half_pages(self, halves: int) -> None:
        """Go half pages up or down."""
        self.action_move_rows(halves * max(1, self.page // 2))

    def action_row_start(self) -> None:
        """Go to the first byte of the row."""
        self._go(self._cursor - self._cursor % self._layout.count)

    def action_row_end(self) -> None:
        """Go to the last byte of the row."""
        self._go(self._cursor - self._cursor % self._layout.count + self._layout.count - 1)

    def action_first(self) -> None:
        """Go to the first byte."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last byte."""
        self._go(len(self._data) - 1)
