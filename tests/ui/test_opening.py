"""Files in the app: what is there of them at once, and while the rest is read."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Event

from app_kit import header, never
from sources import surroundings
from ui_kit import until

from tapscope.capture.files.mapped import FileSource
from tapscope.frame import Direction, Frame
from tapscope.store.batch import Batch
from tapscope.store.batches import UNNAMED
from tapscope.store.export import PcapWriter
from tapscope.ui.app import TapscopeApp
from tapscope.ui.session import State


async def test_while_a_file_is_read_it_is_said_how_far_and_what_is_there_can_be_used(tmp_path: Path) -> None:
    path, count = tmp_path / "a.pcap", 2000
    with path.open("wb") as stream:
        PcapWriter(stream).write(Frame(at, at, Direction.IN, 1000, bytes(1000), UNNAMED) for at in range(1, count + 1))
    source = Halting(path)
    app = TapscopeApp(lambda: source, interface=None, title="a.pcap", examine=never, surroundings=surroundings())
    async with app.run_test(size=(110, 40)) as pilot:
        await until(lambda: "reading " in header(app))
        assert 256 <= app.session.store.last < count
        await pilot.press("end", "k")
        assert app.frame_list.cursor == app.session.store.last - 1
        source.go_on.set()
        await until(lambda: app.session.state is State.ENDED)
        await until(lambda: "2,000 frames" in header(app) and "reading" not in header(app))
        assert app.frame_list.cursor < app.session.store.last


class Halting(FileSource):
    """A file of which nothing but the beginning is read before it is told to go on."""

    def __init__(self, path: Path) -> None:
        super().__init__(os.open(path, os.O_RDONLY), str(path))
        self.go_on = Event()
        self._reads = 0

    def read(self) -> Batch | None:
        self._reads += 1
        assert self._reads == 1 or self.go_on.wait(10)
        return super().read()


NOT_AT_FIRST = ("tapscope.doctor", "tapscope.listing", "tapscope.filters", "tapscope.capture.door", "scapy")
NOT_AT_FIRST_IN_UI = ("panel_rows", "picker", "save_dialog", "copy_menu", "confirm", "statistics_screen")


def test_what_the_first_screen_does_not_show_is_not_imported_for_it() -> None:
    code = "import sys, tapscope.cli, tapscope.ui.front, tapscope.ui.app; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "textual.app" in modules
    early = [*NOT_AT_FIRST, *(f"tapscope.ui.{name}" for name in NOT_AT_FIRST_IN_UI)]
    assert [name for name in early if name in modules] == []
