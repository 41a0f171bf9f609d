"""The header line: what stands in it, and what gives way when it gets narrow."""

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from tapscope.ui.header import HeaderFacts, HeaderLine, Piece, fit
from tapscope.ui.rate import RateMeter
from tapscope.units import bytes_in_words, number_in_words, size_of

FACTS = HeaderFacts(
    name="tap0",
    mode="peer",
    up=True,
    carrier=True,
    owner="owner maria",
    mac="52:54:00:12:34:56",
    addresses=("10.77.0.1/24", "fe80::1/64"),
    frames=1234567,
    octets=45_600_000,
    rate=(321, 98_765),
    lost=0,
    queue_dropped=12,
    state="FOLLOW",
    mood="success",
    clock="12:34:56",
)


class HeaderApp(App[None]):
    def __init__(self, facts: HeaderFacts, height: int) -> None:
        super().__init__()
        self.line = HeaderLine()
        self.line.styles.height = height
        self.facts = facts

    def compose(self) -> ComposeResult:
        yield self.line

    def on_mount(self) -> None:
        self.line.facts = self.facts


async def drawn(facts: HeaderFacts, width: int, height: int = 2) -> list[str]:
    app = HeaderApp(facts, height)
    async with app.run_test(size=(width, 10)) as pilot:
        await pilot.pause()
        return [strip.text for strip in app.line.render_lines(app.line.size.region)]


async def test_wide_it_says_everything() -> None:
    device, counts = await drawn(FACTS, 140)
    for word in ("tap0", "peer", "up", "carrier", "owner maria", "52:54:00:12:34:56", "10.77.0.1/24", "fe80::1/64"):
        assert word in device
    assert device.rstrip().endswith("12:34:56   FOLLOW")
    for word in ("1,234,567 frames", "45.6 MB", "321 frames/s", "98.8 kB/s", "dropped 0 here, 12 by the TAP's queue"):
        assert word in counts


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 100, 160])
@pytest.mark.parametrize("height", [1, 2])
async def test_name_and_state_stay_at_any_width(width: int, height: int) -> None:
    lines = await drawn(FACTS, width, height)
    assert "tap0" in lines[0]
    assert lines[0].rstrip().endswith("FOLLOW")
    assert all(len(line) == width for line in lines)


async def test_how_much_of_a_file_is_read_is_told_by_a_bar_and_a_number() -> None:
    for part, bar in ((0, f"{'─' * 20}  0 %"), (0.526, f"{'━' * 10}{'─' * 10} 52 %"), (0.999, f"{'━' * 19}─ 99 %")):
        assert f"reading {bar}" in (await drawn(HeaderFacts(name="a.pcap", progress=part), 80))[1]
    assert "reading" not in (await drawn(HeaderFacts(name="a.pcap"), 80))[1]


async def test_narrow_the_mac_goes_before_the_flags() -> None:
    device, _counts = await drawn(FACTS, 60)
    assert "up" in device
    assert "carrier" in device
    assert FACTS.mac not in device


async def test_narrow_what_was_lost_goes_last_and_what_there_is_room_for_stays() -> None:
    (line,) = await drawn(replace(FACTS, queue_dropped=0), 79, height=1)
    assert "dropped" not in line
    assert "peer" in line
    (line,) = await drawn(replace(FACTS, lost=5), 100, height=1)
    assert "dropped 5 here, 12 by the TAP's queue" in line
    assert "12:34:56" not in line


async def test_a_long_notice_is_cut_and_never_left_out() -> None:
    _, counts = await drawn(replace(FACTS, lost=5, notice="offset 24 " * 20), 110)
    assert "dropped 5 here" in counts
    assert "offset 24 offset" in counts
    assert counts.rstrip().endswith("…")


async def test_states_are_told_by_words_not_by_color() -> None:
    down = HeaderFacts(name="tap0", up=False, carrier=False, state="PAUSED +7", mood="warning")
    assert "▼ down  ○ no carrier" in (await drawn(down, 80))[0]
    gone = HeaderFacts(name="tap0", up=True, absent="link gone", state="ENDED", mood="secondary")
    assert "✗ link gone" in (await drawn(gone, 80))[0]
    assert "up" not in (await drawn(gone, 80))[0]


async def test_a_name_like_markup_is_text() -> None:
    assert "[/x]" in (await drawn(HeaderFacts(name="[/x]", notice="[@click=app.quit]fault"), 80))[0]


def test_fit_fills_the_width_exactly() -> None:
    assert fit([Piece(Content("a"))], [Piece(Content("b"))], 10).plain == "a        b"
    assert fit([Piece(Content("a" * 20))], [], 10).cell_length == 10


def test_rate_is_what_the_last_second_brought() -> None:
    meter = RateMeter()
    meter.feed(100.0, 10, 1000)
    assert meter.read(100.0) == (10, 1000)
    meter.feed(100.5, 30, 3000)
    assert meter.read(100.5) == (30, 3000)
    assert meter.read(101.2) == (20, 2000)
    assert meter.read(101.6) == (0, 0)
    meter.feed(200.0, 31, 3100)
    assert meter.read(200.9) == (1, 100)


def test_rate_at_a_standing_clock_is_everything() -> None:
    meter = RateMeter()
    for frames in range(1, 6):
        meter.feed(5.0, frames, frames * 60)
    assert meter.read(5.0) == (5, 300)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (45_600, "45.6 kB"),
        (999_000, "999 kB"),
        (2_500_000_000, "2.50 GB"),
    ],
)
def test_bytes_in_words(octets: int, words: str) -> None:
    assert bytes_in_words(octets) == words


def test_number_in_words() -> None:
    assert number_in_words(1234567) == "1,234,567"


@pytest.mark.parametrize(
    ("words", "octets"),
    [
        ("512MiB", 512 << 20),
        ("1.5GB", 1_500_000_000),
        ("2G", 2 << 30),
        ("100000", 100_000),
        ("64 kib", 65_536),
        ("7b", 7),
    ],
)
def test_a_size_in_words(words: str, octets: int) -> None:
    assert size_of(words) == octets


@pytest.mark.parametrize("words", ["", "much", "-1", "1e9", "5 PB", "GiB"])
def test_what_is_no_size(words: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        size_of(words)


async def test_memory_is_shown_with_what_had_to_go() -> None:
    _, counts = await drawn(replace(FACTS, held=(500_000_000, 512_000_000), evicted=1234), 140)
    assert "memory 500 MB of 512 MB, 1,234 evicted" in counts
