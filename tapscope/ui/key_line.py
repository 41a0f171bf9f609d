"""The keys at the foot of the screen."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer

_EXTRA = frozenset({"cycle_time", "timeline", "statistics"})


class KeyLine(Footer):
    """Textual's footer; the key for help can be told from the others, to stay where there is no room for all.

    So can some that are only there where there is much room.
    """

    _shown: list[tuple[Binding, bool]] | None = None

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Make the labels anew, which takes as long as many frames, only where they say something else now."""
        shown = [(each.binding, each.enabled) for each in screen.active_bindings.values() if each.binding.show]
        if shown != self._shown:
            self._shown = shown if screen.app.app_focus else None  # without the focus Textual makes none
            super().bindings_changed(screen)

    def compose(self) -> ComposeResult:
        """A label for each key."""
        for key in super().compose():
            action = getattr(key, "action", "").rpartition(".")[2]
            key.set_class(action == "help", "-help")
            key.set_class(action in _EXTRA, "-extra")
            yield key
