"""From a key to the painted answer, on a terminal: while nothing arrives, and while 100,000 frames arrive a second.

Run it with python; root only. The keys move the cursor up and down among the first frames. A key counts as answered
when its frame's row is drawn as the one under the cursor. Keys come at moments that have nothing to do with the
screen's own.
"""

import random
from pathlib import Path

import live
import taps
from captures import capture
from measures import Measure, show
from screen import Screen
from sender import Sender
from taps import NAME

KEYS = 400
RATE = 100_000
PAUSES = (0.015, 0.045)
"""Seconds between an answer and the next key, at least and at most."""
START = 5000
"""The frame to begin at: a number that stands nowhere else on the screen."""


def row_under_cursor(number: int) -> bytes:
    """As the list draws it."""
    return rb"> *%d " % number


def latencies(screen: Screen) -> list[float]:
    """Seconds from key to paint, sorted."""
    chance = random.Random(1)
    screen.press(b"%dg" % START)
    screen.until(row_under_cursor(START))
    at, times = START, []
    for _ in range(KEYS):
        screen.watch(chance.uniform(*PAUSES))
        step = chance.choice((-1, 1)) if at > START - 5 else 1
        screen.press(b"j" if step > 0 else b"k")
        at += step
        times.append(screen.until(row_under_cursor(at), patience=5))
    return sorted(times)


def judge(name: str, times: list[float]) -> list[Measure]:
    """The middle, and what nineteen of twenty keys are within."""
    found = []
    for share, most in ((50, 6), (95, 12)):
        took = times[len(times) * share // 100] * 1000
        told = f"{took:.1f} ms"
        found.append(Measure(f"key to paint, {name}, p{share}", told, "", "", f"< {most} ms", took < most))
    return found


def measure(frames: Path) -> list[Measure]:
    """Idle, and then with all that arrives."""
    with taps.held(), live.tapscope() as screen:
        Sender(NAME, RATE, 10_000, frames).sent()
        screen.watch(1)
        idle = latencies(screen)
        sender = Sender(NAME, RATE, RATE * 60, frames)
        screen.watch(1)
        busy = latencies(screen)
        late = not sender.running
        sender.stop()
        screen.press(b"q")
    if late:
        print("the sender was done before the last key: what is said of arriving frames is said too well")
    return judge("idle", idle) + judge(f"{RATE:,} frames/s", busy)


def main() -> None:
    """Print the table."""
    taps.enter()
    with capture(100_000) as path:
        show(measure(path))


if __name__ == "__main__":
    main()
