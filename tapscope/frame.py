"""One frame as the store hands it out. A leaf: plain frozen types that every room may import."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

LINKTYPE_ETHERNET = 1
"""LINKTYPE_ETHERNET of https://www.tcpdump.org/linktypes.html, what a TAP carries."""
LINKTYPE_RAW = 101
"""LINKTYPE_RAW of the same list, what a TUN carries: IPv4 or IPv6 without a link layer."""


class Direction(IntEnum):
    """Seen from this host: ``OUT`` = its kernel sent the frame into the TAP, ``IN`` = towards this host."""

    UNKNOWN = 0
    IN = 1
    OUT = 2

    @property
    def word(self) -> str:
        """``in``, ``out``, or nothing where the source does not say."""
        return ("", "in", "out")[self]


class Offload(IntFlag):
    """What the sender left to the hardware, which on a TAP is not there: nothing of it is a fault of the frame.

    ``CHECKSUM_PENDING``: the transport checksum is not filled in yet (TP_STATUS_CSUMNOTREADY of packet(7);
    VIRTIO_NET_HDR_F_NEEDS_CSUM). ``SEGMENTS``: one frame that stands for several on a wire (GSO, GRO).
    """

    NONE = 0
    CHECKSUM_PENDING = 1
    SEGMENTS = 2

    @property
    def badges(self) -> str:
        """``[GSO] [CSUM]``, as far as they are due: for a list, which has no room for a sentence."""
        due = ((Offload.SEGMENTS, "[GSO]"), (Offload.CHECKSUM_PENDING, "[CSUM]"))
        return " ".join(badge for offload, badge in due if offload in self)


@dataclass(frozen=True, slots=True)
class Interface:
    """Where frames came from. ``link_type`` is a LINKTYPE_ number; ``snap_length`` 0 means no limit."""

    name: str
    link_type: int = LINKTYPE_ETHERNET
    snap_length: int = 0


def are_several(interfaces: Iterable[Interface]) -> bool:
    """Whether they have more than one name, so that frames want to be told apart by it."""
    return len({interface.name for interface in interfaces}) > 1


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured frame.

    ``number`` counts from 1. ``time_ns`` is nanoseconds since the epoch, None where the source has no time.
    ``length`` is the length on the wire, ``data`` what was captured of it (``len(data) <= length``).
    ``offload`` is known of live frames only.
    """

    number: int
    time_ns: int | None
    direction: Direction
    length: int
    data: bytes
    interface: Interface
    comments: tuple[str, ...] = field(default=())
    offload: Offload = Offload.NONE
