"""From hit to hit: which rows of a view are hits, and which of them is next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tapscope.store.view import View


@dataclass(frozen=True, slots=True)
class Step:
    """The position of the next hit; ``wrapped`` where it is past the view's end, and so nearer to its beginning."""

    position: int
    wrapped: bool


@dataclass(frozen=True, slots=True)
class Hits:
    """The positions of hits in a view, ascending, shape ``(n,)``."""

    positions: NDArray[np.int64]

    @classmethod
    def of(cls, found: View, view: View) -> "Hits":
        """Those frames of ``found``, whose numbers ascend, that ``view`` goes over, in whatever order it does."""
        return cls(view.places(found.numbers(found.first, found.last)))

    def __len__(self) -> int:
        return len(self.positions)

    def which(self, position: int) -> int | None:
        """The how manieth hit, counted from 1, that row is; None where it is none."""
        at = int(np.searchsorted(self.positions, position))
        return at + 1 if at < len(self) and self.positions[at] == position else None

    def step(self, position: int, way: int) -> Step | None:
        """The next hit after the row (``way`` 1) or before it (-1), round the end where there is none; None: no hit."""
        if not len(self):
            return None
        if way > 0:
            at = int(np.searchsorted(self.positions, position, side="right"))
            wrapped = at == len(self)
        else:
            at = int(np.searchsorted(self.positions, position)) - 1
            wrapped = at < 0
        return Step(int(self.positions[0 if wrapped and way > 0 else at]), wrapped)
