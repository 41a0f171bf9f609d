"""What was counted as tables of words: columns that sort, and a filter for every line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.store.conversations import NEVER, Conversations, Endpoints
from tapscope.store.hierarchy import Layer
from tapscope.store.hosts import Hosts, Level
from tapscope.ui.statistics_filters import conversation_filter, endpoint_filter, protocol_filter
from tapscope.units import bytes_in_words, number_in_words

BAR = 20
"""Cells of the bar that stands for the whole."""
_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``text`` of a row, and the ``keys`` to sort by, each of shape ``(rows,)``, the last first.

    ``falling``: numbers, of which who sorts by them wants to see the greatest first, and which stand at the right.
    """

    heading: str
    text: Callable[[int], str]
    keys: Sequence[NDArray[Any]]
    falling: bool = True

    def order(self, *, falling: bool) -> NDArray[np.intp]:
        """All rows, those with the greatest or the least value first; of equal ones each time the earlier row first."""
        if not falling:
            return np.lexsort(self.keys)
        backwards = np.lexsort([key[::-1] for key in self.keys])
        return len(backwards) - 1 - backwards[::-1]


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` rows under ``columns``; ``filter_of`` a row is a display filter, empty where there is none.

    ``begin`` is the column by which it is sorted at first.
    """

    rows: int
    columns: tuple[Column, ...]
    filter_of: Callable[[int], str]
    begin: int


def protocols_table(layers: Sequence[Layer]) -> Table:
    """The hierarchy, in its own order at first. Where a layer belongs, its stack says in every order."""
    frames, octets = np.array([layer.frames for layer in layers]), np.array([layer.octets for layer in layers])
    place = np.arange(len(layers))
    whole = sum(layer.frames for layer in layers if len(layer.path) == 1)
    columns = (
        Column("Protocol", lambda row: _indented(layers[row].path), [place], falling=False),
        _number("Frames", frames),
        _size("Bytes", octets),
        Column("Share", lambda row: _share(frames[row] / whole), [frames]),
        Column("Stack", lambda row: " / ".join(layers[row].path), [place], falling=False),
    )
    return Table(len(layers), columns, lambda row: protocol_filter(layers[row].path), 0)


def endpoints_table(ends: Endpoints, level: Level) -> Table:
    """Hosts, the one with the most bytes first."""
    columns = (
        _hosts("Address", ends.host, level),
        _number("Frames", ends.frames_sent + ends.frames_received),
        _size("Bytes", ends.octets_sent + ends.octets_received),
        _number("Frames sent", ends.frames_sent),
        _size("Bytes sent", ends.octets_sent),
        _number("Frames received", ends.frames_received),
        _size("Bytes received", ends.octets_received),
    )
    return Table(len(ends), columns, lambda row: endpoint_filter(ends.host, row, level), 2)


def conversations_table(spoken: Conversations, level: Level, first_ns: int | None) -> Table:
    """Pairs of hosts, the one with the most bytes first. ``first_ns`` is the time from which the begin counts."""
    octets, seconds = spoken.octets_there + spoken.octets_back, spoken.seconds
    rate = np.divide(octets, seconds, out=np.zeros(len(spoken)), where=seconds > 0)
    begin = spoken.begin_ns - (first_ns or 0)
    timed = spoken.begin_ns != NEVER
    columns = (
        _hosts("A", spoken.one, level),
        _hosts("B", spoken.other, level),
        _number("Frames", spoken.frames_there + spoken.frames_back),
        _size("Bytes", octets),
        _number("A → B", spoken.frames_there),
        _size("Bytes", spoken.octets_there),
        _number("B → A", spoken.frames_back),
        _size("Bytes", spoken.octets_back),
        Column("Begin", lambda row: f"{begin[row] / 1e9:.6f}" if timed[row] else "", [begin]),
        Column("Seconds", lambda row: f"{seconds[row]:.3f}" if timed[row] else "", [seconds]),
        Column("Rate", lambda row: _rate(rate[row]), [rate]),
    )
    return Table(len(spoken), columns, lambda row: conversation_filter(spoken.one, spoken.other, row, level), 3)


def _number(heading: str, values: NDArray[np.int64]) -> Column:
    return Column(heading, lambda row: number_in_words(int(values[row])), [values])


def _size(heading: str, values: NDArray[np.int64]) -> Column:
    return Column(heading, lambda row: bytes_in_words(int(values[row])), [values])


def _rate(octets: float) -> str:
    return f"{bytes_in_words(int(octets))}/s" if octets else ""


def _hosts(heading: str, hosts: Hosts, level: Level) -> Column:
    def text(row: int) -> str:
        address = hosts.address(row)
        if not level.has_ports:
            return address
        return f"[{address}]:{hosts.port[row]}" if hosts.family[row] == 6 else f"{address}:{hosts.port[row]}"

    return Column(heading, text, [hosts.port, hosts.low, hosts.high, hosts.family], falling=False)


def _indented(path: Sequence[str]) -> str:
    return "  " * (len(path) - 1) + path[-1]


def _share(share: float) -> str:
    eighths = round(share * BAR * 8)
    return f"{share:.2%} " + f"{'█' * (eighths // 8)}{_EIGHTHS[eighths % 8]}"[:BAR].ljust(BAR)
