"""One order to count: a table of the frames that are held, made in a thread of its own and in slices."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Interface
from tapscope.store.arena import Part, Store
from tapscope.store.conversations import endpoints_of
from tapscope.store.pieces import Piece, pieces
from tapscope.store.statistics import count_conversations, count_layers
from tapscope.ui.statistics_tables import Table, conversations_table, endpoints_table, protocols_table
from tapscope.ui.statistics_tabs import CONVERSATIONS, PROTOCOLS, Choice

Numbers = NDArray[np.int64]

_TELLS_A_SECOND = 10


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be counted: the frames of ``parts``, or those ``numbers`` of them (ascending; None: all).

    ``frames`` is how many that are. ``parts`` can be gone through once, for some may be read from disk only then.
    ``first_ns`` is the time from which a conversation's begin counts. Who no longer wants it sets ``stop``.
    """

    choice: Choice
    parts: Iterable[Part]
    frames: int
    interfaces: Sequence[Interface]
    numbers: Numbers | None
    first_ns: int | None
    stop: threading.Event = field(default_factory=threading.Event)

    def carry_out(self, tell: Callable[[float], object]) -> Table:
        """The table; of no use after ``stop``. ``tell`` is told a few times a second which share is counted."""
        counted = self._watched(tell)
        level = self.choice.level
        if self.choice.kind == PROTOCOLS:
            return protocols_table(count_layers(counted, self.interfaces))
        spoken = count_conversations(counted, level, self.interfaces)
        if self.choice.kind == CONVERSATIONS:
            return conversations_table(spoken, level, self.first_ns)
        return endpoints_table(endpoints_of(spoken), level)

    def _watched(self, tell: Callable[[float], object]) -> Iterator[Piece]:
        done, told = 0, monotonic()
        for piece in pieces(self.parts, self.numbers):
            if self.stop.is_set():
                return
            yield piece
            done += len(piece.numbers)
            if monotonic() - told > 1 / _TELLS_A_SECOND:
                told = monotonic()
                tell(done / self.frames)


def order_of(store: Store, choice: Choice, numbers: Numbers | None) -> Order:
    """An order on what the store holds at this moment."""
    frames = len(store) if numbers is None else len(numbers)
    return Order(choice, store.parts(), frames, tuple(store.interfaces), numbers, store.first_time_ns)
