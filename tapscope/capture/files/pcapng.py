"""The block format: draft-ietf-opsawg-pcapng. Sections, interfaces and packets; every other block is passed over."""

from dataclasses import dataclass, field
from struct import Struct

import numpy as np

from tapscope.capture.files.packets import PACKETS, packets
from tapscope.capture.files.section import Section
from tapscope.capture.files.window import MAX_BLOCK, NOTHING, Window
from tapscope.frame import Interface
from tapscope.store.batch import Batch

SECTION_HEADER_BYTES = b"\n\r\r\n"
"""The type of a section header block, the same in both byte orders."""

_INTERFACE_DESCRIPTION = 1
_BLOCK_BYTES, _PACKET_BYTES, _INTERFACE_BYTES, _SECTION_BYTES = 12, 16, 20, 28
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_VERSIONS = {(1, 0), (1, 2)}
_MAX_INTERFACES = 1 << 16


@dataclass(slots=True)
class _Run:
    """Packet blocks of one section: where they begin, and before how many of them each interface was described."""

    known: int
    starts: list[int] = field(default_factory=list)
    described: list[int] = field(default_factory=list)


class PcapngParser:
    """Blocks, each of which says its type, and its length in front and behind.

    An interface's number is that in its section, and those of the sections before are added to it. A section of an
    unknown version is passed over and named as a fault.
    """

    def __init__(self, at: int = 0) -> None:
        self.interfaces: list[Interface] = []
        self.at = at
        self.need = _BLOCK_BYTES
        self.stopped = False
        self.fault = ""
        self._fault_at = 0
        self._section = Section("<", 0, readable=False)

    def read(self, window: Window) -> Batch:
        """The frames of the whole blocks in the window, up to the end of a section."""
        run = _Run(len(self._section.snap_lengths))
        while not self.stopped and self._here(window, _BLOCK_BYTES):
            at = self.at - window.base
            if window.data[at : at + 4] == SECTION_HEADER_BYTES:
                if run.starts or not self._open_section(window, at):
                    break
                run = _Run(0)
            elif not self._pass_block(window, at, run):
                break
        if not run.starts:
            return NOTHING
        known = run.known + np.searchsorted(run.described, np.arange(len(run.starts)), side="right")
        batch, flaw = packets(window.data, run.starts, self._section, known)
        if flaw:
            self._fail(flaw.words, window.base + run.starts[flaw.index])
        return batch

    def _open_section(self, window: Window, at: int) -> bool:
        order = _ORDERS.get(bytes(window.data[at + 8 : at + 12]))
        if order is None:
            return self._fail("is a section header without its byte-order magic")
        (total,) = Struct(order + "I").unpack_from(window.data, at + 4)
        if not self._whole(window, total, _SECTION_BYTES, order):
            return False
        version = Struct(order + "HH").unpack_from(window.data, at + 12)
        if version not in _VERSIONS:
            self._note(f"begins a section of version {version[0]}.{version[1]}, which is passed over", self.at)
        self._section = Section(order, len(self.interfaces), readable=version in _VERSIONS)
        self.at += total
        return True

    def _pass_block(self, window: Window, at: int, run: _Run) -> bool:
        kind, total = self._section.head(window.data, at)
        if not self._section.readable or kind not in PACKETS | {_INTERFACE_DESCRIPTION}:
            return self._pass_over(window, total)
        least = _PACKET_BYTES if kind in PACKETS else _INTERFACE_BYTES
        if not self._whole(window, total, least, None if kind in PACKETS else self._section.order):
            return False
        if kind in PACKETS:
            self._pass_packets(window, at, run.starts)
            return True
        if len(self.interfaces) == _MAX_INTERFACES:
            return self._fail(f"describes one more than {_MAX_INTERFACES} interfaces")
        self.interfaces.append(self._section.describe(window.data, at, total))
        run.described.append(len(run.starts))
        self.at += total
        return True

    def _pass_packets(self, window: Window, at: int, starts: list[int]) -> None:
        """All packet blocks that follow each other, while they are whole and their lengths possible."""
        data, size, last = window.data, window.size, window.size - _BLOCK_BYTES
        head, append = self._section.head, starts.append
        while at <= last:
            kind, total = head(data, at)
            if kind not in PACKETS or total & 3 or not _PACKET_BYTES <= total <= MAX_BLOCK or at + total > size:
                break
            append(at)
            at += total
        self.at = window.base + at

    def _pass_over(self, window: Window, total: int) -> bool:
        """A block that does not matter: only its lengths are looked at, and only the front one when it is huge."""
        if total > MAX_BLOCK and not total & 3 and (window.end is None or self.at + total <= window.end):
            self.at += total
            return True
        if not self._whole(window, total, _BLOCK_BYTES, self._section.order):
            return False
        self.at += total
        return True

    def _whole(self, window: Window, total: int, least: int, order: str | None) -> bool:
        """Whether the block at ``at`` lies in the window; with a byte order, also its length behind is compared."""
        words = _impossible(total, least, None if window.end is None else window.end - self.at)
        if not words and not self._here(window, total):
            return False
        if not words and order is not None:
            (behind,) = Struct(order + "I").unpack_from(window.data, self.at - window.base + total - 4)
            words = "" if behind == total else f" in front but {behind} behind"
        return self._fail(f"says {total} bytes{words}") if words else True

    def _here(self, window: Window, count: int) -> bool:
        """Whether the window holds ``count`` bytes from ``at``; else they are needed, or the file ends before them."""
        if window.holds(self.at, count):
            return True
        self.need = count
        if window.end is not None and self.at + count > window.end:
            if self.at < window.end:
                self._fail(f"is cut off: {window.end - self.at} bytes are left of its {count}")
            elif self.at > window.end:
                self._note(f"should begin, but the file ends at {window.end}", self.at)
            self.stopped = True
        return False

    def _fail(self, words: str, at: int | None = None) -> bool:
        """Damage that cannot be passed. Always False."""
        self._note(words, self.at if at is None else at)
        self.stopped = True
        return False

    def _note(self, words: str, at: int) -> None:
        if not self.fault or at < self._fault_at:
            self.fault, self._fault_at = f"block at offset {at} {words}", at


def _impossible(total: int, least: int, left: int | None) -> str:
    """What is wrong with a block's length when ``left`` bytes of the file are left; empty when nothing is."""
    if total & 3:
        return ", no multiple of 4"
    if total < least:
        return f", fewer than the {least} that it must have"
    if left is not None and total > left:
        return f" but {left} are left"
    return f", more than the {MAX_BLOCK} that are believed" if total > MAX_BLOCK else ""
