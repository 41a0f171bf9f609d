"""The types of fields, and what a literal of each looks like.

Numbers, addresses and times are all integers here, and what a filter asks of them is a set of closed intervals: a
network is one, so is ``> 5``. That is what whole columns are compared with.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from tapscope.filters.fault import FilterError
from tapscope.filters.tokens import Sort, Token

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """A type. ``noun`` is what a message calls a value of it; ``bits`` of an integer, 0 of what is none."""

    name: str
    noun: str
    bits: int = 0

    @property
    def is_integer(self) -> bool:
        """Whether values are integers, and compared as intervals; else they are bytes or text."""
        return self.bits > 0

    @property
    def most(self) -> int:
        """The highest integer."""
        return (1 << (self.bits - (self in {TIME, DURATION}))) - 1

    @property
    def least(self) -> int:
        """The lowest integer."""
        return -1 - self.most if self in {TIME, DURATION} else 0


BOOLEAN = Kind("bool", "true or false", 1)
PORT = Kind("port", "port", 16)
IPV4 = Kind("ipv4", "IPv4 address", 32)
IPV6 = Kind("ipv6", "IPv6 address", 128)
ETHER = Kind("ether", "MAC address", 48)
TIME = Kind("time", "time", 64)
"""Nanoseconds since the epoch."""
DURATION = Kind("duration", "time span", 64)
"""Nanoseconds."""
BYTES = Kind("bytes", "bytes")
TEXT = Kind("text", "text")
PROTOCOL = Kind("protocol", "bytes")
KINDS = {
    kind.name: kind
    for kind in (
        *(Kind(f"u{bits}", "number", bits) for bits in (4, 8, 16, 24, 32, 48, 64, 128)),
        *(BOOLEAN, PORT, IPV4, IPV6, ETHER, TIME, DURATION, BYTES, TEXT, PROTOCOL),
    )
}
NUMBER = KINDS["u64"]

_NUMBER = re.compile(r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0b(?P<bin>[01]+)|(?P<oct>0[0-7]*)|(?P<dec>\d+))$")
_HEX = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})+)$")
_PAIRS = re.compile(r"[0-9a-fA-F]{1,2}(?:([:.-])[0-9a-fA-F]{1,2})?(?:\1[0-9a-fA-F]{1,2})*$")
_MAC = re.compile(
    r"(?:[0-9a-fA-F]{2}([:.-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}|(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4})$"
)
_SPAN = re.compile(r"(-?\d*\.?\d+|-?\d+\.)(s|ms|us|ns|m|h)?$")
_UNITS = {None: 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1, "m": 60 * 10**9, "h": 3600 * 10**9}
_MONTHS = "%b %d, %Y %H:%M:%S"
_MOMENT = re.compile(r"(?P<whole>[^.]*?)(?:\.(?P<fraction>\d{1,9}))?\s*(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?$")


def interval_of(kind: Kind, token: Token) -> Interval:
    """The integers that a literal stands for: one, or those of a network. Raises ``FilterError``."""
    read = _READERS.get(kind.name, _number)
    try:
        low, high = read(token)
    except ValueError:
        raise FilterError(_refusal(kind, token), token.at, token.until) from None
    if high > kind.most:
        raise FilterError(f"{token.text} is too big: at most {kind.most} fits here", token.at, token.until)
    if low < kind.least:
        raise FilterError(f"{token.text} is too small: at least {kind.least} fits here", token.at, token.until)
    return low, high


def bytes_of(token: Token) -> bytes:
    """The bytes that a literal stands for: ``de:ad``, ``de-ad``, ``dead``, or a string. Raises ``FilterError``."""
    if token.sort is not Sort.WORD:
        return token.value
    if found := _HEX.match(token.text):
        return bytes.fromhex(found[1])
    if _PAIRS.match(token.text):
        return bytes(int(pair, 16) for pair in re.split("[:.-]", token.text))
    said = f'{token.text} is no bytes: they are written 47:45:54, text in quotes: "{token.text}"'
    raise FilterError(said, token.at, token.until)


def text_of(token: Token) -> str:
    """The text that a literal stands for, with or without quotes."""
    return token.text if token.sort is Sort.WORD else token.value.decode(errors="replace")


_SHAPES = {
    "ipv4": "10.0.0.2, or a network: 10.0.0.0/8",
    "ipv6": "fe80::1, or a network: fe80::/10",
    "ether": "52:54:00:12:34:56, or compare a part: eth.src[0:3] == 52:54:00",
    "time": '"2026-01-02 03:04:05", with .123 and Z for UTC if you like',
    "duration": "1.5 (seconds), or 200ms",
    "bool": "1 or 0, True or False",
}


def _refusal(kind: Kind, token: Token) -> str:
    shape = _SHAPES.get(kind.name)
    return f"{token.text} is no {kind.noun}" + (f": write {shape}" if shape else "")


def _number(token: Token) -> Interval:
    if token.sort is Sort.CHARACTER and len(token.value) == 1:
        return token.value[0], token.value[0]
    found = _NUMBER.match(token.text)
    if found is None or token.sort is not Sort.WORD or len(token.text) > 80:
        raise ValueError
    digits, base = next((found[name], base) for name, base in _BASES if found[name])
    number = int(digits, base)
    number = -number if found["sign"] == "-" else number
    return number, number


_BASES = (("hex", 16), ("bin", 2), ("oct", 8), ("dec", 10))


def _boolean(token: Token) -> Interval:
    if token.sort is Sort.WORD and token.text.lower() in {"true", "false"}:
        return (1, 1) if token.text.lower() == "true" else (0, 0)
    return _number(token)


def _network(version: "type[IPv4Network] | type[IPv6Network]") -> Callable[[Token], Interval]:
    def read(token: Token) -> Interval:
        network = ip_network(token.text if token.sort is Sort.WORD else token.value.decode(), strict=False)
        if not isinstance(network, version):
            raise ValueError  # noqa: TRY004  the literal is at fault
        return int(network.network_address), int(network.broadcast_address)

    return read


def _mac(token: Token) -> Interval:
    if token.sort is not Sort.WORD or not _MAC.match(token.text):
        raise ValueError
    number = int(re.sub("[:.-]", "", token.text), 16)
    return number, number


def _duration(token: Token) -> Interval:
    found = _SPAN.match(text_of(token))
    if found is None or len(token.text) > 40:
        raise ValueError
    try:
        span = int(Decimal(found[1]) * _UNITS[found[2]])
    except InvalidOperation:
        raise ValueError from None
    return span, span


def _time(token: Token) -> Interval:
    """ISO 8601, or as Wireshark prints it: ``Jan  2, 2026 03:04:05``; local unless it says UTC. No time: midnight."""
    found = _MOMENT.match(text_of(token).strip())
    if found is None:
        raise ValueError
    whole = found["whole"].strip()
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        moment = datetime.strptime(" ".join(whole.split()), _MONTHS)
    if zone := found["zone"]:
        moment = moment.replace(
            tzinfo=UTC if zone in {"Z", "UTC"} else datetime.fromisoformat(f"2000-01-01 00:00{zone}").tzinfo
        )
    try:
        seconds = int(moment.timestamp())
    except (OverflowError, OSError):
        raise ValueError from None
    at = seconds * 10**9 + int((found["fraction"] or "0").ljust(9, "0"))
    return at, at


_READERS: dict[str, Callable[[Token], Interval]] = {
    "bool": _boolean,
    "ipv4": _network(IPv4Network),
    "ipv6": _network(IPv6Network),
    "ether": _mac,
    "duration": _duration,
    "time": _time,
}


Value = Any
"""A field's value: an ``int``, ``bytes`` or ``str``, as its kind says."""
