"""A large file: from exec to the first screen, to the first rows on it, and to the last frame counted, on a terminal.

``python tests/bench/bench_open.py [FRAMES]``. Beside termshark on a terminal, tshark that prints a line a frame, and
tcpdump that does. Medians of some rounds, in which the programs take turns.
"""

import struct
import sys
from pathlib import Path

from captures import capture
from measures import Measure, show, span
from peers import TAPSCOPE, at_home, medians, seconds, there
from screen import Screen

ROUNDS = 5
FIRST_PAINT = {"tapscope": rb"Frames", "termshark": rb"termshark \d"}
"""What the first screen of each has on it, with or without rows."""


def first_address(path: Path) -> bytes:
    """The source of the first IPv4 frame, which stands among the first rows."""
    with path.open("rb") as file:
        file.seek(24)
        while True:
            frame = file.read(struct.unpack("<8xI4x", file.read(16))[0])
            if frame[12:14] == b"\x08\0":
                return ".".join(map(str, frame[26:30])).encode()


def ours(path: Path, count: int) -> tuple[float, float, float]:
    """First screen, first rows, last frame."""
    with Screen([*TAPSCOPE, path]) as screen:
        painted = screen.until(FIRST_PAINT["tapscope"])
        rows = screen.until(first_address(path))
        whole = screen.until(f"{count:,}".encode())
        screen.press(b"q")
        return painted, rows, whole


def termshark(path: Path, home: dict[str, str]) -> tuple[float, float]:
    """First screen, first rows."""
    with Screen(["termshark", "-r", path], home) as screen:
        return screen.until(FIRST_PAINT["termshark"]), screen.until(first_address(path))


def compare_screens(path: Path, count: int) -> tuple[list[Measure], float]:
    """The measures on a terminal, and how long it takes until the file is indexed."""
    with at_home() as home:
        both = there("termshark")
        if both:
            termshark(path, home)  # it keeps what tshark told it of its fields
        rounds = [(*ours(path, count), *(termshark(path, home) if both else ())) for _ in range(ROUNDS)]
    painted, rows, whole, *theirs = medians(rounds)
    if not both:
        return [], whole
    first, more = theirs
    return [
        Measure(
            "exec to first paint",
            span(painted),
            f"termshark {span(first)}",
            f"{first / painted:.1f}×",
            "no slower",
            painted <= first,
        ),
        Measure(
            "exec to first rows",
            span(rows),
            f"termshark {span(more)}",
            f"{more / rows:.1f}×",
            "≥ 2×",
            more >= 2 * rows,
        ),
    ], whole


def compare_whole(path: Path, whole: float) -> list[Measure]:
    """Until every frame is there to be scrolled to, beside those that print a line a frame."""
    found = []
    for command, factor in ((("tcpdump", "-n", "-r", path), 2), (("tshark", "-n", "-r", path), 20)):
        name = " ".join(map(str, command[:-1]))
        if there(str(command[0])):
            took = seconds(*command)
            ratio = took / whole
            found.append(
                Measure(
                    "exec to all indexed",
                    span(whole),
                    f"`{name}` {span(took)}",
                    f"{ratio:.1f}×",
                    f"≥ {factor}×",
                    ratio >= factor,
                )
            )
    return found


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with capture(count) as path:
        print(f"a file of {count:,} mixed frames, {path.stat().st_size / 1e6:.0f} MB, on a terminal of 120 × 40")
        measures, whole = compare_screens(path, count)
        show(measures + compare_whole(path, whole))


if __name__ == "__main__":
    main()
