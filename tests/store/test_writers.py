"""What is written is what was meant: read again by our reader, and by Wireshark's programs."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapscope import __version__
from tapscope.capture.files import open_file
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.batches import frames_of
from tapscope.store.export import PcapngWriter, PcapWriter, save

TAP = Interface("tap0")
VETH = Interface("veth0", 113, 96)
NOW = 1_795_000_000_123_456_789


def frame(number: int, data: bytes = b"data", time_ns: int | None = NOW, **more) -> Frame:
    fields = {"direction": Direction.UNKNOWN, "length": len(data), "interface": TAP} | more
    return Frame(number, time_ns, data=data, **fields)


def read_back(path: Path) -> tuple[list[Frame], list[Interface]]:
    source, found = open_file(path), []
    while (batch := source.read()) is not None:
        found += frames_of(batch, source.interfaces, len(found) + 1)
    source.close()
    assert source.fault == ""
    return found, list(source.interfaces)


def written(writer, frames, interfaces=()) -> bytes:
    stream = io.BytesIO()
    writing = writer(stream, interfaces)
    writing.write(frames)
    writing.finish()
    return stream.getvalue()


times = st.none() | st.integers(-(2**63) + 10**10, 2**63 - 10**10) | st.integers(NOW, NOW + 10**12)
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
interfaces = st.builds(Interface, names, st.sampled_from([1, 113, 276]), st.sampled_from([0, 4, 96, 262144]))
some_frames = st.lists(
    st.builds(
        lambda data, more, time, direction, interface, comments: Frame(
            0, time, direction, len(data) + more, data, interface, tuple(comments)
        ),
        st.binary(max_size=50) | st.integers(0, 200_000).map(bytes),
        st.sampled_from([0, 0, 1, 5000]),
        times,
        st.sampled_from(Direction),
        interfaces,
        st.lists(names, max_size=3),
    ),
    max_size=20,
).map(lambda frames: [replace(each, number=number) for number, each in enumerate(frames, 1)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One for all examples, each of which leaves it empty."""
    return tmp_path_factory.mktemp("round")


@settings(max_examples=200)
@given(some_frames)
def test_pcapng_gives_back_what_it_was_given(folder, frames):
    path = folder / "x.pcapng"
    assert save(path, frames, [each.interface for each in frames]) == len(frames)
    found, _ = read_back(path)
    for before, after in zip(frames, found, strict=True):
        if before.time_ns is None and after.time_ns is not None:
            # what a simple packet block cannot say is not lost; the time is then zero
            snap = before.interface.snap_length or before.length
            cut = len(before.data) != min(snap, before.length)
            assert before.comments or before.direction or cut or before.interface != frames[0].interface
            assert after == replace(before, time_ns=0)
        else:
            assert after == before
    path.unlink()


@given(some_frames)
def test_pcap_gives_back_all_but_what_it_cannot_hold(folder, frames):
    path = folder / "x.pcap"
    kinds = {each.interface.link_type for each in frames}
    in_time = all(0 <= (each.time_ns or 0) < 2**32 * 10**9 for each in frames)
    if len(kinds) > 1 or not in_time:
        with pytest.raises(ValueError, match=r"save as \.pcapng"):
            save(path, frames, [])
        assert list(path.parent.iterdir()) == []
        return
    save(path, frames, [])
    found, [interface] = read_back(path)
    assert interface.link_type == next(iter(kinds), 1)
    assert [(each.time_ns, each.length, each.data) for each in found] == [
        (each.time_ns or 0, each.length, each.data) for each in frames
    ]
    path.unlink()


class TestPcapng:
    def test_the_header_and_the_interfaces_are_there_at_once(self):
        stream = io.BytesIO()
        PcapngWriter(stream, [TAP, VETH, TAP])
        assert stream.getvalue().count(b"tap0") == stream.getvalue().count(b"veth0") == 1
        assert f"tapscope {__version__}".encode() in stream.getvalue()

    def test_an_interface_is_described_when_its_first_frame_comes(self):
        data = written(PcapngWriter, [frame(1), frame(2, interface=VETH), frame(3)])
        assert data.index(b"data") < data.index(b"veth0")

    def test_a_comment_too_long_for_an_option_is_cut_between_characters(self, tmp_path):
        save(tmp_path / "x.pcapng", [frame(1, comments=("ä" * 40_000,))], [])
        [found], _ = read_back(tmp_path / "x.pcapng")
        assert found.comments == ("ä" * 32_767,)

    def test_every_batch_is_readable_when_it_was_written(self, tmp_path):
        with (tmp_path / "x.pcapng").open("wb") as stream:
            writer = PcapngWriter(stream, [TAP])
            for count in range(1, 4):
                assert writer.write([frame(count)]) == 1
                assert len(read_back(tmp_path / "x.pcapng")[0]) == count


