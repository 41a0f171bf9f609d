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
from textual.timer import Timer
from textual.widgets import Button, Input, RadioButton, RadioSet, Static

from tapscope.ui.confirm import Confirm
from tapscope.ui.progress import progress_bar
from tapscope.units import number_in_words

SHOWS_A_SECOND = 10
"""How often it is said how much is written."""

Write = Callable[[Path, bool, Callable[[int], None]], int]
"""``write(path, overwrite, tell)`` runs in a thread and returns the number of frames written.

It calls ``tell(frames)`` with how many were so far, lets pass what that raises, and leaves nothing behind then. Raises
``FileExistsError`` when the file exists and ``overwrite`` is False, ``ValueError`` for a name that says no format, and
``OSError``.
"""


class GivenUp(Exception):
    """The user wants it no more."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be saved: a label, how many frames, and what gets them ready when saving begins."""

    label: str
    frames: int
    prepare: Callable[[], Write]


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
    """Asks for a path, writes, and answers with what was saved; None when left.

    What takes long says how far it is, and can be given up: then nothing is left of it.
    """

    BINDINGS = [Binding("escape", "leave", "Cancel")]

    @dataclass
    class Written(Message):
        """The file is complete."""

        saved: Saved

    @dataclass
    class Failed(Message):
        """The file was not written."""

        path: Path
        error: OSError | ValueError | GivenUp

    def __init__(self, choices: list[Choice], *, path: str) -> None:
        super().__init__()
        self._choices = choices
        self._path = path
        self._saving: Choice | None = None
        self._showing: Timer | None = None
        self._written = 0
        self._given_up = False

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
            self.action_leave()

    def on_unmount(self) -> None:
        """The app ends: what is being written is given up."""
        self._given_up = True

    def action_leave(self) -> None:
        """Give up what is being written; else leave."""
        if self._saving is None:
            self.dismiss(None)
        else:
            self._given_up = True

    def _save(self, *, overwrite: bool) -> None:
        name = self.query_one("#path", Input).value.strip()
        if self._saving is not None:
            return
        if not name:
            self._complain("Where to? A name ending in .pcapng or .pcap.")
            return
        choice = self._choices[max(self.query_one("#what", RadioSet).pressed_index, 0)]
        path = Path(name).expanduser()
        self._saving, self._written, self._given_up = choice, 0, False
        self._complain("")
        self._showing = self.set_interval(1 / SHOWS_A_SECOND, self._show_progress)
        self.run_worker(partial(self._write, choice.prepare(), path, overwrite), thread=True, name=f"save {path}")

    def _show_progress(self) -> None:
        if self._saving is not None:
            part = min(self._written / max(self._saving.frames, 1), 1.0)
            self.query_one("#problem", Static).update(progress_bar("writing", part))

    def _tell(self, written: int) -> None:
        """In a thread: so many frames are written; is it to go on?"""
        self._written = written
        if self._given_up:
            raise GivenUp

    def _write(self, write: Write, path: Path, overwrite: bool) -> None:
        """In a thread: write, then say how it went."""
        try:
            count = write(path, overwrite, self._tell)
        except (OSError, ValueError, GivenUp) as error:
            self.post_message(self.Failed(path, error))
        else:
            self.post_message(self.Written(Saved(path, count)))

    def on_save_dialog_written(self, event: "SaveDialog.Written") -> None:
        """All is in the file."""
        self.dismiss(event.saved)

    def on_save_dialog_failed(self, event: "SaveDialog.Failed") -> None:
        """Nothing was written: ask, or say why."""
        self._saving = None
        if self._showing is not None:
            self._showing.stop()
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


def _in_one_line(error: OSError | ValueError | GivenUp) -> str:
    if isinstance(error, GivenUp):
        return "Given up: nothing was written."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
