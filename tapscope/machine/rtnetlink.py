"""The rtnetlink messages that tapscope needs, coded and decoded. Pure but for ``ask``.

Layouts: ``include/uapi/linux/netlink.h``, ``rtnetlink.h``, ``if_link.h``, ``if_addr.h``; rtnetlink(7).
All integers are in the host's byte order; every message and attribute starts on a multiple of four bytes.
"""

import os
import socket
import struct
from collections.abc import Iterator, Mapping

NLM_F_REQUEST = 0x01
NLM_F_DUMP = 0x300

NLMSG_ERROR = 2
NLMSG_DONE = 3
RTM_NEWLINK = 16
RTM_DELLINK = 17
RTM_GETLINK = 18
RTM_NEWADDR = 20
RTM_GETADDR = 22

RTMGRP_LINK = 1

_MESSAGE_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE_HEADER = struct.Struct("=HH")
_TYPE_MASK = 0x3FFF
_RECEIVE_BYTES = 1 << 17


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def attributes(data: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield each ``(type, payload)`` from ``start`` on; a lying length ends the walk."""
    while start + 4 <= len(data):
        length, kind = _ATTRIBUTE_HEADER.unpack_from(data, start)
        if length < 4 or start + length > len(data):
            return
        yield kind & _TYPE_MASK, data[start + 4 : start + length]
        start += _aligned(length)


def attribute_table(data: bytes, start: int = 0) -> Mapping[int, bytes]:
    """The attributes by type; of a repeated one the last."""
    return dict(attributes(data, start))


def attribute(kind: int, payload: bytes) -> bytes:
    """One coded attribute, padded."""
    length = 4 + len(payload)
    return _ATTRIBUTE_HEADER.pack(length, kind) + payload + bytes(_aligned(length) - length)


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each ``(message type, payload)`` of one datagram; a lying length ends the walk."""
    start = 0
    while start + 16 <= len(data):
        length, kind, _flags, _sequence, _port = _MESSAGE_HEADER.unpack_from(data, start)
        if length < 16 or start + length > len(data):
            return
        yield kind, data[start + 16 : start + length]
        start += _aligned(length)


def request(kind: int, payload: bytes, flags: int = 0) -> bytes:
    """One coded request."""
    return _MESSAGE_HEADER.pack(16 + len(payload), kind, NLM_F_REQUEST | flags, 1, 0) + payload


def error_of(payload: bytes) -> int:
    """The errno that an ``NLMSG_ERROR`` carries, 0 for an acknowledgement."""
    return -int(struct.unpack_from("=i", payload)[0])


def ask(kind: int, payload: bytes, flags: int = 0) -> list[tuple[int, bytes]]:
    """Send one request and return the answers as ``(message type, payload)``.

    The socket belongs to the network namespace of the calling thread. No capability is needed to read.
    Raises ``OSError`` with the kernel's errno, e.g. ``ENODEV``.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as channel:
        channel.sendto(request(kind, payload, flags), (0, 0))
        answers: list[tuple[int, bytes]] = []
        while True:
            for answer_kind, answer in messages(channel.recv(_RECEIVE_BYTES)):
                if answer_kind == NLMSG_DONE:
                    return answers
                if answer_kind == NLMSG_ERROR:
                    number = error_of(answer)
                    raise OSError(number, os.strerror(number))
                answers.append((answer_kind, answer))
            if not flags & NLM_F_DUMP:
                return answers
