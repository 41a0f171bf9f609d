"""The display filter: what it lets pass is what the list goes over; the rest is still there."""

from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widget import AwaitMount
from textual.widgets import Input

from tapscope.store.view import AllFrames
from tapscope.ui.heading import Heading
from tapscope.units import number_in_words

if TYPE_CHECKING:
    from tapscope.filters.search import Search
    from tapscope.filters.workers import Found, Job, Workers
    from tapscope.ui.filter_bar import FilterBar

AT_REST = (0.004, 0.001)
"""Seconds of looking into frames at a time, and of a pause after it in which whatever else waits comes first."""
IN_USE = (0.002, 0.006)
"""The same while keys come: each goes to the screen in such a pause."""
USE = 0.05
"""Seconds that a key or the mouse counts as that."""
FEW = 1000
"""Frames that are looked into here; more go to further processes."""
CHUNK = 200
"""Frames that a process is given at a time: some 40 ms."""


class Filtering(Heading):
    """The part of the app behind ``/``."""

    class FramesLookedInto(Message):
        """A further process is ready, or has an answer."""

    first_filter = ""
    """The filter that is on from the start."""
    search: "Search | None" = None
    filter_bar: "FilterBar | None" = None
    _bar_there: AwaitMount
    _helpers: "Workers | None" = None
    _step_later: Timer | None = None
    _used_at = 0.0
    _can_look = False

    def forget(self) -> None:
        """Something else is looked into from now on: all of it is shown."""
        super().forget()
        self.search = None

    def filter_at_start(self) -> None:
        """Put on the filter that was asked for at the command line, once."""
        text, self.first_filter = self.first_filter, ""
        if text:
            self.call_later(self.filter_by, text)

    def close_filter(self) -> None:
        """End what runs for it."""
        if self._helpers is not None:
            self._helpers.close()

    def dissector_loaded(self) -> None:
        """From now on frames can be looked into."""
        self._can_look = True
        self._look_soon()

    async def filter_by(self, text: str) -> None:
        """Show only what matches; everything where the text is empty. Raises ``FilterError``."""
        from tapscope.filters import compile_filter  # noqa: PLC0415  not before it is wanted: the first paint comes sooner
        from tapscope.filters.search import Search  # noqa: PLC0415

        wanted = compile_filter(text)
        await self._bar()
        store = self.session.store
        self.search = Search(wanted, store, self.frame_list.near, self._look_soon) if text else None
        self.frame_list.show(self.search.view if self.search else AllFrames(store))
        self.show()
        self.refresh_bindings()

    async def _bar(self) -> "FilterBar":
        """The bar, made when it is first wanted."""
        if self.filter_bar is None:
            from tapscope.ui.filter_bar import FilterBar  # noqa: PLC0415
            from tapscope.ui.filter_history import History, usual_place  # noqa: PLC0415

            self.filter_bar = FilterBar(History(usual_place()))
            self._bar_there = self.screen_stack[0].mount(self.filter_bar, before="#body")
        await self._bar_there
        return self.filter_bar

    async def action_filter(self) -> None:
        """Have a filter typed."""
        bar = await self._bar()
        bar.open(self.search.filter.text if self.search else "")
        self.refresh_bindings()

    async def on_filter_bar_applied(self, event: "FilterBar.Applied") -> None:
        """It is on from now on."""
        await self.filter_by(event.text)
        self.frame_list.focus()

    def on_filter_bar_closed(self) -> None:
        """Back to reading."""
        self.show()
        self.frame_list.focus()

    def action_stop_search(self) -> None:
        """Look no further into frames that are here already."""
        if self.search is not None:
            self.search.stop()
            self.show()
            self.refresh_bindings()

    async def on_event(self, event: events.Event) -> None:
        """Keys and the mouse have the right of way.

        What is typed right behind ``/`` is for the filter: as a binding of the focused pane it would come too late.
        """
        if isinstance(event, events.InputEvent):
            self._used_at = monotonic()
        if isinstance(event, events.Key) and event.key == "slash" and self._reading:
            await self.action_filter()
        else:
            await super().on_event(event)

    @property
    def _reading(self) -> bool:
        """No dialog is open, and nothing is being typed."""
        return len(self.screen_stack) == 1 and not isinstance(self.focused, Input)

    @property
    def _pace(self) -> tuple[float, float]:
        return IN_USE if monotonic() - self._used_at < USE else AT_REST

    def _look_soon(self) -> None:
        if self._step_later is None and self._can_look and self.search is not None and self.search.busy:
            self._step_later = self.set_timer(self._pace[1], self._step)

    def _step(self) -> None:
        """Look into some frames, here or elsewhere."""
        self._step_later = None
        search = self.search
        if search is None or not search.busy:
            return
        search.near = self.frame_list.near
        helpers = self._helpers or (self._further() if search.waiting > FEW else None)
        if search.behind or helpers is None or not helpers.serving:
            search.look(self._pace[0])
            self._look_soon()
            self._found()
        while helpers and helpers.free and (job := search.job(CHUNK)):
            helpers.give(job)

    def _further(self) -> "Workers":
        """Further processes; they are kept for the next filter."""
        from tapscope.filters.workers import Workers  # noqa: PLC0415

        self._helpers = Workers(lambda: self.post_message(self.FramesLookedInto()))
        self._helpers.start()
        return self._helpers

    def on_filtering_frames_looked_into(self) -> None:
        """Take the answers, and hand out more."""
        for job, found in self._helpers.answers() if self._helpers else ():
            self._answered(job, found)
        self._found()
        self._step()

    def _answered(self, job: "Job", found: "Found | None") -> None:
        if self.search is not None:
            self.search.answered(job, found)

    def _found(self) -> None:
        self.frame_list.store_changed()
        self.show_soon()
        if self.search is not None and not self.search.busy:
            self.refresh_bindings()

    def show(self) -> None:
        """The header line, and what the filter has come to."""
        super().show()
        bar, search = self.filter_bar, self.search
        if bar is None:
            return
        bar.set_class(search is not None, "-on")
        if search is not None:
            from tapscope.ui.filter_words import search_facts  # noqa: PLC0415

            bar.shown.facts = search_facts(search, len(self.session.store))

    def why_nothing_matches(self) -> str:
        """The sentence of a list that is empty because of the filter."""
        if self.search is None or not len(self.session.store):
            return ""
        many = number_in_words(len(self.session.store))
        if self.search.busy:
            return f"None of {many} frames matches so far."
        return f"None of {many} frames matches the filter: / changes it, and an empty one shows all."
