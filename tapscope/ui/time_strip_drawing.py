"""What the timeline strip draws: stacked columns in eighths of a cell, marks below them, and words. No Textual."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tapscope.store.timeline import Group, Slots
from tapscope.ui.time_format import SECOND
from tapscope.units import bytes_in_words, number_in_words

_EIGHTHS = " ▁▂▃▄▅▆▇█"
LOST, GAP, CURSOR = "✗", "◆", "▲"
_LINE, _RANGE, _RANGE_BEGIN, _RANGE_END = "─", "━", "┝", "┥"


@dataclass(frozen=True, slots=True)
class Cell:
    """A character, of which group's colour it is, and what lies behind it; None: the background."""

    text: str
    group: Group | None = None
    behind: Group | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """What came a second in each slot, by group: float64, shape ``(groups, n)``. ``unit`` is frames, or bytes."""

    values: NDArray[np.float64]
    unit: str

    @property
    def peak(self) -> float:
        """The most of all groups together in a slot."""
        return float(self.values.sum(axis=0).max())

    def words(self, rate: float) -> str:
        """One of them, with its unit."""
        return f"{bytes_in_words(round(rate))}/s" if self.unit == "bytes" else f"{_count(rate)} frames/s"

    def short(self, rate: float) -> str:
        """One of them for the scale: a few cells."""
        return bytes_in_words(round(rate)) if self.unit == "bytes" else _short(rate)


def rates_of(slots: Slots, *, octets: bool) -> Rates:
    """Of bytes, else of frames."""
    return Rates((slots.octets if octets else slots.frames) / slots.seconds, "bytes" if octets else "frames")


def chart(rates: Rates, height: int) -> list[list[Cell]]:
    """``height`` rows of cells, from the top: groups upon each other, in their order, scaled to the peak.

    A slot in which anything came has an eighth of a cell at least.
    """
    tops = np.cumsum(rates.values, axis=0)
    scaled = np.ceil(tops / (rates.peak or 1) * height * 8 - 1e-9).astype(np.int64)
    return [[_cell(column) for column in np.clip(scaled - 8 * row, 0, 8).T.tolist()] for row in reversed(range(height))]


def _cell(tops: list[int]) -> Cell:
    """``tops``: how many eighths of the cell each group fills with all those below it.

    A cell has two colours: where it holds more than two groups, the lowest and the one above are shown.
    """
    top = tops[-1]
    if not top:
        return Cell(" ")
    lowest = next(group for group in Group if tops[group])
    level = tops[lowest]
    if level == 8:
        return Cell("█", lowest)
    if top < 8:  # what is behind the top of a column is the background
        return Cell(_EIGHTHS[top], _largest(tops))
    return Cell(_EIGHTHS[level], lowest, next(group for group in Group if tops[group] > level))


def _largest(tops: list[int]) -> Group:
    parts = [top - below for top, below in zip(tops, [0, *tops], strict=False)]
    return Group(parts.index(max(parts)))


def axis(slots: Slots, cursor: int | None, chosen: range) -> str:
    """The line below the chart: frames lost, gaps, the cursor's slot and the chosen ones."""
    count = len(slots.lost)
    line = [_LINE] * count
    if chosen:
        line[chosen.start : chosen.stop] = _RANGE * len(chosen)
        line[chosen.start], line[chosen.stop - 1] = _RANGE_BEGIN, _RANGE_END
    for at in np.flatnonzero(slots.gaps).tolist():
        line[at] = GAP
    for at in np.flatnonzero(slots.lost).tolist():
        line[at] = LOST
    if cursor is not None:
        line[cursor] = CURSOR
    return "".join(line)


def span_in_words(from_ns: int) -> str:
    """A time since the first frame, as short as it may be: ``0 s``, ``12.345 s``, ``1:02:03``."""
    if abs(from_ns) >= 600 * SECOND:
        minutes, seconds = divmod(from_ns // SECOND, 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return f"{from_ns / SECOND:.3f}".rstrip("0").rstrip(".") + " s"


def _count(rate: float) -> str:
    return number_in_words(round(rate)) if rate >= 10 else f"{rate:.3g}"


def _short(rate: float) -> str:
    for divisor, suffix in ((1, ""), (1e3, "k"), (1e6, "M"), (1e9, "G")):
        if rate < 999.5 * divisor or suffix == "G":
            break
    return f"{rate / divisor:.3g}{suffix}"
