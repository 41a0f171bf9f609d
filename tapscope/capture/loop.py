"""Reads a source in a thread of its own until it ends or is told to stop; everything it learns goes into an inbox."""

import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from threading import Event, Lock

from tapscope.attempt import Attempt, AttemptFailed
from tapscope.capture.doorbell import Doorbell
from tapscope.capture.files.recognise import BadCapture
from tapscope.capture.inbox import Inbox
from tapscope.capture.libpcap import FilterRefused
from tapscope.capture.names import NameRefused
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import SievingSource, sieving
from tapscope.capture.source import (
    GONE,
    Dropped,
    Ended,
    LinkChanged,
    Mark,
    Measured,
    Opened,
    Progress,
    Refused,
    Source,
    Telling,
)
from tapscope.capture.watch import LinkWatch
from tapscope.store.batch import Batch
from tapscope.store.batches import with_headers

REFRESH_S = 1.0
"""How often counters that the kernel does not announce are looked at."""

REST_S = 0.001
FLOOD_S = 0.0002
"""A wake-up that follows the last within ``FLOOD_S`` is followed by a rest, so that the next finds many frames: at
20,000 frames/s that takes a quarter of the processor, and no queue runs over (1,000 frames is a TAP's)."""

_MANY = 256
"""Fewer frames cost less together with others, when the taker has more of them."""

SWITCH_S = 0.001
"""The interpreter's switch interval while a live source is read. At the usual 5 ms a busy screen keeps the lock for
longer than a TAP's queue lasts at 200,000 frames/s."""


@contextmanager
def _switching_fast() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(SWITCH_S, before))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


class Capture:
    """One source from opening to closing. ``run`` blocks and wants its own thread; ``stop`` ends it from any other.

    Into ``inbox`` go ``Opened``, batches, ``Progress``, ``LinkChanged`` and ``Mark``, and last ``Ended``; or only
    ``Refused``, or only ``Ended`` with a fault where what was to be opened cannot be read at all. ``Opened`` comes
    again, before the batch that needs it, when the source found further interfaces, or has something else to say of
    itself. ``watch`` is the interface to follow, None for none. ``closed`` is set when the source is closed, whatever
    happened, also when it was stopped before it began.

    A live source's frames are dropped while the inbox is full; any other source then waits.
    """

    def __init__(self, open_source: Callable[[], Source], inbox: Inbox, *, watch: str | None = None) -> None:
        self._open_source = open_source
        self._inbox = inbox
        self._watched = watch
        self._lock = Lock()
        self._bell: Doorbell | None = None
        self._stopping = False
        self._sieves: list[Sieve | None] = []
        self.closed = Event()

    def stop(self) -> None:
        """Ask it to end; returns at once. May be called at any time, any number of times."""
        with self._lock:
            self._stopping = True
            if self._bell is None:
                self.closed.set()
            else:
                self._bell.ring()

    def set_sieve(self, sieve: Sieve | None) -> None:
        """Have the source change its capture filter, or open with this one; returns at once.

        A mark tells from which frame on it holds, or why the one before it stays.
        """
        with self._lock:
            self._sieves.append(sieve)
            if self._bell is not None:
                self._bell.ring()

    def _take_sieves(self) -> list[Sieve | None]:
        with self._lock:
            asked, self._sieves = self._sieves, []
        return asked

    def run(self) -> None:
        """Read until the end. What can be expected to fail is put into the inbox; anything else is raised."""
        with self._lock:
            if self._stopping or self.closed.is_set():
                return
            self._bell = Doorbell()
        self._inbox.on_room = self._bell.ring
        try:
            with closing(self._bell):
                self._inbox.put(self._capture(self._bell))
        finally:
            self.closed.set()

    def _capture(self, bell: Doorbell) -> Refused | Ended:
        with ExitStack() as stack:
            try:
                watch = stack.enter_context(closing(LinkWatch(self._watched))) if self._watched else None
                source = stack.enter_context(closing(sieving(self._open_source())))
            except AttemptFailed as refused:
                return Refused(refused.attempt)
            except (OSError, NameRefused, BadCapture) as error:
                return Ended(_words(error))
            if source.info.live:
                stack.enter_context(_switching_fast())
            return _Reading(source, self._inbox, bell, watch).follow(lambda: self._stopping, self._take_sieves)


