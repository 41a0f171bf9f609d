"""Captures of realistic mixed traffic, seeded, made in seconds: a million frames are about 500 MB.

Web and TLS sessions, DNS, DHCP, ARP, neighbour discovery, echoes, streams and fragments, over IPv4, IPv6 and a VLAN,
from 512 clients to 2,048 servers, interleaved as they would come. Checksums are right.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from capture_formats import FORMATS
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from traffic import CLIENT, CLIENT_START, DIGITS, IDENT, PORT, SERVER, SERVER_START, Step, conversations

FOLDER = "TAPSCOPE_BENCH_FOLDER"
"""Environment variable: where one run of many benchmarks keeps its captures."""
START_NS = 1_795_000_000_000_000_000
FRAMES_PER_SECOND = 10_000
GAP_NS = 2_000_000
"""The mean time between two frames of a conversation."""
AT_ONCE = 20_000

Values = dict[int, NDArray[np.uint16]]


@dataclass(frozen=True)
class _Group:
    """The same step of many conversations: their numbers, in the place of each mark, and times in ns, ``(n,)`` each."""

    step: Step
    values: Values
    times: NDArray[np.int64]


@contextmanager
def capture(count: int, suffix: str = ".pcap") -> Iterator[Path]:
    """A file of ``count`` frames, ``.pcap`` or ``.pcapng``, made unless this run of the benchmarks has it already."""
    with tempfile.TemporaryDirectory() as alone:
        path = Path(os.environ.get(FOLDER, alone)) / f"mixed-{count}{suffix}"
        if not path.exists():
            write(path, count)
        yield path


def write(path: Path, count: int, *, seed: int = 1) -> None:
    """Make the file, in the format that its suffix names. The same count and seed give the same bytes."""
    form = FORMATS[path.suffix]
    groups = _groups(count, np.random.default_rng(seed))
    times = np.concatenate([group.times for group in groups])
    sizes = np.concatenate([np.full(len(group.times), form.size(len(group.step.frame))) for group in groups])
    order = np.argsort(times, kind="stable")[:count]
    ends = np.cumsum(sizes[order]) + len(form.head)
    places = np.full(len(times), -1)
    places[order] = ends - sizes[order]
    file = np.memmap(path, np.uint8, "w+", shape=(int(ends[-1]),))
    file[: len(form.head)] = np.frombuffer(form.head, np.uint8)
    first = 0
    for group in groups:
        at, first = places[first : first + len(group.times)], first + len(group.times)
        windows = sliding_window_view(file, form.size(len(group.step.frame)), writeable=True)
        for chosen in _pieces(np.flatnonzero(at >= 0)):
            windows[at[chosen]] = form.records(_frames(group, chosen), group.times[chosen], group.step.by_client)


def _pieces(numbers: NDArray[np.intp]) -> Sequence[NDArray[np.intp]]:
    """That many at once that they stay in the processor's caches and little memory."""
    return np.array_split(numbers, len(numbers) // AT_ONCE + 1)


def _groups(count: int, chance: np.random.Generator) -> list[_Group]:
    """A group for every step of every kind of conversation; a few frames more than ``count``."""
    groups = []
    for kind in conversations():
        many = count * kind.share // 1000 // len(kind.steps) + 2
        values = _values(many, chance)
        times = START_NS + chance.integers(0, count * 1_000_000_000 // FRAMES_PER_SECOND, many)
        for step in kind.steps:
            times = times + chance.exponential(GAP_NS, many).astype(np.int64)
            groups.append(_Group(step, values, times))
    return groups


def _values(many: int, chance: np.random.Generator) -> Values:
    """What stands in the place of each mark, a number a conversation."""
    figures = [48 + chance.integers(0, 10, (2, many)) for _ in DIGITS]
    return {
        CLIENT: chance.integers(1, 513, many).astype(np.uint16),
        SERVER: chance.integers(1, 2049, many).astype(np.uint16),
        PORT: chance.integers(32768, 61000, many).astype(np.uint16),
        **{mark: chance.integers(0, 1 << 16, many).astype(np.uint16) for mark in (IDENT, CLIENT_START, SERVER_START)},
        **{mark: (pair[0] << 8 | pair[1]).astype(np.uint16) for mark, pair in zip(DIGITS, figures, strict=True)},
    }


def _frames(group: _Group, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Those frames of the group, ``(n, length)``: the step with numbers for marks, and its checksums made right."""
    step, length = group.step.frame, len(group.step.frame)
    even = np.frombuffer(step.ljust(length + length % 2, b"\0"), ">u2")
    words = np.tile(even, (len(chosen), 1))
    sums = {at: np.full(len(chosen), ~even[at] & 0xFFFF, np.int64) for at, _ in group.step.checksums}
    for mark, values in group.values.items():
        for place in np.flatnonzero(even == mark):
            if place not in sums:
                words[:, place] = values[chosen]
                _add(sums, group.step, int(place), values[chosen].astype(np.int64) - mark)
    for at, total in sums.items():
        folded = (total & 0xFFFF) + (total >> 16)
        words[:, at] = ~((folded & 0xFFFF) + (folded >> 16)) & 0xFFFF
    return words.view(np.uint8)[:, :length]


def _add(sums: dict[int, NDArray[np.int64]], step: Step, place: int, change: NDArray[np.int64]) -> None:
    """Tell the checksums over that word that it changed (RFC 1624)."""
    for at, covered in step.checksums:
        if any(place in part for part in covered):
            sums[at] += change
