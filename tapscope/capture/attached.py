"""A TAP that this process is attached to, read through a packet ring: both directions, with the kernel's time stamps.

The TAP's own queue is only emptied, a few bytes a frame: to leave it full would count every frame as dropped
(``tx_dropped``) and tell the host's TCP so (``drivers/net/tun.c``: ``tun_net_xmit``).
"""

import select
from collections.abc import Sequence
from dataclasses import replace

from tapscope.attempt import AttemptFailed
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import SievingSource
from tapscope.capture.source import SourceInfo
from tapscope.capture.tap import TapSource
from tapscope.frame import Interface
from tapscope.store.batch import Batch

WHY = "frames by a packet ring"


class RingedTap:
    """A ``SievingSource`` of both. Owns them."""

    def __init__(self, tap: TapSource, ring: SievingSource) -> None:
        self._tap = tap
        self._ring = ring
        self._either = select.epoll()
        for each in (tap, ring):
            self._either.register(each.fileno(), select.EPOLLIN)

    @property
    def info(self) -> SourceInfo:
        """That of the TAP, and the filter."""
        return replace(self._tap.info, why=WHY, ring=True, sieve=self._ring.info.sieve)

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The device itself, as the ring names it."""
        return self._ring.interfaces

    @property
    def fault(self) -> str:
        """Always empty."""
        return self._tap.fault

    @property
    def dropped(self) -> int:
        """What the ring had no room for."""
        return self._ring.dropped

    def fileno(self) -> int:
        """Readable when either is."""
        return self._either.fileno()

    def read(self) -> Batch | None:
        """Empty the TAP's queue, and hand over a block of the ring. Raises ``AttemptFailed`` (EBADFD: deleted)."""
        try:
            self._tap.drain()
        except AttemptFailed:
            rest = self._ring.read()
            if rest:
                return rest
            raise
        return self._ring.read()

    def set_sieve(self, sieve: Sieve | None) -> None:
        """For the ring. Of the TAP only the queue is emptied, whatever waits there. Raises ``FilterRefused``."""
        self._ring.set_sieve(sieve)

    def close(self) -> None:
        """Let both go."""
        self._either.close()
        self._ring.close()
        self._tap.close()
