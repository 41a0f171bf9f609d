"""A pipe that a test fills piece by piece."""

import os
from collections.abc import Iterable

from tapscope.capture.files import open_stream
from tapscope.capture.files.stream import StreamSource
from tapscope.frame import Frame
from tapscope.store.batches import frames_of


class Pipe:
    """The writing end, and the source that reads the other."""

    def __init__(self) -> None:
        reading, self._writing = os.pipe()
        source = open_stream(reading, "-")
        os.close(reading)
        assert isinstance(source, StreamSource)
        self.source = source
        self.frames: list[Frame] = []
        self.ended = False

    def send(self, data: bytes) -> list[Frame]:
        """Write, at most what a pipe holds, and read; what came."""
        assert os.write(self._writing, data) == len(data)
        return self.read()

    def read(self) -> list[Frame]:
        """What a single read gives."""
        batch = self.source.read()
        if batch is None:
            self.ended = True
            return []
        came = list(frames_of(batch, self.source.interfaces, len(self.frames) + 1))
        self.frames += came
        return came

    def close(self) -> None:
        """Close both ends, the writer's first; read what is left between."""
        os.close(self._writing)
        for _ in range(10):
            if not self.ended:
                self.read()
        assert self.ended
        self.source.close()


def piped(pieces: Iterable[bytes]) -> tuple[list[Frame], str]:
    """The frames and the fault of a stream that comes in these pieces."""
    pipe = Pipe()
    for piece in pieces:
        if pipe.ended:
            break
        for at in range(0, len(piece), 60_000):
            if not pipe.ended:
                pipe.send(piece[at : at + 60_000])
    pipe.close()
    return pipe.frames, pipe.source.fault
