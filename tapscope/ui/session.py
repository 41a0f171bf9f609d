"""What the app knows of its capture: the loop, the store it fills, and the state that the header line shows.

Everything here belongs to the UI's thread but the function that ``begin`` returns, which a worker runs.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from tapscope.attempt import Attempt
from tapscope.capture.inbox import Inbox
from tapscope.capture.loop import Capture
from tapscope.capture.sieve import Sieve
from tapscope.capture.source import (
    Dropped,
    Ended,
    Event,
    LinkChanged,
    Mark,
    Opened,
    Progress,
    Refused,
    Source,
    SourceInfo,
)
from tapscope.machine.links import Link
from tapscope.machine.memory import give_back
from tapscope.store.arena import Store
from tapscope.store.batches import commented
from tapscope.store.spool.files import SpoolState
from tapscope.store.timeline import Timeline
from tapscope.ui.silence import is_chatter
from tapscope.ui.spooling import Spools

USUAL_MEMORY = 512 << 20
PATIENCE_S = 2
"""How long the end waits for a source to be closed."""

_FEW = 5000
"""Frames in half a second that leave time for what is not pressing."""
_TIDY_S = 0.01


class State(Enum):
    """Where the capture stands."""

    OPENING = "opening"
    READING = "reading"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class News:
    """What ``take`` found waiting: how many frames, and the last fact of each kind.

    ``opened`` is told once for each opening, not again when the source found further interfaces.
    """

    frames: int = 0
    opened: SourceInfo | None = None
    refused: Attempt | None = None
    ended: Ended | None = None
    link_changed: bool = False
    marks: tuple[str, ...] = ()
    spool_fault: str = ""

    @property
    def turn(self) -> bool:
        """True when the state is another now."""
        return any((self.opened, self.refused, self.ended))


class Session:
    """One capture after another into one store: a new one begins only after the last has closed its source.

    ``memory`` is what the store may take, in bytes; ``spools`` keep everything on disk, too.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        *,
        wake: Callable[[], object],
        watch: str | None,
        memory: int = USUAL_MEMORY,
        spools: Spools | None = None,
    ) -> None:
        self.memory = memory
        self.spools = spools or Spools(None, "", wake)
        self._open_source = open_source
        self._wake = wake
        self._watch = watch
        self._capture: Capture | None = None
        self._inbox: Inbox | None = None
        self._done: threading.Event | None = None
        self._sieves: list[Sieve | None] = []
        self._lost_before = 0
        self.lost_by_kernel = 0
        self.store = Store(limit_bytes=memory, keeper=self.spools.spool)
        self.timeline = Timeline(memory=memory)
        self.state = State.OPENING
        self.info: SourceInfo | None = None
        self.link: Link | None = None
        self.link_known = False
        self.refused: Attempt | None = None
        self.fault = ""
        self.told = ""
        self._tidied = 0
        self._marks: list[str] = []
        self.only_chatter = True
        self.progress = 1.0

    @property
    def live(self) -> bool:
        """True for what goes on until it is stopped, and as long as nothing is known."""
        return self.info is None or self.info.live

    @property
    def goes_on(self) -> bool:
        """True while more frames come in their own time. Those of a file are there already."""
        return self.state is State.READING and self.info is not None and self.info.mode != "file"

    @property
    def kept(self) -> bool:
        """True where all that came is on disk, or will be."""
        spool = self.spools.state
        return spool is not None and not spool.missed

    @property
    def may_sieve(self) -> bool:
        """True while more frames come, or where all may be read anew."""
        return self.goes_on or (self.info is not None and self.info.mode == "file")

    @property
    def lost(self) -> int:
        """Frames that found no room between the two threads, or, in openings before this one, anywhere.

        ``lost_by_kernel`` are those that the kernel had no room for since this opening.
        """
        return self._lost_before + (self._inbox.dropped if self._inbox else 0)

    def turn_to(self, open_source: Callable[[], Source], *, watch: str | None, name: str) -> None:
        """Look into another source from the next ``begin`` on, with an empty store; what runs is asked to end.

        ``watch`` is the network interface whose changes are told, ``name`` what files are named after.
        """
        self.stop()
        self.take()
        self.spools.turn_to(name)
        self._open_source, self._watch = open_source, watch
        self._inbox, self._lost_before, self.lost_by_kernel, self._sieves = None, 0, 0, []
        self.store = Store(limit_bytes=self.memory, keeper=self.spools.spool)
        self.timeline = Timeline(memory=self.memory)
        self.info, self.state = None, State.OPENING
        self.only_chatter = True
        self.link, self.link_known = None, False

    def read_again(self, sieve: Sieve | None, *, name: str) -> None:
        """Read the same source from its beginning, with this capture filter, from the next ``begin`` on."""
        self.turn_to(self._open_source, watch=self._watch, name=name)
        self._sieves = [sieve]

    def set_sieve(self, sieve: Sieve | None) -> None:
        """Have the capture filter changed, for openings to come as well; a mark tells where, or why it stays."""
        self._sieves = [sieve]
        if self._capture is not None:
            self._capture.set_sieve(sieve)

    def begin(self) -> Callable[[], None]:
        """Stop what runs, and return the function that reads from now on; it blocks, and wants a thread of its own."""
        before, done = self._done, threading.Event()
        self.stop()
        self._lost_before, self.lost_by_kernel = self.lost + self.lost_by_kernel, 0
        inbox = Inbox(self._wake)
        capture = Capture(self._open_source, inbox, watch=self._watch)
        self._inbox, self._capture, self._done = inbox, capture, done
        for sieve in self._sieves:
            capture.set_sieve(sieve)
        self.state, self.refused, self.fault, self.progress = State.OPENING, None, "", 1.0
        self.link, self.link_known = None, False

        def run() -> None:
            try:
                if before is not None:  # all of them, each waiting for the one before it
                    before.wait()
                capture.run()
            finally:
                done.set()

        return run

    def stop(self) -> None:
        """Ask the loop to close its source; returns at once."""
        if self._capture is not None:
            self._capture.stop()

    def finish(self) -> list[SpoolState]:
        """Close the source, and have everything that came on disk if it is kept there. Blocks, where it is."""
        self.stop()
        if self.spools.spool is None:
            return []
        if self._done is not None:
            self._done.wait(PATIENCE_S)
        self.take()
        return self.spools.close()

    def tidy(self) -> None:
        """Have the store take less memory, for a moment at most, unless many frames have come since the last time."""
        came, self._tidied = self.store.total_frames - self._tidied, self.store.total_frames
        until = time.monotonic() + _TIDY_S
        while came < _FEW and self.store.tidy() and time.monotonic() < until:
            pass

    def take(self) -> News:
        """Everything that waits: frames into the store, facts into the attributes."""
        news = News()
        for event in self._inbox.take() if self._inbox else ():
            news = self._apply(event, news)
        self.store.dropped = self.lost + self.lost_by_kernel
        if self.store.dropped > self.timeline.lost:
            self.timeline.follow(self.store)
        self.store.evict()
        return replace(news, spool_fault=self.spools.take_fault())

    def _apply(self, event: Event, news: News) -> News:
        match event:
            case Opened(info, interfaces):
                first = self.state is State.OPENING
                self.state, self.info = State.READING, info
                self.store.set_interfaces(interfaces)
                news = replace(news, opened=info if first else news.opened)
                self.told = " ".join(info.notes) if first else self.told
            case Refused(attempt):
                self.state, self.refused = State.REFUSED, attempt
                news = replace(news, refused=attempt)
            case LinkChanged(link):
                self.link, self.link_known = link, True
                news = replace(news, link_changed=True)
            case Mark(text):
                self.told = text
                self._marks.append(text)
                self.timeline.note_gap(self.store)
                news = replace(news, marks=(*news.marks, text))
            case Dropped(frames):
                self.lost_by_kernel = frames
            case Progress(part):
                self.progress = part
            case Ended(fault):
                self.state, self.fault, self.progress = State.ENDED, fault, 1.0
                give_back()
                news = replace(news, ended=event)
            case batch:
                self.only_chatter = self.only_chatter and self.live and is_chatter(batch)
                self.timeline.before(batch, self.store)
                self.store.append(commented(batch, self._marks))
                self._marks.clear()
                news = replace(news, frames=news.frames + len(batch))
        return news
