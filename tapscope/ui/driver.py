"""Textual's driver for a terminal that may go away while it is drawn on: its window closed, its connection lost.

Then every write fails with EIO (tty_ioctl(4), ``drivers/tty/tty_io.c``: ``tty_hung_up_p``), which ends the thread that
writes; whoever hands it more waits for ever, and nothing ends any more. What cannot be shown is left out instead.

Its end comes as SIGHUP, and as SIGCONT with it (``drivers/tty/tty_jobctrl.c``: ``tty_signal_session_leader``), which
Textual takes for the return of a process that was stopped: a second time it would start the threads that it has.
"""

import asyncio
import contextlib
import os
import signal
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver

from tapscope.ui.signals import quit_on_signals


class Lasting:
    """A stream that takes what it is given, whether or not there is somebody left to read it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write as far as that goes."""
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Hand over as far as that goes."""
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class LastingDriver(LinuxDriver):
    """Outlives its terminal, and ends the app on a signal: before it has mounted, too.

    What signals ask for is done in the loop. A handler would do it in the midst of anything, such as a ``put`` into the
    queue of what is to be written, which it would then wait for itself.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._file = cast("Any", Lasting(cast("IO[str]", self._file)))
        quit_on_signals(lambda code: self._app.exit(return_code=code))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)

    def _sigcont_application(self, *_: object) -> None:
        """Have the terminal anew, which the shell had meanwhile, if there is one and the app goes on."""
        if not (self._auto_restart and self._app.is_running and os.isatty(self.fileno)):
            return
        if not self._must_signal_resume:  # it was stopped by SIGSTOP, without having been asked
            self.suspend_application_mode()
        self.resume_application_mode()
