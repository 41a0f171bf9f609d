"""A filter at work over a store: what the columns tell at once, and what only the frames tell, bit by bit."""

from collections.abc import Callable
from time import monotonic

import numpy as np

from tapscope.filters.backlog import Backlog, Numbers
from tapscope.filters.context import Context, Wanted
from tapscope.filters.workers import Job
from tapscope.store.arena import Store
from tapscope.store.batches import selected
from tapscope.store.picking import bundle
from tapscope.store.view import Matching

AT_FIRST = 0.035
"""Seconds that the columns may take when the filter comes on: a million frames, where only headers are asked for."""
AT_UPDATE = 0.004
"""Seconds that they may take at each update of the view."""
_ROWS, _ROWS_LEAST, _ROWS_MOST = 16 * 1024, 256, 1 << 20
_QUICK, _SLOW = 0.001, 0.003
"""Seconds for so many rows at a time; then it shall be more, or less, of them."""


class Search:
    """The frames of the store that a filter lets pass, also of those that are still to come.

    ``view`` has them. The columns are judged at each of its updates, outwards from the frame ``near`` that is being
    read. Frames of which they tell not enough wait until they are looked into, here (``look``) or elsewhere (``job``
    and ``answered``): ``looked_into`` of ``unsure``. ``left_out`` are those that will not be. ``wake`` is called when
    an update left something to be done. ``rows`` are judged together at first, as many as take their time after that.
    """

    def __init__(
        self, wanted: Wanted, store: Store, near: int, wake: Callable[[], object], *, rows: int = _ROWS
    ) -> None:
        self.filter = wanted
        self.near = near
        self.view = Matching(store, self._update)
        self.unsure = 0
        self.looked_into = 0
        self.left_out = 0
        self.behind = False
        """The columns of some frames were not judged yet, for want of time."""
        self._store = store
        self._wake = wake
        self._low = self._high = min(max(near, store.first), store.last + 1)
        self._rows = rows
        self._budget = AT_FIRST
        self._backlog = Backlog()
        self._away: set[Job] = set()

    @property
    def judged(self) -> int:
        """Of how many of the frames that are held the columns were judged."""
        return max(0, self._high - max(self._low, self._store.first))

    @property
    def waiting(self) -> int:
        """How many frames wait to be looked into, those that are away not counted."""
        return len(self._backlog)

    @property
    def busy(self) -> bool:
        """True while something is left to be done of what came until the last update."""
        return bool(self.behind or self._backlog or self._away)

    @property
    def _context(self) -> Context:
        return Context(tuple(self._store.interfaces), self._store.first_time_ns)

    def _update(self) -> Numbers:
        """Judge columns, for so long; which frames pass for certain."""
        found = self._judge(self._budget)
        self._budget = AT_UPDATE
        if self.busy:
            self._wake()
        return found

    def _judge(self, seconds: float) -> Numbers:
        """Judge columns for so long, and one step more; which frames pass for certain."""
        until = monotonic() + seconds
        found = [np.empty(0, np.int64)]
        self._low = max(self._low, self._store.first)
        self._high = max(self._high, self._low)
        while rows := self._next_rows():
            begin = monotonic()
            found.append(self._judge_rows(rows))
            end = monotonic()
            if end - begin < _QUICK:
                self._rows = min(self._rows * 2, _ROWS_MOST)
            elif end - begin > _SLOW:
                self._rows = max(self._rows // 2, _ROWS_LEAST)
            if end >= until:
                break
        self.behind = self.judged < len(self._store)
        return np.concatenate(found)

    def _next_rows(self) -> range:
        """The frames whose columns are judged next, if there are any. They count as judged from now on."""
        first, end = self._store.first, self._store.last + 1
        low, high = self._low, self._high
        if high < end and (low <= first or high - self.near <= self.near - low):
            self._high = min(high + self._rows, end)
            return range(high, self._high)
        self._low = max(low - self._rows, first)
        return range(self._low, low)

    def _judge_rows(self, rows: range) -> Numbers:
        """Those that pass for certain; the others wait unless they certainly do not."""
        sure, unsure = [], []
        for part in self._store.parts(rows.start, rows.stop - 1):
            whole = part.where == slice(0, len(part.batch))
            batch = part.batch if whole else selected(part.batch, part.where)
            verdicts = self.filter.judge(batch, part.number, self._context)
            sure.append(np.flatnonzero(verdicts.yes) + part.number)
            unsure.append(np.flatnonzero(verdicts.unsure) + part.number)
        waiting = np.concatenate(unsure)
        self.unsure += len(waiting)
        self._backlog.add(waiting)
        return np.concatenate(sure)

    def look(self, seconds: float) -> None:
        """Judge what is left of the columns, then look into frames, for so long and one frame more."""
        until = monotonic() + seconds
        if self.behind:
            self.view.add(self._judge(seconds))
        self._forget_evicted()
        found, context = [], self._context
        while self._backlog:
            (number,) = self._backlog.take(1, self.near).tolist()
            if self.filter.matches(self._store.row(number), context):
                found.append(number)
            self.looked_into += 1
            if monotonic() >= until:
                break
        self.view.add(np.array(found, np.int64))

    def job(self, count: int) -> Job | None:
        """At most so many frames to be looked into elsewhere; None where none waits. Comes back by ``answered``."""
        self._forget_evicted()
        numbers = self._backlog.take(count, self.near)
        if not len(numbers):
            return None
        job = Job(self.filter, self._context, bundle(self._store, numbers))
        self._away.add(job)
        return job

    def answered(self, job: Job, found: Numbers | None) -> None:
        """Take what was found of a job; None: nobody did it, and its frames wait again. Others' jobs are nothing."""
        if job not in self._away:
            return
        self._away.remove(job)
        if found is None:
            self._backlog.add(job.numbers)
        else:
            self.looked_into += len(job.numbers)
            self.view.add(found)

    def knows(self, first: int, last: int) -> bool:
        """Whether it is known of all frames from ``first`` to ``last`` that are held if they pass."""
        first, last = max(first, self._store.first), min(last, self._store.last)
        if first > last:
            return True
        away = any(((job.numbers >= first) & (job.numbers <= last)).any() for job in self._away)
        return self._low <= first and last < self._high and not away and not self._backlog.holds_any(first, last)

    def stop(self) -> None:
        """Look no further into what came until now."""
        frames = len(self._backlog) + sum(len(job.numbers) for job in self._away)
        self.left_out += frames + len(self._store) - self.judged
        self._low, self._high, self.behind = self._store.first, self._store.last + 1, False
        self._backlog.clear()
        self._away.clear()

    def _forget_evicted(self) -> None:
        self.unsure -= self._backlog.drop_before(self._store.first)
