"""Numbers as lists, the header line and the dialogs write them. A leaf."""

import re

_STEP = 1000
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_SECONDS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "d": 86400}
_TIME = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(_SECONDS)})")


def number_in_words(number: int) -> str:
    """``1,234,567``."""
    return f"{number:,}"


def bytes_in_words(octets: int) -> str:
    """Bytes in decimal units with three or four digits: ``980 B``, ``1.23 kB``, ``45.6 MB``."""
    if octets < _STEP:
        return f"{octets} B"
    size = float(octets)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= _STEP
        if size < _STEP or unit == "TB":
            break
    return f"{size:.2f} {unit}" if size < 10 else f"{size:.1f} {unit}" if size < 100 else f"{size:.0f} {unit}"


def size_of(words: str) -> int:
    """Bytes: ``512MiB``, ``1.5GB``, ``2G`` (of 1024, as without a unit's i and B dd(1) has it), ``100000``.

    Raises ``ValueError``.
    """
    found = _SIZE.fullmatch(words.strip())
    if found is None:
        raise ValueError(f"{words!r} is no size: give one like 512MiB or 2G")
    number, unit, binary = found.groups()
    decimal = words.strip().lower().endswith("b") and not binary
    power = " kmgt".index(unit.lower() or " ")
    return int(float(number) * (_STEP if decimal else 1024) ** power)


def seconds_of(words: str) -> float:
    """Seconds: ``30s``, ``10min``, ``1.5h``, ``1d``. Raises ``ValueError``."""
    found = _TIME.fullmatch(words.strip())
    if found is None:
        raise ValueError(f"{words!r} is no time: give one like 10min or 1h")
    return float(found[1]) * _SECONDS[found[2]]
