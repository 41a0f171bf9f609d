"""scapy's values as a filter compares them: integers, bytes and text, whatever scapy keeps them as."""

import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from scapy.packet import Packet

Value = int | bytes | str


def converted(value: Any, kind: str) -> Iterator[Value]:
    """``value`` as integers, bytes or text, as ``kind`` (a name of ``filters.kinds``) says; nothing where it is none.

    A list gives its items one by one. Never raises.
    """
    if value is None:
        return
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        for item in value:
            yield from converted(item, kind)
        return
    try:
        made = _CONVERSIONS.get(kind, _number)(getattr(value, "val", value))
    except Exception:  # an address of another length, a number that is text, what scapy could not read
        return
    yield made


def _number(value: Any) -> int:
    if isinstance(value, bytes):
        return int(value) if value.strip().isdigit() else int.from_bytes(value, "big")
    if isinstance(value, str) and ":" in value:
        return int.from_bytes(_mac(value), "big")
    return int(value)


def _ipv4(value: Any) -> int:
    packed = value if isinstance(value, bytes) else socket.inet_aton(str(value))
    if len(packed) != 4:
        raise ValueError
    return int.from_bytes(packed, "big")


def _ipv6(value: Any) -> int:
    packed = value if isinstance(value, bytes) else socket.inet_pton(socket.AF_INET6, str(value))
    if len(packed) != 16:
        raise ValueError
    return int.from_bytes(packed, "big")


def _mac(value: Any) -> bytes:
    packed = value if isinstance(value, bytes) else bytes.fromhex(str(value).replace(":", ""))
    if len(packed) < 6 or any(packed[6:]):
        raise ValueError
    return packed[:6]


def _ether(value: Any) -> int:
    return int.from_bytes(_mac(value), "big")


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, Packet):
        return value.original or bytes(value)
    if isinstance(value, str):
        try:
            return bytes.fromhex(value.replace(":", ""))
        except ValueError:
            return value.encode(errors="replace")
    return int(value).to_bytes((int(value).bit_length() + 7) // 8 or 1, "big")


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.split(b"\0", 1)[0].decode(errors="replace")
    return str(value)


def _time(value: Any) -> int:
    if isinstance(value, datetime):
        return int(value.timestamp() * 10**9)
    return int(value)


_CONVERSIONS: dict[str, Callable[[Any], Value]] = {
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "ether": _ether,
    "bytes": _bytes,
    "text": _text,
    "protocol": _bytes,
    "time": _time,
    "bool": lambda value: int(bool(_number(value))),
}


def name_text(value: Any) -> Any:
    """A domain name as Wireshark writes it: without the dot at its end, the root as ``<Root>``."""
    if isinstance(value, bytes):
        return value.removesuffix(b".") or b"<Root>"
    return (value.removesuffix(".") or "<Root>") if isinstance(value, str) else value
