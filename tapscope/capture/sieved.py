"""Sources of which only what passes a capture filter is handed over; the filter may change while they are read."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from tapscope.capture.sieve import Sieve
from tapscope.capture.source import Measured, Source, SourceInfo, Telling
from tapscope.frame import Interface
from tapscope.store.batch import Batch

_OVERLAP_NS = 1_000_000_000
"""So long after a change the kernel is not relied on: it may have judged a frame before, and stamped it after."""


@runtime_checkable
class Sieving(Protocol):
    """What can change its capture filter."""

    def set_sieve(self, sieve: Sieve | None) -> None:
        """Hand over, from the next ``read`` on, only what passes; everything with None.

        What waits already passed the filter before, and has to pass this one as well. Raises ``FilterRefused`` where
        what an interface carries knows no such thing, and then changes nothing.
        """
        ...


class SievingSource(Source, Sieving, Protocol):
    """A ``Source`` that is ``Sieving``."""


@runtime_checkable
class KernelSieving(Protocol):
    """A source for which the kernel may keep back what does not pass."""

    def sieve_by_kernel(self, sieve: Sieve | None) -> bool:
        """Have it do so from now on. True where nothing else comes then; False where what comes is to be judged."""
        ...


def sieving(source: Source) -> SievingSource:
    """The source itself if its filter may be changed, else one that owns it."""
    return source if isinstance(source, Sieving) else SievedSource(source)


class SievedSource:
    """A ``SievingSource`` of another source, which it owns."""

    def __init__(self, source: Source, sieve: Sieve | None = None) -> None:
        self._source = source
        self._sieve = sieve
        self._by_kernel = isinstance(source, KernelSieving) and source.sieve_by_kernel(sieve)
        self._since_ns = 0

    def set_sieve(self, sieve: Sieve | None) -> None:
        """By the kernel where that can be, else here."""
        if sieve is not None:
            sieve.fit(self._source.interfaces)
        self._by_kernel = isinstance(self._source, KernelSieving) and self._source.sieve_by_kernel(sieve)
        self._since_ns = time.time_ns() + _OVERLAP_NS
        self._sieve = sieve

    @property
    def info(self) -> SourceInfo:
        """That of the other, and the filter."""
        return replace(self._source.info, sieve=self._sieve.text) if self._sieve else self._source.info

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those of the other."""
        return self._source.interfaces

    @property
    def fault(self) -> str:
        """That of the other."""
        return self._source.fault

    @property
    def dropped(self) -> int:
        """Those of the other; what does not pass is not dropped."""
        return self._source.dropped

    def fileno(self) -> int:
        """That of the other."""
        return self._source.fileno()

    def read(self) -> Batch | None:
        """What waits, and passes. Raises as the other does."""
        batch = self._source.read()
        if not batch or self._sieve is None or (self._by_kernel and int(batch.time_ns.min()) > self._since_ns):
            return batch
        return self._sieve.of(batch, self._source.interfaces)

    def take_marks(self) -> Sequence[str]:
        """Those of the other."""
        return self._source.take_marks() if isinstance(self._source, Telling) else ()

    def extent(self) -> tuple[int, int] | None:
        """That of the other."""
        return self._source.extent() if isinstance(self._source, Measured) else None

    def close(self) -> None:
        """Close the other."""
        self._source.close()
