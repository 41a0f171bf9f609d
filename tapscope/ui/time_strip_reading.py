"""Where the reader is in time: a cursor, and a range up to it. No Textual."""

from dataclasses import dataclass

from tapscope.store.timeline import Slots


@dataclass(slots=True)
class TimeReading:
    """``cursor_ns`` is a time within the cursor's slot, None before there is one; ``anchor_ns`` is one within the slot
    in which a range begins, None while there is none. ``visual``: moving extends the range.
    """

    cursor_ns: int | None = None
    anchor_ns: int | None = None
    visual: bool = False

    def cursor(self, slots: Slots) -> int | None:
        """The slot it is in."""
        return None if self.cursor_ns is None else slots.at(self.cursor_ns)

    def chosen(self, slots: Slots) -> range:
        """The slots of the range; empty while there is none."""
        if self.cursor_ns is None or self.anchor_ns is None:
            return range(0)
        low, high = sorted((slots.at(self.cursor_ns), slots.at(self.anchor_ns)))
        return range(low, high + 1)

    def span(self, slots: Slots) -> tuple[int, int] | None:
        """From when, and until when (no longer in it): the range, else the slot of the cursor."""
        at = self.cursor(slots)
        if at is None:
            return None
        chosen = self.chosen(slots) or range(at, at + 1)
        return int(slots.begin_ns[chosen.start]), int(slots.end_ns[chosen.stop - 1])

    def put(self, time_ns: int, *, extend: bool = False) -> None:
        """Go to a time, with the range or without."""
        if extend or self.visual:
            self.anchor_ns = self.anchor_ns if self.anchor_ns is not None else self.cursor_ns
            self.anchor_ns = self.anchor_ns if self.anchor_ns is not None else time_ns
        else:
            self.anchor_ns = None
        self.cursor_ns = time_ns

    def move(self, slots: Slots, way: int, *, extend: bool = False) -> None:
        """Go to the slot before (``way`` -1) or after (1); at first to the last of all."""
        at = self.cursor(slots)
        if at is None:
            self.put(int(slots.begin_ns[-1]), extend=extend)
            return
        there = int(slots.begin_ns[at]) - 1 if way < 0 else int(slots.end_ns[at])
        self.put(int(slots.begin_ns[slots.at(there)]), extend=extend)

    def start_visual(self) -> None:
        """Let moving extend a range from here."""
        self.visual, self.anchor_ns = True, self.cursor_ns

    def drop(self) -> bool:
        """Choose no range; whether there was one."""
        there = self.visual or self.anchor_ns is not None
        self.visual, self.anchor_ns = False, None
        return there
