"""Header columns: what they take beside the frames, how fast they are read, and answer.

``python tests/bench/bench_columns.py [FRAMES]``. Memory is anonymous memory of a process of its own for each way to
keep the same frames, over that of a tenth of them, beside what the store says of itself; scapy keeps a fiftieth.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from struct import unpack_from

import numpy as np
from captures import capture
from measures import Measure, show

from tapscope.capture.files import open_file
from tapscope.store.arena import Store
from tapscope.store.batch import Batch
from tapscope.store.batches import COLUMNS, frames_of, packed
from tapscope.store.headers import read_headers

OVER = 64
SMALL, MANY = 40, 6000
SCAPY_PART, FEWER_PART = 50, 10


def batches(path: Path) -> Iterator[Batch]:
    """Those of a file, without what was read of their headers."""
    with closing(open_file(path)) as source:
        while (batch := source.read()) is not None:
            yield replace(batch, headers=None)


def some(batch: Batch, start: int, count: int) -> Batch:
    rows = slice(start, start + count)
    return replace(batch, **{name: getattr(batch, name)[rows] for name in COLUMNS})


def copied(batch: Batch) -> Iterator[Batch]:
    """As a packet ring hands them over: in memory, many at once, with a header before each."""
    for start in range(0, len(batch), MANY):
        piece = some(batch, start, MANY)
        first, end = int(piece.offset[0]), int(piece.offset[-1] + piece.captured[-1])
        yield replace(piece, block=bytes(piece.block[first:end]), offset=piece.offset - first)


def small(batch: Batch) -> Iterator[Batch]:
    """A few frames at a time, as they come to a TAP."""
    return (packed(some(batch, start, SMALL)) for start in range(0, len(batch), SMALL))


def stored(pieces: Iterator[Batch]) -> Store:
    store = Store(limit_bytes=1 << 40)
    for piece in pieces:
        store.append(piece)
        store.tidy()
    return store


def objects(path: Path) -> list[bytes]:
    return [frame.data for batch in batches(path) for frame in frames_of(batch, ())]


def packets(path: Path) -> list[object]:
    from scapy.layers.all import Ether  # noqa: PLC0415  costs memory of its own

    Ether(bytes(14))
    return [Ether(data) for data in objects(path)]


WAYS: dict[str, Callable[[Path], object]] = {
    "mapped file": lambda path: stored(batches(path)),
    "live, many at once": lambda path: stored(piece for batch in batches(path) for piece in copied(batch)),
    f"live, {SMALL} at a time": lambda path: stored(piece for batch in batches(path) for piece in small(batch)),
    "bytes objects in a list": objects,
    "scapy packets": packets,
}


def anonymous() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def keep(way: str, path: Path) -> None:
    """In a process of its own: what it took over what fewer frames took, and what the store says that it took."""
    fewer = WAYS[way](path.with_name("fewer.pcap"))
    before = anonymous()
    kept = WAYS[way](path)
    print(anonymous() - before, kept.held_bytes if isinstance(kept, Store) else 0, len(fewer))


def took(way: str, path: Path) -> tuple[int, int]:
    done = subprocess.run([sys.executable, __file__, way, str(path)], capture_output=True, text=True, check=True)
    measured, said, _ = done.stdout.split()
    return int(measured), int(said)


def memory(count: int) -> list[Measure]:
    """Of every way to keep them, bytes a frame over the frames' own."""
    found = []
    with capture(count) as path, capture(count // SCAPY_PART) as part, capture(count // FEWER_PART) as fewer:
        (path.parent / "fewer.pcap").write_bytes(fewer.read_bytes())
        (part.parent / "fewer.pcap").write_bytes(part.read_bytes())
        octets = sum(int(batch.captured.sum(dtype=np.int64)) for batch in batches(path)) / count
        for way in WAYS:
            frames = count // SCAPY_PART if way == "scapy packets" else count
            measured, said = (part / frames for part in took(way, part if frames < count else path))
            own = 0 if way == "mapped file" else octets
            says = f", the store says {said - own:.1f}" if said else ""
            print(f"{way:24} {measured - own:8.1f} B a frame over their bytes{says}")
            if said:
                each = measured - own
                found.append(Measure(f"store, {way}", f"{each:.1f} B a frame", "", "", f"≤ {OVER} B", each <= OVER))
    return found


def by_hand(frames: list[bytes]) -> list[tuple[object, ...]]:
    """The same of untagged IPv4 alone, by struct: what a loop in Python costs at least."""
    rows = []
    for data in frames:
        high, low, from_high, from_low, ethertype = unpack_from(">HIHIH", data)
        source = destination = protocol = first = second = 0
        if ethertype == 0x0800 and len(data) >= 34:
            protocol, source, destination = unpack_from(">B2xII", data, 23)
            at = 14 + (data[14] & 15) * 4
            if protocol in {6, 17} and len(data) >= at + 4:
                first, second = unpack_from(">HH", data, at)
        rows.append((high, low, from_high, from_low, ethertype, protocol, source, destination, first, second))
    return rows


def fastest(run: Callable[[], object], times: int = 7) -> float:
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def reading(path: Path) -> None:
    """What a frame's headers cost, by how many are read at once."""
    parts = [batch for batch in batches(path) if len(batch)]
    offset, captured = (np.concatenate([getattr(part, name) for part in parts]) for name in ("offset", "captured"))
    block = path.read_bytes()
    for count in (100, 1000, 10_000, 100_000):
        each = fastest(lambda: read_headers(block, offset[:count], captured[:count], 1)) / count  # noqa: B023
        print(f"headers of {count:7,} at once: {each * 1e9:7.0f} ns a frame")
    frames = objects(path)[:20_000]
    print(f"struct, frame by frame:    {fastest(lambda: by_hand(frames), 3) / len(frames) * 1e9:7.0f} ns a frame")


def answering(path: Path) -> None:
    """How fast a question is answered that columns can answer, over the whole store."""
    store = stored(batches(path))
    headers = [part.batch.headers for part in store.parts()]
    questions = {
        "tcp.port == 443": lambda h: (h.protocol == 6) & ((h.first == 443) | (h.second == 443)),
        "ip.src == 10.0.0.2": lambda h: (h.kind & 1 != 0) & (h.source == 0x0A000002),
        "arp": lambda h: h.kind & 4 != 0,
    }
    for words, ask in questions.items():
        seconds = fastest(lambda: [np.flatnonzero(ask(each)) for each in headers])  # noqa: B023
        print(f"{words:20} {len(store) / seconds / 1e6:8,.0f} million frames a second")


def main() -> None:
    """Print what was measured."""
    if len(sys.argv) > 2:
        keep(sys.argv[1], Path(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with capture(count) as path:
        reading(path)
        answering(path)
    show(memory(count))


if __name__ == "__main__":
    main()
