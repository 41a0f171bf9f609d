"""The header line, and the sentence of an empty list: kept up to date with the capture, the clock and the interface."""

import asyncio
from collections.abc import Callable
from time import monotonic

from textual import work
from textual.app import App
from textual.timer import Timer

from tapscope.attempt import Attempt
from tapscope.ui.frame_list import FrameList
from tapscope.ui.header import HeaderLine
from tapscope.ui.rate import RateMeter
from tapscope.ui.session import Session
from tapscope.ui.standing import View, header_facts, present, why_empty
from tapscope.ui.surroundings import Device, Surroundings

LOOK = 1.0
"""Seconds between two looks at the interface."""
SHOWS_A_SECOND = 4
"""How often the header line is drawn anew while frames arrive: its numbers are to be read."""
SOON = 0.05
"""Seconds until the first of them are shown."""
LOOKING = "interface"
"""The group of the worker that looks at the interface."""


class Heading(App[None]):
    """The part of the app above the panes."""

    session: Session
    surroundings: Surroundings
    header: HeaderLine
    frame_list: FrameList
    _now: Callable[[], float]
    _replay_because: Attempt | None
    _show_later: Timer | None = None
    _shown_at = 0.0

    @property
    def name_shown(self) -> str:
        """What is looked into."""
        raise NotImplementedError

    def forget(self) -> None:
        """Something else is looked into from now on."""
        self._device: Device | None = None
        self._rate = RateMeter()
        self.just_opened()

    def just_opened(self) -> None:
        """Silence counts from now on."""
        self._opened_at = self._now()

    def count(self) -> None:
        """Frames arrived."""
        self._rate.feed(self._now(), self.session.store.total_frames, self.session.store.total_bytes)

    @work(group=LOOKING, name="look at the interface")
    async def watch_interface(self, interface: str) -> None:
        """Addresses are in no event of the capture's; before it is open, nothing is."""
        while True:
            link = self.session.link
            device = await asyncio.to_thread(self.surroundings.look, link.name if link else interface)
            if device is not None:
                self._device = device
                self.show()
            await asyncio.sleep(LOOK)

    def tick(self) -> None:
        """Time passes, also where no frame comes."""
        self.session.tidy()
        self.show()

    def show_soon(self) -> None:
        """Show what changes with every frame, a few times a second."""
        if self._show_later is None:
            wait = self._shown_at + 1 / SHOWS_A_SECOND - monotonic()
            self._show_later = self.set_timer(max(wait, SOON), self.show)

    def show(self) -> None:
        """Bring the header line, and the sentence of an empty list, up to date."""
        if self._show_later is not None:
            self._show_later.stop()
            self._show_later = None
        self._shown_at = monotonic()
        session, frames, now = self.session, self.frame_list, self._now()
        view = View(
            following=frames.following,
            held_back=frames.held_back if frames.held else None,
            rate=self._rate.read(now),
            now=now,
            age=now - self._opened_at,
        )
        device = present(session, self._device)
        self.header.facts = header_facts(session, device, view, name=self.name_shown, refused=self._replay_because)
        frames.empty_text = self.why_nothing_matches() or why_empty(session, device, view, name=self.name_shown)

    def why_nothing_matches(self) -> str:
        """The sentence of a list that is empty because of a filter; empty where it is not."""
        raise NotImplementedError
