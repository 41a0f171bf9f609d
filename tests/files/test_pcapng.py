"""Block files with known content."""

import struct

import pytest
from capture_bytes import END, block, enhanced, interface, obsolete, option, section, simple, words_only

from tapscope.capture.files import BadCapture
from tapscope.frame import Direction, Frame, Interface

BOTH = pytest.mark.parametrize("order", ["<", ">"])
NAME_RESOLUTION, STATISTICS, CUSTOM = 4, 5, 0x40000BAD


def tsresol(value: int, order="<") -> bytes:
    return option(9, bytes([value]), order)


def tsoffset(seconds: int, order="<") -> bytes:
    return option(14, struct.pack(order + "q", seconds), order)


def flags(value: int, order="<") -> bytes:
    return option(2, struct.pack(order + "I", value), order)


@BOTH
def test_a_frame_with_all_that_can_be_said_of_it(read, order):
    said = option(1, b"first", order) + flags(0x1FC | 1, order) + option(1, "zweitès\0rest".encode(), order) + END
    found, fault, interfaces = read(
        section(order)
        + interface("tap0", order, link=1, snap=96, options=tsresol(9, order))
        + enhanced(b"frame", 1_700_000_000_123_456_789, length=1500, order=order, options=said)
    )
    tap = Interface("tap0", 1, 96)
    assert found == [Frame(1, 1_700_000_000_123_456_789, Direction.IN, 1500, b"frame", tap, ("first", "zweitès"))]
    assert (fault, interfaces) == ("", [tap])


@BOTH
@pytest.mark.parametrize(
    ("value", "direction"), [(0, Direction.UNKNOWN), (1, Direction.IN), (2, Direction.OUT), (3, Direction.UNKNOWN)]
)
@pytest.mark.parametrize("after", [b"", END, "comment"])
def test_inbound_is_in_and_outbound_is_out(read, order, value, direction, after):
    after = option(1, b"!", order) if after == "comment" else after
    found, _, _ = read(
        section(order) + interface(order=order) + enhanced(b"", order=order, options=flags(value, order) + after)
    )
    assert found[0].direction is direction
    assert found[0].comments == (("!",) if len(after) > 4 else ())


