"""The columns of frames on disk: in a file without a name beside them, mapped."""

import errno
import json
import mmap
import os
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tapscope.store.batch import Batch
from tapscope.store.batches import COLUMNS
from tapscope.store.headers import HEADERS, Headers

_EXTENT = 64 << 20
"""Bytes mapped at once, of a file that takes disk as it is filled: a mapping holds a descriptor."""
_ALIGNED = 8
_NO_TMPFILE = {errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT}
"""What open(2) answers to O_TMPFILE where the filesystem has none."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the columns of ``frames`` frames begin in a mapped extent, and how long their comments are behind them."""

    extent: mmap.mmap
    at: int
    frames: int
    comment_bytes: int


class Index:
    """Takes columns, by one thread; ``columns_at`` gives them back as views of the mapping, in any thread.

    The file is gone when nobody knows of it any more. ``OSError`` goes up.
    """

    def __init__(self, folder: Path) -> None:
        self._fd = _unnamed(folder)
        weakref.finalize(self, os.close, self._fd)
        self._extent: mmap.mmap | None = None
        self._extent_at = self._end = 0
        self._used = 0

    def add(self, batch: Batch) -> Place:
        """Keep the columns, the headers' columns and the comments of a batch."""
        assert batch.headers is not None
        columns = [getattr(batch, name).tobytes() for name in COLUMNS]
        columns += [getattr(batch.headers, name).tobytes() for name in HEADERS]
        comments = _packed(batch.comments)
        data = b"".join([column.ljust(_room(len(column)), b"\0") for column in columns]) + comments
        extent = self._extent_for(_room(len(data)))
        at = self._used
        _write(self._fd, data, self._extent_at + at)
        self._used += _room(len(data))
        return Place(extent, at, len(batch), len(comments))

    def _extent_for(self, size: int) -> mmap.mmap:
        if self._extent is None or self._used + size > len(self._extent):
            length = max(_EXTENT, -(-size // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY)
            os.ftruncate(self._fd, self._end + length)
            self._extent = mmap.mmap(self._fd, length, prot=mmap.PROT_READ, offset=self._end)
            self._extent_at, self._used = self._end, 0
            self._end += length
        return self._extent


def batch_at(place: Place, block: memoryview) -> Batch:
    """The frames whose columns are there, and whose bytes are in ``block``. Costs the same for many and for few."""
    at, found = place.at, {}
    for name, kind in (COLUMNS | HEADERS).items():
        found[name] = np.frombuffer(place.extent, kind, place.frames, at)
        at += _room(found[name].nbytes)
    return Batch(
        block=block,
        comments=_unpacked(place.extent[at : at + place.comment_bytes]),
        headers=Headers(*(found[name] for name in HEADERS)),
        **{name: found[name] for name in COLUMNS},
    )


def _room(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _packed(comments: Mapping[int, tuple[str, ...]]) -> bytes:
    return json.dumps(list(comments.items())).encode() if comments else b""


def _unpacked(data: bytes) -> dict[int, tuple[str, ...]]:
    return {index: tuple(words) for index, words in json.loads(data)} if data else {}


def _unnamed(folder: Path) -> int:
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _NO_TMPFILE:
            raise
    fd, path = tempfile.mkstemp(prefix=".tapscope-", dir=folder)
    Path(path).unlink()
    return fd


def _write(fd: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(fd, rest, at)
        rest, at = rest[written:], at + written
