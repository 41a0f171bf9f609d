"""What counting costs at 1,000,000 mixed frames, beside tshark's tables of the same file, in one run.

``python tests/bench/bench_statistics.py [FRAMES]``
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from captures import capture

from tapscope.capture.files import open_file
from tapscope.store.arena import Store
from tapscope.store.conversations import Conversations, Endpoints, endpoints_of
from tapscope.store.hierarchy import Layer
from tapscope.store.hosts import Level
from tapscope.store.statistics import count_conversations, count_layers, pieces

PEERS = {Level.ETHERNET: "eth", Level.IPV4: "ip", Level.IPV6: "ipv6", Level.TCP: "tcp", Level.UDP: "udp"}


def filled(path: Path) -> Store:
    """A store of all frames of the file, which stays mapped."""
    source, store = open_file(path), Store(limit_bytes=1 << 40)
    while (batch := source.read()) is not None:
        store.set_interfaces(source.interfaces)
        store.append(batch)
    return store


def best(run: Callable[[], object], rounds: int = 3) -> float:
    """Milliseconds of the best of some rounds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times) * 1e3


def tshark(path: Path, table: str) -> float | None:
    """Milliseconds, once: it takes its time."""
    if not shutil.which("tshark"):
        return None
    command = ["tshark", "-n", "-q", "-r", path, "-z", table]
    return best(lambda: subprocess.run(command, check=True, capture_output=True), 1)


def tell(what: str, lines: int, mine: float, theirs: float | None) -> None:
    """One line of the report."""
    beside = f"tshark {theirs:9,.0f} ms, {theirs / mine:7,.0f} times as long" if theirs else "tshark is not installed"
    print(f"{what:28} {lines:9,} lines {mine:8.1f} ms   {beside}", flush=True)


def measure(store: Store, path: Path, level: Level) -> None:
    """Conversations and endpoints of one level."""

    def conversations() -> Conversations:
        return count_conversations(pieces(store.parts()), level, store.interfaces)

    def endpoints() -> Endpoints:
        return endpoints_of(conversations())

    peer = PEERS[level]
    tell(f"conversations, {level.value}", len(conversations()), best(conversations), tshark(path, f"conv,{peer}"))
    tell(f"endpoints, {level.value}", len(endpoints()), best(endpoints), tshark(path, f"endpoints,{peer}"))


def main() -> None:
    """Print one line a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with capture(count) as path:
        store = filled(path)

        def layers() -> list[Layer]:
            return count_layers(pieces(store.parts()), store.interfaces)

        tell("protocols", len(layers()), best(layers), tshark(path, "io,phs"))
        for level in Level:
            measure(store, path, level)


if __name__ == "__main__":
    main()