class _Reading:
    """The open source, the bell and the watched interface, all polled at one place."""

    def __init__(self, source: SievingSource, inbox: Inbox, bell: Doorbell, watch: LinkWatch | None) -> None:
        self._source = source
        self._inbox = inbox
        self._bell = bell
        self._watch = watch
        self._telling = source if isinstance(source, Telling) else None
        self._measured = source if isinstance(source, Measured) else None
        self._part = 1.0
        self._opened: Opened | None = None
        self._dropped = 0
        self._lost = False
        self._counts = watch is not None or source.info.ring
        self._refresh_at = time.monotonic() + REFRESH_S
        self._read_at = 0.0
        self._aside = select.poll()
        self._all = select.poll()
        for poll in (self._aside, self._all):
            poll.register(bell, select.POLLIN)
            if watch:
                poll.register(watch, select.POLLIN)
        if source.fileno() >= 0:
            self._all.register(source, select.POLLIN)

    def follow(self, is_stopping: Callable[[], bool], take_sieves: Callable[[], list[Sieve | None]]) -> Ended:
        """Read and tell until the end, and say which end it was."""
        try:
            self._resieve(take_sieves())
            self._tell_opened()
            if self._watch:
                self._tell(self._watch.start())
            while not is_stopping():
                self._resieve(take_sieves())
                if self._wait() and not self._read():
                    return Ended(self._source.fault)
            self._tell_dropped()
        except AttemptFailed as failed:
            return self._fail(failed.attempt)
        except (OSError, BadCapture) as error:
            return Ended(_words(error))
        return Ended()

    def _fail(self, attempt: Attempt) -> Ended:
        gone = attempt.errno in GONE and self._source.info.live
        if self._watch:
            self._tell(self._watch.read())
            self._tell(self._watch.lose() if gone else ())
        return Ended(f"{attempt.target} is gone: the device was deleted" if gone else str(attempt), attempt)

    def _wait(self) -> bool:
        """Wait for whatever comes first, tend to the bell and the watch; True when the source is to be read."""
        held = self._inbox.full and not self._source.info.live
        always = self._source.fileno() < 0 and not held
        ready = {fd for fd, _ in (self._aside if held else self._all).poll(0 if always else self._patience_ms())}
        if self._bell.fileno() in ready:
            self._bell.silence()
        if self._watch and self._watch.fileno() in ready:
            self._tell(self._watch.read())
        self._refresh()
        lost, self._lost = self._lost, False
        return always or lost or self._source.fileno() in ready

    def _patience_ms(self) -> float | None:
        return max(self._refresh_at - time.monotonic(), 0) * 1000 if self._counts else None

    def _refresh(self) -> None:
        if time.monotonic() >= self._refresh_at:
            self._refresh_at = time.monotonic() + REFRESH_S
            self._tell(self._watch.refresh() if self._watch else ())
            self._tell_dropped()

    def _tell_dropped(self) -> None:
        dropped = self._source.dropped
        if dropped != self._dropped:
            self._dropped = dropped
            self._inbox.put(Dropped(dropped))

    def _read(self) -> bool:
        """Hand over what waits; False at the end."""
        batch = self._source.read()
        if batch is not None:
            self._tell_opened()
            if len(batch):
                self._inbox.put(self._prepared(batch))
            self._tell_progress()
        for text in self._telling.take_marks() if self._telling else ():
            self._inbox.put(Mark(text))
        if self._source.info.live:
            self._rest()
        return batch is not None

    def _prepared(self, batch: Batch) -> Batch:
        """With headers, if the source waits: the taker is spared that work. A live one would lose frames meanwhile."""
        if self._source.info.live or len(batch) < _MANY:
            return batch
        return with_headers(batch, self._source.interfaces)

    def _tell_progress(self) -> None:
        extent = self._measured.extent() if self._measured else None
        if extent is not None:
            done, total = extent
            part = done / total if done < total else 1.0
            if part != self._part:
                self._part = part
                self._inbox.put(Progress(part))

    def _resieve(self, asked: list[Sieve | None]) -> None:
        """Only the last that was asked for is of any use."""
        if not asked:
            return
        sieve = asked[-1]
        try:
            self._source.set_sieve(sieve)
            told = f"capture filter from here on: {sieve.text}" if sieve else "no capture filter from here on"
        except FilterRefused as refused:
            told = f"the capture filter stays as it was: {refused}"
        if self._opened:
            self._tell_opened()
            self._inbox.put(Mark(told))

    def _rest(self) -> None:
        now = time.monotonic()
        if now - self._read_at < FLOOD_S:
            self._aside.poll(REST_S * 1000)
            now = time.monotonic()
        self._read_at = now

    def _tell_opened(self) -> None:
        opened = Opened(self._source.info, tuple(self._source.interfaces))
        if opened != self._opened:
            self._opened = opened
            self._inbox.put(opened)

    def _tell(self, changes: Iterable[LinkChanged]) -> None:
        for change in changes:
            self._lost |= change.link is None  # the source may not have noticed: it is asked
            self._inbox.put(change)
