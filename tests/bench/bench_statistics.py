"""What counting costs at 1,000,000 mixed frames, beside tshark's tables of the same file, in one run.

``python tests/bench/bench_statistics.py [FRAMES]``. Ours is the time from the key to the table, of a file that is
indexed already, the best of some rounds; tshark reads the file each time, as it has to, once.
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from captures import capture
from measures import Measure, show, span
from peers import seconds, there

from tapscope.capture.files import open_file
from tapscope.store.arena import Store
from tapscope.store.conversations import Conversations, Endpoints, endpoints_of
from tapscope.store.hierarchy import Layer
from tapscope.store.hosts import Level
from tapscope.store.pieces import pieces
from tapscope.store.statistics import count_conversations, count_layers
from tapscope.store.timeline import Timeline

PEERS = {Level.IPV4: "ip", Level.TCP: "tcp"}
"""What tshark is asked for: the others take it as long, for most of its time goes into dissecting."""
ROUNDS = 3
LONGEST = 1.0
"""Seconds that a table may take."""


def filled(path: Path) -> Store:
    """A store of all frames of the file, which stays mapped."""
    source, store = open_file(path), Store(limit_bytes=1 << 40)
    while (batch := source.read()) is not None:
        store.set_interfaces(source.interfaces)
        store.append(batch)
    return store


def best(run: Callable[[], object]) -> float:
    """Seconds of the best of some rounds."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def measured(name: str, run: Callable[[], object], peer: float | None = None) -> Measure:
    """A line of the report; ``peer`` is what tshark took, in seconds."""
    ours = best(run)
    theirs, ratio = (f"tshark {span(peer)}", f"{peer / ours:,.0f} ×") if peer else ("", "")
    return Measure(name, span(ours), theirs, ratio, f"< {span(LONGEST)}", ours < LONGEST)


def layers(store: Store) -> list[Layer]:
    return count_layers(pieces(store.parts()), store.interfaces)


def conversations(store: Store, level: Level) -> Conversations:
    return count_conversations(pieces(store.parts()), level, store.interfaces)


def endpoints(store: Store, level: Level) -> Endpoints:
    return endpoints_of(conversations(store, level))


def measures(store: Store, path: Path) -> Iterator[Measure]:
    """All of them."""
    peer = there("tshark")

    def tshark(what: str) -> float | None:
        return seconds("tshark", "-n", "-q", "-r", path, "-z", what) if peer else None

    frames = f"{len(store):,} frames"
    yield measured(f"protocols of {frames}: {len(layers(store)):,} lines", partial(layers, store), tshark("io,phs"))
    for level in Level:
        lines = len(conversations(store, level)), len(endpoints(store, level))
        name = f"conversations, {level.value}: {lines[0]:,} lines"
        theirs = tshark(f"conv,{PEERS[level]}") if level in PEERS else None
        yield measured(name, partial(conversations, store, level), theirs)
        yield measured(f"endpoints, {level.value}: {lines[1]:,} lines", partial(endpoints, store, level))
    yield measured(f"timeline of {frames}", lambda: Timeline().follow(store))


def main() -> None:
    """Print them."""
    with capture(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000) as path:
        show(measures(filled(path), path))


if __name__ == "__main__":
    main()
