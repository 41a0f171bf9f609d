"""A capture that arrives piece by piece: frames are handed on as they come, a partial record waits for its rest."""

from tapscope.capture.files.recognise import HEAD, BadCapture, parser_for
from tapscope.capture.files.window import NOTHING, Parser, Window
from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import joined


class Feed:
    """What has arrived and is not read yet. ``name`` stands in front of ``fault``.

    ``interfaces`` are those described so far, always the same list, which grows. ``fault`` is the first damage that was
    met, with its offset; empty while there is none. ``ended``: nothing more will be read.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._parser: Parser | None = None
        self._chunks: list[bytes] = []
        self._base = 0
        self._held = 0
        self._closed = False
        self.interfaces: list[Interface] = []
        self.fault = ""
        self.ended = False

    def put(self, chunk: bytes) -> None:
        """The next piece has arrived."""
        self._chunks.append(chunk)
        self._held += len(chunk)

    def close(self) -> None:
        """No further piece will arrive."""
        self._closed = True

    def read(self) -> Batch | None:
        """The frames whose last byte has arrived; None at the end or at damage."""
        if self.ended:
            return None
        parser = self._parser or self._recognise()
        if parser is None:
            return None if self.ended else NOTHING
        if self._base + self._held <= parser.at:  # the middle of a block that is passed over
            self._base, self._held, self._chunks = self._base + self._held, 0, []
        if not self._closed and self._base + self._held < parser.at + parser.need:
            return NOTHING
        return self._parse(parser)

    def _recognise(self) -> Parser | None:
        if self._held < HEAD and not self._closed:
            return None
        self._chunks = [b"".join(self._chunks)]
        try:
            self._parser = parser_for(self._chunks[0][:HEAD], self._name)
            self.interfaces.extend(self._parser.interfaces)
        except BadCapture as error:
            self.fault, self.ended = str(error), True
        return self._parser

    def _parse(self, parser: Parser) -> Batch | None:
        data = b"".join(self._chunks)
        window = Window(data, self._base, len(data), self._base + len(data) if self._closed else None)
        parts = []
        going = True
        while going:
            batch = parser.read(window)
            if len(batch):
                parts.append(batch)
            going = not parser.stopped and window.holds(parser.at, parser.need)
        rest = data[max(0, parser.at - self._base) :]
        self._chunks, self._base, self._held = [rest], self._base + len(data) - len(rest), len(rest)
        self.interfaces.extend(parser.interfaces[len(self.interfaces) :])
        self.ended = parser.stopped
        if parser.fault:
            self.fault = f"{self._name}: {parser.fault}"
        if parts:
            return joined(parts)
        return None if self.ended else NOTHING
