"""The app: where the frames, the interface's state and the doctor's diagnosis meet on one screen."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult, SystemCommand
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen

from tapscope.attempt import Attempt
from tapscope.capture.source import Source, SourceInfo
from tapscope.dissect.text import printable
from tapscope.store.spool.plan import SpoolPlan
from tapscope.ui.capability_panel import CapabilityPanel
from tapscope.ui.charting import Charting
from tapscope.ui.detail import Detail
from tapscope.ui.dissecting import Dissecting
from tapscope.ui.driver import LastingDriver
from tapscope.ui.ending import EndingWorkers
from tapscope.ui.frame_list import FrameList
from tapscope.ui.going import Going
from tapscope.ui.header import HeaderLine
from tapscope.ui.help import HelpScreen, commands
from tapscope.ui.keeping import Keeping
from tapscope.ui.key_line import KeyLine
from tapscope.ui.keys import KEYS
from tapscope.ui.main_screen import MainScreen
from tapscope.ui.narrowing import Narrowing
from tapscope.ui.panes import SMALLEST_HEIGHT, WIDE, Panes
from tapscope.ui.picking import Picking
from tapscope.ui.session import USUAL_MEMORY, Session, State
from tapscope.ui.sieving import Sieving
from tapscope.ui.sorting import Sorting
from tapscope.ui.spooling import Spools
from tapscope.ui.surroundings import THE_MACHINE, Surroundings
from tapscope.ui.theme import dress

if TYPE_CHECKING:
    from tapscope.doctor.diagnosis import Diagnosis

TICK = 0.5
"""Seconds between two looks at the clock and the rate."""


def _open_interface(name: str) -> Source:
    from tapscope.capture.door import open_interface  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

    return open_interface(name)


class TapscopeApp(Charting, Sorting, Narrowing, Going, Keeping, Picking, Sieving, Dissecting, inherit_bindings=False):
    """Shows what ``open_source`` opens; starts, and stays, whatever comes of it. Without it, begins with the picker.

    ``interface`` is the network interface that is watched and diagnosed, None where the source is none.
    ``open_interface`` opens what is picked. ``refused`` is the call for want of which a recording is replayed.
    """

    CSS_PATH = "app.tcss"
    BINDINGS = KEYS
    BINDING_GROUP_TITLE = "Everywhere"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-roomy"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SMALLEST_HEIGHT, "-tall")]

    class Arrived(Message):
        """Something waits in the inbox."""

    def __init__(  # noqa: PLR0913  what a front is told
        self,
        open_source: Callable[[], Source] | None,
        *,
        interface: str | None,
        title: str,
        examine: "Callable[..., Diagnosis]",
        open_interface: Callable[[str], Source] = _open_interface,
        refused: Attempt | None = None,
        memory: int = USUAL_MEMORY,
        spool: SpoolPlan | None = None,
        surroundings: Surroundings = THE_MACHINE,
    ) -> None:
        super().__init__(driver_class=LastingDriver)
        self._workers = EndingWorkers(self)
        dress(self)
        self.title = title
        self.idle = open_source is None
        self.surroundings = surroundings
        self._open_interface = open_interface
        self._examine = examine
        self._replay_because = refused
        self._now = surroundings.clock
        watch = interface if surroundings.follow_link else None
        source = open_source or partial(open_interface, title)
        spools = Spools(spool, title, self._wake)
        self.session = Session(source, wake=self._wake, watch=watch, memory=memory, spools=spools)
        self._furnish(interface)
        self.header = HeaderLine(surroundings.place, id="header")

    def _wake(self) -> None:
        self.post_message(self.Arrived())

    def _furnish(self, interface: str | None) -> None:
        """Make everything that shows what the session is turned to, and knows nothing of anything else."""
        self.interface = interface
        self.forget()
        self.frame_list = FrameList(self.session.store, id="frames")
        self.detail = Detail(self.session.store)
        self.panes = Panes(self.frame_list, self.detail, self.detail.layer_tree, self.detail.byte_view)
        self.panel = CapabilityPanel(interface, self._examine, self.surroundings, instead_of=self._replay_because)

    @property
    def name_shown(self) -> str:
        """What is looked into: the interface, or what the title calls it."""
        return self.interface or self.title

    def get_default_screen(self) -> Screen[object]:
        """A screen whose keys the help can name."""
        return MainScreen()

    def compose(self) -> ComposeResult:
        """The header line, the panes and the panel, the keys."""
        yield self.header
        with Container(id="body"):
            yield self.panes
            yield self.panel
        yield KeyLine(compact=True)

    def on_mount(self) -> None:
        """Begin to read; the dissector comes after the first paint, and after what there is to see at once."""
        if self._exit:  # a signal was quicker
            return
        if self.idle:
            self.action_interfaces()
            self.load_soon()
        else:
            self._start()
        self.set_interval(TICK, self.tick)

    def on_unmount(self) -> None:
        """However it ends, the source is closed, and whatever still works is told."""
        self.workers.cancel_all()
        self.session.stop()
        self.close_filter()

    def _start(self) -> None:
        self.frame_list.focus()
        self._begin()
        self.filter_at_start()
        self.use_dissector()
        if self.interface is not None:
            self.watch_interface(self.interface)

    def _begin(self) -> None:
        self.run_worker(self.session.begin(), thread=True, name="capture")
        self.show()
        self.refresh_bindings()

    def on_tapscope_app_arrived(self) -> None:
        """Take everything that waits, and tell those whom it concerns."""
        news = self.session.take()
        if news.opened:
            self._opened(news.opened)
        if news.frames:
            self.count()
            self.frame_list.store_changed()
        if news.refused:
            self.panel.refused(news.refused)
        if news.ended:
            self.panel.ended()
            if news.ended.fault:
                self.notify(printable(news.ended.fault), severity="error", markup=False, timeout=10)
        if news.spool_fault:
            self.notify(printable(news.spool_fault), severity="error", markup=False, timeout=10)
        for mark in news.marks:
            self.notify(printable(mark), markup=False)
        if news.turn:
            self.load_soon()
            self.refresh_bindings()
        if news.turn or news.link_changed or news.marks:
            self.show()
        else:
            self.show_soon()

    def _opened(self, info: SourceInfo) -> None:
        self.just_opened()
        self.panel.opened()
        if info.mode == "file":
            self.frame_list.begin_at_first()
        for note in info.notes:
            self.notify(printable(note), markup=False)

    def on_frame_list_selected(self, event: FrameList.Selected) -> None:
        """The chosen frame, taken apart."""
        first = self.detail.frame is None
        self.detail.choose(event.number, at_once=not event.frame_list.following)
        if first:
            self.refresh_bindings()

    def on_detail_entered(self) -> None:
        """Nothing shall run away under who reads it."""
        self.frame_list.stay()

    def refresh_bindings(self) -> None:
        """Bring the footer up to date; messages still come when the screens are gone."""
        if self.screen_stack:
            super().refresh_bindings()

    def on_frame_list_follow_changed(self, _event: FrameList.FollowChanged) -> None:
        """The state word says so."""
        self.show()

    def on_capability_panel_copied(self, event: CapabilityPanel.Copied) -> None:
        """A remedy's command."""
        self.copy(event.command, "the command")

    def on_capability_panel_toggled(self, event: CapabilityPanel.Toggled) -> None:
        """The panes give way where there is no room for both, or no frame to show in them."""
        nothing_to_show = self.session.state is State.REFUSED and not self.session.store.total_frames
        self.set_class(event.is_open, "-advising")
        self.set_class(event.is_open and nothing_to_show, "-refused")
        if not event.is_open:
            self.frame_list.focus()

    def on_capability_panel_mended(self) -> None:
        """A remedy was run: try again."""
        self.action_try_again()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """No key for what would do nothing now."""
        session = self.session
        may = {
            "pause": self.frame_list.held or session.goes_on,
            "try_again": session.live and session.state in {State.REFUSED, State.ENDED},
            "stop_search": self.may_stop,
            "unsort": self.may_unsort,
            "find_next": self.finding is not None,
            "sieve": session.may_sieve,
            **dict.fromkeys(("copy", "narrow"), self.detail.frame is not None),
            **dict.fromkeys(("save", "go_to", "find", "sort", "reverse_sort"), len(session.store) > 0),
            "statistics": len(session.store) > 0,
            "timeline": len(session.store) > 0,
        }
        return may.get(action, True)

    def action_try_again(self) -> None:
        """Open once more, after what is still open was closed."""
        self._begin()

    def action_pause(self) -> None:
        """Hold the view, or let it go on; the capture goes on in any case."""
        self.frame_list.hold(not self.frame_list.held)
        self.refresh_bindings()

    def action_capabilities(self) -> None:
        """Open the capability panel, or close it."""
        self.panel.toggle()

    def action_help(self) -> None:
        """The keys that do something now."""
        self.push_screen(HelpScreen(self.screen))

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self.refresh(layout=True)

    async def action_quit(self) -> None:
        """Leave."""
        self.session.stop()
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Everything that has a key now, and Textual's themes and screenshots."""
        return commands(screen, super().get_system_commands(screen))
