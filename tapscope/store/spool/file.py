"""One pcapng file of a spool, written and read at the same time."""

import contextlib
import errno
import os
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from mmap import PROT_READ, mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Interface
from tapscope.store.batch import Batch
from tapscope.store.encoding import encode
from tapscope.store.pcapng import Section
from tapscope.store.spool.index import Index, Place, batch_at


class SpoolFile:
    """A new file, readable by its owner alone; never one that is there. Written by one thread, whole blocks at once.

    ``size`` is in bytes, ``last`` the number of the last frame in it, ``made`` the time by whatever clock the maker
    has. Readable as long as somebody knows of it, also when its name is gone. ``OSError`` goes up.
    """

    def __init__(self, path: Path, interfaces: Sequence[Interface], *, made: float = 0) -> None:
        self._index = Index(path.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o600)
        weakref.finalize(self, os.close, self._fd)
        self._section = Section()
        self._mapped: memoryview = memoryview(b"")
        self.path, self.made = path, made
        self.size = self.frames = self.last = 0
        self._write(self._section.begin(interfaces))

    def append(self, batch: Batch, interfaces: Sequence[Interface]) -> NDArray[np.int64]:
        """Write frames. Returns where in the file the bytes of each begin, shape ``(n,)``."""
        begin = self.size
        data, places = encode(self._section, batch, interfaces)
        self._write(data.data)
        self.frames += len(batch)
        return places + begin

    def keep(self, batch: Batch) -> "Spooled":
        """Keep the columns of frames that were written, ``offset`` being where in the file; and give them all back."""
        end = int(batch.offset[-1]) + int(batch.captured[-1]) if len(batch) else 0
        return Spooled(self, self._index.add(batch), end)

    @property
    def is_there(self) -> bool:
        """Whether it still has a name."""
        return os.fstat(self._fd).st_nlink > 0

    def block(self, end: int) -> memoryview:
        """The file, mapped at least as far as ``end``; less where it cannot be mapped any more."""
        if len(self._mapped) < end:
            with contextlib.suppress(OSError, ValueError):  # out of mappings or descriptors; cut off by somebody
                self._mapped = memoryview(mmap(self._fd, self.size, prot=PROT_READ))
        return self._mapped

    def _write(self, data: bytes | memoryview) -> None:
        """All of it or nothing: what is left of a block that the disk had no room for goes again."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
            if not self.is_there:
                raise FileNotFoundError(errno.ENOENT, "it was removed", str(self.path))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise OSError(error.errno, error.strerror, str(self.path)) from None
        self.size += len(data)


@dataclass(frozen=True, slots=True)
class Spooled:
    """Frames that follow each other, on disk. ``end`` is where the bytes of the last one end."""

    file: SpoolFile
    place: Place
    end: int

    def __len__(self) -> int:
        return self.place.frames

    def batch(self) -> Batch:
        """All of them; takes no memory but what the kernel may take back."""
        return batch_at(self.place, self.file.block(self.end))
