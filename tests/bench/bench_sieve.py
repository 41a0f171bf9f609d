"""How long a capture filter (-f) takes over a file, beside tcpdump's and libpcap's call for each frame, in one run.

``python tests/bench/bench_sieve.py [FRAMES]`` makes a capture of that many mixed frames, and shows the best of three.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cypcap
from captures import capture
from measures import Measure, show, span

from tapscope.capture.files import open_file
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import SievedSource

FILTERS = ("arp", "tcp port 443", "net 10.0.0.0/8 and greater 500", "udp[2:2] == 53 or vlan")


def best(run: Callable[[], int]) -> tuple[float, int]:
    """The shortest of three, in seconds, and what all of them answered."""
    times, answers = [], set()
    for _ in range(3):
        begin = time.perf_counter()
        answers.add(run())
        times.append(time.perf_counter() - begin)
    (answer,) = answers
    return min(times), answer


def ours(path: Path, text: str) -> int:
    with closing(SievedSource(open_file(path), Sieve(text))) as source:
        return sum(len(batch) for batch in iter(source.read, None))


def one_by_one(path: Path, text: str) -> int:
    """The quickest that libpcap can be asked from Python: its own loop over the file, which gives back what passes."""
    found = 0
    with cypcap.open_offline(path) as handle:
        handle.setfilter(handle.compile(text))
        for _ in handle:
            found += 1
    return found


def theirs(path: Path, text: str) -> int:
    command = ["tcpdump", "-n", "-r", path, "--count", text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with capture(count) as path:
        open_all, _ = best(lambda: ours(path, ""))
        print(f"opened and passed whole: {span(open_all)}")
        for text in FILTERS:
            mine, kept = best(lambda text=text: ours(path, text))
            peers = [("libpcap by cypcap", one_by_one)]
            peers += [("tcpdump --count", theirs)] if shutil.which("tcpdump") else []
            for name, peer in peers:
                took, found = best(lambda text=text, peer=peer: peer(path, text))
                assert found == kept, (text, name, found, kept)
                ratio = f"{took / mine:.2g}×"
                show([Measure(f"-f '{text}' over {count:,} frames, {name}", span(mine), span(took), ratio, "", None)])


if __name__ == "__main__":
    main()
