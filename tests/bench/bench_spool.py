"""What ``--spool`` keeps: frames a second into files from memory, and frames in files of frames sent over a held TAP.

Run it with python. The first part has no TAP: batches as a packet ring hands them over go into a store of 64 MiB as
fast as the disk takes them, beside the same number of bytes written plainly. In the second part the app, ``tcpdump -w``
and ``dumpcap`` take turns; the app runs on a terminal, follows, and is scrolled all the time. Only what stands in one
line is compared. The second part happens in a network namespace of its own, which needs root.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import live
import numpy as np
import taps
from bench_watch import KEYS, Peer, dumpcap, tcpdump
from measures import Measure, show
from peers import there
from sender import Sender
from taps import NAME

from tapscope.capture.files import open_file
from tapscope.frame import Direction, Interface
from tapscope.store.arena import Store
from tapscope.store.batch import Batch
from tapscope.store.batches import FRAME_BYTES
from tapscope.store.spool.plan import SpoolPlan
from tapscope.store.spool.spool import Spool

MEMORY = 64 << 20
SIZES = {"64 B": (64, 64), "60 to 1514 B": (60, 1515), "1500 B": (1500, 1500)}
BATCH_BYTES = 2 << 20
ALL_BYTES = 512 << 20
RATES = (50_000, 200_000, 500_000)
SECONDS = 2


def batch(least: int, most: int) -> Batch:
    """About two megabytes of frames of any of these lengths."""
    generator = np.random.default_rng(1)
    lengths = generator.integers(least, max(most, least + 1), 2 * BATCH_BYTES // (least + most)).astype(np.uint32)
    ends = np.cumsum(lengths, dtype=np.int64)
    return Batch(
        block=generator.bytes(int(ends[-1])),
        offset=ends - lengths,
        length=lengths,
        captured=lengths,
        time_ns=1_795_000_000_000_000_000 + np.arange(len(lengths)),
        direction=np.full(len(lengths), Direction.OUT, np.uint8),
        offload=np.zeros(len(lengths), np.uint8),
        interface=np.zeros(len(lengths), np.uint16),
    )


def spooled(piece: Batch, folder: str) -> tuple[int, float, int]:
    """Frames, seconds until they were all on disk, and the bytes that they took there."""
    spool = Spool(SpoolPlan(folder), "bench")
    store = Store(limit_bytes=MEMORY, keeper=spool)
    store.set_interfaces([Interface("tap0")])
    most_waiting = MEMORY // 2 // (len(piece.block) // len(piece) + FRAME_BYTES)
    begin = time.perf_counter()
    for _ in range(ALL_BYTES // len(piece.block)):
        store.append(piece)
        while store.total_frames - spool.state.frames > most_waiting:  # what is measured is what the spool can take
            time.sleep(0.001)
    state = spool.close()
    took = time.perf_counter() - begin
    if state.missed or store.evicted or state.frames != store.total_frames:
        raise RuntimeError(f"not all is on disk: {state}")
    return state.frames, took, state.octets


def written(octets: int, folder: str) -> float:
    """Seconds that as many bytes take to be written from one buffer, four megabytes at a time."""
    data, begin = os.urandom(4 << 20), time.perf_counter()
    with Path(folder, "plain").open("wb", buffering=0) as file:
        file.writelines(data for _ in range(octets // len(data)))
    return time.perf_counter() - begin


def sustain() -> list[Measure]:
    """A line for each kind of frames."""
    found = []
    for name, (least, most) in SIZES.items():
        with tempfile.TemporaryDirectory(dir=".") as folder:
            frames, took, octets = spooled(batch(least, most), folder)
            plain = written(octets, folder)
        ours, theirs = frames / took, frames / plain
        peer = f"plain write {theirs:,.0f}/s"
        line = f"{ours:,.0f}/s"
        found.append(Measure(f"frames into a spool, {name}", line, peer, f"{ours / theirs:.2f}", "", None))
    return found


class App:
    """tapscope with a spool and little memory, with keys pressed all the time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._screen = live.tapscope("--memory", str(MEMORY), "--spool", str(folder))

    def look_on(self, sender: Sender) -> None:
        """While there is something to send."""
        while sender.running:
            self._screen.press(KEYS)
            self._screen.watch(0.02)

    def kept(self) -> int:
        """End it, and count what is in its file."""
        with self._screen as screen:
            screen.press(b"q")
            screen.until(rb"frames \(.* in /")  # said when all is there
        return sum(counted(path) for path in self._folder.iterdir())


def counted(path: Path) -> int:
    """The frames of a capture file."""
    source, found = open_file(str(path)), 0
    while (more := source.read()) is not None:
        found += len(more)
    source.close()
    return found


PEERS: dict[str, Callable[[Path], App | Peer]] = {"tapscope": App, "tcpdump": tcpdump, "dumpcap": dumpcap}


def kept(kind: str, rate: int, size: int) -> float:
    """The part of what was sent that is on disk."""
    with tempfile.TemporaryDirectory() as folder:
        reader = PEERS[kind](Path(folder))
        sender = Sender(NAME, rate, rate * SECONDS, size)
        reader.look_on(sender)
        sent, _ = sender.sent()
        return reader.kept() / sent


def keep(size: int, kinds: list[str]) -> Measure:
    """A line for each rate, and the measure of all."""
    worst = 2.0
    for rate in RATES:
        found = {kind: kept(kind, rate, size) for kind in kinds}
        print(f"{size:>6} {rate:>9,}  " + "  ".join(f"{part:9.4f}" for part in found.values()), flush=True)
        worst = min(worst, found["tapscope"] / max(found.get("tcpdump", 1), 1e-9))
    name = f"frames on disk of those sent, {size} B, screen busy, to {max(RATES):,}/s"
    return Measure(name, f"{found['tapscope']:.4f}", "tcpdump -w", f"{worst:.4f}", "≥ 1", worst > 0.9999)


def main() -> None:
    """Print a line for every kind, size and rate."""
    show(sustain())
    kinds = [kind for kind in PEERS if kind == "tapscope" or there(kind)]
    taps.enter()
    print("a held TAP, frames on disk of frames sent; the app on a terminal, following and scrolled")
    print(f"{'bytes':>6} {'sent/s':>9}  " + "  ".join(f"{kind:>9}" for kind in kinds))
    with taps.held():
        show([keep(size, kinds) for size in (64, 1500)])


if __name__ == "__main__":
    main()
