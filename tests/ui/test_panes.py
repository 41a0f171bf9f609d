"""How the three panes share the screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.pilot import Pilot
from textual.widgets import Footer, Static

from tapscope import ui
from tapscope.ui.panes import Panes


class Pane(Static, can_focus=True):
    pass


class PanesApp(App[None]):
    CSS_PATH = Path(ui.__file__).with_name("app.tcss")

    def __init__(self) -> None:
        super().__init__()
        self.frames, self.layers, self.octets = Pane(id="frames"), Pane(id="layers"), Pane(id="octets")
        detail = Container(self.layers, self.octets, id="detail")
        self.panes = Panes(self.frames, detail, self.layers, self.octets)

    def compose(self) -> ComposeResult:
        yield self.panes
        yield Footer()

    def on_mount(self) -> None:
        self.frames.focus()

    @property
    def seen(self) -> str:
        """Which panes are on the screen."""
        return "".join(name[0] for name in ("frames", "layers", "octets") if getattr(self, name).region.area)


@asynccontextmanager
async def panes(width: int, height: int) -> AsyncIterator[tuple[PanesApp, Pilot[None]]]:
    app = PanesApp()
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_tall_they_are_stacked_half_and_two_quarters() -> None:
    async with panes(100, 41) as (app, _):
        assert [pane.region.height for pane in (app.frames, app.layers, app.octets)] == [20, 10, 10]
        assert {pane.region.width for pane in (app.frames, app.layers, app.octets)} == {100}


async def test_wide_the_bytes_are_at_the_right_of_the_tree() -> None:
    async with panes(160, 41) as (app, _):
        assert app.frames.region.width == 160
        assert app.octets.region.x == app.layers.region.right
        assert app.octets.region.y == app.layers.region.y


@pytest.mark.parametrize(("width", "height"), [(79, 41), (100, 23), (40, 10)])
async def test_small_the_list_is_alone_and_enter_opens_the_detail(width: int, height: int) -> None:
    async with panes(width, height) as (app, pilot):
        assert app.seen == "f"
        await pilot.press("enter")
        assert app.seen == "lo"
        assert app.focused is app.layers
        await pilot.press("tab")
        assert app.focused is app.octets
        await pilot.press("escape")
        assert app.seen == "f"
        assert app.focused is app.frames


async def test_smaller_than_the_least_at_either_side_only() -> None:
    async with panes(80, 24) as (app, _):
        assert app.seen == "flo"


async def test_growing_brings_the_panes_back() -> None:
    async with panes(60, 20) as (app, pilot):
        assert app.seen == "f"
        await pilot.resize_terminal(100, 40)
        await pilot.pause()
        assert app.seen == "flo"


@pytest.mark.parametrize("name", ["frames", "layers", "octets"])
async def test_maximize_shows_the_focused_pane_alone_and_all_again(name: str) -> None:
    async with panes(100, 40) as (app, pilot):
        getattr(app, name).focus()
        await pilot.press("backslash")
        assert app.seen == name[0]
        assert app.focused is getattr(app, name)
        await pilot.press("backslash")
        assert app.seen == "flo"
        await pilot.press("backslash", "escape")
        assert app.seen == "flo"


async def test_layouts_in_turn() -> None:
    async with panes(120, 40) as (app, pilot):
        places = []
        for _ in range(4):
            places.append((app.layers.region.x > 0, app.octets.region.x > app.layers.region.x))
            await pilot.press("vertical_line")
            await pilot.pause()
        assert places == [(False, False), (False, True), (True, False), (False, False)]


async def test_sizes_grow_and_shrink_and_never_vanish() -> None:
    async with panes(100, 41) as (app, pilot):
        await pilot.press("plus")
        assert app.frames.region.height > 20
        await pilot.press(*["plus"] * 30)
        assert app.octets.region.height >= 2
        await pilot.press(*["minus"] * 30)
        assert app.frames.region.height >= 5
        before = app.layers.region.height
        await pilot.press("greater_than_sign")
        assert app.layers.region.height > before
        await pilot.press(*["less_than_sign"] * 30)
        assert app.layers.region.height >= 4


async def test_keys_are_offered_only_where_they_do_something() -> None:
    async with panes(100, 40) as (app, pilot):
        offered = app.screen.active_bindings
        assert "escape" not in offered
        assert "enter" not in offered
        assert "plus" in offered
        await pilot.press("backslash")
        assert "escape" in app.screen.active_bindings
        assert "plus" not in app.screen.active_bindings
    async with panes(60, 20) as (app, _):
        assert "enter" in app.screen.active_bindings
        assert "plus" not in app.screen.active_bindings
        assert "backslash" not in app.screen.active_bindings
