"""Runs the demo as ``tapscope demo`` would; prints what came of it as JSON: ``demo_facts.py FRAMES SECONDS [ROUNDS]``.

A round ends after so many frames, or so many seconds. What starts threads is imported after the sandbox was entered.
"""
# ruff: noqa: PLC0415

import json
import os
import sys
import threading
import time
from dataclasses import astuple
from pathlib import Path
from typing import Any

from tapscope.demo import Demo, prepare


def watch(demo: Demo, frames: int, seconds: float, facts: dict[str, Any]) -> None:
    """One capture from opening to closing."""
    from tapscope.capture.inbox import Inbox
    from tapscope.capture.loop import Capture
    from tapscope.store.batch import Batch

    news = threading.Event()
    inbox = Inbox(news.set)
    capture = Capture(demo.open_source, inbox, watch=demo.interface)
    thread = threading.Thread(target=capture.run)
    thread.start()
    deadline = time.monotonic() + seconds
    wanted = len(facts["frames"]) + frames
    while len(facts["frames"]) < wanted and time.monotonic() < deadline and not capture.closed.is_set():
        news.wait(deadline - time.monotonic())
        news.clear()
        for event in inbox.take():
            if not isinstance(event, Batch):
                facts["others"].append(repr(event))
                continue
            spans = zip(event.offset.tolist(), event.captured.tolist(), strict=True)
            data = [bytes(event.block[start : start + size]).hex() for start, size in spans]
            facts["frames"] += zip(data, event.direction.tolist(), event.time_ns.tolist(), strict=True)
    asked = time.monotonic()
    capture.stop()
    thread.join()
    facts["stop"] = max(facts["stop"], time.monotonic() - asked)


def main(frames: int, seconds: float, rounds: int = 1) -> None:
    outside = Path("/proc/self/ns/net").stat().st_ino
    demo = prepare()
    facts: dict[str, Any] = {
        "title": demo.title,
        "interface": demo.interface,
        "refused": demo.refused and astuple(demo.refused),
        "moved": Path("/proc/self/ns/net").stat().st_ino != outside,
        "uid": os.geteuid(),
        "frames": [],
        "others": [],
        "stop": 0.0,
    }
    for _ in range(rounds):
        watch(demo, frames, seconds, facts)
    facts["threads"] = [one.name for one in threading.enumerate() if one is not threading.main_thread()]
    facts["files"] = [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    print(json.dumps(facts))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), *map(int, sys.argv[3:]))
