"""The pictures of the README: the app on recorded frames, a recorded diagnosis and a clock that stands still.

``test_screenshots`` draws them and compares; with ``TAPSCOPE_REDRAW=1`` it writes them into screenshots/.
"""

from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from choices import GUESTS, MACHINE, Lister
from patients import Doctor
from sources import Door, link, surroundings
from textual.pilot import Pilot
from textual.widgets import OptionList
from ui_kit import until

from tapscope.capture.files import open_file
from tapscope.demo.sources import RECORDING
from tapscope.store.batch import Batch
from tapscope.store.batches import joined
from tapscope.ui.app import TapscopeApp
from tapscope.ui.help import HelpScreen
from tapscope.ui.picker_list import PickerList
from tapscope.ui.remedy_view import RemedyView
from tapscope.ui.statistics_list import StatisticsList
from tapscope.ui.surroundings import Device
from tapscope.ui.time_strip import TimeStrip

FOLDER = Path(__file__).parents[2] / "screenshots"
GUEST = Path(__file__).with_name("guest.pcapng")
"""What a real guest said, recorded by tests/vm/record.py."""

Play = Callable[[TapscopeApp, Pilot[None]], Awaitable[object]]


def recording(path: Path = RECORDING) -> Batch:
    """What was recorded there, by default the demo's traffic."""
    with closing(open_file(str(path))) as source:
        return joined(list(iter(source.read, None)))


def guests_frames() -> Batch:
    """With what their senders left to hardware, which captures do not keep."""
    return replace(recording(GUEST), offload=np.frombuffer(GUEST.with_suffix(".offload").read_bytes(), np.uint8))


async def picture(size: tuple[int, int], play: Play, *, refused: bool = False) -> str:
    """The screen as SVG after ``play``."""
    there = Device(link(carrier=not refused), ("10.77.0.1/24",))
    return await drawn(size, play, "tap0", Door(shut=refused), there, None if refused else recording())


async def guests_picture(size: tuple[int, int], play: Play) -> str:
    """The same of a TAP that a guest's QEMU holds."""
    why = "held by qemu-system-x86_64 (pid 4711, guest web1)"
    door = Door(name="vnet3", mode="watch", why=why, ring=True)
    there = Device(link(name="vnet3", address="fe:54:00:12:34:56", tap=GUESTS), ("10.0.2.2/24",))
    return await drawn(size, play, "vnet3", door, there, guests_frames())


async def drawn(size: tuple[int, int], play: Play, name: str, door: Door, there: Device, frames: Batch | None) -> str:
    """``tapscope NAME``, with these frames unless it is refused."""
    around = surroundings(there, interfaces=lambda: Lister(MACHINE))
    title = f"tapscope {name}"
    app = TapscopeApp(door, interface=name, title=title, examine=Doctor(), surroundings=around)
    async with app.run_test(size=size) as pilot:
        if frames is not None:
            # columns grow with all that was ever to be seen: no row without the dissector's words shall be
            await until(lambda: door.source and app._dissecting)
            door.source.feed(frames)
            await until(lambda: app.frame_list.cursor and app.detail.layer_tree.root.children)
        await play(app, pilot)
        await pilot.pause()
        await pilot.pause(0.1)
        return exact(app.export_screenshot(title=title))


def exact(svg: str) -> str:
    """Without this, some programs leave out the blanks at the beginning of a text."""
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


async def go_to(app: TapscopeApp, pilot: Pilot[None], number: int, *field: str) -> None:
    """Choose a frame, then a field by keys in the tree."""
    await pilot.press(*str(number), "g")
    await until(lambda: app.detail.frame and app.detail.frame.number == number)
    app.detail.layer_tree.focus()
    await pilot.press(*field)
    await pilot.pause()
    app.frame_list.focus()


async def main(app: TapscopeApp, pilot: Pilot[None]) -> None:
    """A DNS answer, its address marked."""
    await go_to(app, pilot, 15, *["down"] * 41, "right", "down", "right", *["down"] * 9)


async def wide(app: TapscopeApp, pilot: Pilot[None]) -> None:
    """The web page's answer."""
    await go_to(app, pilot, 17, *["down"] * 26)


async def guest(app: TapscopeApp, pilot: Pilot[None]) -> None:
    """From its DHCP on to its request for a page, whose checksum is marked: it is left to hardware."""
    await go_to(app, pilot, 1)
    await pilot.press(*["j"] * 23)
    await until(lambda: app.detail.frame and app.detail.frame.number == 24)
    app.detail.layer_tree.focus()
    await pilot.press(*["down"] * 28)
    await pilot.pause()
    app.frame_list.focus()


async def refused(app: TapscopeApp, _pilot: Pilot[None]) -> None:
    """The capability panel, open by itself."""
    await until(lambda: app.panel.query(RemedyView))


async def filter_(app: TapscopeApp, pilot: Pilot[None]) -> None:
    """A filter that is on, and one that is being typed."""
    await app.filter_by("ip.addr == 10.77.0.2")
    await go_to(app, pilot, 15)
    await pilot.press("slash", "space", *"and", "space", *"dns.qry")
    await until(lambda: app.filter_bar and app.filter_bar.query_one(OptionList).option_count > 1)


async def timeline(app: TapscopeApp, pilot: Pilot[None]) -> None:
    """All frames by time, and a filter that leaves some of them in the list."""
    await app.filter_by("tcp.flags.syn == 1 || icmp")
    await pilot.press("g", "z")
    await until(lambda: app.screen.query(TimeStrip))
    app.frame_list.focus()


async def statistics(app: TapscopeApp, pilot: Pilot[None]) -> None:
    """The conversations."""
    await pilot.press("e", "tab", "tab")
    await until(lambda: app.screen.query(StatisticsList) and app.screen.query_one(StatisticsList).rows_in_all)
    await pilot.press("right", "right", "right")


async def help_(app: TapscopeApp, pilot: Pilot[None]) -> None:
    """The keys of the list."""
    await pilot.press("question_mark")
    await until(lambda: isinstance(app.screen, HelpScreen))


async def picker(app: TapscopeApp, pilot: Pilot[None]) -> None:
    """The interfaces, a guest's chosen."""
    await pilot.press("i")
    await until(lambda: app.screen.query(PickerList) and app.screen.query_one(PickerList).chosen)
    await pilot.press("j", "j")


PICTURES: dict[str, Callable[[], Awaitable[str]]] = {
    "main": lambda: picture((110, 36), main),
    "wide": lambda: picture((170, 45), wide),
    "guest": lambda: guests_picture((130, 58), guest),
    "filter": lambda: picture((110, 28), filter_),
    "timeline": lambda: picture((110, 36), timeline),
    "statistics": lambda: picture((120, 16), statistics),
    "refused": lambda: picture((110, 51), refused, refused=True),
    "picker": lambda: picture((130, 20), picker),
    "help": lambda: picture((110, 54), help_),
}
