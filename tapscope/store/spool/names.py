"""What the files of a spool are called."""

import time


def dated(name: str, now: float, more: str = "") -> str:
    """A name for a new file: what was captured and when (seconds since the epoch), in local time."""
    stem = "".join(character if character.isalnum() or character in "-_." else "-" for character in name)
    return f"{stem}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}{more}.pcapng"
