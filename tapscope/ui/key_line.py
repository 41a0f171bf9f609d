"""The keys at the foot of the screen."""

from textual.app import ComposeResult
from textual.widgets import Footer

_EXTRA = frozenset({"cycle_time", "timeline", "statistics"})


class KeyLine(Footer):
    """Textual's footer; the key for help can be told from the others, to stay where there is no room for all.

    So can some that are only there where there is much room.
    """

    def compose(self) -> ComposeResult:
        """A label for each key."""
        for key in super().compose():
            action = getattr(key, "action", "").rpartition(".")[2]
            key.set_class(action == "help", "-help")
            key.set_class(action in _EXTRA, "-extra")
            yield key
