"""The four ways in which the list writes a time."""

from datetime import UTC, datetime
from enum import Enum

SECOND = 1_000_000_000


class TimeFormat(Enum):
    """Named after what the reader wants to know; the value is the column's heading."""

    RELATIVE = "Time"
    DELTA = "Delta"
    ABSOLUTE = "Time (local)"
    UTC = "Time (UTC)"

    @property
    def next(self) -> "TimeFormat":
        """The one after this, the first after the last."""
        formats = list(TimeFormat)
        return formats[(formats.index(self) + 1) % len(formats)]

    def text(self, time_ns: int | None, first_ns: int | None, before_ns: int | None) -> str:
        """Write ``time_ns`` (nanoseconds since the epoch); empty where a time that it takes is not known.

        ``first_ns`` is the time of the first frame ever, ``before_ns`` that of the frame before this one.
        """
        if time_ns is None:
            return ""
        match self:
            case TimeFormat.RELATIVE:
                return _seconds(time_ns, first_ns)
            case TimeFormat.DELTA:
                return _seconds(time_ns, before_ns)
            case TimeFormat.ABSOLUTE:
                return _clock(datetime.fromtimestamp(time_ns // SECOND).astimezone(), time_ns)
            case TimeFormat.UTC:
                return _clock(datetime.fromtimestamp(time_ns // SECOND, UTC), time_ns)


def _seconds(time_ns: int, zero_ns: int | None) -> str:
    if zero_ns is None:
        return ""
    micros = (time_ns - zero_ns + 500) // 1000
    sign = "-" if micros < 0 else ""
    return f"{sign}{abs(micros) // 1_000_000}.{abs(micros) % 1_000_000:06d}"


def _clock(whole: datetime, time_ns: int) -> str:
    return f"{whole:%Y-%m-%d %H:%M:%S}.{time_ns % SECOND // 1000:06d}"
