"""Header columns against scapy's dissection, against a reader of one frame at a time, and on hostile bytes."""

import mmap

import numpy as np
from header_reference import LINK_TYPES, Reader
from hostile_frames import hostile_frames
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether

from tapscope.frame import Direction, Interface
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.store.headers import HEADERS, NO_NETWORK, NO_VLAN, Headers, Kind, gather_bytes, read_headers

LINK = Ether(src="52:54:00:11:22:33", dst="02:00:00:00:00:01")


def headers_of(*frames: bytes, link_type: int = 1) -> Headers:
    batch = batch_of([(frame, 0, Direction.IN) for frame in frames])
    return read_headers(batch.block, batch.offset, batch.captured, link_type)


def row(frame: bytes, link_type: int = 1) -> dict[str, int]:
    headers = headers_of(frame, link_type=link_type)
    return {name: getattr(headers, name).tolist()[0] for name in HEADERS}


def test_the_columns_are_those_that_are_named():
    assert tuple(HEADERS) == Headers.__slots__
    headers = headers_of(bytes(LINK / IP() / TCP()))
    assert {name: getattr(headers, name).dtype for name in HEADERS} == {
        name: np.dtype(kind) for name, kind in HEADERS.items()
    }


def test_a_tcp_segment():
    frame = (
        LINK / IP(src="10.0.0.1", dst="10.0.0.2", options=[b"\x01\x01\x01\x01"]) / TCP(sport=5, dport=443, flags="SA")
    )
    assert row(bytes(frame)) == {
        "mac_destination_high": 0x0200,
        "mac_destination_low": 0x00000001,
        "mac_source_high": 0x5254,
        "mac_source_low": 0x00112233,
        "ethertype": 0x0800,
        "vlan": NO_VLAN,
        "network": 14,
        "transport": 14 + 24,
        "source": 0x0A000001,
        "destination": 0x0A000002,
        "protocol": 6,
        "kind": Kind.IPV4,
        "first": 5,
        "second": 443,
        "tcp_flags": 0x12,
    }


def test_tags_are_unwrapped_and_the_outermost_is_told():
    found = row(bytes(LINK / Dot1AD(vlan=7) / Dot1Q(vlan=9) / IP() / UDP(sport=1, dport=2)))
    assert (found["vlan"], found["ethertype"], found["network"]) == (7, 0x0800, 22)
    assert found["kind"] == Kind.IPV4 | Kind.TAGS
    assert (found["first"], found["second"]) == (1, 2)


def test_extension_headers_are_walked():
    frame = LINK / IPv6(src="::1", dst="::2") / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / UDP(sport=8, dport=9)
    found = row(bytes(frame))
    assert (found["protocol"], found["transport"], found["first"], found["second"]) == (17, 14 + 40 + 16, 8, 9)
    assert (found["source"], found["destination"]) == (1, 2)


def test_a_later_fragment_has_no_ports():
    four = row(bytes(LINK / IP(frag=100) / UDP(sport=1, dport=2)))
    six = row(bytes(LINK / IPv6() / IPv6ExtHdrFragment(offset=5, m=1) / UDP(sport=1, dport=2)))
    for found in (four, six):
        assert found["kind"] & Kind.LATER
        assert found["kind"] & Kind.FRAGMENT
        assert (found["transport"], found["first"], found["protocol"]) == (0, 0, 17)


def test_arp_and_icmp():
    found = row(bytes(LINK / ARP(op=2, psrc="10.0.0.1", pdst="10.0.0.2")))
    assert (found["kind"], found["first"]) == (Kind.ARP, 2)
    assert (found["source"], found["destination"]) == (0x0A000001, 0x0A000002)
    error = row(bytes(LINK / IP() / ICMP(type=3, code=4) / IP() / UDP()))
    assert (error["kind"], error["first"], error["second"]) == (Kind.IPV4 | Kind.NESTED, 3, 4)


def test_a_link_type_that_is_not_read_is_opaque():
    found = row(b"\x45" * 60, link_type=105)
    assert (found["kind"], found["network"]) == (Kind.OPAQUE, NO_NETWORK)


