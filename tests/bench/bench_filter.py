"""Display filters over a store of 1,000,000 mixed frames, beside ``tshark -Y`` on the same file, in the same run.

``python tests/bench/bench_filter.py [FRAMES]``. Ours is the time from the text to the frames' numbers, the median of
some rounds; the file is indexed already, as it is when somebody types a filter. tshark reads the file each time, as it
has to, once. Both must find as many frames. And ours on a terminal, from Enter to the painted result.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench_statistics import filled
from captures import capture
from measures import Measure, show, span
from numpy.typing import NDArray
from peers import TAPSCOPE, medians, there
from screen import Screen

import tapscope.dissect
from tapscope.filters import Context, compile_filter
from tapscope.store.arena import Store
from tapscope.store.batches import frames_of, selected

ROUNDS = 5
CLEAR = b"\x15"
"""ctrl+u, in the line that takes the filter."""


@dataclass(frozen=True)
class Question:
    """A filter that both understand, and how many times as fast as tshark it is to be; 0: ahead of it."""

    kind: str
    text: str
    times: int


HEADER = "header filter"
QUESTIONS = (
    Question(HEADER, "tcp.port == 443", 1000),
    Question(HEADER, "ip.addr == 10.0.1.26 && tcp.flags.syn == 1", 1000),
    Question("bytes", 'frame contains "GET"', 10),
    Question("deep filter", 'dns.qry.name == "host-0042.example.org"', 0),
)


def numbers(store: Store, text: str) -> NDArray[np.int64]:
    """Of the frames that match."""
    asked = compile_filter(text)
    context = Context(tuple(store.interfaces), store.first_time_ns)
    found = []
    for part in store.parts():
        verdicts = asked.judge(part.batch, part.number - part.where.start, context)
        matches = verdicts.yes.copy()
        places = np.flatnonzero(verdicts.unsure)
        frames = frames_of(selected(part.batch, verdicts.unsure), context.interfaces)
        for place, frame in zip(places.tolist(), frames, strict=True):
            matches[place] = asked.matches(frame, context)
        found.append(np.flatnonzero(matches[part.where]) + part.number)
    return np.concatenate(found)


def ours(store: Store, text: str) -> tuple[int, float]:
    """How many match, and the seconds that it took to know which."""
    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        found = numbers(store, text)
        rounds.append([time.perf_counter() - begin])
    return len(found), medians(rounds)[0]


def tshark(path: Path, text: str) -> tuple[int, float]:
    """The same."""
    begin = time.perf_counter()
    command = ["tshark", "-n", "-r", path, "-Y", text, "-T", "fields", "-e", "frame.number"]
    told = subprocess.run(command, check=True, capture_output=True).stdout
    return told.count(b"\n"), time.perf_counter() - begin


def ask(store: Store, path: Path, question: Question) -> Measure:
    """One line of the table."""
    count, mine = ours(store, question.text)
    found, theirs = tshark(path, question.text)
    if found != count:
        print(f"{question.text}: {count:,} frames match here, {found:,} in tshark")
    times = theirs / mine
    to_reach = f"≥ {question.times:,}×" if question.times else "ahead"
    name = f"{question.kind}, `{question.text}`"
    return Measure(
        name, span(mine), f"`tshark -Y` {span(theirs)}", f"{times:,.0f}×", to_reach, times >= (question.times or 1)
    )


def painted(store: Store, path: Path) -> Measure:
    """On a terminal: from Enter until the number of frames that match is there, and with it the first of them."""
    texts = [question.text for question in QUESTIONS if question.kind == HEADER] + ["arp", "udp.port == 53", "ipv6"]
    rounds = []
    with Screen([*TAPSCOPE, path]) as screen:
        screen.until(f"{len(store):,}".encode())
        screen.watch(3)
        for text in texts:
            matches = len(numbers(store, text))
            screen.press(b"/")
            screen.until(b"Leave")
            screen.press(CLEAR)
            screen.watch(0.5)
            screen.press(text.encode())
            screen.until(b"Enter applies it")
            screen.watch(1)
            screen.press(b"\r")
            rounds.append([screen.until(rb"%b(\x1b\[[\d;]*m)* of " % f"{matches:,}".encode(), 20)])
            screen.watch(1)
        screen.press(b"q")
    took = medians(rounds)[0]
    return Measure("header filter, Enter to result on screen", span(took), "", "", "< 50 ms", took < 0.05)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    if not there("tshark"):
        return
    with capture(count) as path:
        store = filled(path)
        tapscope.dissect.load()
        show([*(ask(store, path, question) for question in QUESTIONS), painted(store, path)])


if __name__ == "__main__":
    main()
