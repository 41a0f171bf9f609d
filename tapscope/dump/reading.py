"""Reads a source to its end, in a thread as the app does, and hands every frame to the outputs."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from threading import Event

from tapscope.attempt import Attempt
from tapscope.capture.files.recognise import BadCapture
from tapscope.capture.inbox import Inbox
from tapscope.capture.loop import Capture
from tapscope.capture.names import NameRefused
from tapscope.capture.source import Dropped, Ended, LinkChanged, Mark, Opened, Progress, Refused, Source, SourceInfo
from tapscope.capture.source import Event as Told
from tapscope.dump.output import Output
from tapscope.dump.refusal import refusal
from tapscope.dump.sifting import Sifter
from tapscope.exits import Exit, exit_of
from tapscope.frame import Frame, Interface
from tapscope.machine.links import Link
from tapscope.store.batch import Batch
from tapscope.store.batches import commented, frames_of

_AT_ONCE = 64
"""Frames between two flushes of a large batch: about a hundredth of a second of dissecting."""


def say(line: str) -> None:
    """Write one message where messages go."""
    print(f"tapscope: {line}", file=sys.stderr, flush=True)


class Dump:
    """One source from opening to its end, to ``count`` frames that are handed over (0: no limit), or to Ctrl-C.

    ``sifter`` picks the frames; without one, all are handed over.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        outputs: Sequence[Output],
        *,
        watch: str | None,
        count: int,
        sifter: Sifter | None = None,
    ) -> None:
        self._open_source = open_source
        self._outputs = outputs
        self._watch = watch
        self._count = count
        self._sifter = sifter
        self._interfaces: Sequence[Interface] = ()
        self._live = False
        self._opened = False
        self._error: Exception | None = None
        self._link: Link | None = None
        self._queue_dropped = 0
        self._sieve_counts = False
        self._kernel_dropped = 0
        self._frames = 0
        self._given = 0
        self._marks: list[str] = []
        self._exit: Exit | None = None

    def run(self) -> Exit:
        """Block until the end. Raises ``OSError`` when an output fails, and what the reading thread did not expect."""
        wake = Event()
        inbox = Inbox(wake.set)
        capture = Capture(self._open, inbox, watch=self._watch)
        try:
            with ThreadPoolExecutor(1, "capture") as executor:
                reading = executor.submit(capture.run)
                reading.add_done_callback(lambda _: wake.set())
                try:
                    return self._follow(reading, inbox, wake)
                finally:
                    capture.stop()
        finally:
            self._say_dropped(inbox.dropped + self._kernel_dropped)
            for output in self._outputs:
                output.finish()

    def _open(self) -> Source:
        """Keep what goes wrong: the loop makes words of it, and the exit code wants the fact."""
        try:
            return self._open_source()
        except Exception as error:
            self._error = error
            raise

    def _follow(self, reading: Future[None], inbox: Inbox, wake: Event) -> Exit:
        while self._exit is None:
            wake.wait()
            wake.clear()
            over = reading.done()
            for event in inbox.take():
                self._apply(event)
                if self._exit is not None:
                    return self._exit
            if over:
                reading.result()
                break
        return self._exit if self._exit is not None else Exit.OK

    def _apply(self, event: Told) -> None:
        match event:
            case Opened(info, interfaces):
                self._sieve_counts = info.sieve_counts
                if not self._opened:
                    self._begin(info)
                self._interfaces = interfaces
                for output in self._outputs:
                    output.begin(interfaces)
            case LinkChanged(link):
                self._tell(link)
            case Refused(attempt):
                print(refusal(self._watch or "", attempt), file=sys.stderr, flush=True)
                self._exit = exit_of(attempt.errno)
            case Mark(text):
                say(text)
                self._marks.append(text)
            case Dropped(frames):
                self._kernel_dropped = frames
            case Progress():
                pass
            case Ended(fault, attempt):
                self._exit = self._end(fault, attempt)
            case batch:
                self._hand_over(batch)

    def _begin(self, info: SourceInfo) -> None:
        self._opened, self._live = True, info.live
        if info.why:
            say(f"{info.mode} {info.name}: {info.why}")
        for note in info.notes:
            say(note)

    def _hand_over(self, batch: Batch) -> None:
        batch = commented(batch, self._marks)
        self._marks.clear()
        frames = self._frames_of(batch)
        left = self._count - self._given if self._count else len(batch)
        while some := list(islice(frames, min(left, _AT_ONCE))):
            for output in self._outputs:
                output.write(some)
            self._given += len(some)
            left -= len(some)
        self._frames += len(batch)
        if self._count and self._given >= self._count:
            self._exit = Exit.OK

    def _frames_of(self, batch: Batch) -> Iterator[Frame]:
        if self._sifter is not None:
            return self._sifter.frames(batch, self._interfaces, self._frames + 1)
        return frames_of(batch, self._interfaces, self._frames + 1)

    def _end(self, fault: str, attempt: Attempt | None) -> Exit:
        if not fault:
            return Exit.OK
        say(fault)
        match self._error:
            case OSError(errno=number):
                return exit_of(number)
            case NameRefused():
                return Exit.USAGE
            case BadCapture():
                return Exit.BAD_DATA
        if self._live or attempt:
            return Exit.IO
        return Exit.OK if self._frames else Exit.BAD_DATA

    def _tell(self, link: Link | None) -> None:
        """Say how it stands at the beginning; what happens later are marks."""
        before, self._link = self._link, link
        if link is None:
            return
        if before is None:
            if not link.up:
                say(f"{link.name} is down: nothing comes until it is up")
            return
        self._queue_dropped += max(link.tx_dropped - before.tx_dropped, 0)

    def _say_dropped(self, here: int) -> None:
        by_queue = "kept back by -f, or dropped, by the TAP" if self._sieve_counts else "dropped by the TAP's queue"
        for dropped, what in ((here, "dropped here, where they came too fast"), (self._queue_dropped, by_queue)):
            if dropped:
                say(f"frames {what}: {dropped}")
