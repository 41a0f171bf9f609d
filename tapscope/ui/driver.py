"""Textual's driver for a terminal that may go away while it is drawn on: its window closed, its connection lost.

Then every write fails with EIO (tty_ioctl(4), ``drivers/tty/tty_io.c``: ``tty_hung_up_p``), which ends the thread that
writes; whoever hands it more waits for ever, and nothing ends any more. What cannot be shown is left out instead.
"""

import contextlib
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver


class Lasting:
    """A stream that takes what it is given, whether or not there is somebody left to read it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write as far as that goes."""
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Hand over as far as that goes."""
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class LastingDriver(LinuxDriver):
    """Outlives its terminal."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._file = cast("Any", Lasting(cast("IO[str]", self._file)))
