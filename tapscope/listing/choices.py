"""The interfaces, each with what opening it would come to; once, or again whenever something changes."""

import select
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from tapscope.capture.doorbell import Doorbell
from tapscope.doctor.prospects import Prospect, Prospects
from tapscope.machine.inventory import Entry, Inventory
from tapscope.machine.links import LinkMonitor

LOOK_S = 1.0
"""Seconds between two looks while the kernel announces nothing: counters, and queues that join, are not announced."""
SETTLE_S = 0.1
"""Seconds between an announcement and the look: one change is announced in several messages."""
SHARE = 10
"""A look may take one part in so many of the time: where there are thousands of processes, it comes less often."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of the list."""

    entry: Entry
    prospect: Prospect

    @property
    def name(self) -> str:
        """The interface's name, as the kernel has it."""
        return self.entry.link.name


Choices = tuple[Choice, ...]


def look(inventory: Inventory, *, over: float = 0.0) -> Choices:
    """What is there now, for this thread and its network namespace. Raises ``OSError``.

    Rates are taken over ``over`` seconds at least.
    """
    prospects = Prospects()
    return tuple(Choice(entry, prospects.of(entry.link, entry.search)) for entry in inventory.look(over=over))


class Lister(Protocol):
    """What the picker reads from."""

    def looks(self) -> Iterator[Choices]:
        """Each look as it comes, in the thread that asks for it; ends after ``stop``."""
        ...

    def stop(self) -> None:
        """End ``looks`` soon, from any thread."""
        ...


class LiveLister:
    """Looks at this machine: at once, when the kernel announces a change, and every ``LOOK_S``."""

    def __init__(self) -> None:
        self._bell = Doorbell()

    def looks(self) -> Iterator[Choices]:
        """Raises ``OSError`` where rtnetlink or /proc cannot be read."""
        with closing(self._bell), closing(LinkMonitor()) as monitor:
            inventory, poll = Inventory(), select.poll()
            poll.register(self._bell, select.POLLIN)
            poll.register(monitor, select.POLLIN)
            while True:
                begin = time.monotonic()
                yield look(inventory)
                took = time.monotonic() - begin
                ready = {fd for fd, _ in poll.poll(max(LOOK_S, SHARE * took) * 1000)}
                if monitor.fileno() in ready and self._bell.fileno() not in ready:
                    ready = {fd for fd, _ in self._settled()}
                if self._bell.fileno() in ready:
                    return
                monitor.read()

    def _settled(self) -> list[tuple[int, int]]:
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        return poll.poll(SETTLE_S * 1000)

    def stop(self) -> None:
        """Ring."""
        self._bell.ring()
