"""The line above the statistics: which table, and of which addresses."""

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tapscope.store.hosts import Level
from tapscope.ui.styles import MUTED

PROTOCOLS, ENDPOINTS, CONVERSATIONS = "Protocols", "Endpoints", "Conversations"
KINDS = (PROTOCOLS, ENDPOINTS, CONVERSATIONS)
_GAP = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """Which table is shown; the hierarchy of protocols has no level."""

    kind: str = PROTOCOLS
    level: Level = Level.IPV4

    def moved(self, kinds: int = 0, levels: int = 0) -> "Choice":
        """So many further on; after the last comes the first."""
        every = list(Level)
        return Choice(
            KINDS[(KINDS.index(self.kind) + kinds) % len(KINDS)],
            every[(every.index(self.level) + levels) % len(every)],
        )


class StatisticsTabs(Widget):
    """Names what there is, with the chosen in brackets; each is chosen by a click, too."""

    ALLOW_SELECT = False

    @dataclass
    class Clicked(Message):
        """Another table is wanted."""

        choice: Choice

    def __init__(self, choice: Choice) -> None:
        super().__init__(id="statistics-tabs")
        self.choice = choice

    def show(self, choice: Choice) -> None:
        """Mark this one."""
        self.choice = choice
        self.refresh()

    def _tabs(self) -> list[tuple[str, Choice, bool, int]]:
        """Each with its words, what it chooses, whether it is chosen, and its first cell."""
        chosen = self.choice
        tabs = [(kind, Choice(kind, chosen.level), kind == chosen.kind) for kind in KINDS]
        if chosen.kind != PROTOCOLS:
            tabs += [(level.value, Choice(chosen.kind, level), level is chosen.level) for level in Level]
        placed, cell = [], 0
        for at, (words, choice, here) in enumerate(tabs):
            cell += _GAP if at == len(KINDS) else 0
            placed.append((words, choice, here, cell))
            cell += len(words) + 2
        return placed

    def render(self) -> Content:
        """One line."""
        line, parts = 0, []
        for words, _, here, cell in self._tabs():
            parts.append(Content(" " * (cell - line)))
            text = f"[{words}]" if here else f" {words} "
            parts.append(Content.styled(text, "bold $text-accent" if here else MUTED))
            line = cell + len(text)
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        at = event.get_content_offset_capture(self).x
        for words, choice, _, cell in self._tabs():
            if cell <= at < cell + len(words) + 2:
                self.post_message(self.Clicked(choice))
