"""What the process says at its end. A leaf. Numbers above 2 are those of sysexits.h and of the shell's signals."""

import errno
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; the documentation of each stands in ``tapscope --help``."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    BAD_DATA = 65
    NO_INPUT = 66
    BUSY = 69
    SOFTWARE = 70
    IO = 74
    REFUSED = 77
    INTERRUPTED = 130
    BROKEN_PIPE = 141


_BY_ERRNO = {
    errno.EPERM: Exit.REFUSED,
    errno.EACCES: Exit.REFUSED,
    errno.EBUSY: Exit.BUSY,
    errno.ENOENT: Exit.NO_INPUT,
    errno.ENODEV: Exit.NO_INPUT,
    errno.ENXIO: Exit.NO_INPUT,
    errno.ENOTDIR: Exit.NO_INPUT,
    errno.EISDIR: Exit.NO_INPUT,
    errno.ENAMETOOLONG: Exit.NO_INPUT,
    errno.ELOOP: Exit.NO_INPUT,
    errno.EINVAL: Exit.NO_INPUT,
    errno.ENOTSOCK: Exit.NO_INPUT,
    errno.ENAMETOOLONG: Exit.NO_INPUT,
}


def exit_of(number: int | None) -> Exit:
    """Return the code for an errno that a call for the input answered; ``IO`` for what has no code of its own."""
    return _BY_ERRNO.get(number or 0, Exit.IO)


class CommandError(Exception):
    """What was asked for cannot be done: one line that names the thing and the cure, and the code to end with."""

    def __init__(self, line: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(line)
        self.code = code
