"""Whatever is done to a file: it is read to the end or to the damage, and the same in a pipe as on disk."""

import re
import struct
from pathlib import Path

import pytest
from capture_bytes import KUZNETZOV, NANO, block, enhanced, interface, obsolete, option, pcap, section, simple
from hypothesis import example, given, settings
from hypothesis import strategies as st
from piping import piped

from tapscope.capture.files import BadCapture, open_file
from tapscope.frame import Frame
from tapscope.store.batches import frames_of

RECORDS = [(1, 2, b""), (3, 4, b"frame"), (2**32 - 1, 2**32 - 1, bytes(70)), (5, 6, b"last")]


def blocks(order: str) -> bytes:
    said = option(1, b"comment", order) + option(2, struct.pack(order + "I", 1), order) + bytes(4)
    flags = option(2, struct.pack(order + "I", 2), order)
    return b"".join(
        (
            section(order),
            interface("a", order, options=option(9, b"\x09", order)),
            interface("b", order, snap=6, options=option(9, b"\x8a", order) + option(14, bytes(8), order)),
            enhanced(b"frame", 2**60, order=order, options=said),
            enhanced(b"odd", 77, on=1, order=order, options=flags),
            block(4, b"names", order),
            simple(b"simple", order=order),
            obsolete(b"old", 5, on=1, order=order, options=flags),
            interface("c", order),
            enhanced(b"third", on=2, order=order),
        )
    )


NAMED = {
    "micro little": pcap(RECORDS),
    "micro big": pcap(RECORDS, ">"),
    "nano little": pcap(RECORDS, magic=NANO),
    "nano big": pcap(RECORDS, ">", NANO),
    "patched": pcap(RECORDS, magic=KUZNETZOV, extra=bytes(8)),
    "old": pcap(RECORDS, version=(2, 2)),
    "blocks little": blocks("<"),
    "blocks big": blocks(">"),
    "sections": blocks("<") + blocks(">") + section(version=(9, 9)) + blocks("<"),
}
SOUND = list(NAMED.values())

WORDS = [0, 1, 2, 3, 4, 5, 6, 11, 12, 27, 28, 2**16, 2**18, 2**24, 2**31 - 1, 2**31, 2**32 - 4, 2**32 - 1, 0x0A0D0D0A]
places = st.integers(0, 10_000)
damages = st.one_of(
    st.tuples(st.just("byte"), places, st.binary(min_size=1, max_size=1)),
    st.tuples(st.just("bytes"), places, st.sampled_from([struct.pack(o + "I", w) for o in "<>" for w in WORDS])),
    st.tuples(st.just("insert"), places, st.binary(min_size=1, max_size=40)),
    st.tuples(st.just("remove"), places, st.integers(1, 40).map(bytes)),
    st.tuples(st.just("cut"), places, st.just(b"")),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One for all examples."""
    return tmp_path_factory.mktemp("damage")


def damaged(data: bytes, what: str, place: int, with_: bytes) -> bytes:
    at = place % (len(data) + 1)
    match what:
        case "insert":
            return data[:at] + with_ + data[at:]
        case "remove":
            return data[:at] + data[at + len(with_) :]
        case "cut":
            return data[:at]
        case "bytes":
            at &= ~3
    return data[:at] + with_ + data[at + len(with_) :]


def from_disk(path: Path, data: bytes) -> tuple[list[Frame], str]:
    """Read it, and look at every batch: all in the file, nothing longer than it was on the wire."""
    path.write_bytes(data)
    found: list[Frame] = []
    try:
        source = open_file(path)
    except BadCapture as error:
        return [], str(error)
    try:
        for _ in range(len(data) + 10):
            batch = source.read()
            if batch is None:
                break
            assert (batch.offset >= 0).all()
            assert (batch.offset + batch.captured <= len(data)).all()
            assert (batch.captured <= batch.length).all()
            assert (batch.interface < len(source.interfaces)).all()
            assert (batch.direction <= 2).all()
            found += frames_of(batch, source.interfaces, len(found) + 1)
        else:
            pytest.fail("it never ends")
    finally:
        source.close()
    return found, source.fault


def check(folder: Path, data: bytes, sizes: list[int]) -> None:
    found, fault = from_disk(folder / "x.cap", data)
    for offset in re.findall(r"offset (\d+)", fault):
        assert int(offset) <= len(data)
    assert "\n" not in fault
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    assert piped([*pieces, data[at:]])[0] == found
    assert bool(piped([data])[1]) == bool(fault)


@settings(max_examples=400)
@given(
    st.sampled_from(SOUND),
    st.lists(damages, min_size=1, max_size=3),
    st.lists(st.integers(1, 60), max_size=30),
)
@example(SOUND[0], [], [])
def test_any_damage(folder, data, harm, sizes):
    for each in harm:
        data = damaged(data, *each)
    check(folder, data, sizes)


@given(st.sampled_from([b"", *(data[:cut] for data in SOUND for cut in (4, 24, 28, 60))]), st.binary(max_size=200))
def test_any_bytes(folder, head, data):
    check(folder, head + data, [1, 2, 3])


@pytest.mark.parametrize("data", SOUND[:-1], ids=list(NAMED)[:-1])
def test_the_sound_ones_are_sound(tmp_path, data):
    found, fault = from_disk(tmp_path / "x.cap", data)
    assert fault == ""
    assert len(found) in (4, 5)


@pytest.mark.parametrize("data", SOUND, ids=NAMED)
def test_every_cut(tmp_path, data):
    whole, _ = from_disk(tmp_path / "x.cap", data)
    for cut in range(len(data)):
        found, _ = from_disk(tmp_path / "x.cap", data[:cut])
        assert found == whole[: len(found)]
