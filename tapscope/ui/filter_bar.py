"""The display filter above the panes: the line to type it in, and what it says while it is on."""

from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tapscope.filters import Completion, complete
from tapscope.ui.filter_history import History
from tapscope.ui.filter_words import SearchFacts, Verdict, search_line, verdict_line, verdict_of
from tapscope.ui.styles import KEY, MUTED

COMPLETIONS_MOST = 200
"""Completions in the list: whoever wants others types another letter."""


class FilterInput(Input):
    """A line for a filter; the keys that are not for editing it are the bar's."""

    HELP = """
A display filter in Wireshark's language: ip.addr == 10.0.0.2 && tcp.port in {80, 443}, !arp, frame contains "GET".
Fields are Wireshark's, and scapy's by its own names: DNS.qd.qname. What does not match is only not shown.
"""
    BINDING_GROUP_TITLE = "Filter"
    BINDINGS = [
        Binding("enter", "submit", "Apply"),
        Binding("tab", "complete", "Complete", tooltip="take the completion that is marked"),
        Binding("escape", "leave", "Leave", tooltip="leave the filter as it was"),
        Binding("up", "step(-1)", "Up", show=False, tooltip="the completion above; the filter used before"),
        Binding("down", "step(1)", "Down", show=False, tooltip="the completion below; the filter used after it"),
    ]

    class Stepped(Message):
        """Up (-1) or down (1)."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Left(Message):
        """Leave it."""

    class Asked(Message):
        """Complete it."""

    def action_complete(self) -> None:
        """The bar's."""
        self.post_message(self.Asked())

    def action_leave(self) -> None:
        """The bar's."""
        self.post_message(self.Left())

    def action_step(self, by: int) -> None:
        """The bar's."""
        self.post_message(self.Stepped(by))


class FilterShown(Widget):
    """The line of a filter that is on; repainted without laying anything out."""

    ALLOW_SELECT = False
    facts: reactive[SearchFacts] = reactive(SearchFacts())

    def render(self) -> Content:
        """As much of it as there is room for."""
        return search_line(self.facts, self.size.width)


class FilterBar(Vertical):
    """Not there until it is opened or a filter is on. Says what is typed is worth; what is applied is the app's."""

    editing: reactive[bool] = reactive(False, init=False, toggle_class="-editing")

    @dataclass
    class Applied(Message):
        """A filter (empty: none) is to be on from now on."""

        text: str

    class Closed(Message):
        """No longer typed in; nothing changed."""

    def __init__(self, history: History) -> None:
        super().__init__(id="filter")
        self._history = history
        self._completions: list[Completion] = []
        self._recalled: str | None = None
        self._input = FilterInput(id="filter-text", compact=True, select_on_focus=False)
        self._input.cursor_blink = False
        self._verdict = Static("", id="filter-verdict", markup=False)
        self._list = OptionList(id="filter-completions", compact=True, markup=False)
        self._list.can_focus = False
        self.shown = FilterShown(id="filter-shown")

    def compose(self) -> ComposeResult:
        """The line that is shown; in its place the one to type in, the verdict, and over the panes the completions."""
        yield self.shown
        with Horizontal(id="filter-line"):
            yield Static("/", id="filter-prompt")
            yield self._input
        yield self._verdict
        yield self._list

    def open(self, text: str) -> None:
        """Have a filter typed, beginning with this one."""
        if not self.editing:
            self._history.begin()
            self.editing = True
            self._recall(text)
        self.screen.set_focus(self._input)

    def close(self) -> None:
        """Type no more."""
        self.editing = False
        self._offer([])

    def _recall(self, text: str) -> None:
        """Put a whole filter there. Completions come only with the next letter."""
        self._recalled = text
        self._input.value = text
        self._input.cursor_position = len(text)
        self._judge()
        self._offer([])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what it is worth, and how it may go on."""
        event.stop()
        if self.editing and event.value != self._recalled:
            self._recalled = None
            self._judge()
            self._complete()

    def _judge(self) -> Verdict:
        text = self._input.value
        verdict = verdict_of(text)
        self.set_class(verdict.good is True, "-good")
        self.set_class(verdict.good is False, "-bad")
        width = self.size.width - 2 or 80
        self._verdict.update(verdict_line(verdict, text, self._input.scroll_offset.x, width))
        return verdict

    def _complete(self) -> None:
        text, cursor = self._input.value, self._input.cursor_position
        found = list(complete(text, cursor))[:COMPLETIONS_MOST] if text.strip() else []
        self._offer([each for each in found if each.text != text[each.start : cursor]])

    def _offer(self, completions: list[Completion]) -> None:
        self._completions = completions
        self._list.clear_options()
        width = max((len(each.text) for each in completions), default=0)
        self._list.add_options(Option(_line(each, width)) for each in completions)
        self._list.highlighted = 0 if completions else None
        self._list.display = bool(completions)

    def on_filter_input_asked(self) -> None:
        """Take the completion that is marked; where none is offered, offer what there is."""
        if self._completions:
            self._take(self._list.highlighted or 0)
        else:
            self._offer(list(complete(self._input.value, self._input.cursor_position))[:COMPLETIONS_MOST])

    def _take(self, index: int) -> None:
        chosen, text = self._completions[index], self._input.value
        self._input.value = text[: chosen.start] + chosen.text + text[self._input.cursor_position :]
        self._input.cursor_position = chosen.start + len(chosen.text)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes a completion too."""
        event.stop()
        self._take(event.option_index)
        self._input.focus()

    def on_filter_input_stepped(self, event: FilterInput.Stepped) -> None:
        """Through the completions; where there are none, through the filters used before."""
        if not self._completions:
            typed = self._input.value
            self._recall(self._history.older(typed) if event.by < 0 else self._history.newer(typed))
        elif event.by < 0:
            self._list.action_cursor_up()
        else:
            self._list.action_cursor_down()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Apply it, if it is one."""
        event.stop()
        text = event.value.strip()
        if self._judge().good is not False:
            self._history.add(text)
            self.close()
            self.post_message(self.Applied(text))

    def on_filter_input_left(self) -> None:
        """Nothing changes."""
        self.close()
        self.post_message(self.Closed())

    def on_resize(self, _: events.Resize) -> None:
        """The words may have to go elsewhere."""
        if self.editing:
            self._judge()


def _line(completion: Completion, width: int) -> Content:
    parts = ((completion.text.ljust(width), KEY), (f"  {completion.kind}", ""), (f"  {completion.help}", MUTED))
    return Content.assemble(*parts)
