"""Our reader and Wireshark's on the same files: small ones made here, and a corpus of captures nobody here made.

The corpus is the folder that ``TAPSCOPE_CORPUS`` names, for instance that of tcpdump's own tests.
"""

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from capture_bytes import MICRO, NANO, enhanced, frames, interface, obsolete, option, pcap, section

from tapscope.capture.files import BadCapture, open_file

pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")

_FOLDER = os.environ.get("TAPSCOPE_CORPUS", "")
CORPUS = sorted(path for path in Path(_FOLDER).iterdir() if path.is_file()) if _FOLDER else []

SECTION = b"\n\r\r\n"
_CHATTER = "Running as user"
_SUNATM = 123
"""tshark takes this link type's pseudo-header for no part of the frame, and shortens the lengths."""

Seen = tuple[int | None, int, int]
"""Time in nanoseconds, length on the wire, bytes captured."""


def tshark(path: Path) -> tuple[list[Seen], str]:
    """What tshark reads, and what it complains about."""
    names = ("frame.time_epoch", "frame.len", "frame.cap_len")
    command = ["tshark", "-r", path, "-n", "-T", "fields", *(word for name in names for word in ("-e", name))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    complaints = [line for line in done.stderr.splitlines() if not line.startswith(_CHATTER)]
    return [(nanoseconds(time), int(length), int(captured)) for time, length, captured in rows], " ".join(complaints)


def nanoseconds(decimal: str) -> int | None:
    if not decimal:
        return None
    seconds, fraction = decimal.split(".")
    return (int(seconds) * 10**9) + int(fraction) * (-1 if decimal.startswith("-") else 1)


def ours(path: Path) -> tuple[list[Seen], str]:
    try:
        source = open_file(path)
    except BadCapture as error:
        return [], str(error)
    found = frames(source)
    return [(frame.time_ns, frame.length, len(frame.data)) for frame in found], source.fault


def plain(data: bytes) -> Iterator[bool]:
    """Of each record of a classic file, whether Wireshark's programs show it as it is.

    They multiply microseconds into a signed number of 32 bits, which is too small where a fraction is more than a
    second; and leave the length on the wire less than what was captured where the file says so.
    """
    order = "<" if data[:1] == b"\xd4" else ">"
    at = 24
    while at + 16 <= len(data):
        _, fraction, captured, length = struct.unpack_from(order + "IIII", data, at)
        yield fraction < 10**6 and captured <= length
        at += 16 + captured


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [MICRO, NANO])
def test_classic_files(tmp_path, order, magic):
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([(1_700_000_000 + n, 999_999 - n, bytes(20 * n)) for n in range(50)], order, magic))
    assert ours(path) == tshark(path)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [0, 3, 6, 9, 0x80 | 10, 0x80 | 32])  # finer ones overflow in tshark
@pytest.mark.parametrize("offset", [0, 1_600_000_000])
def test_clocks(tmp_path, order, resolution, offset):
    path = tmp_path / "x.pcapng"
    a_second = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
    options = option(9, bytes([resolution]), order) + option(14, struct.pack(order + "q", offset), order)
    times = [a_second * 7 // 5 * n for n in range(1, 30)]
    path.write_bytes(
        section(order)
        + interface("a", order, options=options)
        + b"".join(enhanced(bytes(60), time, order=order, length=1500) for time in times)
    )
    assert ours(path) == tshark(path)


def test_sections(tmp_path):
    path = tmp_path / "x.pcapng"
    first = section("<") + interface("a", "<", options=option(9, b"\x09")) + interface("b", "<")
    first += enhanced(bytes(60), 10**18, on=0) + enhanced(bytes(61), 10**15, on=1) + obsolete(bytes(62), 10**15, on=1)
    second = section(">") + interface("c", ">") + enhanced(bytes(63), 10**15 + 7, order=">")
    path.write_bytes(first + second + first)
    assert ours(path) == tshark(path)
    assert len(ours(path)[0]) == 7


@pytest.mark.parametrize("cut", [1, 20, 45, 60, 61])
@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_what_is_cut_off(tmp_path, cut, kind):
    path = tmp_path / "x"
    blocks = section() + interface() + enhanced(bytes(60), 10**15) * 12
    path.write_bytes((pcap([(1, 2, bytes(60))] * 12) if kind == "pcap" else blocks)[:-cut])
    theirs, complaint = tshark(path)
    found, fault = ours(path)
    assert found == theirs
    assert "cut short" in complaint
    assert fault


needs_corpus = pytest.mark.skipif(not CORPUS, reason="TAPSCOPE_CORPUS names no folder of captures")


def capinfos(path: Path) -> tuple[list[str], str]:
    """Number of frames, bytes on the wire, earliest and latest time; and what it complains about."""
    command = ["capinfos", "-T", "-r", "-K", "-m", "-c", "-d", "-a", "-e", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip().split(",")[1:], done.stderr


def nanoseconds_of(date: str) -> int:
    day_and_time, _, fraction = date.partition(".")
    moment = datetime.fromisoformat(day_and_time).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


@needs_corpus
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_counts_lengths_and_times_of_the_corpus(path):
    (theirs, complaint), (found, fault) = capinfos(path), ours(path)
    if complaint:
        assert fault or "doesn't support" in complaint
        return
    assert fault == ""
    assert len(found) == int(theirs[0])
    data = path.read_bytes()
    if found and data[:4] != SECTION and all(plain(data)) and link_type(data) != _SUNATM:
        assert sum(length for _, length, _ in found) == int(theirs[1])
        times = [time for time, _, _ in found]
        if min(times) > 0:  # capinfos takes 0 for no time
            assert [min(times), max(times)] == [nanoseconds_of(date) for date in theirs[2:]]


@needs_corpus
@pytest.mark.parametrize(
    "path",
    [path for number, path in enumerate(CORPUS) if path.suffix == ".pcapng" or number % 20 == 0],
    ids=lambda path: path.name,
)
def test_every_frame_of_some_of_the_corpus(path):
    (theirs, complaint), (found, fault) = tshark(path), ours(path)
    if complaint:
        assert fault or "doesn't support" in complaint
        return
    assert fault == ""
    data = path.read_bytes()
    comparable = [time is not None for time, _, _ in found] if data[:4] == SECTION else list(plain(data))
    for mine, other, plainly in zip(found, theirs, comparable, strict=True):
        assert mine == other or not plainly


def link_type(data: bytes) -> int:
    """Of a classic file."""
    return int(struct.unpack_from("<I" if data[:1] == b"\xd4" else ">I", data, 20)[0]) & 0xFFFF
