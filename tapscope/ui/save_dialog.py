"""Where to save, and what of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, RadioButton, RadioSet, Static

from tapscope.ui.confirm import Confirm
from tapscope.units import number_in_words


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be saved: a label, how many frames, and what gets them ready when saving begins.

    What ``prepare`` returns runs in a thread: ``write(path, overwrite)`` returns the number of frames written; it
    raises ``FileExistsError`` when the file exists and ``overwrite`` is False, ``ValueError`` for a name that says no
    format, and ``OSError``.
    """

    label: str
    frames: int
    prepare: Callable[[], Callable[[Path, bool], int]]


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written, and where."""

    path: Path
    frames: int


class Pick(RadioButton):
    """Textual's, with a mark that tells by its form too, not by its color alone."""

    def render(self) -> Content:
        """The mark and the label."""
        self.BUTTON_INNER = "●" if self.value else "○"
        return super().render()


class SaveDialog(ModalScreen[Saved]):
    """Asks for a path, writes, and answers with what was saved; None when left."""

    BINDINGS = [Binding("escape", "dismiss", "Cancel")]

    @dataclass
    class Written(Message):
        """The file is complete."""

        saved: Saved

    @dataclass
    class Failed(Message):
        """The file was not written."""

        path: Path
        error: OSError | ValueError

    def __init__(self, choices: list[Choice], *, path: str) -> None:
        super().__init__()
        self._choices = choices
        self._path = path
        self._busy = False

    def compose(self) -> ComposeResult:
        """The path, the choices, one line for what went wrong, the buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content("Save frames")
            path = Input(self._path, id="path", placeholder="name.pcapng or name.pcap", select_on_focus=False)
            path.cursor_blink = False
            yield path
            with RadioSet(id="what", compact=True):
                for number, choice in enumerate(self._choices):
                    count = f"{number_in_words(choice.frames)} frame{'' if choice.frames == 1 else 's'}"
                    yield Pick(Content(f"{choice.label} ({count})"), value=number == 0)
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Save", id="save", variant="primary", compact=True)

    def on_input_submitted(self) -> None:
        """Enter in the path saves."""
        self._save(overwrite=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Save, or leave."""
        if event.button.id == "save":
            self._save(overwrite=False)
        else:
            self.dismiss(None)

    def _save(self, *, overwrite: bool) -> None:
        name = self.query_one("#path", Input).value.strip()
        if self._busy:
            return
        if not name:
            self._complain("Where to? A name ending in .pcapng or .pcap.")
            return
        self._busy = True
        choice = self._choices[max(self.query_one("#what", RadioSet).pressed_index, 0)]
        path = Path(name).expanduser()
        self.run_worker(partial(self._write, choice.prepare(), path, overwrite), thread=True, name=f"save {path}")

    def _write(self, write: Callable[[Path, bool], int], path: Path, overwrite: bool) -> None:
        """In a thread: write, then say how it went."""
        try:
            count = write(path, overwrite)
        except (OSError, ValueError) as error:
            self.post_message(self.Failed(path, error))
        else:
            self.post_message(self.Written(Saved(path, count)))

    def on_save_dialog_written(self, event: "SaveDialog.Written") -> None:
        """All is in the file."""
        self.dismiss(event.saved)

    def on_save_dialog_failed(self, event: "SaveDialog.Failed") -> None:
        """Nothing was written: ask, or say why."""
        self._busy = False
        if isinstance(event.error, FileExistsError):
            question = Confirm("Overwrite?", f"{event.path} exists. What is in it would be lost.", yes="Overwrite")
            self.app.push_screen(question, self._overwrite_or_not)
        else:
            self._complain(_in_one_line(event.error))

    def _overwrite_or_not(self, yes: bool | None) -> None:
        if yes:
            self._save(overwrite=True)

    def _complain(self, problem: str) -> None:
        self.query_one("#problem", Static).update(problem)


def _in_one_line(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
