"""The screen on which an interface is picked: a list that lives, and below it all that is known of the chosen row."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from tapscope.dissect.text import printable
from tapscope.listing.choices import Choices, Lister
from tapscope.ui.key_line import KeyLine
from tapscope.ui.picker_list import PickerList
from tapscope.ui.picker_rows import about
from tapscope.ui.styles import BAD, MUTED


class PickerScreen(ModalScreen[str], inherit_bindings=False):
    """Answers with the name of the picked interface, None when left.

    ``at`` is the interface to begin with. ``must`` is True where there is nothing to go back to. ``place`` names the
    network namespace, where it is not the one in which all began.
    """

    BINDING_GROUP_TITLE = "Everywhere"
    BINDINGS = [
        Binding("escape,i", "leave", "Back", tooltip="without opening anything"),
        Binding("question_mark,f1", "app.help", "Help", key_display="?", tooltip="the keys"),
        Binding("q", "app.quit", "Quit"),
    ]

    @dataclass
    class Looked(Message):
        """What is there now."""

        choices: Choices

    @dataclass
    class Failed(Message):
        """The machine cannot be asked."""

        why: str

    def __init__(
        self, make_lister: Callable[[], Lister], *, at: str | None = None, must: bool = False, place: str = ""
    ) -> None:
        super().__init__(id="picker")
        self._must = must
        self._where = f" in {place}" if place else ""
        self._lister = make_lister()
        self._list = PickerList(at=at)
        self._about = Static(Content.styled("Looking …", MUTED), id="about")

    def compose(self) -> ComposeResult:
        """The list, the words, the keys."""
        yield self._list
        yield self._about
        yield KeyLine(compact=True)

    def on_mount(self) -> None:
        """Look, until the screen is left."""
        self._list.focus()
        self.run_worker(self._follow, thread=True, name="look at the interfaces")

    def on_unmount(self) -> None:
        """However it is left, nobody looks any more."""
        self._lister.stop()

    def _follow(self) -> None:
        try:
            for choices in self._lister.looks():
                self.post_message(self.Looked(choices))
        except OSError as error:
            self.post_message(self.Failed(error.strerror or str(error)))

    def on_picker_screen_looked(self, event: "PickerScreen.Looked") -> None:
        """Show it."""
        taps = sum(choice.entry.kind in {"tap", "tun"} for choice in event.choices)
        self._list.say(f"{len(event.choices)}{self._where}, of them {taps} TAP or TUN")
        self._list.show(event.choices)

    def on_picker_screen_failed(self, event: "PickerScreen.Failed") -> None:
        """Say so in one line."""
        self._about.update(Content.styled(f"The interfaces cannot be listed: {printable(event.why)}", BAD))

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Esc never leaves the app."""
        return action != "leave" or not self._must

    def action_leave(self) -> None:
        """Go back to what was looked into."""
        self.dismiss(None)

    def on_picker_list_highlighted(self, event: PickerList.Highlighted) -> None:
        """All about it."""
        self._about.update(about(event.choice) if event.choice else Content.styled("No interface at all", MUTED))

    def on_picker_list_picked(self, event: PickerList.Picked) -> None:
        """This one."""
        self.dismiss(event.choice.name)
