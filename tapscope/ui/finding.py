"""Finding: from hit to hit among the frames that the list goes over, while they are counted."""

from time import monotonic
from typing import TYPE_CHECKING

from textual.timer import Timer

from tapscope.ui.detail import Detail
from tapscope.ui.filtering import CHUNK, FEW, Filtering
from tapscope.ui.frame_list import FrameList

if TYPE_CHECKING:
    from tapscope.filters.find import Sought
    from tapscope.filters.hits import Hits
    from tapscope.filters.search import Search
    from tapscope.filters.workers import Found, Job
    from tapscope.ui.find_words import FindLine

SOON = 0.1
"""Seconds until frames that came are looked into, and between two looks at what was found."""
ROWS = 1024
"""Frames judged together at first: an expression may take a while in each."""


def _nobody() -> None:
    """A find is looked after here: what its updates leave is not news."""


class Finding(Filtering):
    """The part of the app behind ``ctrl+f``, ``n`` and ``N``."""

    detail: Detail
    finding: "Search | None" = None
    sought: "Sought | None" = None
    _find_line: "FindLine | None" = None
    _find_later: Timer | None = None
    _way = 0
    """1 or -1 while the next hit that way is to be gone to as soon as it is known."""
    _from = 0
    """The frame from which that is."""
    _wrapped = False
    _hits_at = 0.0
    _many = 0

    def forget(self) -> None:
        """Something else is looked into from now on: nothing is sought in it."""
        super().forget()
        self.finding, self._way = None, 0
        if self._find_line is not None:
            self._find_line.remove_class("-on")

    @property
    def may_stop(self) -> bool:
        """Whether Escape has something to stop, or to end."""
        return self.finding is not None or (self.search is not None and self.search.busy)

    def action_find(self) -> None:
        """Ask what to find: at first in the pane that has the focus."""
        from tapscope.filters.find import How, Where  # noqa: PLC0415  not before it is wanted: the first paint comes sooner
        from tapscope.ui.find_dialog import FindDialog  # noqa: PLC0415

        if self.sought is not None:
            self.push_screen(FindDialog(self.sought.text, self.sought.how, self.sought.where), self._seek)
            return
        in_layers, in_bytes = self.detail.layer_tree.has_focus, self.detail.byte_view.has_focus
        where = Where.LAYERS if in_layers else Where.BYTES if in_bytes else Where.ROWS
        self.push_screen(FindDialog("", How.TEXT, where), self._seek)

    async def _seek(self, sought: "Sought | None") -> None:
        """Begin at the chosen frame, and go to the next hit."""
        from tapscope.ui.find_words import FindLine  # noqa: PLC0415

        if sought is None:
            return
        if self._find_line is None:
            self._find_line = FindLine(id="find")
            await self.screen_stack[0].mount(self._find_line, after="#body")
        self.sought = sought
        self._begin_search()
        self._find_line.add_class("-on")
        self.detail.seek(sought)
        self.refresh_bindings()
        self.action_find_next(1)

    def _begin_search(self) -> None:
        """From the chosen frame outwards, and among what the display filter lets pass."""
        from tapscope.filters.narrowed import Narrowed  # noqa: PLC0415
        from tapscope.filters.search import Search  # noqa: PLC0415

        assert self.sought is not None
        wanted = self.sought if self.search is None else Narrowed(self.sought, self.search.filter)
        self.finding = Search(wanted, self.session.store, self._reader_at, _nobody, rows=ROWS)

    @property
    def _reader_at(self) -> int:
        return self.frame_list.cursor or self.frame_list.near

    def action_find_next(self, way: int) -> None:
        """Go to the next hit, or the one before: at once, or when it is known which that is."""
        self.frame_list.stay()
        self._way, self._from, self._wrapped, self._hits_at = way, self._reader_at, False, 0.0
        self._find_step()

    def _find_soon(self, seconds: float = 0.0) -> None:
        if self._find_later is None and self.finding is not None:
            self._find_later = self.set_timer(seconds or self._pace[1], self._find_step)

    def _find_step(self) -> None:
        """Look for a while, then say and do what is known now."""
        if self._find_later is not None:
            self._find_later.stop()
            self._find_later = None
        finding = self.finding
        if finding is None:
            return
        finding.near = self._reader_at
        finding.view.update()
        if self._can_look:
            self._look_into(finding)
        self._look_at_hits(finding)

    def _look_into(self, finding: "Search") -> None:
        """Some frames: here until further processes are ready, then there."""
        helpers = self._helpers or (self._further() if finding.waiting > FEW else None)
        if finding.busy and (finding.behind or helpers is None or not helpers.serving):
            finding.look(self._pace[0])
            finding.view.update()
            self._find_soon()
        while helpers and helpers.free and (job := finding.job(CHUNK)):
            helpers.give(job)

    def _answered(self, job: "Job", found: "Found | None") -> None:
        super()._answered(job, found)
        if self.finding is not None:
            self.finding.answered(job, found)

    def on_filtering_frames_looked_into(self) -> None:
        """A further process has an answer, which is taken next, or wants its first job."""
        self._find_soon()

    def _look_at_hits(self, finding: "Search") -> None:
        """While more are sought, only when there is a new one that is waited for, or some time has passed."""
        many, now = finding.view.last, monotonic()
        if finding.busy and now < self._hits_at + SOON and not (self._way and many != self._many):
            return
        self._many, self._hits_at = many, now
        hits = self._hits(finding)
        self._go_on(finding, hits)
        self._say(finding, hits)

    def _hits(self, finding: "Search") -> "Hits":
        from tapscope.filters.hits import Hits  # noqa: PLC0415

        return Hits.of(finding.view, self.frame_list.view)

    def _go_on(self, finding: "Search", hits: "Hits") -> None:
        """Go where the reader wants to, when it is known that there is no hit before that one."""
        view = self.frame_list.view
        step = hits.step(view.position(self._from), self._way) if self._way else None
        if step is not None and not (step.wrapped and finding.busy):
            number = int(view.numbers(step.position, step.position)[0])
            if not finding.busy or finding.knows(min(self._from, number), max(self._from, number)):
                self._way, self._wrapped = 0, step.wrapped
                self.frame_list.go_to(number)
        elif not finding.busy:
            self._way = 0

    def _say(self, finding: "Search", hits: "Hits") -> None:
        from tapscope.ui.find_words import FindFacts, done_of, words_of  # noqa: PLC0415

        if self._find_line is not None and self.sought is not None:
            total = len(self.session.store)
            which = hits.which(self.frame_list.view.position(self.frame_list.cursor))
            done = done_of(finding, total)
            words = words_of(self.sought)
            self._find_line.facts = FindFacts(words, which, len(hits), self._wrapped, done, total, finding.left_out)

    async def filter_by(self, text: str) -> None:
        """Other frames are shown: other hits count. Raises ``FilterError``."""
        await super().filter_by(text)
        if self.finding is not None:
            self._begin_search()
        self._find_soon()

    def count(self) -> None:
        """Frames came: some may be hits."""
        super().count()
        self._find_soon(SOON)

    def dissector_loaded(self) -> None:
        """From now on frames can be looked into."""
        super().dissector_loaded()
        self._find_soon()

    def on_frame_list_selected(self, event: FrameList.Selected) -> None:
        """Another hit, or none. Who goes elsewhere meanwhile does not want to be taken to the next one."""
        if event.number != self._from:
            self._way = 0
        self._find_soon()

    def action_stop_search(self) -> None:
        """Look no further; where nothing is looked for any more, show no hits."""
        finding = self.finding
        if finding is None or (self.search is not None and self.search.busy and not finding.busy):
            super().action_stop_search()
        elif finding.busy:
            finding.stop()
            self._find_step()
        else:
            self.finding = None
            self.detail.seek(None)
            if self._find_line is not None:
                self._find_line.remove_class("-on")
        self.refresh_bindings()
