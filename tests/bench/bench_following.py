"""Processor time of the whole app at 50,000 frames/s, following; and at none. Beside ``tshark -i`` and termshark.

Run it with python; root only. Each looks at a held TAP from a terminal of its own, in turns, with the same frames. What
counts is all that its processes use until they have caught up, by the seconds in which frames were sent.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import live
import taps
from captures import capture
from measures import Measure, show
from peers import at_home, there
from processes import cpu, quiet
from screen import Screen
from sender import Sender
from taps import NAME

RATE = 50_000
SECONDS = 6
SILENT_S = 20

Open = Callable[[Mapping[str, str]], Screen]


def peer(*command: str) -> Open:
    """A program that shows what comes to the TAP; it is ready when it has shown a frame."""

    def start(home: Mapping[str, str]) -> Screen:
        screen = Screen([*command, NAME], home)
        for _ in range(20):
            Sender(NAME, 100, 10, 64).sent()
            screen.watch(0.5)
            if b"88b5" in screen.drawn:
                quiet(screen.pid, screen.watch, patience=10)
                return screen
        raise TimeoutError(f"{command[0]} shows no frame")

    return start


PROGRAMS: dict[str, Open] = {
    "tapscope": lambda home: live.tapscope(),
    "tshark": peer("tshark", "-n", "-i"),
    "termshark": peer("termshark", "-i"),
}


def busy(screen: Screen, frames: Path) -> float:
    """Cores."""
    before = cpu(screen.pid)
    sender = Sender(NAME, RATE, RATE * SECONDS, frames)
    while sender.running:
        screen.watch(0.1)
    _, took = sender.sent()
    if not quiet(screen.pid, screen.watch):
        print("it was still at work when it was measured")
    return (cpu(screen.pid) - before) / took


def silent(screens: Mapping[str, Screen]) -> dict[str, float]:
    """Cores of each while nothing comes, all at the same time."""
    before = {name: cpu(screen.pid) for name, screen in screens.items()}
    for _ in range(SILENT_S * 10 // len(screens)):
        for screen in screens.values():
            screen.watch(0.1)
    return {name: (cpu(screen.pid) - before[name]) / SILENT_S for name, screen in screens.items()}


def judge(used: dict[str, float], idle: dict[str, float]) -> list[Measure]:
    """The lines of the table."""
    ours = used["tapscope"]
    found = []
    for name, part in (("tshark", 3), ("termshark", 10)):
        if name in used:
            times = used[name] / ours
            what = f"CPU at {RATE:,} frames/s"
            found.append(
                Measure(what, f"{ours:.2f}", f"{name} {used[name]:.2f}", f"{times:.1f}×", f"≥ {part}×", times >= part)
            )
    theirs = ", ".join(f"{name} {part:.1%}" for name, part in idle.items() if name != "tapscope")
    return [*found, Measure("CPU, no traffic", f"{idle['tapscope']:.2%}", theirs, "", "< 1 %", idle["tapscope"] < 0.01)]


def main() -> None:
    """Print the table."""
    names = [name for name in PROGRAMS if name == "tapscope" or there(name)]
    taps.enter()
    with at_home() as home, capture(100_000) as frames, taps.held():
        used = {}
        for name in names:
            with PROGRAMS[name](home) as screen:
                used[name] = busy(screen, frames)
        screens = {name: PROGRAMS[name](home) for name in names}
        idle = silent(screens)
        for screen in screens.values():
            with screen:
                screen.press(b"q")
    show(judge(used, idle))


if __name__ == "__main__":
    main()
