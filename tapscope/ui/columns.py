"""The list's columns: how wide each is, which give way on a narrow screen, and text cut to cells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size, split_text

RISING, FALLING = "▲", "▼"
"""Beside the heading of the column that is sorted by."""
GUTTER = 2
"""Cells before the first column: one for the cursor's mark, one for the selection's."""
INFO_LEAST = 12
"""Cells that Info shall have before other columns give way."""
ADDRESS_LEAST = 11
"""Cells below which an address says nothing any more, and its column goes."""
ADDRESS_MOST = 39
"""The longest IPv6 address."""
RIGHT = frozenset({"number", "time", "length"})
HEADINGS = {
    "number": "No.",
    "time": "Time",
    "interface": "Iface",
    "direction": "Dir",
    "source": "Source",
    "destination": "Destination",
    "protocol": "Protocol",
    "length": "Length",
    "info": "Info",
}
LEAST = {"number": 4, "time": 9, "direction": 3, "source": 11, "destination": 11, "protocol": 8, "length": 6}
"""Cells that a column has from the start; it grows with what it must hold and never shrinks under the reader."""
INTERFACE_LEAST, INTERFACE_MOST = 5, 15
"""Cells of the interface's column, which is there only where frames come from several. A device's name has 15."""
_GIVE_WAY = ("length", "direction", "time", "interface")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are shown, in their order, with their width in cells. Info takes the rest: ``info`` cells."""

    widths: tuple[tuple[str, int], ...]
    info: int


def lay_out(width: int, wanted: Mapping[str, int]) -> Layout:
    """Share ``width`` cells. Source and Destination become narrower first, then go; the protocol never is cut."""
    fixed = {name: cells for name, cells in wanted.items() if name not in ("source", "destination")}
    if "interface" in fixed:
        fixed["interface"] = min(fixed["interface"], INTERFACE_MOST)
    rest = width - GUTTER - sum(cells + 1 for cells in fixed.values())
    source, destination = _addresses(rest, wanted["source"], wanted["destination"])
    for name in _GIVE_WAY:
        if rest >= INFO_LEAST:
            break
        rest += fixed.pop(name, -1) + 1
    shown = {**fixed, "source": source, "destination": destination}
    if not source:
        del shown["source"], shown["destination"]
    else:
        rest -= source + destination + 2
    return Layout(tuple((name, shown[name]) for name in HEADINGS if name in shown), max(0, rest))


def _addresses(room: int, source: int, destination: int) -> tuple[int, int]:
    """Cells for the two addresses, so that Info keeps two fifths of the room; (0, 0) if that is no room at all."""
    source, destination = min(source, ADDRESS_MOST), min(destination, ADDRESS_MOST)
    least = 2 * (ADDRESS_LEAST + 1)
    if room - INFO_LEAST < least:
        return 0, 0
    most = max(room - max(INFO_LEAST, room * 2 // 5), least) - 2
    while source + destination > most:
        if source >= destination:
            source -= 1
        else:
            destination -= 1
    return source, destination


def column_at(layout: Layout, cell: int) -> str:
    """The column in whose heading that cell of the window is; a blank belongs to the one before it."""
    end = GUTTER
    for name, cells in layout.widths:
        end += cells + 1
        if cell < end:
            return name
    return "info"


def widened(wanted: Mapping[str, int], rows: Iterable[Mapping[str, str]]) -> dict[str, int]:
    """The widths that also hold these rows."""
    held = list(rows)
    return {name: max([cells, *(cell_len(row[name]) for row in held)]) for name, cells in wanted.items()}


def line(layout: Layout, texts: Mapping[str, str], info_from: int = 0) -> str:
    """The row as one text of the layout's whole width, without the gutter; Info from its cell ``info_from`` on."""
    cells = [_cell(name, texts[name], width) for name, width in layout.widths]
    return " ".join([*cells, window(texts["info"], info_from, layout.info)])


def _cell(name: str, text: str, width: int) -> str:
    if name in ("source", "destination", "interface"):
        return set_cell_size(elided(text, width), width)
    if name in RIGHT:
        return " " * (width - cell_len(text)) + text
    return set_cell_size(text, width)


def elided(text: str, width: int) -> str:
    """A name in at most ``width`` cells: its middle goes, for both its ends tell it from others."""
    length = cell_len(text)
    if length <= width:
        return text
    tail = (width - 1) // 2
    return f"{_split(text, width - 1 - tail)[0]}…{_split(text, length - tail)[1]}"


def window(text: str, start: int, width: int) -> str:
    """``width`` cells of the text from cell ``start`` on, with an ellipsis where there is more."""
    if width < 1:
        return ""
    rest = _split(text, start)[1]
    if start and rest:
        rest = f"…{_split(rest, 1)[1]}"
    if cell_len(rest) > width:
        rest = f"{set_cell_size(rest, width - 1)}…"
    return set_cell_size(rest, width)


def _split(text: str, at: int) -> tuple[str, str]:
    """Rich's split, which fails past the end of a text with wide characters."""
    return split_text(text, at) if at < cell_len(text) else (text, "")