class TestTime:
    def frame_time(self, read, options: bytes, units: int):
        return read(section() + interface(options=options) + enhanced(b"x", units))[0][0].time_ns

    @pytest.mark.parametrize(
        ("resolution", "units", "time_ns"),
        [
            (0, 5, 5 * 10**9),
            (3, 1234, 1_234_000_000),
            (6, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
            (9, 123, 123),
            (10, 1239, 123),
            (12, 1_999_999, 1999),
            (19, 2**64 - 1, 1_844_674_407),
            (20, 2**64 - 1, 184_467_440),
            (127, 2**64 - 1, 0),
            (0x80, 7, 7 * 10**9),
            (0x80 | 10, 1023, 1023 * 10**9 // 1024),
            (0x80 | 32, 2**33 + 3, 2 * 10**9 + 3 * 10**9 // 2**32),
            (0x80 | 40, 2**41 + 12345678, 2 * 10**9 + 12345678 * 10**9 // 2**40),
            (0x80 | 63, 2**64 - 1, 2 * 10**9 - 1),
            (0x80 | 127, 2**64 - 1, 0),
        ],
    )
    def test_every_resolution(self, read, resolution, units, time_ns):
        assert self.frame_time(read, tsresol(resolution), units) == time_ns

    def test_microseconds_unless_told_otherwise(self, read):
        assert self.frame_time(read, b"", 5) == 5000

    @pytest.mark.parametrize("seconds", [0, 1_700_000_000, -3, -(2**33)])
    def test_the_offset_is_added(self, read, seconds):
        assert self.frame_time(read, tsoffset(seconds) + tsresol(9), 77) == seconds * 10**9 + 77

    @pytest.mark.parametrize(
        ("resolution", "seconds", "units"),
        [
            (0, 0, 2**64 - 1),
            (0, 0, 10**10),
            (6, 0, 2**64 - 1),
            (9, 2**63 - 1, 0),
            (9, -(2**63), 0),
            (0x80, 2**63 - 1, 2**64 - 1),
            (12, 2**63 - 1, 5),
            (0x80 | 40, -(2**63), 2**64 - 1),
        ],
    )
    def test_a_time_beyond_all_clocks_is_none(self, read, resolution, seconds, units):
        assert self.frame_time(read, tsresol(resolution) + tsoffset(seconds), units) is None

    def test_options_of_a_wrong_length_say_nothing(self, read):
        assert self.frame_time(read, option(9, b"\x09\x09") + option(14, b"1234"), 5) == 5000

    def test_each_interface_has_its_own_clock(self, read):
        data = section() + interface("a", options=tsresol(9)) + interface("b", options=tsresol(3))
        data += interface("c", options=tsresol(12) + tsoffset(60)) + interface("d")
        found, _, _ = read(data + b"".join(enhanced(b"x", 10**6, on=each) for each in (3, 2, 1, 0)))
        assert [(frame.interface.name, frame.time_ns) for frame in found] == [
            ("d", 10**9),
            ("c", 60 * 10**9 + 1000),
            ("b", 1000 * 10**9),
            ("a", 10**6),
        ]


class TestSections:
    def test_each_has_its_own_byte_order_and_interfaces(self, read):
        first = section("<") + interface("a", "<", options=tsresol(9)) + interface("b", "<", options=tsresol(9))
        first += enhanced(b"1", 10, on=1) + enhanced(b"2", 20, on=0)
        second = section(">") + interface("c", ">", link=113, options=tsoffset(100, ">"))
        second += enhanced(b"3", 30, on=0, order=">") + simple(b"4", order=">")
        third = section("<", version=(1, 2)) + interface("d") + enhanced(b"5", 50)
        found, fault, interfaces = read(first + second + third)
        assert [(frame.number, frame.data, frame.interface.name, frame.time_ns) for frame in found] == [
            (1, b"1", "b", 10),
            (2, b"2", "a", 20),
            (3, b"3", "c", 100 * 10**9 + 30_000),
            (4, b"4", "c", None),
            (5, b"5", "d", 50_000),
        ]
        assert fault == ""
        assert [each.name for each in interfaces] == ["a", "b", "c", "d"]

    def test_interfaces_are_not_inherited(self, read):
        data = section() + interface("a") + enhanced(b"1") + section()
        found, fault, _ = read(data + enhanced(b"2"))
        assert [frame.data for frame in found] == [b"1"]
        assert fault == f"x.cap: block at offset {len(data)} is of interface 0, but only 0 are described before it"

    def test_an_interface_is_described_before_its_frames(self, read):
        data = section() + interface("a") + enhanced(b"1")
        found, fault, _ = read(data + enhanced(b"2", on=1) + interface("b") + enhanced(b"3", on=1))
        assert [frame.data for frame in found] == [b"1"]
        assert fault == f"x.cap: block at offset {len(data)} is of interface 1, but only 1 are described before it"

    def test_interfaces_may_come_between_frames(self, read):
        data = section() + interface("a") + enhanced(b"1") + interface("b") + enhanced(b"2", on=1) + enhanced(b"3")
        found, fault, _ = read(data)
        assert [(frame.data, frame.interface.name) for frame in found] == [(b"1", "a"), (b"2", "b"), (b"3", "a")]
        assert fault == ""

    def test_an_unknown_version_is_passed_over_and_named(self, read):
        good = section() + interface("a") + enhanced(b"1")
        unknown = section(version=(2, 0)) + interface("b") + enhanced(b"no")
        found, fault, interfaces = read(good + unknown + good)
        assert [frame.data for frame in found] == [b"1", b"1"]
        assert fault == f"x.cap: block at offset {len(good)} begins a section of version 2.0, which is passed over"
        assert [each.name for each in interfaces] == ["a", "a"]
        with pytest.raises(BadCapture, match=r"offset 0 begins a section of version 2\.0"):
            read(unknown)

    def test_a_section_without_frames_is_no_fault(self, read):
        assert read(section()) == ([], "", [])
        assert read(section() + section(">") + interface("a", ">")) == ([], "", [Interface("a")])

    def test_more_interfaces_than_can_be_numbered(self, read):
        data = section() + interface() * 65536 + enhanced(b"1", on=65535)
        found, fault, interfaces = read(data + interface())
        assert [frame.data for frame in found] == [b"1"]
        assert fault == f"x.cap: block at offset {len(data)} describes one more than 65536 interfaces"
        assert len(interfaces) == 65536


class TestBlocks:
    @BOTH
    def test_simple_packets_have_no_time(self, read, order):
        found, fault, _ = read(section(order) + interface("a", order) + simple(b"12345", order=order))
        assert found == [Frame(1, None, Direction.UNKNOWN, 5, b"12345", Interface("a"))]
        assert fault == ""

    def test_simple_packets_are_cut_at_the_snapshot_length(self, read):
        data = section() + interface("a", snap=6) + simple(b"123456", length=1000) + simple(b"1234", length=4)
        found, _, _ = read(data)
        assert [(frame.length, frame.data) for frame in found] == [(1000, b"123456"), (4, b"1234")]

    @BOTH
    def test_obsolete_packets(self, read, order):
        said = flags(2, order) + option(1, b"old", order)
        data = section(order) + interface("a", order) + interface("b", order)
        found, fault, _ = read(data + obsolete(b"123", 7, on=1, drops=9, order=order, options=said))
        assert found == [Frame(1, 7000, Direction.OUT, 3, b"123", Interface("b"), ("old",))]
        assert fault == ""

    @BOTH
    def test_kinds_may_alternate(self, read, order):
        three = enhanced(b"e", 1, order=order) + simple(b"s", order=order) + obsolete(b"o", 2, order=order)
        found, fault, _ = read(section(order) + interface("a", order) + three * 500)
        assert [(frame.data, frame.time_ns) for frame in found] == [(b"e", 1000), (b"s", None), (b"o", 2000)] * 500
        assert fault == ""

    @pytest.mark.parametrize("kind", [NAME_RESOLUTION, STATISTICS, CUSTOM, 9, 10, 0x80000001, 0])
    def test_blocks_that_do_not_matter_are_passed_over(self, read, kind):
        other = block(kind, b"whatever this is")
        data = section() + other + interface("a") + other + enhanced(b"1") + other * 2 + enhanced(b"2") + other
        found, fault, _ = read(data)
        assert [frame.data for frame in found] == [b"1", b"2"]
        assert fault == ""

    def test_a_block_that_does_not_matter_may_be_huge(self, read):
        found, fault, _ = read(section() + interface() + block(CUSTOM, bytes(20_000_000)) + enhanced(b"1"))
        assert [frame.data for frame in found] == [b"1"]
        assert fault == ""

    def test_frames_longer_than_a_window_are_whole(self, read):
        big = bytes(range(256)) * 12_000
        found, fault, _ = read(section() + interface() + enhanced(big) + enhanced(b"next"))
        assert [frame.data for frame in found] == [big, b"next"]
        assert fault == ""

    def test_a_frame_is_at_least_as_long_as_what_was_captured(self, read):
        found, _, _ = read(section() + interface() + enhanced(b"12345", length=2))
        assert (found[0].length, found[0].data) == (5, b"12345")

    def test_options_that_lie_say_nothing(self, read):
        data = section() + interface("a")
        data += enhanced(b"1", options=struct.pack("<HH", 1, 60000) + b"abcd")
        data += enhanced(b"2", options=option(1, b"kept") + struct.pack("<HH", 2, 4))
        data += enhanced(b"3", options=option(2, b"\x01\x00"))
        found, fault, _ = read(data)
        assert [(frame.data, frame.comments) for frame in found] == [(b"1", ()), (b"2", ("kept",)), (b"3", ())]
        assert {frame.direction for frame in found} == {Direction.UNKNOWN}
        assert fault == ""

    def test_text_need_not_be_text(self, read):
        data = section() + interface(options=option(2, b"ta\xffp")) + enhanced(b"", options=option(1, b"\xfe!"))
        found, _, interfaces = read(data)
        assert interfaces[0].name == "ta�p"
        assert found[0].comments == ("�!",)


GOOD = section() + interface("a") + enhanced(b"good")
PACKET = enhanced(b"12345678")


def patched(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + struct.pack("<I", value) + data[at + 4 :]


class TestFaults:
    @pytest.mark.parametrize(
        ("damaged", "words"),
        [
            (PACKET[:5], "is cut off: 5 bytes are left of its 12"),
            (PACKET[:-1], "says 40 bytes but 39 are left"),
            (patched(PACKET, 4, 2**32 - 4), "says 4294967292 bytes but 40 are left"),
            (patched(PACKET, 4, 41), "says 41 bytes, no multiple of 4"),
            (patched(PACKET, 4, 0), "says 0 bytes, fewer than the 16 that it must have"),
            (patched(PACKET, 4, 28) + bytes(40), "says 28 bytes, fewer than the 32 that it must have"),
            (patched(PACKET, 36, 44), "says 40 bytes in front but 44 behind"),
            (patched(PACKET, 20, 9), "says 9 captured bytes but has room for 8"),
            (patched(PACKET, 20, 2**32 - 1), "says 4294967295 captured bytes but has room for 8"),
            (patched(PACKET, 8, 1), "is of interface 1, but only 1 are described before it"),
            (simple(b"1234", length=5), "says 5 captured bytes but has room for 4"),
            (patched(interface("b"), 4, 12), "says 12 bytes, fewer than the 20 that it must have"),
            (patched(block(4, b"1234"), 12, 17), "says 16 bytes in front but 17 behind"),
            (patched(section(), 8, 0x12345678), "is a section header without its byte-order magic"),
            (patched(section(), 24, 0), "says 28 bytes in front but 0 behind"),
            (patched(section(), 4, 16), "says 16 bytes, fewer than the 28 that it must have"),
        ],
        ids=words_only,
    )
    def test_what_was_read_before_is_kept_and_the_damage_is_named(self, read, damaged, words):
        found, fault, _ = read(GOOD + damaged)
        assert [frame.data for frame in found] == [b"good"]
        assert fault == f"x.cap: block at offset {len(GOOD)} {words}"
        without_end, _, _ = read(GOOD + damaged + PACKET if "left" not in words else GOOD)
        assert [frame.data for frame in without_end] == [b"good"]

    def test_a_length_that_nobody_believes(self, read):
        found, fault, _ = read(GOOD + patched(PACKET, 4, 2**24 + 4) + bytes(2**24))
        assert len(found) == 1
        assert fault.endswith("says 16777220 bytes, more than the 16777216 that are believed")

    def test_the_first_damage_is_the_one_that_is_named(self, read):
        _, fault, interfaces = read(GOOD + patched(PACKET, 36, 44) + interface("late") + patched(PACKET, 4, 41))
        assert fault == f"x.cap: block at offset {len(GOOD)} says 40 bytes in front but 44 behind"
        assert interfaces[0] == Interface("a")

    def test_nothing_read_at_all(self, read):
        with pytest.raises(BadCapture, match="block at offset 0 says 28 bytes but 20 are left"):
            read(section()[:20])
        with pytest.raises(BadCapture, match="block at offset 0 is cut off: 6 bytes are left of its 12"):
            read(section()[:6])
