"""An interface that is deleted and made again, as a virtual machine's TAP is, and read on as if it were one.

Netlink tells when it is there again; nothing is polled. Also what else befalls it is told: down, up, renamed, moved.
"""

import select
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from tapscope.attempt import AttemptFailed
from tapscope.capture.doorbell import Doorbell
from tapscope.capture.files.window import NOTHING
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import SievingSource
from tapscope.capture.source import GONE, SourceInfo
from tapscope.frame import Interface
from tapscope.machine.links import Link, LinkEvent, LinkMonitor, find_link
from tapscope.store.batch import Batch


def told_of(before: Link, after: Link) -> list[str]:
    """A sentence for each change of an interface that a reader wonders about."""
    told = []
    if after.name != before.name:
        told.append(f"{before.name} is called {after.name} now")
    if after.up != before.up:
        told.append(f"{after.name} is up" if after.up else f"{after.name} is down: nothing comes until it is up")
    elif after.up and after.carrier is not before.carrier:
        told.append(f"{after.name} has carrier" if after.carrier else f"{after.name} has no carrier any more")
    return told


class Staying:
    """A source that is opened again, by ``again``, when its interface is there again. Owns what they return.

    Both are given the filter, ``again`` the mode of the first before it. ``why`` says anew why it is watched, when
    another may hold it. What was created here is not waited for: nobody else makes it again. Raises what ``first``
    raises.
    """

    def __init__(
        self,
        name: str,
        first: Callable[[Sieve | None], SievingSource],
        again: Callable[[str, Sieve | None], SievingSource],
        why: Callable[[], str],
        sieve: Sieve | None = None,
    ) -> None:
        self._name = name
        self._again = again
        self._why = why
        self._sieve = sieve
        self._monitor = LinkMonitor()  # before the opening, so that nothing is missed
        try:
            inner = first(sieve)
        except BaseException:
            self._monitor.close()
            raise
        self._either = select.epoll()
        self._bell = Doorbell()
        for each in (self._monitor, self._bell):
            self._either.register(each.fileno(), select.EPOLLIN)
        self._interfaces: list[Interface] = []
        self._marks: list[str] = []
        self._dropped = 0
        self._going = False
        self._refused = ""
        self._adopt(inner)

    def _adopt(self, inner: SievingSource) -> None:
        self._inner: SievingSource | None = inner
        self._monitor.read()  # how it came to be as it is now
        self._link = find_link(inner.info.name)
        self._info = inner.info
        own = inner.interfaces[0]
        if own not in self._interfaces:
            self._interfaces.append(own)
        self._number = self._interfaces.index(own)
        self._either.register(inner.fileno(), select.EPOLLIN)

    @property
    def info(self) -> SourceInfo:
        """That of what is open, or was last; ``waiting`` while nothing is."""
        info = self._inner.info if self._inner else self._info
        return replace(info, why=self._info.why, sieve=self._sieve.text if self._sieve else "")

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The interface, and what it became if it carries something else now."""
        return self._interfaces

    @property
    def fault(self) -> str:
        """Always empty."""
        return ""

    @property
    def dropped(self) -> int:
        """Those of all openings together."""
        return self._dropped + (self._inner.dropped if self._inner else 0)

    def fileno(self) -> int:
        """Readable when frames wait, or something happened to an interface."""
        return self._either.fileno()

    def read(self) -> Batch | None:
        """What is open hands over; an empty batch while nothing is. Raises ``AttemptFailed`` but for its being gone."""
        if self._monitor.fileno() in {fd for fd, _ in self._either.poll(0)}:
            self._heed()
        if self._inner is None:
            return NOTHING
        try:
            batch = self._inner.read()
            if not batch:
                self._rest()
        except AttemptFailed as failed:
            if failed.attempt.errno not in GONE or self._info.created:
                raise
            self._lose()
            return NOTHING
        if batch and self._number:
            return replace(batch, interface=np.full(len(batch), self._number, np.uint16))
        return batch

    def set_sieve(self, sieve: Sieve | None) -> None:
        """Also for what is opened from now on. Raises ``FilterRefused``."""
        if sieve is not None:
            sieve.fit(self._interfaces)
        self._sieve = sieve
        if self._inner:
            self._inner.set_sieve(sieve)

    def take_marks(self) -> Sequence[str]:
        """What happened to the interface since the last call."""
        marks, self._marks = self._marks, []
        return marks

    def _heed(self) -> None:
        for event in self._monitor.read():
            if self._inner is None:
                if event.kind == "new" and event.link.name == self._name and self._open_again():
                    return
            elif self._link and event.link.index == self._link.index:
                self._changed(self._link, event)

    def _changed(self, before: Link, event: LinkEvent) -> None:
        """That it is gone is told when nothing of it is left to read, which wakes nobody."""
        if event.kind == "gone":
            self._link = None
            self._going = True
            self._bell.ring()
            if event.moved:
                self._marks.append(f"{before.name} was moved to another network namespace")
            return
        self._link = event.link
        self._marks += told_of(before, event.link)
        if event.link.carrier is not before.carrier and self._info.mode == "watch":
            why = self._why()
            if why != self._info.why:
                self._info = replace(self._info, why=why)
                self._marks.append(f"{event.link.name}: {why}")

    def _rest(self) -> None:
        if self._going:
            self._going = False
            self._bell.silence()

    def _lose(self) -> None:
        """Let go of what is gone, and wait for the next of its name, which may be there already."""
        assert self._inner is not None
        find_link(self._name)  # the kernel answers when it is done with the change, and has told the monitor
        self._heed()
        self._dropped += self._inner.dropped
        self._either.unregister(self._inner.fileno())
        self._inner.close()
        self._inner = None
        self._rest()
        self._info = replace(self._info, waiting=True)
        self._marks.append(f"{self._name} is gone: waiting until there is one again")
        if find_link(self._name):
            self._open_again()

    def _open_again(self) -> bool:
        """Whether it could be. Where that is refused, the next change of the interface is the next try."""
        try:
            inner = self._again(self._info.mode, self._sieve)
        except (AttemptFailed, OSError) as refused:
            if str(refused) != self._refused:
                self._refused = str(refused)
                self._marks.append(f"{self._name} is there again, and cannot be opened: {refused}")
            return False
        self._refused = ""
        self._adopt(inner)
        if self._info.mode == "watch":
            self._info = replace(self._info, why=self._why())  # whoever made it may have let it go since
        self._marks.append(f"{self._name} is there again" + (f", {self._info.why}" if self._info.why else ""))
        return True

    def close(self) -> None:
        """Let everything go."""
        for each in (self._either, self._bell, self._monitor):
            each.close()
        if self._inner:
            self._inner.close()
