"""The picker's rows and the words below them: which columns there is room for, and all that is known of one row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tapscope.dissect.text import printable
from tapscope.listing.choices import Choice
from tapscope.listing.words import HEADINGS, texts
from tapscope.ui.styles import BAD, COMMAND, GOOD, MUTED, STRONG, WARNING

COLUMNS = ("name", "opens", "mode", "state", "rate", "bridge", "guest", "held", "owner", "flags", "mtu")
REST = "held"
"""The column that takes what the others leave, ``REST_LEAST`` cells at least, and is cut where that is not enough."""
REST_LEAST = 44
_GIVE_WAY = ("mtu", "flags", "owner", "bridge", "mode", "rate", "guest", "state")
"""Which columns go first where the screen is narrow: all of them are told below, of the chosen row."""
_RIGHT = frozenset({"rate", "mtu"})
_GAP = 2

Texts = Mapping[str, str]


def short_texts(choice: Choice) -> Texts:
    """The row in words; of what cannot be opened the reason stands below."""
    return texts(choice) | {"opens": {"peer": "attach", "watch": "watch", None: "no"}[choice.prospect.door]}


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are shown, in their order, with their width in cells."""

    widths: tuple[tuple[str, int], ...]

    def line(self, row: Texts) -> str:
        """One row of text."""
        return (" " * _GAP).join(_cell(name, row[name], width) for name, width in self.widths)


def lay_out(width: int, rows: Sequence[Texts]) -> Layout:
    """Columns as wide as what they hold; one that holds nothing is left out, and then those of ``_GIVE_WAY``."""
    wanted = {name: max((cell_len(row[name]) for row in rows), default=0) for name in COLUMNS}
    shown = {name: max(cells, cell_len(HEADINGS[name])) for name, cells in wanted.items() if cells or name == REST}
    longest = shown.pop(REST)
    for name in _GIVE_WAY:
        if _rest(width, shown) >= min(longest, REST_LEAST):
            break
        shown.pop(name, None)
    shown[REST] = max(0, min(longest, _rest(width, shown)))
    return Layout(tuple((name, shown[name]) for name in COLUMNS if name in shown))


def _rest(width: int, shown: Mapping[str, int]) -> int:
    return width - sum(cells + _GAP for cells in shown.values())


def _cell(name: str, text: str, width: int) -> str:
    if cell_len(text) > width:
        return f"{set_cell_size(text, width - 1)}…" if width else ""
    return " " * (width - cell_len(text)) + text if name in _RIGHT else set_cell_size(text, width)


def about(choice: Choice) -> Content:
    """All that is known of one interface, in a few lines; first what Enter would do."""
    said, link = texts(choice), choice.entry.link
    device = [said["mode"], said["state"], f"MTU {said['mtu']}", link.address, said["flags"]]
    device += [f"owner {said['owner']}" if said["owner"] else "", f"port of {said['bridge']}" if said["bridge"] else ""]
    device += [f"also called {printable(', '.join(link.altnames))}" if link.altnames else ""]
    lines = [
        _deed(choice),
        Content.assemble((said["name"], STRONG), f"  {', '.join(filter(None, device))}"),
        _holding(choice, said),
        _traffic(choice),
    ]
    return Content("\n").join(lines)


def _deed(choice: Choice) -> Content:
    why = printable(choice.prospect.why)
    if choice.prospect.door == "peer":
        return Content.assemble(("Enter attaches", GOOD), (" as the other end of the cable", MUTED))
    if choice.prospect.door == "watch":
        return Content.assemble(("Enter watches", COMMAND), (f": {why}" if why else " both directions", MUTED))
    return Content.assemble(("Cannot be opened", BAD), f": {why}. ", ("Enter shows what mends it", MUTED))


def _holding(choice: Choice, said: Texts) -> Content:
    if not said["held"]:
        return Content.styled("has no end that a process could hold", MUTED)
    guest = (f" for the guest {said['guest']}", STRONG) if said["guest"] else ""
    text = said["held"]
    if choice.entry.held and not choice.entry.search.found:
        hidden = f"held, but {choice.entry.search.hidden} processes may not be looked into: {text}"
        return Content.assemble((hidden, WARNING), guest)
    return Content.assemble(("held by ", MUTED), text, guest)


def _traffic(choice: Choice) -> Content:
    rate = choice.entry.rate
    if rate is None:
        return Content.styled("measuring what passes …", MUTED)
    frames = f"in {rate.in_frames:,.0f} frames/s, out {rate.out_frames:,.0f} frames/s"
    return Content.assemble(frames, (f", {texts(choice)['rate']} both ways", MUTED))
