"""How long opening a capture takes, beside Wireshark's and tcpdump's programs on the same file in the same run.

``python tests/bench/bench_files.py [FRAMES]`` makes a pcap and a pcapng file of that many mixed frames (1,000,000:
about 500 MB each) in a temporary folder and prints seconds, the best of three, and the ratio to ours.
"""

import getpass
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tapscope.capture.files import open_file, open_stream
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.export import PcapngWriter, PcapWriter

TAP = Interface("tap0", snap_length=262144)
SIZES, SHARES = [60, 74, 90, 150, 576, 1514], [0.3, 0.15, 0.1, 0.1, 0.1, 0.25]
START = 1_795_000_000_000_000_000


def mixed(count: int) -> Iterator[Frame]:
    sizes = np.random.default_rng(1).choice(SIZES, count, p=SHARES).tolist()
    data = np.random.default_rng(2).bytes(max(SIZES))
    for number, size in enumerate(sizes, 1):
        direction = Direction.OUT if number % 2 else Direction.IN
        yield Frame(number, START + number * 1_234_567, direction, size, data[:size], TAP)


def best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def read(path: Path, count: int) -> None:
    """As the app does: every batch into a store."""
    source, store = open_file(path), Store()
    while (batch := source.read()) is not None:
        store.append(batch)
    source.close()
    assert len(store) == count, source.fault


def read_pipe(path: Path, count: int) -> None:
    """The same through ``cat``."""
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
        assert cat.stdout is not None
        source, found = open_stream(cat.stdout.fileno(), "-"), 0
        while (batch := source.read()) is not None:
            found += len(batch)
        source.close()
    assert found == count, source.fault


def first_batch(path: Path) -> None:
    source = open_file(path)
    source.read()
    source.close()


def run(*command: str | Path) -> Callable[[], object]:
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def compare(path: Path, count: int) -> None:
    print(f"{path.name}: {count:,} frames, {path.stat().st_size / 1e6:,.0f} MB")
    ours = best(lambda: read(path, count))
    print(f"  {'tapscope, whole file into the store':40} {ours:7.3f} s")
    print(f"  {'tapscope, until the first frames':40} {best(lambda: first_batch(path)):7.3f} s")
    piped = best(lambda: read_pipe(path, count))
    print(f"  {'tapscope, through a pipe':40} {piped:7.3f} s   {piped / ours:5.2f} of ours")
    others = {
        "capinfos -c (count)": ("capinfos", "-c", path),
        "capinfos -M -c -d -a -e (lengths and times)": ("capinfos", "-M", "-c", "-d", "-a", "-e", path),
        # As itself: for another user tcpdump would give /dev/null away.
        "tcpdump -r FILE -w /dev/null": ("tcpdump", "-Z", getpass.getuser(), "-r", path, "-w", "/dev/null"),
        "tshark -r FILE -n -w /dev/null": ("tshark", "-r", path, "-n", "-w", "/dev/null"),
    }
    for name, command in others.items():
        if shutil.which(str(command[0])):
            theirs = best(run(*command))
            print(f"  {name:40} {theirs:7.3f} s   {theirs / ours:5.2f} of ours")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in (("mixed.pcap", PcapWriter), ("mixed.pcapng", PcapngWriter)):
            path = Path(folder) / name
            with path.open("wb") as stream:
                kind(stream, [TAP]).write(mixed(count))
            compare(path, count)


if __name__ == "__main__":
    main()
