"""The screen below all dialogs."""

from textual.binding import Binding
from textual.screen import Screen


class MainScreen(Screen[object], inherit_bindings=False):
    """Textual's, with words of our own for what its keys do; ctrl+c is the app's here."""

    BINDING_GROUP_TITLE = "From pane to pane"
    BINDINGS = [
        Binding("tab", "app.focus_next", "Next", tooltip="the next pane", show=False),
        Binding("shift+tab", "app.focus_previous", "Previous", tooltip="the pane before", show=False),
    ]
