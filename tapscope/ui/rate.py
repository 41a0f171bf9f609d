"""How much arrived in the last second."""

from collections import deque

WINDOW = 1.0
"""Seconds."""


class RateMeter:
    """Fed with totals as they grow; answers with what the last second brought."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int, int]] = deque([(float("-inf"), 0, 0)])

    def feed(self, now: float, frames: int, octets: int) -> None:
        """Note the totals ``frames`` and ``octets`` at ``now``, in seconds of any clock that does not go back."""
        newest = self._samples[-1]
        if newest[1:] != (frames, octets):
            if newest[0] == now:
                self._samples.pop()
            self._samples.append((now, frames, octets))
        self._forget(now)

    def read(self, now: float) -> tuple[int, int]:
        """Frames and bytes that arrived in the second before ``now``."""
        self._forget(now)
        _, frames_then, octets_then = self._samples[0]
        _, frames, octets = self._samples[-1]
        return frames - frames_then, octets - octets_then

    def _forget(self, now: float) -> None:
        while len(self._samples) > 1 and self._samples[1][0] <= now - WINDOW:
            self._samples.popleft()