class TestPcap:
    def test_the_header_is_there_at_once_where_the_link_type_is_known(self):
        stream = io.BytesIO()
        PcapWriter(stream, [Interface("a", 113), Interface("b", 113, 500_000)])
        assert stream.getvalue()[16:24] == (500_000).to_bytes(4, "little") + (113).to_bytes(4, "little")

    def test_without_frames_and_interfaces_it_is_an_empty_capture(self):
        assert len(written(PcapWriter, [])) == 24
        assert len(written(PcapWriter, [frame(1)])) == 24 + 16 + 4

    def test_a_second_link_type_is_refused(self):
        with pytest.raises(ValueError, match=r"frame 2 is of 113, not of 1: save as \.pcapng"):
            written(PcapWriter, [frame(1), frame(2, interface=VETH)])


@pytest.mark.parametrize("suffix", [".pcap", ".pcapng"])
def test_a_million_frames_would_go_out_in_pieces(suffix):
    class Counted(io.BytesIO):
        calls = 0

        def write(self, data):
            self.calls += 1
            return super().write(data)

    stream = Counted()
    writer = {".pcap": PcapWriter, ".pcapng": PcapngWriter}[suffix](stream)
    writer.write(frame(number, bytes(1000)) for number in range(5000))
    assert 5 <= stream.calls <= 8


needs_wireshark = pytest.mark.skipif(
    not (shutil.which("tshark") and shutil.which("capinfos")), reason="tshark and capinfos are not installed"
)


def said(*command: str | Path) -> str:
    """What a program says; a warning is a failure (but not the one about root)."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    warnings = [line for line in done.stderr.splitlines() if not line.startswith("Running as user")]
    assert warnings == []
    return done.stdout


def fields(path: Path, *names: str) -> list[list[str]]:
    asked = [word for name in names for word in ("-e", name)]
    return [line.split("\t") for line in said("tshark", "-r", path, "-n", "-T", "fields", *asked).splitlines()]


ARP = bytes.fromhex("ffffffffffff02000000000108060001080006040001020000000001c0000201000000000000c0000202")
MANY = [
    frame(1, ARP, direction=Direction.OUT, comments=("who has .2?", "zweiter Satz")),
    frame(2, ARP, NOW + 1, direction=Direction.IN, interface=Interface("tap1", 1, 96)),
    frame(3, ARP[:30], NOW + 2, length=42),
    frame(4, bytes(100_000), NOW + 3),
    frame(5, b"\x45" + bytes(19), NOW + 10**9, interface=Interface("tun0", 101)),
]


@needs_wireshark
class TestWireshark:
    def test_tshark_reads_all_that_pcapng_says(self, tmp_path):
        save(tmp_path / "x.pcapng", MANY, [TAP])
        names = ("time_epoch", "len", "cap_len", "interface_name", "packet_flags_direction", "comment")
        assert fields(tmp_path / "x.pcapng", *(f"frame.{name}" for name in names)) == [
            ["1795000000.123456789", "42", "42", "tap0", "0x00000002", "who has .2?,zweiter Satz"],
            ["1795000000.123456790", "42", "42", "tap1", "0x00000001", ""],
            ["1795000000.123456791", "42", "30", "tap0", "", ""],
            ["1795000000.123456792", "100000", "100000", "tap0", "", ""],
            ["1795000001.123456789", "20", "20", "tun0", "", ""],
        ]

    def test_tshark_reads_all_that_pcap_says(self, tmp_path):
        save(tmp_path / "x.pcap", MANY[:4], [TAP])
        assert fields(tmp_path / "x.pcap", "frame.time_epoch", "frame.len", "frame.cap_len") == [
            ["1795000000.123456789", "42", "42"],
            ["1795000000.123456790", "42", "42"],
            ["1795000000.123456791", "42", "30"],
            ["1795000000.123456792", "100000", "100000"],
        ]

    def test_tshark_finds_no_time_where_there_is_none(self, tmp_path):
        save(tmp_path / "x.pcapng", [frame(1, ARP, None), frame(2, ARP)], [])
        assert fields(tmp_path / "x.pcapng", "frame.len", "frame.time_epoch") == [
            ["42", ""],
            ["42", "1795000000.123456789"],
        ]

    def test_tshark_counts_back_to_before_1970(self, tmp_path):
        save(tmp_path / "x.pcapng", [frame(1, ARP, 1), frame(2, ARP, -2_000_000_000)], [])
        assert [row[0] for row in fields(tmp_path / "x.pcapng", "frame.time_epoch")] == ["0.000000001", "-2.000000000"]

    @pytest.mark.parametrize("suffix", [".pcap", ".pcapng"])
    @pytest.mark.parametrize("frames", [[], MANY[:1], MANY[:4]])
    def test_capinfos_agrees(self, tmp_path, suffix, frames):
        path = tmp_path / f"x{suffix}"
        save(path, frames, [TAP])
        table = said("capinfos", "-M", "-t", "-E", "-c", "-d", "-F", "-I", path)
        pairs = [re.split(": | = ", line.strip(), maxsplit=1) for line in table.splitlines()]
        rows = {pair[0]: pair[1].strip() for pair in reversed(pairs) if len(pair) == 2}
        assert int(rows["Number of packets"]) == len(frames)
        assert rows["File encapsulation"] == "ether"
        if suffix == ".pcapng":
            assert rows["Capture application"] == f"tapscope {__version__}"
            assert rows["Name"] == "tap0"
        if frames:
            assert int(rows["Data size"].split()[0]) == sum(each.length for each in frames)
