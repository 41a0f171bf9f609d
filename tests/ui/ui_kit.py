"""What the tests of the widgets have in common: stores of any size, a summary that counts, waiting for facts."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
from textual.widget import Widget

from tapscope.frame import Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.batch import Batch

BEGIN = 1_700_000_000_000_000_000
STEP = 1_234_567


def batch(count: int, *, start: int = 0, size: int = 60) -> Batch:
    """Frames of ``size`` bytes, 1.234567 ms apart, out and in by turns. Nothing is made frame by frame."""
    at = np.arange(start, start + count)
    return Batch(
        block=bytes(range(size % 256)) + bytes(size * count - size % 256),
        offset=np.arange(count, dtype=np.int64) * size,
        length=np.full(count, size, np.uint32),
        captured=np.full(count, size, np.uint32),
        time_ns=BEGIN + at * STEP,
        direction=np.where(at % 2, Direction.IN, Direction.OUT).astype(np.uint8),
        offload=np.zeros(count, np.uint8),
        interface=np.zeros(count, np.uint16),
    )


def store_of(count: int, **limits: int) -> Store:
    """A store with so many frames."""
    store = Store(**limits)
    store.set_interfaces([Interface("tap0")])
    store.append(batch(count))
    return store


class Counting:
    """A summary of the frame's number; remembers for which frames it was asked."""

    def __init__(self, **texts: str) -> None:
        self.asked: list[int] = []
        self.texts = texts

    def __call__(self, frame: Frame) -> SimpleNamespace:
        self.asked.append(frame.number)
        texts = {"source": "10.77.0.1", "destination": "10.77.0.2", "protocol": "UDP", "info": f"info {frame.number}"}
        return SimpleNamespace(**{**texts, "tint": "udp", **self.texts})


def lines(widget: Widget) -> list[str]:
    """What the widget draws, as text."""
    return [strip.text for strip in widget.render_lines(widget.size.region)]


async def until(fact: Callable[[], object]) -> None:
    """Wait until it is so; the test's own time limit is the end of patience."""
    while not fact():
        await asyncio.sleep(0.001)
