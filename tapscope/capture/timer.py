"""A moment to come as something to poll. Python has ``os.timerfd_create`` from 3.13 on; this is for those before."""

import contextlib
import ctypes
import os
import struct

_CLOCK_MONOTONIC = 1
_TFD_NONBLOCK, _TFD_CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
_SECOND_NS = 1_000_000_000


class Timer:
    """A one-shot timerfd(2) on the monotonic clock. Raises ``OSError``."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._checked(self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC))

    def fileno(self) -> int:
        """The descriptor to poll for reading."""
        return self._fd

    def ring_in(self, nanoseconds: int) -> None:
        """Become readable then, and not before; at once if that is not ahead. An earlier setting is forgotten."""
        moment = divmod(max(nanoseconds, 1), _SECOND_NS)
        setting = struct.pack("@4l", 0, 0, *moment)
        self._checked(self._libc.timerfd_settime(self._fd, 0, setting, None))

    def silence(self) -> None:
        """Be unreadable until the next setting comes due."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._fd, 8)

    def close(self) -> None:
        """Release the descriptor."""
        os.close(self._fd)

    @staticmethod
    def _checked(answer: int) -> int:
        if answer < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return answer
