"""Runs the demo as ``tapscope demo`` would, and prints what came of it as JSON: ``demo_facts.py FRAMES SECONDS``.

Ends after so many frames, or so many seconds. What starts threads is imported after the sandbox was entered.
"""
# ruff: noqa: PLC0415

import json
import os
import sys
import threading
import time
from dataclasses import astuple
from pathlib import Path

from tapscope.demo import prepare


def main(frames: int, seconds: float) -> None:
    outside = Path("/proc/self/ns/net").stat().st_ino
    demo = prepare()
    from tapscope.capture.inbox import Inbox
    from tapscope.capture.loop import Capture
    from tapscope.store.batch import Batch

    news = threading.Event()
    inbox = Inbox(news.set)
    capture = Capture(demo.open_source, inbox, watch=demo.interface)
    thread = threading.Thread(target=capture.run)
    thread.start()
    deadline = time.monotonic() + seconds
    told: list[tuple[str, str, int]] = []
    others: list[str] = []
    while len(told) < frames and time.monotonic() < deadline and not capture.closed.is_set():
        news.wait(deadline - time.monotonic())
        news.clear()
        for event in inbox.take():
            if not isinstance(event, Batch):
                others.append(repr(event))
                continue
            spans = zip(event.offset.tolist(), event.captured.tolist(), strict=True)
            data = [bytes(event.block[start : start + size]).hex() for start, size in spans]
            told += zip(data, event.direction.tolist(), event.time_ns.tolist(), strict=True)
    asked = time.monotonic()
    capture.stop()
    thread.join()
    facts = {
        "title": demo.title,
        "interface": demo.interface,
        "refused": demo.refused and astuple(demo.refused),
        "moved": Path("/proc/self/ns/net").stat().st_ino != outside,
        "uid": os.geteuid(),
        "frames": told,
        "others": others,
        "stop": time.monotonic() - asked,
        "threads": [one.name for one in threading.enumerate() if one is not threading.main_thread()],
        "files": [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()],
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
