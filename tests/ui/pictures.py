"""The pictures of the README: the app on recorded frames, a recorded diagnosis and a clock that stands still.

``test_screenshots`` draws them and compares; with ``TAPSCOPE_REDRAW=1`` it writes them into screenshots/.
"""

from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from choices import MACHINE, Lister
from patients import Doctor
from sources import Door, link, surroundings
from textual.pilot import Pilot
from ui_kit import until

from tapscope.capture.files import open_file
from tapscope.demo.sources import RECORDING
from tapscope.store.batch import Batch
from tapscope.store.batches import joined
from tapscope.ui.app import TapscopeApp
from tapscope.ui.help import HelpScreen
from tapscope.ui.picker_list import PickerList
from tapscope.ui.remedy_view import RemedyView
from tapscope.ui.surroundings import Device

FOLDER = Path(__file__).parents[2] / "screenshots"
TITLE = "tapscope tap0"

Play = Callable[[TapscopeApp, Pilot[None]], Awaitable[object]]


def recording() -> Batch:
    """The demo's traffic, as it was recorded."""
    with closing(open_file(str(RECORDING))) as source:
        return joined(list(iter(source.read, None)))


async def picture(size: tuple[int, int], play: Play, *, refused: bool = False) -> str:
    """The screen as SVG after ``play``."""
    door = Door(shut=refused)
    there = Device(link(carrier=not refused), ("10.77.0.1/24",))
    around = surroundings(there, interfaces=lambda: Lister(MACHINE))
    app = TapscopeApp(door, interface="tap0", title=TITLE, examine=Doctor(), surroundings=around)
    async with app.run_test(size=size) as pilot:
        if not refused:
            await until(lambda: door.source)
            door.source.feed(recording())
            await until(lambda: app.frame_list.cursor and app.detail.layer_tree.root.children)
        await play(app, pilot)
        await pilot.pause()
        await pilot.pause(0.1)
        return exact(app.export_screenshot(title=TITLE))


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


async def refused(app: TapscopeApp, _pilot: Pilot[None]) -> None:
    """The capability panel, open by itself."""
    await until(lambda: app.panel.query(RemedyView))


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
    "refused": lambda: picture((110, 51), refused, refused=True),
    "picker": lambda: picture((130, 20), picker),
    "help": lambda: picture((110, 54), help_),
}
