"""The clocks of a pcapng section: if_tsresol and if_tsoffset (draft-ietf-opsawg-pcapng, section 4.2)."""

import numpy as np
from numpy.typing import NDArray

from tapscope.store.batch import NO_TIME

_NANOSECONDS = 1_000_000_000
_LAST_SECOND = np.iinfo(np.int64).max // _NANOSECONDS - 1
_FASTEST = (2**64 - 1) // _NANOSECONDS
"""The most units a second whose fraction can be scaled to nanoseconds in 64 bits."""

_FAR = 2**61


class Clocks:
    """One clock an interface, by its number in the section."""

    def __init__(self) -> None:
        self._units: list[int] = []
        self._offsets: list[int] = []
        self._columns: tuple[NDArray[np.uint64], NDArray[np.int64]] | None = None

    def add(self, resolution: int, offset: int) -> None:
        """The next interface's: ``if_tsresol`` as in the file, and seconds to add."""
        self._units.append(1 << (resolution & 0x7F) if resolution & 0x80 else 10**resolution)
        self._offsets.append(offset)
        self._columns = None

    def nanoseconds(self, interface: NDArray[np.int64], units: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Units since the epoch, each on the clock of its interface, in nanoseconds, shape ``(n,)``.

        ``NO_TIME`` where that does not fit in 64 bits, which end in the year 2262.
        """
        if self._columns is None:
            fast = [each if each <= _FASTEST else 0 for each in self._units]
            offsets = [min(max(each, -_FAR), _FAR) for each in self._offsets]
            self._columns = np.array(fast, np.uint64), np.array(offsets, np.int64)
        a_second, offset = (column[interface] for column in self._columns)
        slow = np.flatnonzero(a_second == 0)
        a_second[slow] = 1
        seconds, rest = np.divmod(units, a_second)
        whole = np.minimum(seconds, np.uint64(_FAR)).astype(np.int64) + offset
        fits = np.abs(whole) <= _LAST_SECOND
        parts = (rest * np.uint64(_NANOSECONDS) // a_second).astype(np.int64)
        times = np.where(fits, np.where(fits, whole, 0) * _NANOSECONDS + parts, NO_TIME)
        for at in slow.tolist():
            times[at] = self._exactly(int(interface[at]), int(units[at]))
        return times

    def _exactly(self, interface: int, units: int) -> int:
        seconds, rest = divmod(units, self._units[interface])
        seconds += self._offsets[interface]
        if abs(seconds) > _LAST_SECOND:
            return NO_TIME
        return seconds * _NANOSECONDS + rest * _NANOSECONDS // self._units[interface]
