"""A table of the statistics: headings, and the lines in the window. A million lines cost what is on the screen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Offset, clamp
from textual.message import Message
from textual.strip import Strip

from tapscope.ui.columns import FALLING, GUTTER, RISING, window
from tapscope.ui.statistics_tables import Column, Table
from tapscope.ui.windowed import Windowed

_GAP = 2
SIDEWAYS = 8
"""Cells that one key press goes sideways."""
_NEAR = 100
"""Lines above and below in which the chosen one is looked for when the table was counted again."""


class StatisticsList(Windowed):
    """Shows what ``show`` is given; posts which line's filter is wanted."""

    BINDING_GROUP_TITLE = "Statistics"
    BORDER_TITLE = "Statistics"
    HELP = """
What is held, counted: which protocols, who takes part, who speaks to whom.
Enter shows the frames of a line: it becomes the display filter. A heading that is clicked is sorted by.
"""
    HEADING_ROWS = 1
    BINDINGS = [
        Binding("enter", "choose", "Filter", tooltip="these frames only: the line as display filter"),
        Binding("o", "sort", "Sort", tooltip="by the next column"),
        Binding("O", "reverse", "Reverse", tooltip="the other way round"),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False),
        Binding("home,g", "move(-1000000000)", "First", show=False),
        Binding("end,G", "move(1000000000)", "Last", show=False),
        Binding("shift+left", "sideways(-1)", "Left", show=False),
        Binding("shift+right", "sideways(1)", "Right", show=False),
    ]
    COMPONENT_CLASSES = {"statistics--heading", "statistics--cursor", "statistics--empty"}
    DEFAULT_CSS = """
    StatisticsList {
        & > .statistics--heading { background: $panel; color: $foreground; text-style: bold; }
        & > .statistics--empty { color: $text-muted; }
        & > .statistics--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: bold;
        }
        &:nocolor > .statistics--cursor { text-style: reverse; }
    }
    """

    @dataclass
    class Chosen(Message):
        """The filter of a line is wanted; empty where the line has none."""

        filter: str

    def __init__(self) -> None:
        super().__init__(id="statistics-list")
        self._table = Table(0, (), lambda _: "", 0)
        self._order: NDArray[np.intp] = np.arange(0)
        self._by = 0
        self._reversed = False
        self._row = self._top = self._left = 0
        self._widths: list[int] = []
        self._empty = ""

    @property
    def rows_in_all(self) -> int:
        """How many lines the table has."""
        return self._table.rows

    @property
    def rows_above(self) -> int:
        """How many of them are above the window."""
        return self._top

    def show(self, table: Table, *, anew: bool, empty: str = "") -> None:
        """Show this from now on: another table (``anew``), or the same counted again, the choice near where it was.

        ``empty`` is what one without lines says.
        """
        before = "" if anew or not self._table.rows else self._table.filter_of(self._chosen)
        if anew:
            self._by, self._reversed, self._row, self._left = table.begin, False, 0, 0
            self._widths = []
        self._table, self._empty = table, empty
        self._sort()
        self._choose(self._again(before))

    @property
    def _chosen(self) -> int:
        """The chosen line's row in the table."""
        return int(self._order[self._row])

    def _again(self, wanted: str) -> int:
        """Where the line with this filter is now, if it went not far."""
        near = range(max(0, self._row - _NEAR), min(self._table.rows, self._row + _NEAR))
        return next(
            (row for row in near if wanted and self._table.filter_of(int(self._order[row])) == wanted), self._row
        )

    def _sort(self) -> None:
        if self._table.columns:
            column = self._table.columns[self._by]
            self._order = column.order(falling=column.falling != self._reversed)

    def _choose(self, at: int) -> None:
        self._row = clamp(at, 0, max(0, self._table.rows - 1))
        self.scroll_rows(clamp(self._top, self._row - self.page + 1, self._row))

    def scroll_rows(self, above: int) -> None:
        """Move the window, not the choice."""
        self._top = clamp(above, 0, max(0, self._table.rows - self.page))
        self._fit()
        self.refresh()

    def scroll_sideways(self, cells: int) -> None:
        """Show columns further right (negative: left), where there is no room for all."""
        most = sum(self._widths) + _GAP * len(self._widths) - (self.size.width - GUTTER - 1)
        self._left = clamp(self._left + cells, 0, max(0, most))
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        """More or fewer lines fit."""
        self._choose(self._row)

    def _fit(self) -> None:
        """Widen the columns to what is in the window; they never shrink under the reader."""
        before = self._widths or [cell_len(column.heading) + 2 for column in self._table.columns]
        rows = self._order[self._top : self._top + self.page].tolist()
        self._widths = [
            max([width, *(cell_len(column.text(row)) for row in rows)])
            for width, column in zip(before, self._table.columns, strict=True)
        ]

    def row_clicked(self, at: Offset, event: events.Click) -> None:
        """Choose the line; a second click wants its filter."""
        row = self._top + at.y
        if row < self._table.rows:
            self._choose(row)
            if event.chain > 1:
                self.action_choose()

    def on_click(self, event: events.Click) -> None:
        """A click on a heading sorts by it; once more, the other way round."""
        at = event.get_content_offset_capture(self)
        if at.y == 0:
            event.stop()
            event.prevent_default()
            column = self._column_at(at.x - GUTTER + self._left)
            if column is not None:
                self._sort_by(column, reverse=column == self._by and not self._reversed)

    def _column_at(self, cell: int) -> int | None:
        end = 0
        for at, width in enumerate(self._widths):
            end += width + _GAP
            if 0 <= cell < end:
                return at
        return None

    def _sort_by(self, column: int, *, reverse: bool) -> None:
        self._by, self._reversed = column, reverse
        self._sort()
        self._choose(0)

    def action_sort(self) -> None:
        """By the next column."""
        if self._table.columns:
            self._sort_by((self._by + 1) % len(self._table.columns), reverse=False)

    def action_reverse(self) -> None:
        """The other way round."""
        self._sort_by(self._by, reverse=not self._reversed)

    def action_move(self, rows: int) -> None:
        """Choose a line above or below."""
        self._choose(self._row + rows)

    def action_page(self, pages: int) -> None:
        """Go pages up or down."""
        self.action_move(pages * max(1, self.page - 1))

    def action_sideways(self, steps: int) -> None:
        """Show more columns."""
        self.scroll_sideways(steps * SIDEWAYS)

    def action_choose(self) -> None:
        """Want the filter of the chosen line."""
        if self._table.rows:
            self.post_message(self.Chosen(self._table.filter_of(self._chosen)))

    def render_line(self, y: int) -> Strip:
        """One line of the window: the headings, a line of the table, or a blank."""
        width = self.size.width
        if width < 1:
            return Strip([], 0)
        if y < self.HEADING_ROWS:
            headings = [self._heading(at, column) for at, column in enumerate(self._table.columns)]
            return Strip([Segment(self._line(headings, " ", width), self.style_of("statistics--heading"))], width)
        row, bar = self._top + y - self.HEADING_ROWS, self.bar_cell(y - self.HEADING_ROWS)
        if row >= self._table.rows:
            words = f"{' ' * GUTTER}{self._empty}" if y == self.HEADING_ROWS + 1 and not self._table.rows else ""
            return Strip([Segment(set_cell_size(words, width - 1), self.style_of("statistics--empty")), bar], width)
        chosen = row == self._row
        texts = [column.text(int(self._order[row])) for column in self._table.columns]
        style = self.style_of("statistics--cursor" if chosen else "")
        return Strip([Segment(self._line(texts, ">" if chosen else " ", width - 1), style), bar], width)

    def _heading(self, at: int, column: Column) -> str:
        if at != self._by:
            return column.heading
        return f"{column.heading} {FALLING if column.falling != self._reversed else RISING}"

    def _line(self, texts: list[str], mark: str, width: int) -> str:
        cells = [
            " " * (cells - cell_len(text)) + text if column.falling else set_cell_size(text, cells)
            for text, cells, column in zip(texts, self._widths, self._table.columns, strict=True)
        ]
        return f"{mark:{GUTTER}}{window((' ' * _GAP).join(cells).rstrip(), self._left, width - GUTTER)}"
