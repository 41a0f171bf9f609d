"""A row of the panel and of the help."""

from textual.app import ComposeResult
from textual.containers import HorizontalGroup
from textual.content import Content
from textual.widgets import Static


class Row(HorizontalGroup):
    """A label of fixed width in cells, and a text that wraps beside it."""

    DEFAULT_CSS = """
    Row > .row-text { width: 1fr; height: auto; }
    """

    def __init__(self, label: Content, text: Content, *, width: int) -> None:
        super().__init__()
        self._label, self._text, self._label_width = label, text, width

    def compose(self) -> ComposeResult:
        """Two columns."""
        label = Static(self._label)
        label.styles.width = self._label_width
        yield label
        yield Static(self._text, classes="row-text")
