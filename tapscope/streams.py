"""The three standard streams: made whole where a shell (``>&-``) or a daemon has closed any, and fit for lines."""

import io
import os
import sys

_STREAMS = (("stdin", os.O_WRONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))
"""By their numbers; reading or writing what was closed has to fail, but what goes to a closed stderr is lost."""


def complete() -> None:
    """Occupy the descriptors 0, 1 and 2 that are closed, and give ``sys`` the streams that it lacks.

    Otherwise the next file or device that is opened would be the program's output.
    """
    for fd, (name, access, mode) in enumerate(_STREAMS):
        if _is_closed(fd):
            os.set_inheritable(os.open(os.devnull, access), True)  # it gets the lowest number that is free: open(2)
            stream = open(fd, mode, closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _is_closed(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return True
    return False


def lines_out() -> io.TextIOWrapper:
    """Return stdout, in which a character that its encoding lacks is escaped."""
    stdout = sys.stdout
    assert isinstance(stdout, io.TextIOWrapper)
    stdout.reconfigure(errors="backslashreplace")
    return stdout
