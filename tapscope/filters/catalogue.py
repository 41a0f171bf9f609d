"""The fields a filter may ask for: by Wireshark's name where it has one, and whatever scapy knows by scapy's.

The names are kept in ``names/``, a field a line: its name, its type, where dissect finds it, and a word of help.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from tapscope.filters.fault import FilterError
from tapscope.filters.kinds import KINDS, PROTOCOL, Kind
from tapscope.filters.tokens import Token

_SHEETS = ("frame", "link", "network", "transport", "application")
_ALIASES = {"bootp": "dhcp"}
"""Names of old: ``bootp.type``."""

_ELSEWHERE = {
    "tcp.seq": "tcp.seq wants the whole connection: tcp.seq_raw is the number as on the wire",
    "tcp.ack": "tcp.ack wants the whole connection: tcp.ack_raw is the number as on the wire",
    "tcp.stream": "tcp.stream wants the whole connection: give its addresses and ports",
    "udp.stream": "udp.stream wants the whole connection: give its addresses and ports",
    "tcp.window_size": "tcp.window_size wants the whole connection: tcp.window_size_value is that on the wire",
    "tls": "TLS is not taken apart here: tcp.port == 443, or tcp contains 16:03:01",
    "ssl": "TLS is not taken apart here: tcp.port == 443, or tcp contains 16:03:01",
    "quic": "QUIC is not taken apart here: udp.port == 443",
    "ssh": "SSH is not taken apart here: tcp.port == 22",
    "host": "host is of capture filters (-f): here it is ip.addr == 10.0.0.2",
    "port": "port is of capture filters (-f): here it is tcp.port == 80, or udp.port == 53",
    "net": "net is of capture filters (-f): here it is ip.addr == 10.0.0.0/8",
    "src": "src is of capture filters (-f): here it is ip.src == 10.0.0.2",
    "dst": "dst is of capture filters (-f): here it is ip.dst == 10.0.0.2",
    "ip6": "ip6 is of capture filters (-f): here it is ipv6",
    "icmp6": "icmp6 is of capture filters (-f): here it is icmpv6",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field, or a protocol. ``sources`` is what ``dissect.fields`` reads it by; empty for what the store knows."""

    name: str
    kind: Kind
    sources: tuple[str, ...]
    help: str

    @property
    def is_protocol(self) -> bool:
        """Whether it is a layer with all that is in it."""
        return self.kind is PROTOCOL


@cache
def fields() -> Mapping[str, Field]:
    """The fields with Wireshark's names."""
    sheets = files(__package__) / "names"
    lines = (line for sheet in _SHEETS for line in (sheets / f"{sheet}.txt").read_text("utf-8").splitlines())
    found = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, kind, sources, words = line.split(maxsplit=3)
            found[name] = Field(name, KINDS[kind], () if sources == "-" else tuple(sources.split(",")), words)
    return found


def field_of(token: Token) -> Field:
    """The field that a word names. Raises ``FilterError`` with the nearest names."""
    found = find(token.text)
    if found is None:
        raise FilterError(_unknown(token.text), token.at, token.until)
    return found


def find(name: str) -> Field | None:
    """The field of this name, Wireshark's or scapy's; None where there is none."""
    known = fields().get(name)
    if known is not None:
        return known
    first, dot, rest = name.partition(".")
    if first in _ALIASES:
        return fields().get(f"{_ALIASES[first]}{dot}{rest}")
    return _of_scapy(name) if name[:1].isupper() or name.startswith("_") else None


@cache
def _of_scapy(name: str) -> Field | None:
    from tapscope.dissect.known import look_up  # noqa: PLC0415  scapy takes 300 ms

    found = look_up(name)
    if found is None:
        return None
    return Field(name, KINDS[found.kind], (name,), found.help)


def _unknown(name: str) -> str:
    if said := _ELSEWHERE.get(name):
        return said
    what = "field" if "." in name else "field or protocol"
    near = nearest(name)
    return f"{name} is no {what}" + (f": did you mean {' or '.join(near)}?" if near else "")


def nearest(name: str) -> list[str]:
    """At most three names that may be meant."""
    if name[:1].isupper():
        from tapscope.dissect.known import nearest as of_scapy  # noqa: PLC0415  scapy takes 300 ms

        return of_scapy(name)
    if len(name) > 80:
        return []
    lowered = name.lower()
    if lowered in fields():
        return [lowered]
    first, dot, _ = lowered.partition(".")
    siblings = [each for each in fields() if each.startswith(f"{first}.")] if dot else []
    close = get_close_matches(lowered, siblings, 1, 0.5) or get_close_matches(lowered, fields(), 2, 0.7)
    return close or siblings[:3]
