"""The screen of statistics: what is held, counted in a thread of its own, as tables."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic

from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.screen import ModalScreen

from tapscope.store.arena import Store
from tapscope.ui.key_line import KeyLine
from tapscope.ui.statistics_list import StatisticsList
from tapscope.ui.statistics_orders import Numbers, Order, order_of
from tapscope.ui.statistics_tables import Table
from tapscope.ui.statistics_tabs import PROTOCOLS, Choice, StatisticsTabs
from tapscope.units import number_in_words

ANEW = 3.0
"""Seconds after which it is counted again while frames come, if that takes no longer than ``QUICK``."""
QUICK = 0.5


class StatisticsScreen(ModalScreen[str], inherit_bindings=False):
    """Answers with the display filter of the chosen line, None when left.

    ``matching`` gives the numbers of the frames that the display filter lets through, ascending, or None where there
    is no filter. ``goes_on`` says whether there may be more of them.
    """

    BINDING_GROUP_TITLE = "Everywhere"
    BINDINGS = [
        Binding("tab", "turn(1, 0)", "Table", tooltip="protocols, endpoints, conversations"),
        Binding("shift+tab", "turn(-1, 0)", "Table before", show=False),
        Binding("right,l", "turn(0, 1)", "Level", key_display="→", tooltip="Ethernet, IPv4, IPv6, TCP, UDP"),
        Binding("left,h", "turn(0, -1)", "Level before", show=False),
        Binding(
            "f", "only_matching", "Matching/all", tooltip="only what the display filter lets through, or all frames"
        ),
        Binding("r", "count_again", "Count again", tooltip="what is held by now"),
        Binding("escape,e", "leave", "Back", tooltip="without another filter"),
        Binding("question_mark,f1", "app.help", "Help", key_display="?", tooltip="the keys"),
        Binding("q", "app.quit", "Quit"),
    ]

    @dataclass
    class Counted(Message):
        """The table that was ordered, and the seconds that it took."""

        order: Order
        table: Table
        seconds: float

    @dataclass
    class Progressed(Message):
        """This share of the frames is counted."""

        order: Order
        share: float

    def __init__(
        self,
        store: Store,
        matching: Callable[[], Numbers | None],
        goes_on: Callable[[], bool],
        *,
        choice: Choice | None,
        on_choice: Callable[[Choice], None],
    ) -> None:
        super().__init__(id="statistics")
        self._store, self._matching, self._goes_on = store, matching, goes_on
        self._note = on_choice
        self._all = False
        self._tabs = StatisticsTabs(choice or Choice())
        self._list = StatisticsList()
        self._order: Order | None = None
        self._shown: Order | None = None
        self._took = 0.0

    def compose(self) -> ComposeResult:
        """The tabs, the table, the keys."""
        yield self._tabs
        yield self._list
        yield KeyLine(compact=True)

    def on_mount(self) -> None:
        """Count, and again every few seconds."""
        self._list.focus()
        self._count()
        self.set_interval(ANEW, self._count_if_quick)

    def on_unmount(self) -> None:
        """However it is left, nobody counts any more."""
        self._stop()

    def _stop(self) -> None:
        if self._order is not None:
            self._order.stop.set()

    def _count(self) -> None:
        self._stop()
        numbers = None if self._all else self._matching()
        self._order = order_of(self._store, self._tabs.choice, numbers)
        self.run_worker(partial(self._carry_out, self._order), thread=True, name="count")

    def _carry_out(self, order: Order) -> None:
        begin = monotonic()
        table = order.carry_out(lambda share: self.post_message(self.Progressed(order, share)))
        self.post_message(self.Counted(order, table, monotonic() - begin))

    def _count_if_quick(self) -> None:
        if self._goes_on() and self._order is self._shown and self._took < QUICK:
            self._count()

    def on_statistics_screen_progressed(self, event: "StatisticsScreen.Progressed") -> None:
        """Say how far it is."""
        if event.order is self._order:
            self._list.say(f"counting, {event.share:.0%}")

    def on_statistics_screen_counted(self, event: "StatisticsScreen.Counted") -> None:
        """Show it, unless something else is wanted by now."""
        order = event.order
        if order is not self._order:
            return
        another = self._shown is None or self._shown.choice != order.choice
        self._shown, self._took = order, event.seconds
        frames, lines = _many(order.frames, "frame"), _many(event.table.rows, "line")
        which = "held" if order.numbers is None else "that match the display filter"
        self._list.say(f"{lines} of {frames} {which}")
        self._list.show(event.table, anew=another, empty=f"Nothing of this in {frames} {which}.")

    def on_statistics_tabs_clicked(self, event: StatisticsTabs.Clicked) -> None:
        """Another table."""
        self._turn_to(event.choice)

    def _turn_to(self, choice: Choice) -> None:
        self._note(choice)
        self._tabs.show(choice)
        self.refresh_bindings()
        self._count()

    def on_statistics_list_chosen(self, event: StatisticsList.Chosen) -> None:
        """The line as display filter, where there is one that says it."""
        if event.filter:
            self.dismiss(event.filter)
        else:
            self.notify("No display filter says this line", severity="warning", markup=False, timeout=3)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Protocols have no levels, and without a display filter there is nothing to choose."""
        if action == "turn":
            return parameters[1] == 0 or self._tabs.choice.kind != PROTOCOLS
        return action != "only_matching" or self._matching() is not None

    def action_turn(self, kinds: int, levels: int) -> None:
        """Another table."""
        self._turn_to(self._tabs.choice.moved(kinds, levels))

    def action_only_matching(self) -> None:
        """All frames, or again those that match."""
        self._all = not self._all
        self._count()

    def action_count_again(self) -> None:
        """What is held by now."""
        self._count()

    def action_leave(self) -> None:
        """Back to the frames."""
        self.dismiss(None)


def _many(count: int, what: str) -> str:
    return f"{number_in_words(count)} {what if count == 1 else f'{what}s'}"
