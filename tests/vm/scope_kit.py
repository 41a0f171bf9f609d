"""tapscope beside a guest: ``tapscope dump`` that runs until it is stopped, and what it kept."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from tapscope.capture.files import open_file
from tapscope.frame import Frame
from tapscope.store.batches import frames_of

TAPSCOPE = [sys.executable, "-m", "tapscope"]
PATIENCE = 30.0


class Dump:
    """``tapscope dump …``: its lines and its messages as they come, and at the end what it wrote to the path."""

    def __init__(self, path: Path | None, *words: str, before: Sequence[str] = ()) -> None:
        self._path = path
        self.process = subprocess.Popen(
            [*before, *TAPSCOPE, "dump", *words, *(("-w", str(path)) if path else ())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.messages: list[str] = []
        pairs = ((self.process.stdout, self.lines), (self.process.stderr, self.messages))
        self._news = threading.Condition()
        self._readers = [threading.Thread(target=self._read, args=pair, name="dump") for pair in pairs]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> "Dump":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()

    def _read(self, stream, found: list[str]) -> None:
        with stream:
            for line in stream:
                with self._news:
                    found.append(line.rstrip("\n"))
                    self._news.notify_all()

    def wait_for(self, *words: str) -> None:
        """Until each of the words stands in a line or a message."""
        self.wait_until(lambda: all(any(word in line for line in self.lines + self.messages) for word in words), words)

    def wait_until(self, fact: Callable[[], bool], words: Sequence[str] = ()) -> None:
        """Until the lines and the messages say so."""
        until = time.monotonic() + PATIENCE
        with self._news:
            while not fact():
                left = until - time.monotonic()
                assert left > 0, f"not all of {words} in {self.lines} and {self.messages}"
                self._news.wait(left)

    def stop(self) -> list[Frame]:
        """Press Ctrl-C, and read what was kept."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 130
        return read(self._path) if self._path else []


def read(path: Path) -> list[Frame]:
    """The frames of a capture file."""
    found: list[Frame] = []
    with closing(open_file(path)) as source:
        while (batch := source.read()) is not None:
            found += frames_of(batch, source.interfaces, len(found) + 1)
        assert source.fault == ""
    return found
