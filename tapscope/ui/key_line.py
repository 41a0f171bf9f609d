"""The keys at the foot of the screen."""

from textual.app import ComposeResult
from textual.widgets import Footer


class KeyLine(Footer):
    """Textual's footer; the key for help can be told from the others, to stay where there is no room for all."""

    def compose(self) -> ComposeResult:
        """A label for each key."""
        for key in super().compose():
            if getattr(key, "action", "").removeprefix("app.") == "help":
                key.add_class("-help")
            yield key
