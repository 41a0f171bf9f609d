"""How the timeline strip is drawn: a line of words, the chart with its scale, and the axis with its marks."""

from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from tapscope.store.timeline import Group, Slots
from tapscope.ui.session import Session
from tapscope.ui.time_strip_drawing import CURSOR, GAP, LOST, Cell, Rates, axis, chart, rates_of, span_in_words
from tapscope.ui.time_strip_reading import TimeReading
from tapscope.units import bytes_in_words, number_in_words

MARGIN, END = 9, 11
"""Cells beside the chart: the scale and the begin at the left, the end at the right."""
_HUES = {Group.TCP: "primary", Group.UDP: "accent", Group.ICMP: "secondary", Group.ARP: "warning"}
_MARKS = {LOST: "lost", GAP: "gap", CURSOR: "cursor"}
_AROUND = 2
"""Lines that are no chart."""


def _component(word: str) -> str:
    return f"time-strip--{word.lower()}"


def _css() -> str:
    rules = [f"TimeStripLines > .{_component(group.word)} {{ color: $text-{hue}; }}" for group, hue in _HUES.items()]
    return "\n".join(rules)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What a paint is made of, and ``of`` which state of the capture."""

    of: tuple[int, ...]
    slots: Slots | None
    rates: Rates | None
    rows: list[list[Cell]]


class TimeStripLines(Widget):
    """Draws the session's timeline, and where the reader is in it."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {
        *(_component(group.word) for group in Group),
        *map(_component, ("axis", "words", "lost", "gap", "cursor")),
    }
    DEFAULT_CSS = (
        _css()
        + """
    TimeStripLines {
        background: $surface;
        color: $foreground;
        & > .time-strip--other { color: $foreground-muted; }
        & > .time-strip--axis { color: $foreground-muted; }
        & > .time-strip--words { color: $foreground; }
        & > .time-strip--lost { color: $text-error; text-style: bold; }
        & > .time-strip--gap { color: $text-warning; text-style: bold; }
        & > .time-strip--cursor { color: $text-accent; text-style: bold; }
        &:focus { background-tint: $foreground 5%; }
    }
    """
    )

    def __init__(self, session: Session) -> None:
        super().__init__(id="time-strip")
        self._session = session
        self._timeline = session.timeline
        self._reading = TimeReading()
        self._octets = False
        self._drawn: _Drawn | None = None
        self._styles_by_name: dict[tuple[str, str], Style] = {}

    @property
    def slots(self) -> Slots | None:
        """The capture as it is drawn, a slot a column; None where no frame has a time."""
        return self._now().slots

    def look(self) -> None:
        """Draw anew if anything came."""
        if self.display and (self._drawn is None or self._drawn.of != self._state):
            self.redraw()

    def redraw(self) -> None:
        """Make all of it anew."""
        self._drawn = None
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget every style: Textual calls this on a new theme, focus or class."""
        super().notify_style_update()
        self._styles_by_name.clear()
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        """More or fewer slots."""
        self.redraw()

    @property
    def _state(self) -> tuple[int, ...]:
        session = self._session
        return session.store.last, session.store.dropped, id(session.timeline)

    def _now(self) -> _Drawn:
        """What is drawn, made once for all lines of a paint."""
        if self._drawn is None:
            state, timeline = self._state, self._session.timeline
            if timeline is not self._timeline:  # something else is looked into
                self._timeline, self._reading = timeline, TimeReading()
            timeline.follow(self._session.store)
            slots = timeline.slots(max(1, self.size.width - MARGIN - END))
            rates = rates_of(slots, octets=self._octets) if slots else None
            rows = chart(rates, max(1, self.size.height - _AROUND)) if rates else []
            self._drawn = _Drawn(state, slots, rates, rows)
        return self._drawn

    def _style(self, name: str = "", behind: str = "") -> Style:
        """The whole style of a component class, perhaps over the colour of another."""
        style = self._styles_by_name.get((name, behind))
        if style is None:
            style = self.get_component_rich_style(_component(name)) if name else self.rich_style
            if behind:
                style += Style(bgcolor=self.get_component_rich_style(_component(behind)).color)
            self._styles_by_name[name, behind] = style
        return style

    def render_line(self, y: int) -> Strip:
        """One line: words, a row of the chart, or the axis."""
        width, drawn = self.size.width, self._now()
        if width <= MARGIN + END:
            return Strip([Segment(" " * width, self._style())], width)
        if not y:
            return self._fitted(self._words(drawn), width)
        if drawn.slots is None or drawn.rates is None:
            return Strip([Segment(" " * width, self._style())], width)
        if y <= len(drawn.rows):
            return self._chart_line(drawn.rates, drawn.rows, y - 1, width)
        return self._axis_line(drawn.slots, width)

    def _fitted(self, parts: list[tuple[str, str]], width: int) -> Strip:
        """Words in their styles, cut or filled to the width."""
        segments, room = [], width
        for text, name in parts:
            cut = text if cell_len(text) <= room else set_cell_size(text, room)
            segments.append(Segment(cut, self._style(name)))
            room -= cell_len(cut)
        return Strip([*segments, Segment(" " * room, self._style())], width)

    def _words(self, drawn: _Drawn) -> list[tuple[str, str]]:
        """The peak, or the rate at the cursor; then what each group came to, in the whole or in the chosen part."""
        slots, rates = drawn.slots, drawn.rates
        if slots is None or rates is None:
            return [(" no frame with a time so far", "axis")]
        at, chosen = self._reading.cursor(slots), self._reading.chosen(slots)
        begin, end = self._reading.span(slots) or (int(slots.begin_ns[0]), int(slots.end_ns[-1]))
        part = slice(slots.at(begin), slots.at(end - 1) + 1) if at is not None else slice(None)
        counts = (slots.octets if self._octets else slots.frames)[:, part].sum(axis=1)
        if at is None:
            head = f" peak {rates.words(rates.peak)}"
        elif chosen:
            head = f" {self._after(begin)} to {self._after(end)}"
        else:
            head = f" at {self._after(begin)} {rates.words(float(rates.values[:, at].sum()))}"
        words = [(f"{head} ", "words")]
        for group in Group:
            amount = bytes_in_words(int(counts[group])) if self._octets else number_in_words(int(counts[group]))
            words += [("  █ ", group.word), (f"{group.word} {amount}", "words")]
        if lost := int(slots.lost[part].sum()):
            words += [(f"  {LOST} {number_in_words(lost)} lost", "lost")]
        return words

    def _after(self, time_ns: int) -> str:
        return span_in_words(max(0, time_ns - (self._session.store.first_time_ns or 0)))

    def _chart_line(self, rates: Rates, rows: list[list[Cell]], row: int, width: int) -> Strip:
        scale = rates.short(rates.peak) if not row else "0" if row == len(rows) - 1 else ""
        segments = [Segment(f"{scale:>{MARGIN - 1}} ", self._style("axis"))]
        for (group, behind), cells in groupby(rows[row], key=lambda cell: (cell.group, cell.behind)):
            text = "".join(cell.text for cell in cells)
            style = self._style("" if group is None else group.word, "" if behind is None else behind.word)
            segments.append(Segment(text, style))
        segments.append(Segment(" " * END, self._style()))
        return Strip(segments, width)

    def _axis_line(self, slots: Slots, width: int) -> Strip:
        begin, end = self._after(int(slots.begin_ns[0])), self._after(int(slots.end_ns[-1]))
        segments = [Segment(f"{begin:>{MARGIN - 1}} ", self._style("axis"))]
        line = axis(slots, self._reading.cursor(slots), self._reading.chosen(slots))
        for mark, cells in groupby(line, key=lambda cell: _MARKS.get(cell, "axis")):
            segments.append(Segment("".join(cells), self._style(mark)))
        segments.append(Segment(set_cell_size(f" {end}", END), self._style("axis")))
        return Strip(segments, width)
