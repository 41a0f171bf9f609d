"""The timeline strip: what came a second over the whole capture, with a cursor in time and a range to choose."""

from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.message import Message

from tapscope.store.timeline import Slots
from tapscope.ui.session import Session
from tapscope.ui.time_strip_lines import MARGIN, TimeStripLines

LOOKS_A_SECOND = 4


class TimeStrip(TimeStripLines, can_focus=True):
    """Posts where the cursor went, and which range is wanted as a filter."""

    BINDING_GROUP_TITLE = "Timeline"
    HELP = """
All frames by time, also those no longer held; upon each other from below: TCP, UDP, ICMP, ARP, others.
✗ stands where frames were lost, ◆ where the capture was interrupted or its filter changed.
Left and Right go through time, and the list with them.
Shift, v or the mouse choose a range, which Enter makes the display filter.
"""
    BINDINGS = [
        Binding("enter", "choose", "Filter", tooltip="frames of the chosen time only, besides the filter that is on"),
        Binding("v", "visual", "Select", tooltip="a range, by moving"),
        Binding("b", "unit", "Bytes/frames", tooltip="bytes or frames a second"),
        Binding("escape", "drop", "Back", tooltip="choose no range; back to the list"),
        Binding("left,h", "move(-1)", "Earlier", show=False),
        Binding("right,l", "move(1)", "Later", show=False),
        Binding("home,g", "go_to(0)", "Begin", show=False),
        Binding("end,G", "go_to(-1)", "End", show=False),
        Binding("shift+left", "extend(-1)", "Select earlier", show=False),
        Binding("shift+right", "extend(1)", "Select later", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The cursor is at this time, in nanoseconds since the epoch."""

        time_ns: int

        def can_replace(self, message: Message) -> bool:
            """Only the newest place counts."""
            return isinstance(message, TimeStrip.Moved)

    @dataclass
    class Chosen(Message):
        """The frames from ``begin_ns`` on and before ``end_ns`` are wanted."""

        begin_ns: int
        end_ns: int

    @dataclass
    class Left(Message):
        """The reader goes back to the list."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._dragging = False

    def on_mount(self) -> None:
        """Look a few times a second at what came, while the strip is shown."""
        self.set_interval(1 / LOOKS_A_SECOND, self.look)

    def _went(self, slots: Slots) -> None:
        span = self._reading.span(slots)
        self.refresh()
        if span is not None and self._reading.cursor_ns is not None:
            self.post_message(self.Moved(int(slots.begin_ns[slots.at(self._reading.cursor_ns)])))

    def action_move(self, way: int, extend: bool = False) -> None:
        """Go a column through time."""
        if (slots := self.slots) is not None:
            self._reading.move(slots, way, extend=extend)
            self._went(slots)

    def action_extend(self, way: int) -> None:
        """Choose from the cursor's column on."""
        self.action_move(way, extend=True)

    def action_go_to(self, column: int, extend: bool = False) -> None:
        """Go to a column."""
        if (slots := self.slots) is not None:
            self._reading.put(int(slots.begin_ns[column]), extend=extend)
            self._went(slots)

    def action_visual(self) -> None:
        """Begin or end choosing by moving."""
        if self._reading.visual:
            self._reading.drop()
        else:
            self._reading.start_visual()
        self.refresh()

    def action_unit(self) -> None:
        """Bytes a second, or frames."""
        self._octets = not self._octets
        self.redraw()

    def action_choose(self) -> None:
        """Want the frames of the range, or of the cursor's column."""
        if (slots := self.slots) is not None and (span := self._reading.span(slots)) is not None:
            self._reading.drop()
            self.refresh()
            self.post_message(self.Chosen(*span))

    def action_drop(self) -> None:
        """Choose nothing; where nothing is chosen, go back to the list."""
        if self._reading.drop():
            self.refresh()
        else:
            self.post_message(self.Left())

    def _column(self, event: events.MouseEvent) -> int | None:
        slots = self.slots
        return None if slots is None else min(max(event.get_content_offset_capture(self).x - MARGIN, 0), len(slots) - 1)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to the column; with shift choose up to it."""
        if (column := self._column(event)) is not None:
            event.stop()
            self.action_go_to(column, event.shift)
            self._dragging = True
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Choose up to the column."""
        column, slots = self._column(event), self.slots
        if self._dragging and column is not None and slots is not None:
            event.stop()
            if slots.at(int(slots.begin_ns[column])) != self._reading.cursor(slots):
                self.action_go_to(column, extend=True)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        if self._dragging:
            event.stop()
            self._dragging = False
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """A second click wants the column as a filter."""
        if event.chain == 2:
            event.stop()
            self.action_choose()
