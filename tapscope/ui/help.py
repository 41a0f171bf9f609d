"""What can be done now, from the bindings themselves: for ``?`` and for the palette."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tapscope.ui.styles import HEADING, KEY, MUTED


@dataclass(frozen=True, slots=True)
class Deed:
    """One action with all the keys that lead to it."""

    keys: tuple[str, ...]
    description: str
    tooltip: str
    action: str


def deeds(screen: Screen[object]) -> list[tuple[DOMNode, list[Deed]]]:
    """What can be done on ``screen`` now, by the node that does it, the focused one first."""
    active = [entry for entry in screen.active_bindings.values() if entry.binding.description]
    groups = []
    for node, entries in groupby(active, key=lambda entry: entry.node):
        found: dict[str, Deed] = {}
        for _node, binding, enabled, tooltip in entries:
            if not enabled:
                continue
            before = found.get(binding.action)
            keys = (*(before.keys if before else ()), screen.app.get_key_display(binding))
            found[binding.action] = Deed(tuple(dict.fromkeys(keys)), binding.description, tooltip, binding.action)
        groups.append((node, list(found.values())))
    return groups


def commands(screen: Screen[object]) -> Iterator[SystemCommand]:
    """The same for the palette."""
    for node, found in deeds(screen):
        for deed in found:
            run = partial(screen.app.run_action, deed.action, node)
            yield SystemCommand(deed.description, deed.tooltip or " ".join(deed.keys), run)


def _lines(found: Iterable[Deed]) -> Content:
    rows = [(" ".join(deed.keys), deed) for deed in found]
    width = max((len(keys) for keys, _ in rows), default=0)
    return Content("\n").join(
        Content.assemble((keys.rjust(width), KEY), "  ", deed.description, (f"  {deed.tooltip}", MUTED))
        for keys, deed in rows
    )


class HelpScreen(ModalScreen[None]):
    """The keys of the screen below, which are asked for when this opens."""

    BINDINGS = [Binding("escape,q,question_mark,f1", "dismiss", "Close")]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._help = next((node.HELP for node in _chain(below) if node.HELP), "")
        self._groups = deeds(below)

    def compose(self) -> ComposeResult:
        """A line or two on the focused pane, then a table of keys for each that has some."""
        with Vertical(classes="dialog help") as dialog:
            dialog.border_title = Content("Keys")
            dialog.border_subtitle = Content("Esc closes")
            with VerticalScroll():
                if self._help:
                    yield Static(Content(self._help.strip()), classes="help-text")
                for node, found in self._groups:
                    yield Static(Content.styled(node.BINDING_GROUP_TITLE or "Here", HEADING), classes="help-heading")
                    yield Static(_lines(found))


def _chain(screen: Screen[object]) -> Iterable[DOMNode]:
    return () if screen.focused is None else screen.focused.ancestors_with_self
