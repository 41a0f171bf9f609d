"""Frames whose headers follow each other as they should, mostly, and lie now and then."""

import struct

from hypothesis import strategies as st

from tapscope.store.kinds import EXTENSIONS

LINKS = {
    1: bytes(range(2, 14)),
    113: bytes(2) + b"\0\1" + bytes(10),
    276: b"",
    0: b"",
    101: b"",
    228: b"",
    229: b"",
    105: b"",
}
ADDRESSES = bytes(range(1, 33))


@st.composite
def transports(draw) -> tuple[int, bytes]:
    protocol = draw(st.sampled_from([1, 6, 6, 17, 17, 33, 41, 47, 50, 58, 59, 132, 136, 255]))
    first = draw(st.sampled_from([0x0300, 0x0800, 0x8700, 0x8900, 4789, 53]))
    head = struct.pack(
        ">HH8xH", first, draw(st.sampled_from([80, 4789])), draw(st.sampled_from([0x5012, 0x4FFF, 0x0002]))
    )
    return protocol, head + bytes(12)


@st.composite
def extended(draw, behind) -> tuple[int, bytes]:
    """What is behind, with an IPv6 extension header in front of it; or with many."""
    protocol, data = draw(behind)
    for _ in range(draw(st.sampled_from([0, 1, 1, 2, 3, 15, 16, 17]))):
        extension = draw(st.sampled_from(EXTENSIONS))
        eights = 0 if extension == 44 else draw(st.sampled_from([0, 0, 1, 2, 200]))
        size = (eights + 2) * 4 if extension == 51 else (eights + 1) * 8
        place = draw(st.sampled_from([0, 0, 1, 0x100, 0x101])) if extension == 44 else 0
        data = struct.pack(">BBH", protocol, eights, place) + bytes(size - 4) + data
        protocol = extension
    return protocol, data


@st.composite
def networks(draw) -> tuple[int, bytes]:
    """An ethertype, and what it announces; lengths lie now and then."""
    kind = draw(st.sampled_from(["ipv4", "ipv4", "ipv6", "ipv6", "arp", "else"]))
    lie = draw(st.sampled_from([0, 0, 0, 0, -1, -9, -30, 1]))
    if kind == "ipv4":
        protocol, data = draw(transports())
        words = draw(st.sampled_from([5, 5, 6, 15, 4]))
        total = draw(st.sampled_from([0, 20])) if lie == 1 else max(0, words * 4 + len(data) + lie)
        place = draw(st.sampled_from([0, 0, 0x4000, 0x2000, 0x2005, 5]))
        head = struct.pack(">BBHHHBBH", 0x40 | words, 0, total, 0, place, 64, protocol, 0)
        return 0x0800, (head + ADDRESSES).ljust(words * 4)[: words * 4] + data
    if kind == "ipv6":
        protocol, data = draw(extended(transports()))
        payload = 0 if lie == 1 else max(0, len(data) + lie)
        return draw(st.sampled_from([0x86DD, 0x0800])), struct.pack(
            ">IHBB", 6 << 28, payload, protocol, 9
        ) + ADDRESSES + data
    if kind == "arp":
        sizes = draw(st.sampled_from([(6, 4), (8, 4), (6, 16), (0, 4), (255, 4)]))
        announced = draw(st.sampled_from([0x0800, 0x0800, 0x86DD]))
        return draw(st.sampled_from([0x0806, 0x8035])), struct.pack(">HHBBH", 1, announced, *sizes, 2) + ADDRESSES * 20
    return draw(st.sampled_from([0x0800, 0x86DD, 0x8847, 0x88CC, 60, 1535, 0x8100])), draw(st.binary(max_size=60))


@st.composite
def hostile_frames(draw) -> tuple[int, bytes]:
    """A link type and a frame of it, behind which bytes of others follow in the block."""
    link_type = draw(st.sampled_from([1, 1, 1, *LINKS]))
    ethertype, data = draw(networks())
    if link_type == 0:
        family = {0x0800: 2, 0x86DD: draw(st.sampled_from([23, 24, 28, 30]))}.get(ethertype, ethertype)
        return draw(st.sampled_from([0, 108])), family.to_bytes(4, draw(st.sampled_from(["big", "little"]))) + data
    if link_type == 276:
        hardware = draw(st.sampled_from([1, 824]))
        return link_type, struct.pack(">HHIHBB8x", ethertype, 0, 1, hardware, 0, 6) + data
    if link_type not in {1, 113}:
        return link_type, data
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2, 59, 60, 61]))):
        data = struct.pack(">HH", draw(st.integers(0, 0xFFFF)), ethertype) + data
        ethertype = draw(st.sampled_from([0x8100, 0x88A8, 0x9100]))
    link = LINKS[link_type]
    if link_type == 1 and draw(st.booleans()):
        link = draw(st.sampled_from([b"\x01\0\x0c\0\0", b"\x0c\0\x0c\0\0", b"\x01\0\x0c\0\1"])) + link[5:]
    return link_type, link + ethertype.to_bytes(2, "big") + data
