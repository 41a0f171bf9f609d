"""One remedy in the capability panel."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import HorizontalGroup, VerticalGroup
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from tapscope.doctor.finding import Remedy
from tapscope.ui.panel_rows import price
from tapscope.ui.styles import COMMAND, STRONG


class RemedyView(HorizontalGroup):
    """A command, and below it what it does and costs. The chosen one is what ``c`` copies and ``f`` runs."""

    chosen: reactive[bool] = reactive(False, toggle_class="-chosen")

    @dataclass
    class Clicked(Message):
        """The user points at it."""

        number: int

    def __init__(self, remedy: Remedy, number: int, *, chosen: bool) -> None:
        super().__init__(classes="panel-remedy")
        self._remedy, self._number = remedy, number
        self._mark = Static(classes="panel-mark")
        self.chosen = chosen

    def compose(self) -> ComposeResult:
        """The mark beside the two."""
        yield self._mark
        with VerticalGroup():
            yield Static(Content.styled(self._remedy.command, COMMAND), classes="panel-command")
            yield Static(price(self._remedy))

    def watch_chosen(self, chosen: bool) -> None:
        """Not by color alone."""
        self._mark.update(Content.styled("▸" if chosen else " ", STRONG))

    def on_click(self) -> None:
        """Chosen by mouse."""
        self.post_message(self.Clicked(self._number))
