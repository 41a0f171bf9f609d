"""The filters that were applied before, in this run and in those before it."""

import contextlib
import os
import secrets
from pathlib import Path

MOST = 200
"""Filters that are remembered."""
LONGEST = 4096
"""Characters of one that is."""


def usual_place() -> Path:
    """``tapscope/filters`` in the folder for state of the XDG Base Directory Specification 0.8."""
    folder = os.environ.get("XDG_STATE_HOME", "")
    base = Path(folder) if Path(folder).is_absolute() else Path("~/.local/state").expanduser()
    return base / "tapscope" / "filters"


class History:
    """One filter a line, the newest last. What cannot be read was not there, what cannot be written is not kept.

    Going back with ``older`` begins at the newest; ``newer`` comes back, at last to what was typed.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._at = 0
        self._typed = ""
        self._filters = self._read()

    def begin(self) -> None:
        """Read again what others may have added, and stand at the newest."""
        self._filters = self._read() or self._filters
        self._at = len(self._filters)

    def older(self, typed: str) -> str:
        """The one before; the oldest again where there is none. ``typed`` is what stands there now."""
        if self._at == len(self._filters):
            self._typed = typed
        self._at = max(0, self._at - 1)
        return self._filters[self._at] if self._filters else typed

    def newer(self, typed: str) -> str:
        """The one after; after the newest what was typed before."""
        if self._at >= len(self._filters):
            return typed
        self._at += 1
        return self._typed if self._at == len(self._filters) else self._filters[self._at]

    def add(self, text: str) -> None:
        """Remember it as the newest, and no longer where it was before."""
        if not text.isprintable() or not 0 < len(text) <= LONGEST:
            return
        known = self._read() or self._filters
        self._filters = [*(each for each in known if each != text), text][-MOST:]
        with contextlib.suppress(OSError):
            self._write()

    def _read(self) -> list[str]:
        try:
            lines = self._place.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        return [line for line in lines if line.isprintable() and 0 < len(line) <= LONGEST][-MOST:]

    def _write(self) -> None:
        """Whole or not at all, and nobody else's to read: filters name hosts."""
        self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._place.with_name(f".filters-{secrets.token_hex(4)}")
        try:
            fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8", errors="replace") as stream:
                stream.writelines(f"{each}\n" for each in self._filters)
            part.replace(self._place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
