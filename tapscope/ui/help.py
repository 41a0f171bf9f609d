"""What can be done now, from the bindings themselves: for ``?`` and for the palette."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tapscope.ui.row import Row
from tapscope.ui.styles import HEADING, KEY, MUTED

TEXTUALS_KEPT = frozenset({"Theme", "Screenshot"})


@dataclass(frozen=True, slots=True)
class Deed:
    """One action with all the keys that lead to it."""

    keys: tuple[str, ...]
    description: str
    tooltip: str
    action: str
    in_footer: bool = False

    @property
    def keys_in_words(self) -> str:
        """All of them in a line, the simple ones first."""
        return " ".join(sorted(self.keys, key=len))


def deeds(screen: Screen[object]) -> list[tuple[DOMNode, list[Deed]]]:
    """What can be done on ``screen`` now, by the node that does it, the focused one first."""
    groups: dict[DOMNode, dict[str, Deed]] = {}
    for node, binding, enabled, tooltip in screen.active_bindings.values():
        if enabled and binding.description:
            found = groups.setdefault(node, {})
            before = found.get(binding.action)
            keys = (*(before.keys if before else ()), screen.app.get_key_display(binding))
            shown = binding.show or (before is not None and before.in_footer)
            found[binding.action] = Deed(
                tuple(dict.fromkeys(keys)), binding.description, tooltip, binding.action, shown
            )
    return [(node, list(found.values())) for node, found in groups.items()]


def commands(screen: Screen[object], textuals: Iterable[SystemCommand]) -> Iterator[SystemCommand]:
    """The same for the palette: what is in the footer or explained, not what only moves a cursor; each name once.

    Of Textual's own commands those that have no key here.
    """
    named: dict[str, SystemCommand] = {}
    for node, found in deeds(screen):
        for deed in (deed for deed in found if deed.in_footer or deed.tooltip):
            run = partial(screen.app.run_action, deed.action, node)
            command = SystemCommand(deed.description, deed.tooltip or deed.keys_in_words, run)
            named.setdefault(deed.description, command)
    yield from named.values()
    yield from (each for each in textuals if each.title in TEXTUALS_KEPT)


def _table(groups: list[tuple[DOMNode, list[Deed]]]) -> Iterator[tuple[str, list[Row]]]:
    """A title and its rows for each group; keys and descriptions stand in the same columns in all of them."""
    every = [deed for _, found in groups for deed in found]
    keys_width = max((len(deed.keys_in_words) for deed in every), default=0)
    width = max((len(deed.description) for deed in every), default=0)
    for node, found in groups:
        labels = [
            Content.assemble((deed.keys_in_words.rjust(keys_width), KEY), f"  {deed.description}") for deed in found
        ]
        rows = [
            Row(label, Content.styled(deed.tooltip, MUTED), width=keys_width + width + 4)
            for label, deed in zip(labels, found, strict=True)
        ]
        yield node.BINDING_GROUP_TITLE or "Here", rows


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
                for title, rows in _table(self._groups):
                    yield Static(Content.styled(title, HEADING), classes="help-heading")
                    yield from rows


def _chain(screen: Screen[object]) -> Iterable[DOMNode]:
    return () if screen.focused is None else screen.focused.ancestors_with_self
