"""Going over to another interface: the picker, and the question what becomes of the frames that are held."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import App

from tapscope.attempt import Attempt
from tapscope.capture.source import Source
from tapscope.dissect.text import printable
from tapscope.ui.capability_panel import CapabilityPanel
from tapscope.ui.heading import LOOKING
from tapscope.ui.panes import Panes
from tapscope.ui.session import Session, State
from tapscope.ui.surroundings import Surroundings
from tapscope.units import number_in_words

if TYPE_CHECKING:
    from tapscope.ui.confirm import Confirm

"""The group of the worker that looks at the interface."""


class Picking(App[None]):
    """The part of the app behind ``i``."""

    session: Session
    surroundings: Surroundings
    interface: str | None
    idle: bool
    """Nothing was named to look into, and nothing is picked yet."""
    panes: Panes
    panel: CapabilityPanel
    _open_interface: Callable[[str], Source]
    _replay_because: Attempt | None

    def _furnish(self, interface: str | None) -> None:
        raise NotImplementedError

    def _start(self) -> None:
        raise NotImplementedError

    async def look_into(self, name: str) -> None:
        """Leave what is looked into, and open the interface ``name``."""
        self.workers.cancel_group(self, LOOKING)
        watch = name if self.surroundings.follow_link else None
        self.session.turn_to(partial(self._open_interface, name), watch=watch, name=name)
        self.idle, self._replay_because, self.title = False, None, name
        self.interface = name
        await self.read_anew()

    async def read_anew(self) -> None:
        """Show what the session is turned to from its beginning."""
        body = self.query_one("#body")
        with self.batch_update():
            await body.remove_children()
            self._furnish(self.interface)
            await body.mount(self.panes, self.panel)
        self.remove_class("-advising", "-refused")
        self._start()

    def action_interfaces(self) -> None:
        """Show what else there is to look into."""
        from tapscope.ui.picker import PickerScreen  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

        link = self.session.link
        at = link.name if link else self.interface
        surroundings = self.surroundings
        picker = PickerScreen(surroundings.interfaces, at=at, must=self.idle, place=surroundings.place)
        self.push_screen(picker, self._picked)

    def _picked(self, name: str | None) -> None:
        """What is being read already goes on."""
        session = self.session
        now = session.link.name if session.link else self.interface
        if name is not None and (name != now or session.state is not State.READING):
            self._go_over(name)

    @work
    async def _go_over(self, name: str) -> None:
        """Frames that came live come once: ask before they are given up."""
        session = self.session
        held = session.store.total_frames if session.live and not session.kept else 0
        if held and not await self.push_screen_wait(_question(name, held)):
            return
        await self.look_into(name)


def _question(name: str, held: int) -> "Confirm":
    from tapscope.ui.confirm import Confirm  # noqa: PLC0415

    text = f"The {number_in_words(held)} frames captured so far are given up: s saves them first."
    return Confirm(f"Go over to {printable(name)}?", text, yes="Go over")
