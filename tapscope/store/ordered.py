"""The rows of a view, sorted: as they were at one moment, in another order."""

import numpy as np
from numpy.typing import NDArray

from tapscope.store.ordering import Order
from tapscope.store.view import Sort, View, nearest, rows_of


class Ordered:
    """The rows of the view ``unsorted`` up to its position ``last``, in this ``order``.

    They stay as they are, also those whose frames are evicted; what comes is ``behind``. Takes 16 bytes a row.
    """

    def __init__(self, unsorted: View, last: int, order: Order) -> None:
        self._unsorted = unsorted
        self._until = last
        self._sort = order.sort
        self._numbers = order.numbers
        self._rows = order.rows
        self._places = np.empty(len(order.rows), np.uint32)
        self._places[order.rows] = np.arange(len(order.rows), dtype=np.uint32)

    @property
    def first(self) -> int:
        """Rows stay where they are."""
        return 1

    @property
    def last(self) -> int:
        """None is added."""
        return len(self._rows)

    @property
    def sort(self) -> Sort:
        """What they were sorted by."""
        return self._sort

    @property
    def unsorted(self) -> View:
        """The view that was sorted, which goes on."""
        return self._unsorted

    @property
    def behind(self) -> int:
        """Those that the view has more now."""
        return self._unsorted.last - self._until

    def update(self) -> None:
        """Let the view go on that was sorted."""
        self._unsorted.update()

    def numbers(self, top: int, bottom: int) -> NDArray[np.int64]:
        """From the order."""
        return self._numbers[self._rows[max(0, top - 1) : max(0, bottom)]]

    def before(self, top: int, bottom: int) -> NDArray[np.int64]:
        """That which came before, wherever its row is."""
        rows = self._rows[max(0, top - 1) : max(0, bottom)].astype(np.intp)
        return np.where(rows > 0, self._numbers[rows - 1], 0)

    def position(self, number: int) -> int:
        """Where the nearest frame in the order of arrival is."""
        return int(self._places[nearest(self._numbers, number)]) + 1 if len(self._rows) else 1

    def until(self, number: int) -> int:  # noqa: ARG002  a view's
        """All rows: there were no later frames when they were sorted."""
        return self.last

    def places(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """By halving, and then by the order."""
        return np.sort(self._places[rows_of(self._numbers, numbers)].astype(np.int64)) + 1
