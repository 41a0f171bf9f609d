"""What a spool is asked for: where, and when a file is full. Plain: the command line makes it."""

from dataclasses import dataclass

from tapscope.units import seconds_of, size_of

_LEAST_BYTES = 128 * 1024
"""Room for a few of the longest frames that there are, GSO frames of 64 KiB."""
_LEAST_SECONDS = 1


@dataclass(frozen=True, slots=True)
class SpoolPlan:
    """``folder`` is where the files are made.

    A file is full at ``most_bytes``, and ``most_seconds`` after it was made; the newest ``most_files`` are kept. 0:
    without an end.
    """

    folder: str
    most_bytes: int = 0
    most_seconds: float = 0
    most_files: int = 0

    @property
    def rotates(self) -> bool:
        """Whether there may be more than one file."""
        return bool(self.most_bytes or self.most_seconds)


def rotation_of(words: str) -> tuple[int, float]:
    """Bytes and seconds, 0 where not said: ``100MB``, ``10min``, ``100MB,1h``. Raises ``ValueError``."""
    most_bytes, most_seconds = 0, 0.0
    for word in words.split(","):
        seconds = _seconds(word)
        if seconds is None:
            most_bytes = _bytes(word)
        else:
            most_seconds = seconds
    return most_bytes, most_seconds


def _seconds(word: str) -> float | None:
    try:
        seconds = seconds_of(word)
    except ValueError:
        return None
    if seconds < _LEAST_SECONDS:
        raise ValueError(f"{word} is too short for a file: give 1s or more")
    return seconds


def _bytes(word: str) -> int:
    try:
        size = size_of(word)
    except ValueError:
        raise ValueError(f"{word!r} is neither a size nor a time: give 100MB, 10min or 100MB,10min") from None
    if size < _LEAST_BYTES:
        raise ValueError(f"{word} is too small for a file: give 128KiB or more")
    return size
