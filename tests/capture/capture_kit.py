"""What the tests of a live TAP share: the ip(8) command, a sender, a capture that runs and is waited for."""

import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import prctl

from tapscope.capture.inbox import Inbox
from tapscope.capture.loop import Capture
from tapscope.capture.source import Event, LinkChanged, Source
from tapscope.frame import Direction
from tapscope.store.batch import Batch

PATIENCE = 10.0
PROMPT = 0.5
"""Seconds in which everything that is asked for must have happened."""

T = TypeVar("T")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def become(uid: int) -> None:
    """Be another user from now on, without any capability."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop(capability: str) -> None:
    """Lose it for good: first from the effective set, which may hold no more than the permitted one."""
    prctl.cap_effective.drop(capability)
    prctl.cap_permitted.drop(capability)


def frame(text: bytes) -> bytes:
    """An Ethernet frame of a type for experiments (IEEE 802), as short as a frame may be."""
    return b"\x02\0\0\0\0\2\x02\0\0\0\0\1\x88\xb5" + text.ljust(46, b"\0")


def send(device: str, *frames: bytes) -> None:
    """Have the host's kernel send frames into the device."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as channel:
        channel.bind((device, 0))
        for one in frames:
            channel.send(one)


def read_until_it_fails(source: Source) -> None:
    """Read what there is; the failure that is waited for ends it."""
    while True:
        select.select([source], [], [], PATIENCE)
        source.read()


def rows(batch: Batch) -> list[tuple[bytes, Direction]]:
    spans = zip(batch.offset.tolist(), batch.captured.tolist(), batch.direction.tolist(), strict=True)
    return [(bytes(batch.block[start : start + size]), Direction(way)) for start, size, way in spans]


class Running:
    """A capture in its thread, and everything it has told so far."""

    def __init__(self, open_source: Callable[[], Source], watch: str | None = None) -> None:
        self._news = threading.Event()
        self.inbox = Inbox(self._news.set)
        self.capture = Capture(open_source, self.inbox, watch=watch)
        self.events: list[Event] = []
        self._thread = threading.Thread(target=self.capture.run, name="capture")
        self._thread.start()

    def until(self, condition: Callable[[], T], patience: float = PATIENCE, step: float = PATIENCE) -> T:
        """Take events until the condition holds; look again at least every ``step`` seconds."""
        deadline = time.monotonic() + patience
        while True:
            self.events += self.inbox.take()
            answer = condition()
            if answer:
                return answer
            left = deadline - time.monotonic()
            assert left > 0, f"waited in vain; told so far: {self.events}"
            self._news.wait(min(left, step))
            self._news.clear()

    def first(self, kind: type[T], patience: float = PATIENCE) -> T:
        """The first event of this kind."""
        return self.until(lambda: next((event for event in self.events if isinstance(event, kind)), None), patience)

    def link(self, condition: Callable[[LinkChanged], bool], patience: float = PATIENCE) -> LinkChanged:
        """The newest state of the interface, once it is like that."""

        def newest() -> LinkChanged | None:
            told = [event for event in self.events if isinstance(event, LinkChanged)]
            return told[-1] if told and condition(told[-1]) else None

        return self.until(newest, patience)

    def rows(self) -> list[tuple[bytes, Direction]]:
        return [row for event in self.events if isinstance(event, Batch) for row in rows(event)]

    def saw(self, data: bytes) -> bool:
        return any(row[0] == data for row in self.rows())

    def stop(self) -> float:
        """Stop it, and return the seconds until its thread had ended."""
        asked = time.monotonic()
        self.capture.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        assert self.capture.closed.is_set()
        self.events += self.inbox.take()
        return time.monotonic() - asked


@contextmanager
def running(open_source: Callable[[], Source], watch: str | None = None) -> Iterator[Running]:
    """A capture that is stopped at the end, in time."""
    capture = Running(open_source, watch)
    try:
        yield capture
    finally:
        took = capture.stop()
    assert took < PROMPT
