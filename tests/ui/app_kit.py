"""The app on a scripted source, and what its header line says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sources import Door, Scripted, surroundings
from textual.pilot import Pilot
from ui_kit import until

from tapscope.ui.app import TapscopeApp
from tapscope.ui.session import State
from tapscope.ui.surroundings import Surroundings


@asynccontextmanager
async def running(
    door: Door,
    *,
    size: tuple[int, int] = (110, 40),
    around: Surroundings | None = None,
    name: str | None = "tap0",
    **more: Any,
) -> AsyncIterator[tuple[TapscopeApp, Pilot[None]]]:
    around = around or surroundings()
    app = TapscopeApp(door, interface=name, title="a.pcapng", examine=never, surroundings=around, **more)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(lambda: app.session.state is not State.OPENING)
        yield app, pilot
    await until(lambda: Scripted.opened == 0)


def never(*_: object, **__: object) -> None:
    raise AssertionError("nobody asked for a diagnosis")


def header(app: TapscopeApp) -> str:
    return "\n".join(strip.text for strip in app.header.render_lines(app.header.outer_size.region))
