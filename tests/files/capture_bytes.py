"""Capture files, byte by byte, as pcap-savefile(5) and draft-ietf-opsawg-pcapng say."""

import struct
from collections.abc import Iterable

from tapscope.capture.files.opening import CaptureSource
from tapscope.frame import Frame
from tapscope.store.batches import frames_of

MICRO, NANO, KUZNETZOV = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34

Record = tuple[int, int, bytes]
"""Seconds, fraction and bytes of a classic record."""


def pcap(
    records: Iterable[Record] = (), order="<", magic=MICRO, link=1, snap=262144, version=(2, 4), extra=b""
) -> bytes:
    header = struct.pack(order + "IHHiIII", magic, *version, 0, 0, snap, link)
    return header + b"".join(
        struct.pack(order + "IIII", seconds, fraction, len(data), len(data)) + extra + data
        for seconds, fraction, data in records
    )


def block(kind: int, body: bytes, order="<") -> bytes:
    body += bytes(-len(body) % 4)
    total = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + total + body + total


def option(code: int, value: bytes, order="<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


END = bytes(4)


def section(order="<", version=(1, 0), options=b"") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, -1) + options, order)


def interface(name="", order="<", link=1, snap=0, options=b"") -> bytes:
    named = option(2, name.encode(), order) if name else b""
    options = named + options
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options + (END if options else b""), order)


def enhanced(data: bytes, time=0, on=0, length=None, order="<", options=b"") -> bytes:
    length = len(data) if length is None else length
    head = struct.pack(order + "IIIII", on, time >> 32, time & 0xFFFFFFFF, len(data), length)
    return block(6, head + data + bytes(-len(data) % 4) + options, order)


def simple(data: bytes, length=None, order="<") -> bytes:
    return block(3, struct.pack(order + "I", len(data) if length is None else length) + data, order)


def obsolete(data: bytes, time=0, on=0, drops=0, order="<", options=b"") -> bytes:
    head = struct.pack(order + "HHIIII", on, drops, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
    return block(2, head + data + bytes(-len(data) % 4) + options, order)


def words_only(value: object) -> str:
    """Names a test's parameters by what is expected, not by the bytes."""
    return "" if isinstance(value, bytes) else str(value)


def frames(source: CaptureSource) -> list[Frame]:
    """Everything that a source which is always ready gives; it is closed."""
    found: list[Frame] = []
    try:
        while (batch := source.read()) is not None:
            found += frames_of(batch, source.interfaces, len(found) + 1)
    finally:
        source.close()
    return found
