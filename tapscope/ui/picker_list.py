"""The picker's list: an interface a row. The choice stays with its interface, wherever its row goes."""

from dataclasses import dataclass

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Offset, clamp
from textual.message import Message
from textual.strip import Strip

from tapscope.listing.choices import Choice, Choices
from tapscope.listing.words import HEADINGS
from tapscope.ui.columns import GUTTER
from tapscope.ui.picker_rows import Layout, Texts, lay_out, short_texts
from tapscope.ui.windowed import Windowed


class PickerList(Windowed):
    """Shows what ``show`` is given; posts which row is chosen, and which is wanted."""

    BINDING_GROUP_TITLE = "Interfaces"
    BORDER_TITLE = "Interfaces"
    HELP = """
What there is to look into in this network namespace, TAPs first.
Enter attaches to what is free, and watches what somebody else holds.
"""
    HEADING_ROWS = 1
    BINDINGS = [
        Binding("enter", "pick", "Open", tooltip="this interface"),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False),
        Binding("home,g", "move(-1000000)", "First", show=False),
        Binding("end,G", "move(1000000)", "Last", show=False),
    ]
    COMPONENT_CLASSES = {"picker--heading", "picker--cursor", "picker--shut", "picker--plain"}
    DEFAULT_CSS = """
    PickerList {
        & > .picker--heading { background: $panel; color: $foreground; text-style: bold; }
        & > .picker--plain { color: $foreground; }
        & > .picker--shut { color: $text-muted; }
        & > .picker--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: bold;
        }
        &:nocolor > .picker--cursor { text-style: reverse; }
    }
    """

    @dataclass
    class Highlighted(Message):
        """Another row is chosen, or it has changed; None while there is none."""

        choice: Choice | None

    @dataclass
    class Picked(Message):
        """This one is to be opened."""

        choice: Choice

    def __init__(self, *, at: str | None = None) -> None:
        """``at`` names the interface to choose at first, where it is there."""
        super().__init__(id="interfaces")
        self._choices: Choices = ()
        self._rows: list[Texts] = []
        self._row = 0
        self._top = 0
        self._wish = at
        self._layout: Layout | None = None

    @property
    def chosen(self) -> Choice | None:
        """The row that Enter opens."""
        return self._choices[self._row] if self._choices else None

    @property
    def rows_in_all(self) -> int:
        """How many interfaces there are."""
        return len(self._choices)

    @property
    def rows_above(self) -> int:
        """How many of them are above the window."""
        return self._top

    def show(self, choices: Choices) -> None:
        """Show these from now on, and stay with the interface that was chosen, also when it is renamed."""
        before = self.chosen
        places = {choice.entry.link.index: at for at, choice in enumerate(choices)}
        wished = next((at for at, choice in enumerate(choices) if choice.name == self._wish), 0)
        self._choices, self._rows = choices, [short_texts(choice) for choice in choices]
        at = wished if before is None else places.get(before.entry.link.index, self._row)
        self._layout = None
        self._choose(at)

    def _choose(self, at: int) -> None:
        self._row = clamp(at, 0, max(0, len(self._choices) - 1))
        self._show_choice()
        self.post_message(self.Highlighted(self.chosen))

    def _show_choice(self) -> None:
        self.scroll_rows(clamp(self._top, self._row - self.page + 1, self._row))

    def scroll_rows(self, above: int) -> None:
        """Move the window, not the choice."""
        self._top = clamp(above, 0, max(0, len(self._choices) - self.page))
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        """More or fewer columns and rows fit."""
        self._layout = None
        self._show_choice()

    def row_clicked(self, at: Offset, event: events.Click) -> None:
        """Choose the row; a second click opens it."""
        row = self._top + at.y
        if row < len(self._choices):
            self._choose(row)
            if event.chain > 1:
                self.action_pick()

    def action_move(self, rows: int) -> None:
        """Choose a row above or below."""
        self._choose(self._row + rows)

    def action_page(self, pages: int) -> None:
        """Go pages up or down."""
        self.action_move(pages * max(1, self.page - 1))

    def action_pick(self) -> None:
        """Open the chosen interface."""
        if self.chosen is not None:
            self.post_message(self.Picked(self.chosen))

    def render_line(self, y: int) -> Strip:
        """One line of the window: the headings, an interface, or a blank."""
        width = self.size.width
        if width < 1:
            return Strip([], 0)
        if self._layout is None:
            self._layout = lay_out(width - GUTTER - 1, self._rows)
        if y < self.HEADING_ROWS:
            return Strip([Segment(self._line(HEADINGS, " ", width), self.style_of("picker--heading"))], width)
        row = self._top + y - self.HEADING_ROWS
        bar = self.bar_cell(y - self.HEADING_ROWS)
        if row >= len(self._rows):
            return Strip([Segment(" " * (width - 1), self.style_of("")), bar], width)
        style = self.style_of(self._component(row))
        mark = ">" if row == self._row else " "
        return Strip([Segment(self._line(self._rows[row], mark, width - 1), style), bar], width)

    def _line(self, row: Texts, mark: str, width: int) -> str:
        assert self._layout is not None
        return set_cell_size(f"{mark:{GUTTER}}{self._layout.line(row)}", width)

    def _component(self, row: int) -> str:
        if row == self._row:
            return "picker--cursor"
        return "picker--plain" if self._choices[row].prospect.door else "picker--shut"
