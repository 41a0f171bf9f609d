"""What ``tapscope demo`` shows: a real TAP in a sandbox, or a recording of it where no sandbox is to be had.

Nothing is imported here that starts a thread (numpy does): a process with threads cannot enter a user namespace.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tapscope.attempt import Attempt, AttemptFailed
from tapscope.demo import sandbox
from tapscope.demo.network import INTERFACE

if TYPE_CHECKING:
    from tapscope.capture.source import Source


@dataclass(frozen=True, slots=True)
class Demo:
    """What a front shows. ``interface`` is None in a replay; ``refused`` is then the call that forbade the real one."""

    open_source: "Callable[[], Source]"
    title: str
    interface: str | None
    refused: Attempt | None = None


def prepare() -> Demo:
    """Move this process into a sandbox where a TAP can be had; where none can, leave it and take the recording.

    Must be called while the process has one thread; it cannot leave the sandbox again. Touches nothing outside it.
    """
    try:
        sandbox.enter()
    except AttemptFailed as failed:
        return Demo(_open_replay, "demo (replay)", None, failed.attempt)
    return Demo(_open_tap, "demo", INTERFACE)


def _open_tap() -> "Source":
    from tapscope.demo.sources import DemoSource  # noqa: PLC0415

    return DemoSource()


def _open_replay() -> "Source":
    from tapscope.demo.sources import open_replay  # noqa: PLC0415

    return open_replay()
