"""The header line: what is watched, how it stands, what has come of it. Its size is fixed: it never moves the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tapscope.dissect.text import printable
from tapscope.store.spool.files import SpoolState
from tapscope.ui.progress import progress_bar
from tapscope.ui.styles import BAD, GOOD, MUTED, STRONG, WARNING
from tapscope.units import bytes_in_words, number_in_words

GAP = 2
"""Cells between two pieces of a line."""
KEPT_BACK = "kept back by -f, or dropped, by the TAP"
"""A TAP counts both together."""
SHRUNK_LEAST = 12
"""Cells below which the rest of a text that was cut says nothing."""


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """Everything the header line may show; empty or None where there is nothing to say.

    ``why`` says why this mode, ``sieve`` is the capture filter. ``state`` and ``mood`` are the word at the right and
    the role of its color. ``carrier`` and ``up`` are None where the source is no interface, ``absent`` says that there
    is none. ``progress`` is the part of a file that is read, up to 1. ``queue_dropped`` is the device's ``tx_dropped``;
    it is ``kept_back`` where that counts what the capture filter keeps back, too. ``ring_dropped`` is what a packet
    ring had no room for, ``lost`` what found no room here. ``held`` is the memory that frames take and may take, in
    bytes, where that is worth saying, ``evicted`` how many went for others, ``spool`` what is kept on disk.
    """

    name: str = ""
    mode: str = ""
    why: str = ""
    sieve: str = ""
    up: bool | None = None
    carrier: bool | None = None
    absent: str = ""
    owner: str = ""
    mac: str = ""
    addresses: tuple[str, ...] = ()
    frames: int = 0
    octets: int = 0
    progress: float = 1.0
    rate: tuple[int, int] | None = None
    lost: int = 0
    held: tuple[int, int] | None = None
    evicted: int = 0
    spool: SpoolState | None = None
    queue_dropped: int | None = None
    ring_dropped: int | None = None
    kept_back: int | None = None
    notice: str = ""
    state: str = ""
    mood: str = "primary"
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line. When the line gets narrow, those of the lowest ``rank`` get their place first, 0 always.

    One that ``shrinks`` is cut where there is no room for the whole of it.
    """

    content: Content
    rank: int = 0
    shrinks: bool = False


def _plain(text: str, style: str = "") -> Content:
    return Content.styled(text, style) if style else Content(text)


def _labelled(value: str, label: str, style: str = STRONG) -> Content:
    return Content.assemble((value, style), (f" {label}", MUTED))


def device_pieces(facts: HeaderFacts, place: str = "") -> list[Piece]:
    """The interface: name, network namespace, mode, flags, owner, addresses."""
    pieces = [Piece(_plain(f" {facts.name} ", "bold $text-primary on $boost"))]
    if place:
        pieces.append(Piece(_plain(f"in {place}"), 2))
    if facts.mode:
        pieces.append(Piece(_plain(facts.mode), 3))
    if facts.why:
        pieces.append(Piece(_plain(facts.why, MUTED), 4))
    if facts.sieve:
        pieces.append(Piece(_plain(f"-f {facts.sieve}", WARNING), 2, shrinks=True))
    if facts.absent:
        pieces.append(Piece(_plain(f"✗ {facts.absent}", BAD), 1))
        return pieces
    if facts.up is not None:
        pieces.append(Piece(_plain("▲ up", GOOD) if facts.up else _plain("▼ down", "bold $text-warning"), 1))
    if facts.carrier is not None:
        has = facts.carrier
        pieces.append(Piece(_plain("● carrier", GOOD) if has else _plain("○ no carrier", WARNING), 2))
    if facts.owner:
        pieces.append(Piece(_plain(facts.owner), 5))
    if facts.mac:
        pieces.append(Piece(_plain(facts.mac, MUTED), 7))
    pieces += [Piece(_plain(address), 6 if n == 0 else 8) for n, address in enumerate(facts.addresses)]
    return pieces


def count_pieces(facts: HeaderFacts) -> list[Piece]:
    """The traffic: frames, bytes, rate, drops, and what is to be said of it."""
    pieces = [
        Piece(_labelled(number_in_words(facts.frames), "frame" if facts.frames == 1 else "frames"), 1),
        Piece(_labelled(bytes_in_words(facts.octets), ""), 5),
    ]
    if facts.progress < 1:
        pieces.append(Piece(progress_bar("reading", facts.progress), 1))
    if facts.rate is not None:
        frames, octets = facts.rate
        pieces.append(Piece(_labelled(number_in_words(frames), "frames/s"), 4))
        pieces.append(Piece(_labelled(bytes_in_words(octets) + "/s", ""), 6))
    if facts.queue_dropped is not None or facts.ring_dropped is not None or facts.lost:
        pieces.append(Piece(_dropped(facts), 1 if facts.lost or facts.queue_dropped or facts.ring_dropped else 3))
    if facts.kept_back is not None:
        pieces.append(Piece(_labelled(number_in_words(facts.kept_back), KEPT_BACK), 1))
    if facts.held is not None:
        pieces.append(Piece(_memory(facts, *facts.held), 2 if facts.evicted else 4))
    if facts.spool is not None:
        pieces += _spool(facts.spool)
    if facts.notice:
        pieces.append(Piece(_plain(facts.notice, WARNING), 1, shrinks=True))
    return pieces


