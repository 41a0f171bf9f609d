"""Numbers as lists, the header line and the dialogs write them. A leaf."""

_STEP = 1000


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
