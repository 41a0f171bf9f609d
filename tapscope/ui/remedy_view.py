"""One remedy in the capability panel."""

from dataclasses import dataclass

from textual.message import Message
from textual.widgets import Static

from tapscope.doctor.finding import Remedy
from tapscope.ui.panel_rows import remedy_text


class RemedyView(Static):
    """One remedy. ``-chosen`` is the one that ``c`` copies and ``f`` runs."""

    @dataclass
    class Clicked(Message):
        """The user points at it."""

        number: int

    def __init__(self, remedy: Remedy, number: int) -> None:
        super().__init__(remedy_text(remedy, chosen=False), classes="panel-remedy")
        self._remedy, self._number = remedy, number

    def choose(self, chosen: bool) -> None:
        """Mark it, or not."""
        self.set_class(chosen, "-chosen")
        self.update(remedy_text(self._remedy, chosen=chosen))

    def on_click(self) -> None:
        """Chosen by mouse."""
        self.post_message(self.Clicked(self._number))
