"""Sorting the list by any of its columns, and back to the order in which the frames came."""

import asyncio
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from textual import work

from tapscope.store.ordering import Order, ordered
from tapscope.store.view import Sort
from tapscope.ui.columns import HEADINGS
from tapscope.ui.filtering import CHUNK, FEW
from tapscope.ui.finding import Finding
from tapscope.ui.frame_list import FrameList
from tapscope.ui.session import State
from tapscope.units import number_in_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tapscope.filters.infos import Infos
    from tapscope.filters.workers import Found, Job
    from tapscope.store.grouping import Keys
    from tapscope.ui.sorter import Sorter

PATIENCE = 0.5
"""Seconds from which on it is said how far the sort is, and between two looks whether more frames are to be sorted."""
TELLS = 0.1
"""Seconds between two words on that."""
REST = 10
"""Frames that come are sorted in again after so many times as long as the last sort took."""
SORTING = "sorting"
"""The group of the worker that sorts."""
ARRIVAL = Sort("number")
"""The order in which the frames came."""
INFO = "info"
MOST_BY_INFO = 200_000
"""Frames that are sorted by what only the dissector knows: some twenty seconds on two cores."""


class Sorting(Finding):
    """The part of the app behind ``o``, ``O`` and the headings."""

    _sorter: "Sorter | None" = None
    _infos: "Infos | None" = None
    _by_info: "tuple[NDArray[np.int64], Keys] | None" = None
    """Of which frames the Info is known, and what to sort them by."""
    _sorted_at = 0.0
    _took = 0.0
    _held = False

    def forget(self) -> None:
        """Something else is looked into from now on: in the order in which it comes."""
        super().forget()
        self._give_up()
        self._by_info = None
        self._held = False

    @property
    def sort(self) -> Sort:
        """What the list is sorted by, or soon will be."""
        return self._sorter.sort if self._sorter else self.frame_list.view.sort or ARRIVAL

    @property
    def may_unsort(self) -> bool:
        """Whether Escape has a sort to give up; of one that is done, in the list, where nothing is sought any more."""
        done = self.frame_list.view.sort is not None and self.frame_list.has_focus
        return self._sorter is not None or (done and not self.may_stop)

    def action_sort(self) -> None:
        """Sort by the next column there is room for; after the last one by none."""
        columns = [*self.frame_list.columns, ARRIVAL.column]
        column = columns[columns.index(self.sort.column) + 1] if self.sort.column in columns else columns[0]
        self.sort_by(Sort(column) if self._may_sort(column) else ARRIVAL)

    def action_reverse_sort(self) -> None:
        """The other way round."""
        self.sort_by(replace(self.sort, falling=not self.sort.falling))

    def action_unsort(self) -> None:
        """Give up the sort that is being made, else go back to the order of arrival."""
        if self._sorter is not None:
            self._give_up()
        else:
            self.sort_by(ARRIVAL)

    def on_frame_lines_heading_clicked(self, event: FrameList.HeadingClicked) -> None:
        """By that column; again: the other way round; once more: no longer."""
        begin = ARRIVAL if self.sort.column != event.column else self.sort
        if begin.falling:
            self.sort_by(ARRIVAL)
        elif self._may_sort(event.column):
            self.sort_by(Sort(event.column, falling=begin.column == event.column))

    def _may_sort(self, column: str) -> bool:
        """Say why not, where that would take too long."""
        many = len(self.frame_list.to_be_sorted()[0])
        if column != INFO or many <= MOST_BY_INFO:
            return True
        most, many_words = number_in_words(MOST_BY_INFO), number_in_words(many)
        words = f"Info takes the dissector: it sorts up to {most} frames, not {many_words}. A filter (/) leaves fewer."
        self.notify(words, severity="warning", markup=False)
        return False

    def sort_by(self, sort: Sort) -> None:
        """Have the list sorted. While frames come it is held: they would come between those that are read."""
        from tapscope.ui.sorter import Sorter  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

        self._give_up()
        if sort != ARRIVAL:
            if self.session.goes_on:
                self.frame_list.hold(True)
            numbers, until = self.frame_list.to_be_sorted()
            self._sorter = sorter = Sorter(self.session.store, sort, numbers)
            self._sort(sorter, until)
        elif self.frame_list.view.sort:
            self.frame_list.show(self.frame_list.view.unsorted)
        self.refresh_bindings()

    def _give_up(self) -> None:
        if self._sorter is not None:
            self._sorter.stop.set()
            self._sorter = self._infos = None
            self.frame_list.doing = ""
            self.refresh_bindings()

    @work(group=SORTING, exclusive=True)
    async def _sort(self, sorter: "Sorter", until: int) -> None:
        """Have the rows up to the position ``until`` sorted elsewhere, and say how far that is."""
        from tapscope.store.ordered import Ordered  # noqa: PLC0415

        frames, begin, column = self.frame_list, monotonic(), sorter.sort.column
        unsorted = frames.view.unsorted
        by_info = column == INFO
        made = asyncio.ensure_future(self._sort_by_info(sorter) if by_info else asyncio.to_thread(sorter.carry_out))
        while not (await asyncio.wait({made}, timeout=TELLS if frames.doing else PATIENCE))[0]:
            if self._sorter is sorter:
                frames.doing = f"sorting by {HEADINGS[column]}, {sorter.done:.0%}, Esc stops"
        order = made.result()
        if order is not None and self._sorter is sorter:
            frames.show(Ordered(unsorted, until, order))
            self._give_up()
            self._sorted_at = monotonic()
            self._took = self._sorted_at - begin

    async def _sort_by_info(self, sorter: "Sorter") -> Order | None:
        """Look into all frames, here or by further processes; but once, whichever way they are sorted."""
        from tapscope.filters.infos import Infos  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

        numbers = sorter.numbers
        if self._by_info is None or not np.array_equal(self._by_info[0], numbers):
            self._infos = infos = Infos(self.session.store, numbers)
            while infos.left and not sorter.stop.is_set():
                if self._can_look:
                    self._look_at_infos(infos)
                    sorter.done = 1 - infos.left / len(numbers)
                await asyncio.sleep(self._pace[1])
            if sorter.stop.is_set():
                return None
            self._by_info = numbers, await asyncio.to_thread(infos.keys)
        return await asyncio.to_thread(ordered, numbers, sorter.sort, self._by_info[1])

    def _look_at_infos(self, infos: "Infos") -> None:
        helpers = self._helpers or (self._further() if infos.left > FEW else None)
        if helpers is None or not helpers.serving:
            infos.look(self._pace[0])
        while helpers and helpers.free and (job := infos.job(CHUNK)):
            helpers.give(job)

    def _answered(self, job: "Job", found: "Found | None") -> None:
        super()._answered(job, found)
        if self._infos is not None:
            self._infos.answered(job, found)

    async def filter_by(self, text: str) -> None:
        """Other frames are shown: sorted as these are. Raises ``FilterError``."""
        sort = self.sort
        await super().filter_by(text)
        self.sort_by(sort)

    def tick(self) -> None:
        """Time passes: frames may have come."""
        super().tick()
        frames = self.frame_list
        if frames.view.sort is None or self._sorter is not None:
            return
        if self.session.goes_on and not frames.held:
            frames.hold(True)
        elif frames.out_of_date and not frames.selected and self._rested:
            self.sort_by(self.sort)

    @property
    def _rested(self) -> bool:
        """Whether it is time to sort in what came. What the dissector must look into waits until all of it is there."""
        comes = self.session.state is State.READING and not self.session.goes_on
        comes = comes or (self.search is not None and self.search.busy)
        return not (comes and self.sort.column == INFO) and monotonic() - self._sorted_at > REST * self._took

    def on_frame_list_follow_changed(self, event: FrameList.FollowChanged) -> None:
        """What is let go while it is being sorted is not to be held again."""
        if self._sorter is not None and self.session.goes_on and not event.held:
            self._give_up()
        if event.held != self._held:
            self._held = event.held
            self.refresh_bindings()
