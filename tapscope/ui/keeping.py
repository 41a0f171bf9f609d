"""What the user takes along: copied to the terminal's clipboard, or saved to a file."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App

from tapscope.dissect.text import printable
from tapscope.ui.detail import Detail
from tapscope.ui.frame_list import FrameList
from tapscope.ui.session import Session
from tapscope.units import number_in_words

if TYPE_CHECKING:
    from tapscope.ui.copy_menu import Form
    from tapscope.ui.save_dialog import Saved


class Keeping(App[None]):
    """The part of the app behind ``c`` and ``s``."""

    session: Session
    frame_list: FrameList
    detail: Detail
    _now: Callable[[], float]

    @property
    def name_shown(self) -> str:
        """What is looked into."""
        raise NotImplementedError

    def action_copy(self) -> None:
        """Ask for the form, then copy to the terminal's clipboard."""
        from tapscope.ui.copy_menu import CopyMenu  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

        self.push_screen(CopyMenu("Copy", self.detail.forms()), self._copy)

    def _copy(self, form: "Form | None") -> None:
        if form is not None:
            self.copy(form.make(), form.label)

    def copy(self, text: str, what: str) -> None:
        """Put ``text`` on the terminal's clipboard (OSC 52), and say so."""
        self.copy_to_clipboard(text)
        self.notify(f"Copied {what} ({number_in_words(len(text))} characters)", markup=False, timeout=3)

    def action_save(self) -> None:
        """Ask where to and what of it, then save."""
        from tapscope.ui.save_dialog import SaveDialog  # noqa: PLC0415
        from tapscope.ui.saving import choices, file_name  # noqa: PLC0415

        found = choices(self.session.store, self.frame_list.view, self.frame_list.selected, self.frame_list.cursor)
        self.push_screen(SaveDialog(found, path=file_name(self.name_shown, self._now())), self._saved)

    def _saved(self, saved: "Saved | None") -> None:
        if saved is not None:
            self.notify(f"Saved {number_in_words(saved.frames)} frames to {printable(str(saved.path))}", markup=False)
