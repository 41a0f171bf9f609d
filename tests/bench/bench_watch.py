"""Frames kept of frames sent over a TAP that somebody else holds: the whole app, ``tcpdump -w`` and ``dumpcap``.

Run it with python. The app runs on a terminal, follows, and is scrolled all the time. The three take turns at every
rate, each with its own frames; only what stands in one line is compared. ``sent/s`` is the rate that came about.
Everything happens in a network namespace of its own, which needs root.
"""

import os
import re
import select
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import live
import taps
from measures import Measure, show
from peers import there
from sender import Sender
from taps import NAME

RATES = (10_000, 50_000, 200_000, 500_000, 0)
"""Frames a second; 0 is as fast as it goes."""
SIZES = (64, 1500)
SECONDS = 1.5
FLAT_OUT_FRAMES = 2_000_000
KEYS = b"kkkkGjjjj\x1b[5~\x1b[6~"
SETTLE_S = 1.5
"""tcpdump looks into its ring once a second."""


class App:
    """tapscope, with keys pressed all the time."""

    def __init__(self, folder: Path) -> None:
        self._screen = live.tapscope()

    def look_on(self, sender: Sender) -> None:
        """While there is something to send."""
        while sender.running:
            self._screen.press(KEYS)
            self._screen.watch(0.02)

    def kept(self) -> int:
        """End it, and say how many frames it had."""
        with self._screen as screen:
            found = live.counted(screen)
            screen.press(b"q")
        return found


class Peer:
    """A program that writes what comes to a file until it is told to end, and then says how much that was."""

    def __init__(self, command: list[str], ready: bytes, said: str) -> None:
        self._said = said
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE)
        self._heard = b""
        assert self._process.stderr
        while ready not in self._heard:
            self._heard += os.read(self._process.stderr.fileno(), 1 << 12)

    def look_on(self, sender: Sender) -> None:
        """While there is something to send, and until the last is taken."""
        while sender.running:
            select.select([], [], [], 0.02)
        select.select([], [], [], SETTLE_S)

    def kept(self) -> int:
        """End it, and say how many frames it has."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stderr
        self._heard += self._process.stderr.read()
        self._process.wait()
        self._process.stderr.close()
        found = re.search(self._said, self._heard.decode())
        return int(found[1]) if found else 0


def tcpdump(folder: Path) -> Peer:
    """As one calls it, but that it stays root, to write into the folder."""
    command = ["tcpdump", "-i", NAME, "-Z", "root", "-w", str(folder / "theirs.pcap")]
    return Peer(command, b"listening on", r"(\d+) packets captured")


def dumpcap(folder: Path) -> Peer:
    """As Wireshark calls it."""
    command = ["dumpcap", "-q", "-i", NAME, "-w", str(folder / "theirs.pcapng")]
    return Peer(command, b"File:", r"on interface '[^']*': (\d+)/")


PEERS: dict[str, Callable[[Path], App | Peer]] = {"tapscope": App, "tcpdump": tcpdump, "dumpcap": dumpcap}


def measure(kind: str, rate: int, size: int) -> tuple[float, float]:
    """The part kept, and the rate."""
    with tempfile.TemporaryDirectory() as folder:
        reader = PEERS[kind](Path(folder))
        sender = Sender(NAME, rate, int(rate * SECONDS) or FLAT_OUT_FRAMES, size)
        reader.look_on(sender)
        sent, took = sender.sent()
        return reader.kept() / sent, sent / took


def compare(size: int, kinds: list[str]) -> list[dict[str, float]]:
    """A line for every rate: the part that each kept."""
    lines = []
    for rate in RATES:
        found = {kind: measure(kind, rate, size) for kind in kinds}
        lines.append({kind: kept for kind, (kept, _) in found.items()})
        asked = f"{rate:,}" if rate else "flat out"
        fastest = max(speed for _, speed in found.values())
        kept = "  ".join(f"{part:9.4f}" for part in lines[-1].values())
        print(f"{size:>6} {asked:>9} {fastest:>10,.0f}  {kept}", flush=True)
    return lines


def judge(size: int, lines: list[dict[str, float]]) -> Measure:
    """At every rate as many as tcpdump, within a frame in ten thousand."""
    ours, theirs = ([line[kind] for line in lines] for kind in ("tapscope", "tcpdump"))
    told = [f"{min(kept[:-1]):.4f}, flat out {kept[-1]:.4f}" for kept in (ours, theirs)]
    worst = min(mine / his for mine, his in zip(ours, theirs, strict=True))
    name = f"frames kept, {size} B, screen busy, to {max(RATES):,}/s"
    return Measure(name, told[0], f"tcpdump {told[1]}", f"{worst:.4f}", "≥ 1", worst > 0.9999)


def main() -> None:
    """Print a line for every size and rate."""
    kinds = [kind for kind in PEERS if kind == "tapscope" or there(kind)]
    taps.enter()
    print("watching a held TAP, frames kept of frames sent; the app on a terminal, following and scrolled")
    print(f"{'bytes':>6} {'asked/s':>9} {'sent/s':>10}  " + "  ".join(f"{kind:>9}" for kind in kinds))
    with taps.held():
        found = {size: compare(size, kinds) for size in SIZES}
    if "tcpdump" in kinds:
        show(judge(size, lines) for size, lines in found.items())


if __name__ == "__main__":
    main()