def test_gathered_bytes_end_where_the_frame_ends():
    batch = batch_of([(b"abcdef", 0, Direction.IN), (b"gh", 0, Direction.IN)])
    assert gather_bytes(batch, 1, 3).tobytes() == b"bcdh\0\0"
    assert gather_bytes(batch, np.array([4, 0]), 2).tobytes() == b"efgh"
    assert gather_bytes(batch, 0, 2, np.array([1])).tobytes() == b"gh"


def test_parts_of_the_store_have_headers():
    store = Store()
    store.set_interfaces([Interface("tap0")])
    frame = bytes(LINK / IP(src="10.0.0.1") / UDP(sport=7))
    for count in (1, 5000, 2, 3):
        store.append(batch_of([(frame, 0, Direction.IN)] * count))
    parts = list(store.parts(1, store.last))
    assert [part.number for part in parts] == [1, 2, 5002]
    assert [len(part.batch.headers.first[part.where]) for part in parts] == [1, 5000, 5]
    assert all((part.batch.headers.first[part.where] == 7).all() for part in parts)
    assert [part.number for part in store.parts(5003, 5004)] == [5003]


def expected(frames: list[bytes], link_types: list[int]) -> list[dict[str, int]]:
    return [Reader(frame, link_type).row for frame, link_type in zip(frames, link_types, strict=True)]


def rows_of(headers: Headers) -> list[dict[str, int]]:
    columns = [getattr(headers, name).tolist() for name in HEADERS]
    return [dict(zip(HEADERS, values, strict=True)) for values in zip(*columns, strict=True)]


@settings(max_examples=300)
@given(st.lists(hostile_frames(), min_size=1, max_size=20), st.data())
def test_hostile_frames_are_read_as_one_frame_at_a_time_reads_them(frames, data):
    """Each frame is cut from bytes that go on behind it, which must not be read."""
    link_types, wholes = [link_type for link_type, _ in frames], [frame for _, frame in frames]
    cuts = [0, 0, 0, 0, 1, 4, 13, 15, 21, 23, 25]
    captured = [max(0, len(frame) - data.draw(st.sampled_from(cuts), "cut")) for frame in wholes]
    starts = np.cumsum([0, *(len(frame) for frame in wholes[:-1])])
    block = data.draw(st.sampled_from([bytes, bytearray, memoryview]))(b"".join(wholes))
    headers = read_headers(block, starts, np.array(captured, np.uint32), np.array(link_types))
    believed = [frame[:count] for frame, count in zip(wholes, captured, strict=True)]
    assert rows_of(headers) == expected(believed, link_types)


@given(st.lists(st.binary(max_size=200), max_size=20), st.sampled_from(LINK_TYPES))
def test_no_bytes_at_all_make_it_raise(frames, link_type):
    headers = headers_of(*frames, link_type=link_type)
    assert rows_of(headers) == expected(frames, [link_type] * len(frames))


def test_many_frames_are_read_as_few_are():
    frames = [bytes(LINK / IP(src=f"10.{n >> 8 & 255}.{n & 255}.1") / UDP(sport=n)) for n in range(200)] * 100
    headers = headers_of(*frames)
    assert headers.first.tolist() == list(range(200)) * 100


def test_a_long_chain_of_tags_or_extensions_is_left_to_the_dissector():
    tags = bytes(LINK)[:12] + b"\x81\0\0\x01" * 100
    chain = bytes(LINK / IPv6(nh=60, plen=800)) + bytes([60, 0, 0, 0, 0, 0, 0, 0]) * 100
    assert row(tags)["kind"] & Kind.OPAQUE
    assert row(chain)["kind"] & Kind.OPAQUE


def test_a_mapped_file_that_shrank_is_read_as_far_as_it_goes(tmp_path):
    frame = bytes(LINK / IP(src="10.0.0.1") / UDP(sport=7, dport=9) / bytes(4096 - 42))
    path = tmp_path / "block"
    path.write_bytes(frame * 100)
    with path.open("r+b") as file:
        block = memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
        file.truncate(10 * 4096 + 30)
    headers = read_headers(block, np.arange(100) * 4096, np.full(100, 4096, np.uint32), 1)
    assert headers.first.tolist() == [7] * 10 + [0] * 90
    assert headers.ethertype.tolist() == [0x0800] * 11 + [0] * 89
    assert (headers.kind[10:] & np.uint8(Kind.OPAQUE) != 0).all()
