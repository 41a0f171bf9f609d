"""Saving frames to a file that is there whole or not at all."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from tapscope.frame import Frame, Interface
from tapscope.store.writers import PcapngWriter, PcapWriter, Writer

__all__ = ["PcapWriter", "PcapngWriter", "Writer", "save"]

_WRITERS: dict[str, Callable[[BinaryIO, Sequence[Interface]], Writer]] = {".pcap": PcapWriter, ".pcapng": PcapngWriter}
_CANNOT_LINK = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}


def save(
    path: str | os.PathLike[str], frames: Iterable[Frame], interfaces: Sequence[Interface], *, overwrite: bool = False
) -> int:
    """Write frames in the format that the suffix names, ``.pcapng`` or ``.pcap``. Returns how many.

    The file is written beside its place, synced and moved there; on any error nothing is left and an older file is as
    it was. A symbolic link is followed: what it points to is written, and the link stays. Raises ``ValueError`` for
    another suffix, or for frames that the format cannot hold; ``FileExistsError`` for what is there, unless it is a
    regular file and ``overwrite`` is set; any other ``OSError`` as it comes.
    """
    writer = _WRITERS.get(Path(path).suffix.lower())
    if writer is None:
        raise ValueError(f"{os.fspath(path)}: the name must end in .pcapng or .pcap")
    target = Path(os.path.realpath(path))
    _refuse_what_is_there(target, overwrite=overwrite)
    part = target.with_name(f".tapscope-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            writing = writer(stream, interfaces)
            written = writing.write(frames)
            writing.finish()
            os.fsync(stream.fileno())
        _move(part, target, overwrite=overwrite)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return written


def _refuse_what_is_there(target: Path, *, overwrite: bool) -> None:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    if not (overwrite and stat.S_ISREG(mode)):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


def _move(part: Path, target: Path, *, overwrite: bool) -> None:
    """Give the finished file its name; without ``overwrite`` by link(2), which never replaces what came meanwhile."""
    if overwrite:
        part.replace(target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        _refuse_what_is_there(target, overwrite=False)
        part.rename(target)
    else:
        part.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the name as lasting as the file. Some filesystems cannot; the file is there all the same."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
