"""Classic files with known content."""

import struct

import pytest
from capture_bytes import KUZNETZOV, MICRO, NANO, pcap, words_only

from tapscope.capture.files import BadCapture
from tapscope.frame import Direction, Frame, Interface

ETHERNET = Interface("", 1, 262144)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(MICRO, 1000), (NANO, 1)])
def test_both_resolutions_in_both_byte_orders(read, order, magic, unit):
    found, fault, interfaces = read(pcap([(7, 89, b"frame"), (2**32 - 1, 999_999, b"")], order, magic))
    assert found == [
        Frame(1, 7_000_000_000 + 89 * unit, Direction.UNKNOWN, 5, b"frame", ETHERNET),
        Frame(2, (2**32 - 1) * 10**9 + 999_999 * unit, Direction.UNKNOWN, 0, b"", ETHERNET),
    ]
    assert fault == ""
    assert interfaces == [ETHERNET]


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_patched_format_has_eight_bytes_more(read, order):
    records = [(1, 2, b"one"), (3, 4, b"three")]
    found, fault, _ = read(pcap(records, order, KUZNETZOV, extra=b"\xff" * 8))
    assert [frame.data for frame in found] == [b"one", b"three"]
    assert fault == ""


@pytest.mark.parametrize("word", [0x30000001, 0xF0000001, 0x04000001, 1])
def test_the_link_type_is_the_lower_half_of_its_word(read, word):
    _, _, interfaces = read(pcap(link=word))
    assert interfaces[0].link_type == 1


def test_an_unfinished_second_is_added_up(read):
    found, _, _ = read(pcap([(10, 2**32 - 1, b"x")]))
    assert found[0].time_ns == 10 * 10**9 + (2**32 - 1) * 1000


def test_a_file_without_frames_is_no_fault(read):
    assert read(pcap()) == ([], "", [ETHERNET])


def test_a_frame_that_was_cut_keeps_its_length(read):
    found, _, _ = read(pcap() + struct.pack("<IIII", 1, 2, 3, 1500) + b"abc")
    assert (found[0].length, found[0].data) == (1500, b"abc")


def test_a_frame_is_at_least_as_long_as_what_was_captured(read):
    found, _, _ = read(pcap() + struct.pack("<IIII", 1, 2, 5, 3) + b"abcde")
    assert (found[0].length, found[0].data) == (5, b"abcde")


@pytest.mark.parametrize("version", [(2, 3), (2, 2), (543, 0)])
@pytest.mark.parametrize("lengths", [(3, 9), (9, 3)])
def test_old_versions_may_have_their_lengths_the_other_way_round(read, version, lengths):
    record = struct.pack("<IIII", 1, 2, *lengths) + b"abc"
    found, fault, _ = read(pcap(version=version) + record * 2)
    assert [(frame.length, frame.data) for frame in found] == [(9, b"abc")] * 2
    assert fault == ""


@pytest.mark.parametrize("version", [(1, 2), (2, 5), (3, 0)])
def test_other_versions_are_refused(read, version):
    with pytest.raises(BadCapture, match=rf"x.cap: version {version[0]}\.{version[1]} at offset 4 is not pcap's"):
        read(pcap(version=version))


def test_frames_longer_than_64_kib_are_whole(read):
    big = bytes(range(256)) * 1000
    found, fault, _ = read(pcap([(0, 0, big), (0, 0, b"next")]))
    assert [frame.data for frame in found] == [big, b"next"]
    assert fault == ""


def test_the_file_says_how_long_frames_may_be(read):
    big = bytes(3_000_000)
    found, fault, _ = read(pcap([(0, 0, big), (0, 0, b"next")], snap=4_000_000))
    assert [len(frame.data) for frame in found] == [3_000_000, 4]
    assert fault == ""


class TestFaults:
    def test_a_length_beyond_the_file(self, read):
        found, fault, _ = read(pcap([(0, 0, b"good")]) + struct.pack("<IIII", 0, 0, 2**32 - 1, 60) + bytes(12))
        assert [frame.data for frame in found] == [b"good"]
        assert fault == "x.cap: record 2 at offset 44 says 4294967295 bytes but 12 are left"

    def test_an_absurd_length_in_a_file_that_has_so_much(self, read):
        found, fault, _ = read(pcap([(0, 0, b"good")]) + struct.pack("<IIII", 0, 0, 262145, 262145) + bytes(600_000))
        assert [frame.data for frame in found] == [b"good"]
        assert fault == "x.cap: record 2 at offset 44 says 262145 bytes, more than the 262144 that a frame may have"

    def test_a_header_that_is_cut_off(self, read):
        found, fault, _ = read(pcap([(0, 0, b"good")]) + bytes(7))
        assert len(found) == 1
        assert fault == "x.cap: record 2 at offset 44 is cut off: 7 bytes are left of its header of 16"

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "x.cap: empty, not even a header"),
            (b"\xd4\xc3\xb2\xa1\x02", "x.cap: cut off at offset 5, inside the header of 24 bytes"),
            (
                b"#!/bin/sh",
                "x.cap: the bytes 23 21 2f 62 at offset 0 begin neither a pcap nor a pcapng file",
            ),
            (b"\xd4", "x.cap: the bytes d4 at offset 0 begin neither a pcap nor a pcapng file"),
            (pcap() + bytes(3), "x.cap: record 1 at offset 24 is cut off: 3 bytes are left of its header of 16"),
            (
                pcap() + struct.pack("<IIII", 0, 0, 9, 9) + b"seven!!",
                "x.cap: record 1 at offset 24 says 9 bytes but 7 are left",
            ),
        ],
        ids=words_only,
    )
    def test_where_nothing_can_be_read_it_is_an_error(self, read, data, words, tmp_path):
        with pytest.raises(BadCapture) as caught:
            read(data)
        assert str(caught.value).replace(f"{tmp_path}/", "") == words

    @pytest.mark.parametrize(
        ("magic", "program", "command"),
        [
            (b"\x1f\x8b\x08", "gzip", "gunzip -c"),
            (b"\xfd7zXZ\0", "xz", "xzcat"),
            (b"\x04\x22\x4d\x18", "lz4", "lz4cat"),
            (b"\x28\xb5\x2f\xfd", "zstd", "zstdcat"),
        ],
    )
    def test_a_compressed_file_comes_with_its_cure(self, read, magic, program, command, tmp_path):
        with pytest.raises(BadCapture) as caught:
            read(magic + bytes(50))
        assert str(caught.value).endswith(
            f"x.cap: compressed by {program}; try: {command} {tmp_path}/x.cap | tapscope -"
        )
