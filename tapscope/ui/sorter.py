"""One sort of the list that is wanted: made in a thread of its own, a piece of the frames after the other."""

import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tapscope.store.arena import Store
from tapscope.store.ordering import Order, order_of
from tapscope.store.pieces import Piece, pieces
from tapscope.store.view import Sort


class Sorter:
    """Sorts the frames with these ascending ``numbers``, as far as the store holds them when this is made.

    ``numbers`` are those. ``done`` is the share of them that was read. Who no longer wants it sets ``stop``.
    """

    def __init__(self, store: Store, sort: Sort, numbers: NDArray[np.int64]) -> None:
        self.sort = sort
        self.done = 0.0
        self.stop = threading.Event()
        self.numbers = numbers
        self._parts = store.parts(int(numbers[0]), int(numbers[-1])) if len(numbers) else iter(())
        self._interfaces = tuple(store.interfaces)

    def carry_out(self) -> Order | None:
        """The order; None after ``stop``. Once, in any thread."""
        order = order_of(self._watched(), self.sort, self._interfaces)
        return None if self.stop.is_set() else order

    def _watched(self) -> Iterator[Piece]:
        numbers, read = self.numbers, 0
        whole = len(numbers) > 0 and int(numbers[-1] - numbers[0]) == len(numbers) - 1
        for piece in pieces(self._parts, None if whole else numbers):
            if self.stop.is_set():
                return
            yield piece
            read += len(piece.numbers)
            self.done = read / len(numbers)
