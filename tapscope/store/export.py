"""Frames into a file that is there whole or not at all."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from tapscope.frame import Frame, Interface
from tapscope.store.writers import PcapngWriter, PcapWriter, writer_type

__all__ = ["PcapWriter", "PcapngWriter", "save", "whole_file", "writer_type"]

_BUFFER = 1 << 20


def save(path: Path, frames: Iterable[Frame], interfaces: Sequence[Interface], *, overwrite: bool = False) -> int:
    """Write frames to ``path`` in the format of its suffix, ``.pcapng`` or ``.pcap``; return how many.

    Raises ``ValueError`` (one line) for another suffix or for what the format cannot hold, ``FileExistsError`` unless
    ``overwrite``, and ``OSError``. Whatever is raised, ``path`` is as it was.
    """
    writer_kind = writer_type(path.suffix.lower())
    count = 0
    with whole_file(path, overwrite=overwrite) as stream:
        writer = writer_kind(stream, interfaces)
        for frame in frames:
            writer.write(frame)
            count += 1
    return count


@contextlib.contextmanager
def whole_file(path: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A stream whose bytes stand at ``path`` when the block ends without an exception, and nowhere otherwise.

    Written beside the place, synced, then put there at once: by link(2), which never replaces, or by rename(2). Of a
    symbolic link the target is written. Raises ``FileExistsError`` at the beginning, and at the end when somebody was
    quicker, ``ValueError`` for what is no regular file, and ``OSError``.
    """
    target = Path(os.path.realpath(path))
    _check_place(path, target, overwrite=overwrite)
    beside = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with open(descriptor, "wb", buffering=_BUFFER) as stream:  # noqa: PTH123  a descriptor
            yield stream
            stream.flush()
            os.fsync(descriptor)
        if overwrite:
            beside.replace(target)
        else:
            _put_where_nothing_is(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def _check_place(path: Path, target: Path, *, overwrite: bool) -> None:
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise ValueError(f"{path} is no regular file: name another")
    if not overwrite:
        raise FileExistsError(errno.EEXIST, "exists already", str(path))


def _put_where_nothing_is(beside: Path, target: Path) -> None:
    try:
        target.hardlink_to(beside)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        _check_place(target, target, overwrite=False)
        beside.replace(target)
