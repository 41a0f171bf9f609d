"""One frame as a line of text or of JSON."""

import json
from collections.abc import Callable, Sequence
from typing import Protocol

from tapscope.dissect.summary import Summary
from tapscope.dissect.text import printable
from tapscope.frame import Frame, Interface, are_several


class Row(Protocol):
    """Makes a frame's line, without the line break."""

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """Be told of all interfaces that are known, again when there are more."""

    def __call__(self, frame: Frame, summary: Summary) -> str:
        """Return the frame's line."""
        ...


_NOTHING = "-"
"""Stands where a column of text would be empty, so that words keep their places for awk and cut."""


class TextRow:
    """Number, time, interface, direction, source, destination, protocol, length, info.

    The time is seconds since ``began``, where that is known, else since the first frame that had one. The interface is
    there if, when the first frame came, there were several; then on every line.
    """

    def __init__(self, began: Callable[[], int | None] = lambda: None) -> None:
        self._began = began
        self._zero_ns: int | None = None
        self._begun = False
        self._width = 0

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """The first frame decides; later columns stay where they are."""
        if not self._begun and are_several(interfaces):
            self._width = max(len(_word(interface)) for interface in interfaces)

    def __call__(self, frame: Frame, summary: Summary) -> str:
        """Return the frame's line."""
        self._begun = True
        interface = f" {_word(frame.interface):<{self._width}}" if self._width else ""
        return (
            f"{frame.number:>6} {self._time(frame.time_ns):>12}{interface} {frame.direction.word or _NOTHING:<3}"
            f" {summary.source or _NOTHING:<17} {summary.destination or _NOTHING:<17}"
            f" {summary.protocol or _NOTHING:<8} {frame.length:>5} {summary.info}"
        ).rstrip()

    def _time(self, time_ns: int | None) -> str:
        if time_ns is None:
            return _NOTHING
        if self._zero_ns is None:
            known = self._began()
            self._zero_ns = time_ns if known is None else known
        sign = "-" if time_ns < self._zero_ns else ""
        microseconds = abs(time_ns - self._zero_ns) // 1000
        return f"{sign}{microseconds // 1_000_000}.{microseconds % 1_000_000:06}"


def _word(interface: Interface) -> str:
    return printable(interface.name).replace(" ", "_") or _NOTHING


class JsonRow:
    """A JSON object in ASCII.

    ``time`` is a string of seconds since the epoch with nine digits after the point, as a float would lose the last
    ones. ``time``, ``interface`` and ``direction`` are null where the source does not say.
    """

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """Need nothing: every object has all keys."""

    def __call__(self, frame: Frame, summary: Summary) -> str:
        """Return the frame's line."""
        row = {
            "number": frame.number,
            "time": None if frame.time_ns is None else _epoch(frame.time_ns),
            "interface": frame.interface.name or None,
            "direction": frame.direction.word or None,
            "source": summary.source,
            "destination": summary.destination,
            "protocol": summary.protocol,
            "length": frame.length,
            "info": summary.info,
        }
        return json.dumps(row)


def _epoch(time_ns: int) -> str:
    sign = "-" if time_ns < 0 else ""
    seconds, nanoseconds = divmod(abs(time_ns), 1_000_000_000)
    return f"{sign}{seconds}.{nanoseconds:09}"
