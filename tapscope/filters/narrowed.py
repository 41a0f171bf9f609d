"""What is sought only among the frames that a display filter lets pass."""

from dataclasses import dataclass

from tapscope.filters.context import Bounds, Context, Verdicts, Wanted
from tapscope.frame import Frame
from tapscope.store.batch import Batch


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Both at once, so that no frame is looked into that ``among`` keeps out for certain. A ``Wanted``."""

    sought: Wanted
    among: Wanted

    @property
    def text(self) -> str:
        """What is sought, as it was typed."""
        return self.sought.text

    def judge(self, batch: Batch, number: int, context: Context) -> Verdicts:
        """What is certain of both."""
        among, sought = (_bounds(each.judge(batch, number, context)) for each in (self.among, self.sought))
        both = among & sought
        return Verdicts(both.yes, both.may & ~both.yes)

    def matches(self, frame: Frame, context: Context) -> bool:
        """Whether the frame is one. Never raises."""
        return self.among.matches(frame, context) and self.sought.matches(frame, context)


def _bounds(verdicts: Verdicts) -> Bounds:
    return Bounds(verdicts.yes, verdicts.yes | verdicts.unsure)
