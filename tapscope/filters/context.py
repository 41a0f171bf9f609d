"""What a filter needs to know besides a frame, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Frame, Interface
from tapscope.store.batch import Batch

Mask = NDArray[np.bool_]
"""Shape ``(n,)``: one answer a frame."""


@dataclass(frozen=True, slots=True)
class Context:
    """``interfaces`` as batches index them; ``first_time_ns`` is when the capture began, None where nobody knows."""

    interfaces: Sequence[Interface] = field(default=())
    first_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Of ``n`` frames: ``yes`` those that certainly match, ``unsure`` those of which only ``Filter.matches`` can tell.

    No frame is in both, and what is in neither certainly does not match.
    """

    yes: Mask
    unsure: Mask


class Wanted(Protocol):
    """What a ``Search`` goes by: a filter, or what is to be found. Can be pickled, for further processes."""

    @property
    def text(self) -> str:
        """As it was typed."""
        ...

    def judge(self, batch: Batch, number: int, context: Context) -> Verdicts:
        """What is certain of the frames of a batch, the first of which has the number ``number``."""
        ...

    def matches(self, frame: Frame, context: Context) -> bool:
        """Whether the frame is one. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """A predicate's answer for ``n`` frames: ``yes`` certainly holds, where not ``may`` it certainly does not."""

    yes: Mask
    may: Mask

    @classmethod
    def certain(cls, holds: Mask) -> "Bounds":
        """Nothing is left open."""
        return cls(holds, holds)

    def __invert__(self) -> "Bounds":
        return Bounds(~self.may, ~self.yes)

    def __and__(self, other: "Bounds") -> "Bounds":
        return Bounds(self.yes & other.yes, self.may & other.may)

    def __or__(self, other: "Bounds") -> "Bounds":
        return Bounds(self.yes | other.yes, self.may | other.may)
