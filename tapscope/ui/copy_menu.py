"""The small menu that ``c`` opens: in which form to copy."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tapscope.ui.styles import KEY, MUTED


@dataclass(frozen=True, slots=True)
class Form:
    """A way to copy. ``key`` chooses it, ``make`` makes the text when it is chosen, ``hint`` shows what comes."""

    key: str
    label: str
    make: Callable[[], str]
    hint: str = ""


class CopyMenu(ModalScreen[Form]):
    """Answers with the chosen form, None when left."""

    BINDINGS = [Binding("escape,q", "dismiss", "Cancel")]

    def __init__(self, title: str, forms: list[Form]) -> None:
        super().__init__()
        self._title = title
        self._forms = forms

    def compose(self) -> ComposeResult:
        """A line for each form, with its key."""
        with Vertical(classes="dialog menu") as dialog:
            dialog.border_title = Content(self._title)
            yield OptionList(*(Option(self._line(form)) for form in self._forms))

    @staticmethod
    def _line(form: Form) -> Content:
        return Content.assemble((f" {form.key} ", KEY), f" {form.label}", (f"  {form.hint}", MUTED))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click on a line chooses it."""
        self.dismiss(self._forms[event.option_index])

    def on_key(self, event: Key) -> None:
        """A form's own key chooses it at once."""
        chosen = next((form for form in self._forms if form.key == event.character), None)
        if chosen is not None:
            event.stop()
            self.dismiss(chosen)
