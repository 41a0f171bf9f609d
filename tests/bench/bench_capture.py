"""Frames kept of frames sent, by the TAP's reader and by ``tcpdump -w`` on the same TAP at the same time.

Run it with python. ``screen`` is what another thread of the process does meanwhile: nothing, Python half of the time,
or Python all the time. Everything happens in a network namespace of its own, which needs root, as tcpdump changes its
user id and a user namespace does not let it; only ratios of one run mean something.
A reader that gives the interpreter's lock up at every read keeps 0.05 at 50,000 frames/s beside a busy screen.
"""

import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import taps
from peers import there
from sender import Sender
from taps import NAME

RATES = (10_000, 50_000, 200_000)
SCREENS = {"idle": 0.0, "half": 0.5, "busy": 1.0}
SECONDS = 1.5
SETTLE_S = 1.2
"""tcpdump writes what it holds once a second."""
BYTES = 64


class Taker:
    """Stands for the app: takes what arrives, counts it, and lets it go."""

    def __init__(self) -> None:
        from tapscope.capture.inbox import Inbox  # noqa: PLC0415
        from tapscope.capture.loop import Capture  # noqa: PLC0415
        from tapscope.capture.tap import open_tap  # noqa: PLC0415

        self.news = threading.Event()
        self.inbox = Inbox(self.news.set)
        self.capture = Capture(lambda: open_tap(NAME), self.inbox, watch=NAME)
        self.frames = self.batches = 0
        self.cpu = 0.0
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        self.capture.run()
        self.cpu = time.thread_time()

    def take(self, patience: float) -> None:
        from tapscope.store.batch import Batch  # noqa: PLC0415

        self.news.wait(patience)
        self.news.clear()
        for event in self.inbox.take():
            if isinstance(event, Batch):
                self.frames += int((event.captured == BYTES).sum())
                self.batches += 1

    def stop(self) -> None:
        self.capture.stop()
        self.thread.join()
        self.take(0)


@contextmanager
def screen(share: float) -> Iterator[None]:
    """A thread that runs Python for that share of the time."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.01 * (1 - share)):
            until = time.perf_counter() + 0.01 * share
            while time.perf_counter() < until:
                sum(range(100))

    thread = threading.Thread(target=work)
    if share:
        thread.start()
    yield
    over.set()
    if share:
        thread.join()


@contextmanager
def tcpdump(folder: str) -> Iterator[list[int]]:
    """tcpdump writing to a file; afterwards how many frames it captured."""
    command = ["tcpdump", "-i", NAME, "-Z", "root", "-w", f"{folder}/out.pcap", "ether", "proto", "0x88b5"]
    captured: list[int] = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = iter(process.stderr.readline, "")
        if not any("listening on" in line for line in said):
            raise SystemExit("tcpdump does not listen")
        yield captured
        process.send_signal(signal.SIGINT)
        told = re.search(r"(\d+) packets? captured", process.communicate(timeout=10)[1])
        captured.append(int(told[1]) if told else 0)


def measure(rate: int, share: float, folder: str) -> str:
    count = int(rate * SECONDS)
    taker = Taker()
    taker.take(5)
    with tcpdump(folder) as theirs, screen(share):
        sender = Sender(NAME, rate, count, BYTES)
        while sender.running:
            taker.take(0.05)
        sender.sent()
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            taker.take(0.05)
    taker.stop()
    lost = taker.inbox.dropped
    return f"{taker.frames / count:8.3f}{theirs[0] / count:10.3f}{taker.batches:10}{taker.cpu:10.2f}{lost:8}"


def main() -> None:
    if not there("tcpdump"):
        return
    taps.enter()
    print(f"{'frames/s':>9} {'screen':>6}{'kept':>8}{'tcpdump':>10}{'batches':>10}{'cpu s':>10}{'dropped':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for rate in RATES:
            for name, share in SCREENS.items():
                print(f"{rate:9} {name:>6}{measure(rate, share, folder)}", flush=True)


if __name__ == "__main__":
    main()
