"""A widget of the viewport's size over rows that may be a million: its own scrolling, wheel and scroll bar.

Textual's ScrollView lays out and repaints more than the rows at every step; this draws only what is on the screen.
"""

from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.content import Content
from textual.geometry import Offset, Region, clamp
from textual.widget import Widget


class Thumb(NamedTuple):
    """The part of a scroll bar that stands for the window: its first cell and how many it fills."""

    start: int
    size: int


def thumb_of(bar: int, rows: int, top: int) -> Thumb | None:
    """Where the thumb is on a bar of ``bar`` cells, that many rows in view, ``top`` rows above; None if all fit."""
    if bar < 1 or rows <= bar:
        return None
    size = max(1, bar * bar // rows)
    return Thumb((bar - size) * clamp(top, 0, rows - bar) // (rows - bar), size)


def top_of(bar: int, rows: int, start: int) -> int:
    """How many rows are above when the thumb starts at cell ``start``: what dragging asks."""
    thumb = thumb_of(bar, rows, 0)
    if thumb is None or thumb.size >= bar:
        return 0
    return clamp(round(start * (rows - bar) / (bar - thumb.size)), 0, rows - bar)


class Windowed(Widget, can_focus=True):
    """The common part: who inherits says how many rows there are and which is on top, and draws the lines."""

    ALLOW_SELECT = False
    HEADING_ROWS: ClassVar[int] = 0
    COMPONENT_CLASSES = {"windowed--bar", "windowed--thumb"}
    DEFAULT_CSS = """
    Windowed {
        background: $surface;
        color: $foreground;
        &:focus { background-tint: $foreground 5%; }
        & > .windowed--bar { color: $scrollbar-background-hover; background: $scrollbar-background; }
        & > .windowed--thumb { color: $scrollbar-hover; background: $scrollbar-background; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id, classes=classes)
        self._styles_by_name: dict[str, Style] = {}
        self._grabbed: int | None = None
        self._said = self.BORDER_TITLE

    @property
    def rows_in_all(self) -> int:
        """How many rows there are, on the screen and off it."""
        raise NotImplementedError

    @property
    def rows_above(self) -> int:
        """How many rows are above the window."""
        raise NotImplementedError

    def scroll_rows(self, above: int) -> None:
        """Move the window: ``above`` rows shall be above it, as far as there are so many."""
        raise NotImplementedError

    def scroll_sideways(self, cells: int) -> None:
        """Move the window to the right (negative: left), where there is something to see."""

    def row_clicked(self, at: Offset, event: events.Click) -> None:
        """Take a click on the content; ``at`` counts from the first row below the headings."""

    @property
    def page(self) -> int:
        """How many rows the window holds, at least one."""
        return max(1, self.size.height - self.HEADING_ROWS)

    def style_of(self, name: str) -> Style:
        """The whole style of a component class (``""``: of the widget), kept until the theme or the focus changes."""
        style = self._styles_by_name.get(name)
        if style is None:
            style = self.get_component_rich_style(name) if name else self.rich_style
            self._styles_by_name[name] = style
        return style

    def notify_style_update(self) -> None:
        """Forget every style: Textual calls this on a new theme, focus or class."""
        super().notify_style_update()
        self._styles_by_name.clear()
        self.refresh()

    def bar_cell(self, row: int) -> Segment:
        """The scroll bar's cell beside row ``row`` of the window: heavy where the window is, light elsewhere."""
        thumb = thumb_of(self.page, self.rows_in_all, self.rows_above)
        if thumb is None:
            return Segment(" ", self.style_of(""))
        if thumb.start <= row < thumb.start + thumb.size:
            return Segment("┃", self.style_of("windowed--thumb"))
        return Segment("│", self.style_of("windowed--bar"))

    def say(self, words: str) -> None:
        """Add words to the title in the border (none: the title alone)."""
        said = f"{self.BORDER_TITLE} · {words}" if words else self.BORDER_TITLE
        if said != self._said:
            self._said = said
            self.border_title = Content(said)

    def refresh_rows(self, *rows: int) -> None:
        """Repaint these rows of the window, those that are in it."""
        regions = [Region(0, row + self.HEADING_ROWS, self.size.width, 1) for row in rows if 0 <= row < self.page]
        if regions:
            self.refresh(*regions)

    def _at(self, event: events.MouseEvent) -> Offset:
        return event.get_content_offset_capture(self) - Offset(0, self.HEADING_ROWS)

    def _is_on_bar(self, at: Offset) -> bool:
        return at.x == self.size.width - 1 and at.y >= 0 and self.rows_in_all > self.page

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel; with shift or ctrl it goes sideways."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel; with shift or ctrl it goes sideways."""
        self._wheel(event, -1)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """A wheel or pad that goes sideways by itself."""
        event.stop()
        self.scroll_sideways(round(self.app.scroll_sensitivity_x))

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """A wheel or pad that goes sideways by itself."""
        event.stop()
        self.scroll_sideways(-round(self.app.scroll_sensitivity_x))

    def _wheel(self, event: events.MouseEvent, sign: int) -> None:
        event.stop()
        event.prevent_default()
        if event.shift or event.ctrl:
            self.scroll_sideways(sign * round(self.app.scroll_sensitivity_x))
        else:
            self.scroll_rows(self.rows_above + sign * round(self.app.scroll_sensitivity_y))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """On the bar: take hold of the thumb, or go a page towards the place."""
        at = self._at(event)
        thumb = thumb_of(self.page, self.rows_in_all, self.rows_above)
        if thumb is None or not self._is_on_bar(at):
            return
        event.stop()
        if thumb.start <= at.y < thumb.start + thumb.size:
            self._grabbed = at.y - thumb.start
            self.capture_mouse()
        else:
            self.scroll_rows(self.rows_above + (self.page if at.y > thumb.start else -self.page))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the thumb."""
        if self._grabbed is not None:
            event.stop()
            self.scroll_rows(top_of(self.page, self.rows_in_all, self._at(event).y - self._grabbed))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the thumb."""
        if self._grabbed is not None:
            event.stop()
            self._grabbed = None
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """A click on a row; one on the bar or on the headings is no choice."""
        at = self._at(event)
        if at.y >= 0 and not self._is_on_bar(at):
            event.stop()
            self.row_clicked(at, event)
