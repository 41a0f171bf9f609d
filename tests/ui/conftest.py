"""What the tests of the screen share; plain helpers are in ``ui_kit``."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget


class Bench(App[None]):
    """One widget and nothing else; keeps what it posts."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.posted: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        self.widget.focus()


@pytest.fixture
def on_screen() -> Callable[..., AbstractAsyncContextManager[Pilot[None]]]:
    """``async with on_screen(widget, width, height) as pilot``: the widget alone in an app, with the focus.

    ``pilot.app.posted`` is every message that the widget's class defines and the widget posted.
    """

    @asynccontextmanager
    async def show(widget: Widget, width: int = 100, height: int = 12) -> AsyncIterator[Pilot[None]]:
        app = Bench(widget)

        def keep(message: Message) -> None:
            own = type(message).__qualname__.startswith(f"{type(widget).__name__}.")
            if own and not any(message is other for other in app.posted):
                app.posted.append(message)

        async with app.run_test(size=(width, height), message_hook=keep, notifications=True) as pilot:
            await pilot.pause()
            yield pilot

    return show
