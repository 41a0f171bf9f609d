"""Opening captures: what is a regular file is mapped, everything else is a stream, however it was named."""

import os
import stat
from io import FileIO

from tapscope.capture.files.mapped import FileSource
from tapscope.capture.files.stream import StreamSource

CaptureSource = FileSource | StreamSource


def open_file(path: str | os.PathLike[str]) -> CaptureSource:
    """Open a capture. A named pipe, or the ``/dev/fd/63`` of a shell's ``<(…)``, is read as a stream.

    Raises ``BadCapture`` when nothing of a file can be read, ``OSError`` when it cannot be opened.
    """
    with FileIO(path, opener=_open) as file:
        return open_stream(file.fileno(), os.fspath(path))


def open_stream(fd: int, name: str) -> CaptureSource:
    """Read a capture from a descriptor, which stays the caller's; standard input that is a file is mapped.

    Raises as ``open_file`` does.
    """
    fd = os.dup(fd)
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return FileSource(fd, name, os.lseek(fd, 0, os.SEEK_CUR))
        return StreamSource(fd, name)
    except BaseException as error:
        os.close(fd)
        if isinstance(error, OSError):
            error.filename = name
        raise


def _open(path: str, flags: int) -> int:
    # a named pipe without a writer must not hold the opener up
    return os.open(path, flags | os.O_NONBLOCK)
