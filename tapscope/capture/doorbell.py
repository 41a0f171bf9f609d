"""A bell that any thread may ring and one thread polls: how the loop is told to look up."""

import os
from threading import Lock


class Doorbell:
    """An eventfd(2). ``ring`` is safe from any thread at any time, also after ``close``. Raises ``OSError``."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def fileno(self) -> int:
        """The descriptor to poll for reading; -1 once closed."""
        return self._fd

    def ring(self) -> None:
        """Make the descriptor readable."""
        with self._lock:
            if self._fd >= 0:
                os.eventfd_write(self._fd, 1)

    def silence(self) -> None:
        """Make the descriptor unreadable again; it must be readable. Only for the polling thread."""
        os.eventfd_read(self._fd)

    def close(self) -> None:
        """Release the descriptor."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
