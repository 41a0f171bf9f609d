"""The capability panel: what this process may do, why it was refused, and what mends it."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding
from textual.containers import Container, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Static

from tapscope.attempt import WATCHING, Attempt
from tapscope.dissect.text import printable
from tapscope.ui.step_aside import run_in_terminal
from tapscope.ui.styles import COMMAND, GOOD, MUTED
from tapscope.ui.surroundings import Surroundings

if TYPE_CHECKING:
    from tapscope.doctor.diagnosis import Diagnosis
    from tapscope.doctor.finding import Remedy
    from tapscope.ui.remedy_view import RemedyView

POLL = 1.0
"""Seconds between two looks whether the refusal has passed."""


class CapabilityPanel(VerticalScroll, can_focus=True):
    """Closed at first. A refusal opens it, a later success closes it again; what the user opened stays.

    ``instead_of`` is a call that was refused before, and instead of whose success something else is shown.
    """

    BINDING_GROUP_TITLE = "Capability panel"
    HELP = """
What this process may do, and why the kernel refused what it refused. The sets are those of the thread that asked.
"""
    BINDINGS = [
        Binding("c", "copy_remedy", "Copy command", tooltip="the chosen remedy's"),
        Binding("f", "run_remedy", "Run it", tooltip="in this terminal, after asking; then try again"),
        Binding("up,k", "choose(-1)", "Remedy above", show=False),
        Binding("down,j", "choose(1)", "Remedy below", show=False),
        Binding("escape", "close", "Close"),
    ]

    chosen: var[int] = var(0, init=False)
    possible: var[str] = var("", init=False)
    """Says that what was refused has become possible; empty while it has not."""

    @dataclass
    class Diagnosed(Message):
        """The doctor has answered the question of that number."""

        diagnosis: "Diagnosis"
        question: int

    @dataclass
    class Copied(Message):
        """The user wants ``command`` on the clipboard."""

        command: str

    class Mended(Message):
        """A remedy was run: it is worth another try."""

    @dataclass
    class Toggled(Message):
        """The panel was opened or closed."""

        is_open: bool

    def __init__(
        self,
        interface: str | None,
        examine: "Callable[..., Diagnosis]",
        surroundings: Surroundings,
        *,
        instead_of: Attempt | None = None,
    ) -> None:
        super().__init__(id="panel")
        self.display = False
        self.diagnosis: Diagnosis | None = None
        self.remedies: list[Remedy] = []
        self._asked_for = self._interface = interface
        self._examine = examine
        self._fingerprint = surroundings.fingerprint
        self._question = 0
        self._refused: Attempt | None = None
        self._instead_of = instead_of
        self._reading = False

    def compose(self) -> ComposeResult:
        """The verdict, the cause, the remedies, the sets, the path."""
        diagnosis = self.diagnosis
        if self.possible:
            yield Static(Content.styled(f"✓ {self.possible}", f"bold {GOOD}"), classes="panel-possible")
        if diagnosis is None:
            yield Static(Content.styled(self._looking(), MUTED))
            return
        from tapscope.ui import panel_rows  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

        if self._all_is_well:
            yield Static(Content.styled(f"✓ {self._subject} is open", f"bold {GOOD}"))
            yield from panel_rows.capabilities(diagnosis)
            return
        with Container(classes="panel-columns"):
            with VerticalGroup():
                yield from self._compose_verdict(diagnosis)
            with VerticalGroup():
                yield from panel_rows.capabilities(diagnosis)
                yield from panel_rows.paths(diagnosis)

    def _compose_verdict(self, diagnosis: "Diagnosis") -> Iterator[Widget]:
        from tapscope.ui import panel_rows  # noqa: PLC0415
        from tapscope.ui.remedy_view import RemedyView  # noqa: PLC0415

        yield from panel_rows.doors(diagnosis)
        for finding in panel_rows.findings(diagnosis):
            yield from panel_rows.finding_rows(finding, diagnosis)
        if self.remedies:
            yield panel_rows.heading("What mends it")
        for number, remedy in enumerate(self.remedies):
            yield RemedyView(remedy, number, chosen=number == self.chosen)

    @property
    def _all_is_well(self) -> bool:
        """What was wanted is read: there is no cause to look for."""
        return self._reading and self._instead_of is None

    @property
    def _subject(self) -> str:
        return printable(self._interface or "The capture")

    def _looking(self) -> str:
        return f"✗ {printable(str(self._refused))}\n\nLooking for the cause …" if self._refused else "Looking …"

    def refused(self, attempt: Attempt) -> None:
        """A call was refused: open by itself, find out why, and watch for the moment when it would no longer be."""
        self._refused, self._reading = attempt, False
        self._interface = attempt.interface or self._asked_for
        self.possible = ""
        self._open()
        self._ask(failed=attempt)
        self._await_chance()

    def opened(self) -> None:
        """The source is open. Close, where the panel says why it was not."""
        self.workers.cancel_group(self, "chance")
        was_refused = self._refused is not None
        self._refused, self._reading, self.possible, self.diagnosis = None, True, "", None
        self._interface = self._asked_for
        if self.display and was_refused:
            self.action_close()
        elif self.display:
            self._ask()

    def toggle(self) -> None:
        """Open, or close."""
        if self.display:
            self.action_close()
            return
        self._open()
        if self._refused is None:
            self._ask(failed=self._instead_of)

    def ended(self) -> None:
        """Nothing is read any more."""
        self._reading = False

    def _open(self) -> None:
        self.display = True
        why = f"Why {self._subject} is refused" if self._refused else "Why this is a replay" if self._instead_of else ""
        self.border_title = Content(why or "Capabilities")
        self.focus()
        self.post_message(self.Toggled(True))

    def action_close(self) -> None:
        """Close the panel; what it knows it keeps."""
        self.display = False
        self.post_message(self.Toggled(False))

    def _ask(self, *, failed: Attempt | None = None) -> None:
        """Have the doctor look, off this thread. Without a refusal nothing is tried: that might be in our own way."""
        self._question += 1
        self.diagnosis = None
        self.refresh(recompose=True)
        ask = partial(self._consult, self._question, failed)
        self.run_worker(ask, thread=True, group="consult", name="examine")

    def _consult(self, question: int, failed: Attempt | None) -> None:
        diagnosis = self._examine(self._interface, try_it=failed is not None, failed=failed)
        self.post_message(self.Diagnosed(diagnosis, question))

    def on_capability_panel_diagnosed(self, event: "CapabilityPanel.Diagnosed") -> None:
        """Show it, unless something else was asked since."""
        event.stop()
        if event.question == self._question:
            from tapscope.ui import panel_rows  # noqa: PLC0415

            self.diagnosis = event.diagnosis
            self.remedies = [] if self._all_is_well else panel_rows.remedies(event.diagnosis)
            self.set_reactive(CapabilityPanel.chosen, 0)
            self.refresh(recompose=True)
            self.refresh_bindings()

    @work(group="chance", exclusive=True, name="has the refusal passed")
    async def _await_chance(self) -> None:
        """Look every second whether what decides has changed; if so, ask the doctor for a prediction."""
        before = await asyncio.to_thread(self._fingerprint, self._interface)
        while True:
            await asyncio.sleep(POLL)
            now = await asyncio.to_thread(self._fingerprint, self._interface)
            if now != before:
                before = now
                diagnosis = await asyncio.to_thread(partial(self._examine, self._interface, try_it=False))
                self.possible = self._chance(diagnosis)

    def _chance(self, diagnosis: "Diagnosis") -> str:
        watching = self._refused is not None and self._refused.step in WATCHING
        door = diagnosis.door("watch" if watching else "peer")
        if door is None or door.verdict.is_shut:
            return ""
        return f"{self._subject} {'can' if door.verdict.is_open else 'may'} be opened now: r tries again"

    def watch_possible(self, possible: str) -> None:
        """Say so here, and where the panel is closed too."""
        if possible and not self.display:
            self.notify(possible, markup=False)
        self.refresh(recompose=True)

    def watch_chosen(self, before: int, now: int) -> None:
        """Move the mark."""
        from tapscope.ui.remedy_view import RemedyView  # noqa: PLC0415

        views = list(self.query(RemedyView))
        for number in {before, now}:
            if number < len(views):
                views[number].chosen = number == now
        if now < len(views):
            views[now].scroll_visible(animate=False)

    def on_remedy_view_clicked(self, event: "RemedyView.Clicked") -> None:
        """Chosen by mouse."""
        event.stop()
        self.chosen = event.number

    @property
    def remedy(self) -> "Remedy | None":
        """The chosen remedy."""
        return self.remedies[self.chosen] if self.chosen < len(self.remedies) else None

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Remedies are there only after a refusal, and some are to be typed elsewhere."""
        if action in {"copy_remedy", "choose"}:
            return self.remedy is not None
        if action == "run_remedy":
            return self.remedy is not None and self.remedy.here
        return True

    def action_choose(self, step: int) -> None:
        """The next remedy, or the one before."""
        self.chosen = min(max(self.chosen + step, 0), len(self.remedies) - 1)
        self.refresh_bindings()

    def action_copy_remedy(self) -> None:
        """The chosen command, to the clipboard."""
        if self.remedy is not None:
            self.post_message(self.Copied(self.remedy.command))

    def action_run_remedy(self) -> None:
        """Show the chosen command with its price, and ask."""
        remedy = self.remedy
        if remedy is not None:
            from tapscope.ui.confirm import Confirm  # noqa: PLC0415

            text = Content.assemble(
                (remedy.command, f"bold {COMMAND}"), f"\n\n{remedy.effect}\n", (f"price: {remedy.cost}", MUTED)
            )
            question = Confirm("Run this in the terminal?", text, yes="Run")
            self.app.push_screen(question, partial(self._run_or_not, remedy))

    def _run_or_not(self, remedy: "Remedy", yes: bool | None) -> None:
        if not yes:
            return
        try:
            run_in_terminal(self.app, remedy.command)
        except SuspendNotSupported:
            self.notify("This terminal cannot be lent to a command: copy it instead.", severity="error")
        else:
            self.post_message(self.Mended())
