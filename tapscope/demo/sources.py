"""The two sources of the demo: the sandbox's TAP with a guest at its other end, and a recording of that."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tapscope.capture.files import open_file
from tapscope.capture.replay import PacedReplay
from tapscope.capture.source import SourceInfo
from tapscope.capture.tap import TapSource, open_tap
from tapscope.demo.network import INTERFACE
from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.batches import joined

PLAYED = "demo: host and guest are played in a namespace of their own"
REPLAYED = "demo: a recording, repeated"

RECORDING = Path(__file__).with_name("recording.pcapng")
"""The same traffic, recorded from the real thing."""


class DemoSource:
    """The ``Source`` of the sandbox's TAP, with a guest at its other end and a host that talks to it."""

    def __init__(self) -> None:
        """Raises ``AttemptFailed``."""
        from tapscope.demo.peer import Peer  # noqa: PLC0415  scapy takes 300 ms: not before the first paint
        from tapscope.demo.traffic import Traffic  # noqa: PLC0415

        self._tap: TapSource = open_tap(INTERFACE, respond=Peer().reply)
        self._traffic = Traffic()
        self._traffic.start()

    @property
    def info(self) -> SourceInfo:
        """That of the TAP, and who is at its other end."""
        return replace(self._tap.info, notes=(*self._tap.info.notes, PLAYED))

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The TAP."""
        return self._tap.interfaces

    @property
    def fault(self) -> str:
        """That of the TAP."""
        return self._tap.fault

    @property
    def dropped(self) -> int:
        """As of the TAP."""
        return 0

    def fileno(self) -> int:
        """The TAP's descriptor."""
        return self._tap.fileno()

    def read(self) -> Batch:
        """What the host sent, and what the guest answered. Raises ``AttemptFailed``."""
        return self._tap.read()

    def close(self) -> None:
        """The traffic first, so that it meets no deaf TAP."""
        self._traffic.stop()
        self._tap.close()


def open_replay() -> PacedReplay:
    """The recording, over and over, in its own rhythm."""
    with closing(open_file(str(RECORDING))) as recording:
        batches = list(iter(recording.read, None))
        return PacedReplay(joined(batches), tuple(recording.interfaces), INTERFACE, (REPLAYED,))