def _dropped(facts: HeaderFacts) -> Content:
    """Frames lost here; and those that the ring and the device's queue had no room for, where there are such."""
    places = (("here", facts.lost), ("by the ring", facts.ring_dropped), ("by the TAP's queue", facts.queue_dropped))
    told = [(count, where) for where, count in places if count is not None]
    parts = [Content.assemble((number_in_words(count), _loss(count)), (f" {where}", MUTED)) for count, where in told]
    return Content.assemble(("dropped ", MUTED), Content(", ").join(parts))


def _memory(facts: HeaderFacts, held: int, limit: int) -> Content:
    """What the frames take of what they may, and how many had to go for others."""
    parts = [("memory ", MUTED), (bytes_in_words(held), STRONG), (f" of {bytes_in_words(limit)}", MUTED)]
    if facts.evicted:
        parts += [(", ", MUTED), (number_in_words(facts.evicted), STRONG), (" evicted", MUTED)]
    return Content.assemble(*parts)


def _spool(spool: SpoolState) -> list[Piece]:
    """How many frames are on disk, and how many are not; how much that is, and where."""
    counts = [(number_in_words(spool.frames), STRONG), (" on disk", MUTED)]
    if spool.missed:
        counts += [(", ", MUTED), (number_in_words(spool.missed), BAD), (" not on disk", MUTED)]
    name = printable(Path(spool.path).name) if spool.files else f"in {printable(spool.path)}"
    more = f" in {spool.files} files, now" if spool.files > 1 else " in" if spool.files else ""
    where = Content.assemble((bytes_in_words(spool.octets), STRONG), (f"{more} {name}", MUTED))
    return [Piece(Content.assemble(*counts), 1 if spool.missed else 2), Piece(where, 5, shrinks=True)]


def _loss(count: int) -> str:
    return BAD if count else STRONG


def state_pieces(facts: HeaderFacts) -> list[Piece]:
    """The state word and the clock, which stand at the right end."""
    pieces = []
    if facts.clock:
        pieces.append(Piece(_plain(facts.clock, MUTED), 4))
    if facts.state:
        pieces.append(Piece(_plain(f" {facts.state} ", f"bold $background on $text-{facts.mood}")))
    return pieces


def fit(left: list[Piece], right: list[Piece], width: int) -> Content:
    """One line of ``width`` cells: left pieces, a gap, right pieces; the most important that there is room for."""
    pieces = [*left, *right]
    kept: dict[int, Content] = {}
    room = width
    for at in sorted(range(len(pieces)), key=lambda at: pieces[at].rank):
        piece = pieces[at]
        content = piece.content
        if piece.shrinks and content.cell_length > room >= SHRUNK_LEAST:
            content = content.truncate(room, ellipsis=True)
        if not piece.rank or content.cell_length <= room:
            kept[at] = content
            room -= content.cell_length + GAP
    start = _join(kept, range(len(left)))
    end = _join(kept, range(len(left), len(pieces)))
    between = max(width - start.cell_length - end.cell_length, 1 if right else 0)
    return Content.assemble(start, " " * between, end).truncate(width, ellipsis=True)


def _join(kept: Mapping[int, Content], places: range) -> Content:
    return Content(" " * GAP).join([kept[at] for at in places if at in kept])


class HeaderLine(Widget):
    """Shows ``facts`` on as many lines as it is high, one or two. ``place`` names the network namespace, if needed."""

    ALLOW_SELECT = False
    facts: reactive[HeaderFacts] = reactive(HeaderFacts())

    def __init__(self, place: str = "", *, id: str | None = None) -> None:  # noqa: A002  as Textual calls it
        super().__init__(id=id)
        self._place = place

    def render(self) -> Content:
        """One line of everything, or the device above its traffic."""
        facts, width = self.facts, self.size.width
        device, counts, state = device_pieces(facts, self._place), count_pieces(facts), state_pieces(facts)
        if self.size.height < 2:
            return fit(device + counts, state, width)
        return Content("\n").join([fit(device, state, width), fit([Piece(Content("")), *counts], [], width)])
