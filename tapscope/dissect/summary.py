"""One row of the list: who, to whom, in which protocol, and what it says.

scapy is imported at the first call, not with this module: see ``tapscope.dissect.load``.
"""

from dataclasses import dataclass
from enum import StrEnum

from tapscope.dissect.text import one_line
from tapscope.frame import Frame

_LONGEST = 400
"""Characters of an Info: wider than any terminal."""


class Tint(StrEnum):
    """The role of a row, by which a theme colours it. Info says the same in words."""

    WARNING = "warning"
    """ICMP errors, a topology or gateway change, a packet about to run out of hops."""
    ARP = "arp"
    ICMP = "icmp"
    ERROR = "error"
    """A connection torn down: TCP RST, SCTP ABORT."""
    HTTP = "http"
    ROUTING = "routing"
    """Routers and switches among themselves: HSRP, VRRP, RIP, IGMP, CDP."""
    HANDSHAKE = "handshake"
    """TCP with SYN or FIN."""
    TCP = "tcp"
    UDP = "udp"
    BROADCAST = "broadcast"
    """To a group of Ethernet stations, and nothing of the above."""
    NONE = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the list shows of a frame; every text is printable and on one line.

    ``source`` and ``destination`` are network addresses, or MAC addresses where there is no network layer; empty
    where the link has neither.
    """

    source: str
    destination: str
    protocol: str
    info: str
    tint: Tint


def summarize(frame: Frame) -> Summary:
    """The row of ``frame``, from its first 9 KiB. Never raises: what no dissector survives is shown as bytes."""
    from tapscope.dissect import rows  # noqa: PLC0415  scapy takes 300 ms

    try:
        row = rows.row(frame)
    except Exception:
        row = Summary("", "", "Raw", f"{len(frame.data)} bytes that could not be dissected", Tint.NONE)
    return Summary(
        one_line(row.source, _LONGEST),
        one_line(row.destination, _LONGEST),
        one_line(row.protocol, _LONGEST),
        one_line(row.info, _LONGEST),
        row.tint,
    )
