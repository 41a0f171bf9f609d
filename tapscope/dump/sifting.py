"""``-Y``: only the frames that match a display filter, each with the number that it has in the capture."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tapscope.exits import CommandError
from tapscope.filters import Context, Filter, FilterError, compile_filter
from tapscope.frame import Frame, Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.batches import frames_of, selected

_AT_ONCE = 4096


def filter_of(text: str) -> Filter:
    """The display filter that ``text`` is. Raises ``CommandError`` with the place of the fault."""
    try:
        return compile_filter(text)
    except FilterError as fault:
        mark = "^" + "~" * (fault.until - fault.at - 1)
        where = f"\n  {text}\n  {' ' * fault.at}{mark}" if text.isprintable() else ""
        raise CommandError(f"-Y: {fault}{where}") from None


class Sifter:
    """Makes frames of what matches, and of nothing else."""

    def __init__(self, wanted: Filter) -> None:
        self._wanted = wanted
        self._first_time_ns: int | None = None

    def began(self) -> int | None:
        """The time of the first frame that had one, also of those that do not match."""
        return self._first_time_ns

    def frames(self, batch: Batch, interfaces: Sequence[Interface], number: int) -> Iterator[Frame]:
        """The frames of the batch that match, the batch's first numbered ``number``; batches come in their order."""
        if self._first_time_ns is None:
            timed = batch.time_ns[batch.time_ns != NO_TIME]
            self._first_time_ns = int(timed[0]) if len(timed) else None
        context = Context(tuple(interfaces), self._first_time_ns)
        verdicts = self._wanted.judge(batch, number, context)
        asked = np.flatnonzero(verdicts.yes | verdicts.unsure)
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            mask = np.zeros(len(batch), np.bool_)
            mask[some] = True
            made = frames_of(selected(batch, mask), interfaces)
            for frame, index, sure in zip(made, some.tolist(), verdicts.yes[some].tolist(), strict=True):
                numbered = replace(frame, number=number + index)
                if sure or self._wanted.matches(numbered, context):
                    yield numbered
