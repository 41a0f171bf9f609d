"""How long opening a capture takes, beside Wireshark's and tcpdump's programs on the same file in the same run.

``python tests/bench/bench_files.py [FRAMES]`` prints seconds for a pcap and a pcapng file of that many mixed frames,
the best of three, and the ratio to ours.
"""

import getpass
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from captures import capture

from tapscope.capture.files import open_file, open_stream
from tapscope.store.arena import Store


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
    for suffix in (".pcap", ".pcapng"):
        with capture(count, suffix) as path:
            compare(path, count)


if __name__ == "__main__":
    main()
