"""Memory at a million frames: a file that is mapped, and frames that came live; beside termshark and scapy.

``python tests/bench/bench_memory.py [FRAMES]``. Anonymous memory of all processes of a program: what it holds itself,
without the pages of files, which the kernel takes back when it needs them. scapy reads a tenth of the frames into a
list, and what that takes is multiplied; the live part is root's only.
"""

import os
import sys
from pathlib import Path

import live
import taps
from captures import capture
from measures import Measure, show
from peers import TAPSCOPE, at_home, there
from processes import memory, quiet
from screen import Screen
from sender import Sender, different
from taps import NAME

OVER = 64
"""Bytes a frame, over its own."""
FEW = 1000
RATE = 50_000
SCAPY_PART = 10
SCAPY = """
import sys, time
from scapy.all import rdpcap
print("ready", flush=True)
input()
packets = rdpcap(sys.argv[1])
print("read", flush=True)
input()
"""


def held(screen: Screen) -> int:
    """When it has come to rest."""
    quiet(screen.pid, screen.watch, patience=300, rest=4)
    return memory(screen.pid, "Anonymous")


def opened(command: list[str | Path], home: dict[str, str] | None = None) -> int:
    """Of a program that looks into a file."""
    with Screen(command, home) as screen:
        screen.watch(3)
        return held(screen)


def scapy(path: Path) -> int:
    """Of a list of packets."""
    with Screen([sys.executable, "-c", SCAPY, path]) as screen:
        screen.until(b"ready")
        before = memory(screen.pid, "Anonymous")
        screen.press(b"\n")
        screen.until(b"read", patience=300)
        return memory(screen.pid, "Anonymous") - before


def per_frame(name: str, octets: int, count: int) -> Measure:
    """Over the frames' own bytes."""
    each = octets / count
    return Measure(f"memory over the bytes, {name}", f"{each:.0f} B a frame", "", "", f"≤ {OVER} B", each <= OVER)


def beside(name: str, ours: int, peer: str, theirs: int, most: float) -> Measure:
    """A program's whole memory beside another's."""
    told, part = [f"{octets / 1e6:.0f} MB" for octets in (ours, theirs)], ours / theirs
    return Measure(name, told[0], f"{peer} {told[1]}", f"{part:.3f}", f"≤ {most:g}", part <= most)


def mapped(count: int) -> tuple[list[Measure], int]:
    """A file, and the same with hardly a frame in it."""
    with capture(count) as path, capture(FEW) as small, at_home() as home:
        base, whole = opened([*TAPSCOPE, small]), opened([*TAPSCOPE, path])
        found = [per_frame("file", whole - base, count - FEW)]
        if there("termshark"):
            theirs = opened(["termshark", "-r", path], home)
            found.append(beside(f"memory, file of {count:,}", whole, "termshark", theirs, 0.5))
    return found, base


def alive(count: int, frames: Path) -> int:
    """What ``count`` frames took that came to a TAP, with their bytes; and what they took over them."""
    with live.tapscope("--memory", "4GiB") as screen:
        Sender(NAME, RATE, RATE, frames).sent()
        before = held(screen)
        sender = Sender(NAME, RATE, count, frames)
        while sender.running:
            screen.watch(0.1)
        sender.sent()
        found = live.counted(screen)
        took = held(screen) - before
        screen.press(b"q")
    if found != RATE + count:
        print(f"{found:,} frames were kept of {RATE + count:,}")
    return took


def lived(count: int, base: int) -> list[Measure]:
    """Frames of a TAP, whose bytes are in memory."""
    taps.enter()
    with capture(count // SCAPY_PART) as path:
        with taps.held():
            took = alive(count, path)
        sizes = [len(frame) for frame in different(path)]
        octets = sum(sizes) * count // len(sizes)
        theirs = scapy(path) * SCAPY_PART
    return [
        per_frame("live", took - octets, count),
        beside(
            f"memory, {count:,} live",
            base + took,
            f"scapy's rdpcap, {SCAPY_PART} × {count // SCAPY_PART:,}",
            theirs,
            0.1,
        ),
    ]


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    measures, base = mapped(count)
    show(measures)
    if os.geteuid():
        print("only root can measure frames that come live")
    else:
        show(lived(count, base))


if __name__ == "__main__":
    main()
