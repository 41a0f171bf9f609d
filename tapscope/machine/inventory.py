"""What there is to look into: every interface of this network namespace, who holds it, and how much passes now."""

import re
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tapscope.machine.descriptors import has_node
from tapscope.machine.holders import Holder, Search, search
from tapscope.machine.links import Link, list_links

WINDOW = 1.0
"""Seconds over which a rate is taken, where the counters are known for so long."""
SHORTEST = 0.05
"""Seconds over which a rate says nothing."""

_RANKS = {"tap": 0, "macvtap": 1, "ipvtap": 1, "tun": 2, "bridge": 3}


@dataclass(frozen=True, slots=True)
class Rate:
    """What passed in a second. ``out`` is what this host sent into the interface, ``in`` what came from it."""

    in_frames: float
    in_bytes: float
    out_frames: float
    out_bytes: float

    @property
    def octets(self) -> float:
        """Bytes in a second, both ways."""
        return self.in_bytes + self.out_bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One interface.

    ``port_of``  the bridge, bond or switch that it is a port of; None: of none
    ``search``   who holds the other end: of a TUN, TAP, macvtap or ipvtap; of others nobody does
    ``rate``     None while the counters were read but once
    """

    link: Link
    port_of: str | None
    search: Search
    rate: Rate | None

    @property
    def kind(self) -> str:
        """``tap`` or ``tun``, else the driver's name; ``device`` for hardware and the loopback."""
        return self.link.tap.mode if self.link.tap else self.link.kind or "device"

    @property
    def held(self) -> bool | None:
        """Somebody holds the other end. None: there is no such end, or it cannot be seen whether somebody does."""
        link, found = self.link, bool(self.search.found)
        if link.tap is not None:
            return found or bool(link.carrier) or bool(link.tap.queues)
        if not has_node(link):
            return None
        return found or (None if self.search.hidden else False)

    @property
    def likely(self) -> tuple[Holder, ...]:
        """Who may be the holder, where it is known that there is one and it may not be seen."""
        return self.search.candidates if self.held and not self.search.found else ()


def sort_key(entry: Entry) -> tuple[object, ...]:
    """TAPs first, then what else a guest may hold, bridges, and the rest; by name, with 2 before 10."""
    rank = _RANKS.get(entry.kind, 4 if entry.link.name != "lo" else 5)
    parts = re.split(r"(\d+)", entry.link.name)
    return rank, [int(part) if at % 2 else part for at, part in enumerate(parts)]


_Counters = Mapping[int, tuple[int, int, int, int]]


class Inventory:
    """Looks again and again, and keeps the counters in between. For one thread, whose network namespace it tells of."""

    def __init__(self) -> None:
        """Read the counters for the first time. Raises ``OSError``."""
        self._past: deque[tuple[float, _Counters]] = deque()
        self._links()

    def look(self, *, over: float = 0.0) -> tuple[Entry, ...]:
        """Every interface, in the order of ``sort_key``. One walk through /proc. Raises ``OSError``.

        Waits until the counters have been known for ``over`` seconds.
        """
        time.sleep(max(0.0, self._past[0][0] + over - time.monotonic()))
        links = self._links()
        found = search([link for link in links if link.kind == "tun" or has_node(link)])
        names = {link.index: link.name for link in links}
        entries = (
            Entry(link, names.get(link.master or 0), found.get(link.index, Search()), self._rate(link))
            for link in links
        )
        return tuple(sorted(entries, key=sort_key))

    def _links(self) -> list[Link]:
        now, links = time.monotonic(), list_links()
        self._past.append((now, {link.index: _counters(link) for link in links}))
        while len(self._past) > 2 and self._past[1][0] <= now - WINDOW:
            self._past.popleft()
        return links

    def _rate(self, link: Link) -> Rate | None:
        """Since ``WINDOW`` ago, or since it was first seen. Counters that went back are another interface's."""
        (now, _), known = self._past[-1], list(self._known(link.index))
        if len(known) < 2:
            return None
        then, before = known[0]
        seconds = now - then
        grown = [new - old for new, old in zip(_counters(link), before, strict=True)]
        return None if seconds < SHORTEST or min(grown) < 0 else Rate(*(count / seconds for count in grown))

    def _known(self, index: int) -> Iterator[tuple[float, tuple[int, int, int, int]]]:
        return ((at, counters[index]) for at, counters in self._past if index in counters)


def _counters(link: Link) -> tuple[int, int, int, int]:
    return link.rx_packets, link.rx_bytes, link.tx_packets, link.tx_bytes
