"""Capture filters: tcpdump's language, pcap-filter(7), compiled by libpcap through cypcap.

What passes is told by the kernel where frames come by a packet ring (SO_ATTACH_FILTER, socket(7)), else here, frame by
frame, before anything else is done with it.
"""

import ctypes
import socket
import struct
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tapscope.capture.source import Measured, Source, SourceInfo, Telling
from tapscope.frame import LINKTYPE_ETHERNET, Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import piece, selected

_SNAP_LENGTH = 262_144
_SO_ATTACH_FILTER = 26
_INSTRUCTION = struct.Struct("=HBBI")
"""``struct sock_filter`` of ``include/uapi/linux/filter.h``."""
_PROGRAM = struct.Struct("@H6xP")
"""``struct sock_fprog``."""

_ENDINGS = ("", "1", "port 1", "arp", "1.2.3.4", "host 1.2.3.4", "02:00:00:00:00:01", "= 1", "0] = 1", "] = 1", ") = 1")
"""With one of them, or with more parentheses, what is right so far becomes a whole filter."""


class FilterRefused(OSError):
    """The text is no filter. ``at`` is the place in it of the word that libpcap stumbles over, None if not known."""

    def __init__(self, said: str, at: int | None = None) -> None:
        super().__init__(said)
        self.at = at


def _libpcap() -> Any:
    """Raises ``FilterRefused`` where cypcap is not installed."""
    try:
        import cypcap  # noqa: PLC0415  an extra
    except ImportError:
        raise FilterRefused("capture filters want cypcap, which brings libpcap: pip install cypcap") from None
    return cypcap


@dataclass(frozen=True, slots=True)
class Sieve:
    """A capture filter. Its programs are compiled when first wanted, one for each link type."""

    text: str
    _programs: dict[int, Any] = field(default_factory=dict, compare=False)

    def check(self) -> None:
        """Raise ``FilterRefused`` for what libpcap refuses, in its own words."""
        try:
            self._program(LINKTYPE_ETHERNET)
        except FilterRefused as refused:
            raise FilterRefused(str(refused), self._stumbled_at() if "syntax error" in str(refused) else None) from None

    def _program(self, link_type: int) -> Any:
        """The program for frames of this LINKTYPE_. Raises ``FilterRefused``."""
        if link_type not in self._programs:
            self._programs[link_type] = _compiled(self.text, link_type)
        return self._programs[link_type]

    def _stumbled_at(self) -> int | None:
        """Where the first word is with which no filter can go on."""
        at = 0
        for word in self.text.split():
            at = self.text.index(word, at)
            if not _can_go_on(self.text[: at + len(word)]):
                return at
            at += len(word)
        return None

    def attach(self, channel: socket.socket, name: str, link_type: int) -> bool:
        """Have the kernel throw away what does not pass, from the next frame on. False where it must be done here.

        Compiled for this very interface: the kernel keeps a VLAN tag beside the frame, and libpcap knows. It wants an
        interface that is up for that.
        """
        program = _for_interface(self.text, name, link_type)
        if program is None:
            return False
        lines = [tuple(map(int, line.split())) for line in program.dumps().split(",")[1:] if line.strip()]
        code = b"".join(_INSTRUCTION.pack(*line) for line in lines)
        kept = ctypes.create_string_buffer(code, len(code))
        channel.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM.pack(len(lines), ctypes.addressof(kept)))
        return True

    def of(self, batch: Batch, interfaces: Sequence[Interface]) -> Batch:
        """The frames of the batch that pass. Raises ``FilterRefused`` where a link type knows no such thing."""
        from_here = _libpcap().Pkthdr()
        passed = np.zeros(len(batch), np.bool_)
        columns = (batch.offset, batch.captured, batch.length, batch.interface)
        for at, (offset, captured, length, number) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
            data = piece(batch.block, offset, captured)
            from_here.caplen, from_here.len = len(data), length
            link_type = interfaces[number].link_type if number < len(interfaces) else LINKTYPE_ETHERNET
            passed[at] = self._program(link_type).offline_filter(from_here, data)
        return batch if passed.all() else selected(batch, passed)


def _compiled(text: str, link_type: int) -> Any:
    pcap = _libpcap()
    try:
        with pcap.open_dead(pcap.DatalinkType(_DATA_LINK.get(link_type, link_type)), _SNAP_LENGTH) as handle:
            return handle.compile(text)
    except (pcap.Error, ValueError) as refused:
        raise FilterRefused(str(refused.args[-1])) from None


_DATA_LINK: Mapping[int, int] = {101: 12}
"""DLT_ numbers that differ from LINKTYPE_ ones on Linux."""


def _for_interface(text: str, name: str, link_type: int) -> Any:
    """The program as tcpdump would have it on this interface; None where libpcap sees another link type, or nothing."""
    pcap = _libpcap()
    try:
        with warnings.catch_warnings(), pcap.create(name) as handle:
            warnings.simplefilter("ignore")  # what is no error would be written over the screen
            handle.activate()
            return handle.compile(text) if int(handle.datalink()) == _DATA_LINK.get(link_type, link_type) else None
    except (pcap.Error, ValueError):
        return None


def _can_go_on(beginning: str) -> bool:
    for ending in _ENDINGS:
        for closing in range(beginning.count("(") - beginning.count(")") + 1):
            try:
                _compiled(f"{beginning} {ending}{')' * closing}", LINKTYPE_ETHERNET)
            except FilterRefused as refused:
                if "syntax error" in str(refused):
                    continue
            return True
    return False


class SievedSource:
    """A ``Source`` of which only what passes is handed over. Owns the other. ``by_kernel``: it brings nothing else."""

    def __init__(self, source: Source, sieve: Sieve, *, by_kernel: bool = False) -> None:
        self._source = source
        self._sieve = sieve
        self._by_kernel = by_kernel

    @property
    def info(self) -> SourceInfo:
        """That of the other, and the filter."""
        return replace(self._source.info, sieve=self._sieve.text)

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those of the other."""
        return self._source.interfaces

    @property
    def fault(self) -> str:
        """That of the other."""
        return self._source.fault

    @property
    def dropped(self) -> int:
        """Those of the other; what does not pass is not dropped."""
        return self._source.dropped

    def fileno(self) -> int:
        """That of the other."""
        return self._source.fileno()

    def read(self) -> Batch | None:
        """What waits, and passes. Raises as the other does."""
        batch = self._source.read()
        if batch is None or self._by_kernel:
            return batch
        return self._sieve.of(batch, self._source.interfaces)

    def take_marks(self) -> Sequence[str]:
        """Those of the other."""
        return self._source.take_marks() if isinstance(self._source, Telling) else ()

    def extent(self) -> tuple[int, int] | None:
        """That of the other."""
        return self._source.extent() if isinstance(self._source, Measured) else None

    def close(self) -> None:
        """Close the other."""
        self._source.close()
