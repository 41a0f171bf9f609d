"""A line for a capture filter, which says as it is typed whether it is one."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tapscope.capture.libpcap import FilterRefused, check_words, look_up, names_in
from tapscope.capture.sieve import Sieve
from tapscope.dissect.text import printable
from tapscope.frame import Interface
from tapscope.ui.styles import BAD, GOOD, MUTED

EXAMPLE = "udp port 53 or arp"


def verdict_on(text: str) -> tuple[Content, int | None]:
    """What is to be said of a filter, without asking anybody for a name; and the place of what is wrong with it."""
    if not text.strip():
        return Content.styled("○ no filter: everything is kept", MUTED), None
    try:
        check_words(text)
    except FilterRefused as refused:
        return _refusal(refused), refused.at
    if names := names_in(text):
        return Content.styled(f"○ looked up with Enter: {printable(', '.join(names))}", MUTED), None
    return Content.styled("✓ a filter", GOOD), None


def _refusal(refused: OSError) -> Content:
    return Content.styled(f"✗ {printable(str(refused))}", BAD)


class SieveDialog(ModalScreen[str]):
    """Asks for a capture filter, and answers with one that libpcap takes, or with none; None when left.

    ``before`` is the one that holds now, ``interfaces`` are those whose frames it has to tell apart.
    """

    BINDINGS = [Binding("escape", "dismiss", "Cancel")]

    def __init__(self, before: str, interfaces: Sequence[Interface], then: str) -> None:
        super().__init__()
        self._before = before
        self._interfaces = interfaces
        self._then = then

    def compose(self) -> ComposeResult:
        """One line to type in, below it the place of a fault, and what libpcap says."""
        with Vertical(classes="dialog sieve") as dialog:
            dialog.border_title = Content("Capture filter, in tcpdump's language")
            dialog.border_subtitle = Content(self._then)
            text = Input(self._before, placeholder=EXAMPLE)
            text.cursor_blink = False
            yield text
            yield Static("", id="place", markup=False)
            yield Static("", id="verdict", markup=False)

    def on_mount(self) -> None:
        """Also of what is there already."""
        self._say(*verdict_on(self._before))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Whether it is one so far."""
        self._say(*verdict_on(event.value))

    def _say(self, verdict: Content, at: int | None) -> None:
        field = self.query_one(Input)
        shift = 0 if at is None else cell_len(field.value[:at]) - int(field.scroll_x)
        self.query_one("#place", Static).update(
            "" if at is None or shift < 0 else Content.styled(" " * shift + "^", BAD)
        )
        self.query_one("#verdict", Static).update(verdict)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, or say why not."""
        verdict, at = verdict_on(event.value)
        if verdict.plain.startswith("✗"):
            self._say(verdict, at)
        elif not event.value.strip():
            self.dismiss("")
        else:
            self._try(event.value)

    @work(thread=True, exclusive=True)
    def _try(self, text: str) -> None:
        """A resolver may take its time."""
        try:
            look_up(names_in(text))
            sieve = Sieve(text)
            sieve.check()
            sieve.fit(self._interfaces)
        except FilterRefused as refused:
            self.app.call_from_thread(self._say, _refusal(refused), refused.at)
        else:
            self.app.call_from_thread(self.dismiss, text)
