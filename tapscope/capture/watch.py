"""The interface that is captured from, as a stream of facts: changed, gone."""

import socket

from tapscope.capture.source import LinkChanged
from tapscope.machine.links import Link, LinkMonitor, find_link


class LinkWatch:
    """Follows an interface of this thread's network namespace, through renames by its index; its successor by its name.

    Made before the source is opened, so that nothing is missed. Raises ``OSError`` where rtnetlink cannot be asked.
    """

    def __init__(self, name: str) -> None:
        self._monitor = LinkMonitor()
        self._name = name
        self._link: Link | None = None

    def fileno(self) -> int:
        """The descriptor to poll for reading."""
        return self._monitor.fileno()

    def start(self) -> list[LinkChanged]:
        """Look for the interface, now that it is open."""
        self._monitor.read()
        self._link = find_link(self._name)
        return [LinkChanged(self._link)]

    def read(self) -> list[LinkChanged]:
        """What happened to it since the last call, oldest first."""
        return [change for event in self._monitor.read() for change in self._apply(event.link, event.kind == "gone")]

    def refresh(self) -> list[LinkChanged]:
        """Look again: the kernel tells nobody that counters went on."""
        if self._link is None:
            return []
        try:
            link = find_link(socket.if_indextoname(self._link.index))
        except OSError:
            return self.lose()
        return self._apply(link, gone=False) if link else []

    def lose(self) -> list[LinkChanged]:
        """It is known to be gone, though the kernel has not announced it yet."""
        return self._apply(self._link, gone=True) if self._link else []

    def _apply(self, link: Link, gone: bool) -> list[LinkChanged]:
        if self._link is None:
            is_it = link.name == self._name and not gone
        else:
            is_it = link.index == self._link.index and (link != self._link or gone)
        if not is_it:
            return []
        self._link = None if gone else link
        return [LinkChanged(self._link)]

    def close(self) -> None:
        """Release the descriptor."""
        self._monitor.close()
