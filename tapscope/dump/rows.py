"""One frame as a line of text or of JSON."""

import json
from collections.abc import Callable

from tapscope.dissect.summary import Summary
from tapscope.frame import Frame

Row = Callable[[Frame, Summary], str]
"""Makes a frame's line, without the line break."""

_NOTHING = "-"
"""Stands where a column of text would be empty, so that words keep their places for awk and cut."""


class TextRow:
    """Number, time, direction, source, destination, protocol, length, info.

    The time is seconds since the first frame that had one.
    """

    def __init__(self) -> None:
        self._zero_ns: int | None = None

    def __call__(self, frame: Frame, summary: Summary) -> str:
        """Return the frame's line."""
        return (
            f"{frame.number:>6} {self._time(frame.time_ns):>12} {frame.direction.word or _NOTHING:<3}"
            f" {summary.source or _NOTHING:<17} {summary.destination or _NOTHING:<17}"
            f" {summary.protocol or _NOTHING:<8} {frame.length:>5} {summary.info}"
        ).rstrip()

    def _time(self, time_ns: int | None) -> str:
        if time_ns is None:
            return _NOTHING
        if self._zero_ns is None:
            self._zero_ns = time_ns
        sign = "-" if time_ns < self._zero_ns else ""
        microseconds = abs(time_ns - self._zero_ns) // 1000
        return f"{sign}{microseconds // 1_000_000}.{microseconds % 1_000_000:06}"


def json_row(frame: Frame, summary: Summary) -> str:
    """Return a JSON object in ASCII.

    ``time`` is a string of seconds since the epoch with nine digits after the point, as a float would lose the last
    ones. ``time`` and ``direction`` are null where the source does not say.
    """
    row = {
        "number": frame.number,
        "time": None if frame.time_ns is None else _epoch(frame.time_ns),
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
