"""The dissector, which comes behind what there is to see at once, and then knows more layers little by little."""

import gc
from time import sleep

from textual.app import App
from textual.message import Message
from textual.worker import Worker, get_current_worker

from tapscope import dissect
from tapscope.dissect.summary import summarize
from tapscope.ui.detail import Detail
from tapscope.ui.frame_list import FrameList
from tapscope.ui.session import Session

BREATH = 0.02
"""Seconds between two modules of layers that are imported in the background."""


class Dissecting(App[None]):
    """The part of the app that gives rows and layers their words."""

    session: Session
    frame_list: FrameList
    detail: Detail
    _loading = _dissecting = False

    class Loaded(Message):
        """The dissector is there, or knows more layers than before."""

    def dissector_loaded(self) -> None:
        """Those whom it concerns besides list and layers are told."""
        raise NotImplementedError

    def load_soon(self) -> None:
        """Have the dissector loaded once the screen is up to date, unless that was done."""
        if not self._loading:
            self._loading = True
            self.call_after_refresh(self.run_worker, self._load_dissector, thread=True, name="load the dissector")

    def _load_dissector(self) -> None:
        dissect.load()
        self.post_message(self.Loaded())
        if not self.is_headless:  # where nobody looks, a row is the same whenever it is drawn
            self._load_further(get_current_worker())

    def _load_further(self, worker: Worker[object]) -> None:
        """What is seldom wanted, behind all that is: also the rest of a file is read first."""
        modules = dissect.load_further()
        while not worker.is_cancelled:
            sleep(BREATH)
            if self.session.progress < 1:
                continue
            if next(modules, None) is None:
                self.post_message(self.Loaded())
                return
            gc.freeze()  # it stays, too: to look through all of it for garbage would hold a key up for 30 to 70 ms

    def on_dissecting_loaded(self) -> None:
        """Rows and layers get their words."""
        self._dissecting = True
        if not gc.isenabled():
            gc.freeze()  # what was imported stays
            gc.enable()
        self.use_dissector()

    def use_dissector(self) -> None:
        """Have it say what list and layers show, if it is there."""
        if self._dissecting:
            self.frame_list.set_summarize(summarize)
            self.detail.ready()
            self.dissector_loaded()
