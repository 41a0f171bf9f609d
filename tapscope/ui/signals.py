"""Being told to end from outside: the terminal is restored all the same."""

import asyncio
import signal
from collections.abc import Callable

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
"""The signals that end the app, with the exit code that a shell reports for each."""


def quit_on_signals(quit_app: Callable[[int], object]) -> None:
    """Have ``quit_app(code)`` called in the running loop; the loop forgets it when it is closed."""
    for number, code in CODES.items():
        asyncio.get_running_loop().add_signal_handler(number, quit_app, code)
