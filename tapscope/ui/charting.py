"""What came as charts: counted by who and what, and over time; and from there to the frames."""

from typing import TYPE_CHECKING

from tapscope.store.view import AllFrames
from tapscope.ui.filtering import Filtering
from tapscope.ui.going import first_at
from tapscope.ui.time_format import SECOND

if TYPE_CHECKING:
    from tapscope.ui.statistics_orders import Numbers
    from tapscope.ui.statistics_tabs import Choice
    from tapscope.ui.time_strip import TimeStrip


class Charting(Filtering):
    """The part of the app behind ``e`` and ``z``."""

    time_strip: "TimeStrip | None" = None
    _counted: "Choice | None" = None

    def action_statistics(self) -> None:
        """Protocols, endpoints, conversations: the table that was shown last."""
        from tapscope.ui.statistics_screen import StatisticsScreen  # noqa: PLC0415  not before it is wanted

        def goes_on() -> bool:
            return self.session.goes_on or (self.search is not None and self.search.busy)

        screen = StatisticsScreen(
            self.session.store, self._matching, goes_on, choice=self._counted, on_choice=self._note_choice
        )
        self.push_screen(screen, self._filter_chosen)

    def _note_choice(self, choice: "Choice") -> None:
        self._counted = choice

    def _matching(self) -> "Numbers | None":
        view = self.frame_list.view.unsorted
        return None if isinstance(view, AllFrames) else view.numbers(view.first, view.last)

    async def _filter_chosen(self, text: str | None) -> None:
        if text:
            await self.filter_by(text)

    async def action_timeline(self) -> None:
        """Show the timeline strip, or hide it."""
        strip = self.time_strip
        if strip is None:
            from tapscope.ui.time_strip import TimeStrip  # noqa: PLC0415  not before it is wanted

            self.time_strip = strip = TimeStrip(self.session)
            await self.screen_stack[0].mount(strip, before="#body")
        else:
            strip.display = not strip.display
        (strip if strip.display else self.frame_list).focus()

    def on_time_strip_moved(self, event: "TimeStrip.Moved") -> None:
        """The list goes along, as far as it has frames of that time."""
        store = self.session.store
        try:
            self.frame_list.go_to(first_at(event.time_ns, store))
        except ValueError:
            self.frame_list.go_to(store.last)

    async def on_time_strip_chosen(self, event: "TimeStrip.Chosen") -> None:
        """The range as display filter, together with the one that is on."""
        from tapscope.ui.row_filters import joined  # noqa: PLC0415  not before it is wanted

        first_ns = self.session.store.first_time_ns or 0
        begin, end = (_seconds(time_ns - first_ns) for time_ns in (event.begin_ns, event.end_ns))
        now = self.search.filter.text if self.search else ""
        more = f"frame.time_relative >= {begin} && frame.time_relative < {end}"
        await self.filter_by(joined(now, more, opposite=False))
        self.frame_list.focus()

    def on_time_strip_left(self) -> None:
        """Back to the list; the strip stays."""
        self.frame_list.focus()


def _seconds(time_ns: int) -> str:
    """Exact, without what is not needed: ``1.5``."""
    sign, size = "-" if time_ns < 0 else "", abs(time_ns)
    return f"{sign}{size // SECOND}.{size % SECOND:09}".rstrip("0").rstrip(".")
