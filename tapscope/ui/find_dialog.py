"""Asks what to find, and in what."""

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, RadioSet, Static

from tapscope.dissect.text import printable
from tapscope.filters import FilterError
from tapscope.filters.find import How, Sought, Where, compile_find
from tapscope.ui.save_dialog import Pick
from tapscope.ui.styles import BAD, GOOD, MUTED

EXAMPLES = {
    How.TEXT: "as it reads: GET, 10.0.0.1, who has",
    How.HEX: "bytes: 02 4f, 02:4f or 024f",
    How.REGEX: "an expression, as Python's re has them: GET|POST",
    How.FILTER: "a filter, as / takes them: tcp.flags.syn == 1",
}


class FindDialog(ModalScreen[Sought]):
    """Answers with what is sought; None when left. Begins with what was sought before."""

    BINDINGS = [Binding("escape", "dismiss", "Cancel")]

    def __init__(self, text: str, how: How, where: Where) -> None:
        super().__init__()
        self._text = text
        self._how = how
        self._where = where

    def compose(self) -> ComposeResult:
        """A line to type in, what it is worth, what it is, and in what to look; Tab goes from one to the other."""
        with Vertical(classes="dialog find") as dialog:
            dialog.border_title = Content("Find")
            dialog.border_subtitle = Content("Tab: what it is, and where · Enter finds")
            text = Input(self._text, placeholder=EXAMPLES[self._how])
            text.cursor_blink = False
            yield text
            yield Static("", id="place", markup=False)
            yield Static("", id="verdict", markup=False)
            with Horizontal(id="choices"):
                with RadioSet(id="how", compact=True):
                    for how in How:
                        yield Pick(how.value, value=how is self._how)
                with RadioSet(id="where", compact=True):
                    for where in Where:
                        yield Pick(f"in the {where.value}", value=where is self._where)

    def on_mount(self) -> None:
        """Also of what is there already."""
        self._judge()

    def _chosen(self) -> tuple[How, Where]:
        how = list(How)[max(self.query_one("#how", RadioSet).pressed_index, 0)]
        where = list(Where)[max(self.query_one("#where", RadioSet).pressed_index, 0)]
        return how, where

    def on_input_changed(self) -> None:
        """Say what it is worth."""
        self._judge()

    def on_radio_set_changed(self) -> None:
        """It is worth something else now."""
        field = self.query_one(Input)
        field.placeholder = EXAMPLES[self._chosen()[0]]
        self._judge()

    def _judge(self) -> Sought | None:
        how, where = self._chosen()
        field = self.query_one(Input)
        self.query_one("#where", RadioSet).disabled = how in {How.HEX, How.FILTER}
        place, verdict, sought = "", Content.styled("○ type what to find", MUTED), None
        try:
            sought = compile_find(field.value, how, where)
            verdict = Content.styled("✓ Enter finds the next", GOOD)
        except FilterError as fault:
            if field.value.strip():
                place = " " * max(cell_len(field.value[: fault.at]) - int(field.scroll_x), 0) + "^"
                verdict = Content.styled(f"✗ {printable(str(fault))}", BAD)
        self.query_one("#place", Static).update(Content.styled(place, BAD))
        self.query_one("#verdict", Static).update(verdict)
        return sought

    def on_input_submitted(self) -> None:
        """Find it, if it is something."""
        if (sought := self._judge()) is not None:
            self.dismiss(sought)
