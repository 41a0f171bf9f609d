"""How the list of frames is drawn: headings, and the rows in the window. Where the reader goes is FrameList's."""

import textwrap
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive, var
from textual.strip import Strip

from tapscope.frame import are_several
from tapscope.store.arena import Store
from tapscope.store.view import Sort
from tapscope.ui.columns import (
    FALLING,
    GUTTER,
    HEADINGS,
    INTERFACE_LEAST,
    LEAST,
    RISING,
    Layout,
    column_at,
    lay_out,
    line,
    widened,
)
from tapscope.ui.list_rows import Row, Summaries, Summarize, remembered, rows_in_window
from tapscope.ui.reading import Reading
from tapscope.ui.time_format import TimeFormat
from tapscope.ui.tint import TINTS, component_of, tint_css
from tapscope.ui.viewing import Viewing
from tapscope.ui.windowed import Windowed


class FrameLines(Windowed):
    """One frame a row, under headings that stay. Text comes from the store and the dissector, never as markup."""

    HEADING_ROWS = 1
    COMPONENT_CLASSES = {
        "frames--heading",
        "frames--cursor",
        "frames--selected",
        "frames--empty",
        *map(component_of, TINTS),
    }
    DEFAULT_CSS = (
        tint_css("FrameLines")
        + """
    FrameLines {
        & > .frames--heading { background: $panel; color: $foreground; text-style: bold; }
        & > .frames--empty { color: $text-muted; }
        & > .frames--selected { background: $boost; text-style: bold; }
        & > .frames--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: bold;
        }
        &:focus > .frames--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        &:nocolor > .frames--cursor { text-style: reverse; }
    }
    """
    )

    @dataclass
    class HeadingClicked(Message):
        """The heading of that column was clicked."""

        column: str

    time_format: var[TimeFormat] = var(TimeFormat.RELATIVE, init=False)
    empty_text: reactive[str] = reactive("")
    """What an empty list says instead of rows. Plain text."""

    def __init__(
        self,
        store: Store,
        summarize: Summarize | None = None,
        *,
        id: str | None = None,  # noqa: A002 (Textual's name)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._store = store
        self._summaries = Summaries(store, summarize)
        self._viewing = Viewing(store)
        self._wanted = dict(LEAST)
        self._drawn: tuple[list[Row], Layout] | None = None
        self._seen: dict[int, Row] = {}
        self._info_from = 0

    @property
    def _reading(self) -> Reading:
        """Where the reader is, in positions of the view."""
        return self._viewing.reading

    @property
    def rows_in_all(self) -> int:
        """How many frames the view goes over."""
        return self._reading.last - self._reading.first + 1

    @property
    def rows_above(self) -> int:
        """How many of them are above the window."""
        return self._reading.top - self._reading.first

    def set_summarize(self, summarize: Summarize | None) -> None:
        """Have addresses, protocol and Info made by ``summarize``, also for the rows already seen."""
        self._summaries.use(summarize)
        self.redraw()

    def cycle_time(self) -> None:
        """Write the times in the next of the four ways."""
        self.time_format = self.time_format.next

    def watch_time_format(self) -> None:
        """Each format has its own width."""
        self._wanted["time"] = LEAST["time"]
        self._seen.clear()
        self.redraw()

    def scroll_sideways(self, cells: int) -> None:
        """Show what Info holds further right (negative: left). The other columns stay where they are."""
        rows, layout = self._now()
        longest = max((cell_len(row.texts["info"]) for row in rows), default=0)
        start = min(self._info_from + cells, max(longest - layout.info, self._info_from if cells < 0 else 0))
        if max(0, start) != self._info_from:
            self._info_from = max(0, start)
            self.refresh()

    def redraw(self) -> None:
        """Make the rows in the window anew."""
        self._drawn = None
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        """The columns share another width."""
        self.redraw()

    def _now(self) -> tuple[list[Row], Layout]:
        """The rows in the window and their layout, made once for all the lines of a paint."""
        if self._drawn is None:
            made = rows_in_window(self._store, self._viewing, self._summaries, self.time_format)
            self._seen = {at: remembered(row, self._seen.get(at)) for at, row in enumerate(made, self._reading.top)}
            rows = list(self._seen.values())
            if are_several(self._store.interfaces):
                self._wanted.setdefault("interface", INTERFACE_LEAST)
            self._wanted = widened(self._wanted, [self._headings(), *(row.texts for row in rows)])
            self._drawn = rows, lay_out(self.size.width - 1, self._wanted)
            if self._summaries.behind:
                self.call_after_refresh(self.redraw)
        return self._drawn

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that there is room for."""
        return *(name for name, _ in self._now()[1].widths), "info"

    def heading_of(self, sort: Sort) -> str:
        """The heading of the column that is sorted by, with the way that is."""
        return f"{self._plain_headings()[sort.column]} {FALLING if sort.falling else RISING}"

    def _plain_headings(self) -> dict[str, str]:
        return {**HEADINGS, "time": self.time_format.value}

    def _headings(self) -> dict[str, str]:
        sort = self._viewing.view.sort
        return self._plain_headings() | ({sort.column: self.heading_of(sort)} if sort else {})

    def on_click(self, event: events.Click) -> None:
        """A click on a heading is told; any other is a row's."""
        at = event.get_content_offset_capture(self)
        if at.y == 0:
            event.stop()
            event.prevent_default()
            self.post_message(self.HeadingClicked(column_at(self._now()[1], at.x)))

    def render_line(self, y: int) -> Strip:
        """One line of the window: the headings, a frame, or a blank."""
        width = self.size.width
        if width < 1:
            return Strip([], 0)
        if y < self.HEADING_ROWS:
            text = f"{' ' * GUTTER}{line(self._now()[1], self._headings())}"
            return Strip([Segment(set_cell_size(text, width), self.style_of("frames--heading"))], width)
        text, component = self._row(y - self.HEADING_ROWS)
        style = self.style_of(component)
        return Strip([Segment(set_cell_size(text, width - 1), style), self.bar_cell(y - self.HEADING_ROWS)], width)

    def _row(self, y: int) -> tuple[str, str]:
        """The text of the window's row ``y`` and its component class."""
        rows, layout = self._now()
        if y >= len(rows):
            return ("", "") if rows else (self._sentence(y), "frames--empty")
        row, position = rows[y], self._reading.top + y
        chosen, selected = position == self._reading.cursor, position in self._reading.selected
        text = f"{'>' if chosen else ' '}{'*' if selected else ' '}{line(layout, row.texts, self._info_from)}"
        if chosen:
            return text, "frames--cursor"
        return text, "frames--selected" if selected else component_of(row.tint)

    def _sentence(self, y: int) -> str:
        lines = textwrap.wrap(self.empty_text, max(1, self.size.width - 2 * GUTTER - 1))
        return f"{' ' * GUTTER}{lines[y - 1]}" if 0 < y <= len(lines) else ""
