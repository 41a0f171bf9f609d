"""A socket on which QEMU tells every frame of a guest's network, without a TAP and without privileges.

``-netdev stream`` on a unix socket (``net/stream.c``); joined to the guest's network card by a hub (``-netdev
hubport``) it carries what every port of the hub sends. Nothing is ever sent back.
"""

import contextlib
import os
import select
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tapscope.capture.files.window import NOTHING
from tapscope.capture.hub_socket import Entrance, open_entrance
from tapscope.capture.source import SourceInfo
from tapscope.frame import Direction, Interface
from tapscope.machine.holders import describe
from tapscope.store.batch import Batch

LARGEST = 4096 + 65536
"""The longest frame that QEMU itself believes: NET_BUFSIZE in ``include/net/net.h``."""

_READ_BYTES = 1 << 20
"""What is taken of one guest before the next has its turn."""

_LENGTH = struct.Struct(">I")
_PEER = struct.Struct("=iII")
"""``struct ucred`` of unix(7): pid, uid, gid."""


class Deframer:
    """Cuts a stream into frames: 4 bytes of length, big-endian, then the frame (``net_fill_rstate``, ``net/net.c``).

    ``oversized`` is the first length that cannot be true; nothing behind it can be read any more.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.oversized = 0

    def cut(self, data: bytes, time_ns: int) -> Batch:
        """The frames that are whole with ``data``; what is left waits for more."""
        block = self._rest + data
        at, end = 0, len(block)
        starts: list[int] = []
        sizes: list[int] = []
        while at + 4 <= end:
            (size,) = _LENGTH.unpack_from(block, at)
            if size > LARGEST:
                self.oversized = size
                break
            if at + 4 + size > end:
                break
            if size:
                starts.append(at + 4)
                sizes.append(size)
            at += 4 + size
        self._rest = block[at:]
        return _batch(block, starts, sizes, time_ns) if starts else NOTHING


def _batch(block: bytes, starts: list[int], sizes: list[int], time_ns: int) -> Batch:
    length, count = np.array(sizes, np.uint32), len(starts)
    return Batch(
        block=block,
        offset=np.array(starts, np.int64),
        length=length,
        captured=length,
        time_ns=np.full(count, time_ns, np.int64),
        direction=np.full(count, Direction.UNKNOWN, np.uint8),
        offload=np.zeros(count, np.uint8),
        interface=np.zeros(count, np.uint16),
    )


@dataclass(frozen=True, slots=True)
class _Guest:
    """One connection, and who is at its other end."""

    channel: socket.socket
    name: str
    frames: Deframer = field(default_factory=Deframer)


def open_hub(path: str) -> "HubSource":
    """Wait at the socket ``path`` for guests; where QEMU waits there itself (``server=on``), go to it.

    Raises ``OSError``, whose file name is ``path``.
    """
    return HubSource(path, open_entrance(path))


class HubSource:
    """A ``Source`` that listens to the guests at one socket, however often they go and come again.

    Who sends what cannot be told on a hub: frames have no direction. They are stamped when they are read.
    """

    fault = ""
    dropped = 0

    def __init__(self, path: str, entrance: Entrance) -> None:
        self.info = SourceInfo(path, "qemu", live=True, notes=(entrance.note,))
        self.interfaces: Sequence[Interface] = (Interface(path),)
        self._entrance = entrance
        self._guests: dict[int, _Guest] = {}
        self._marks: list[str] = []
        self._poll = select.epoll()
        self._poll.register(entrance, select.EPOLLIN)

    def fileno(self) -> int:
        """Readable when a guest comes, goes or sends."""
        return self._poll.fileno()

    def take_marks(self) -> Sequence[str]:
        """Who came and who went since the last call, a sentence each."""
        marks, self._marks = self._marks, []
        return marks

    def read(self) -> Batch:
        """What one of them sent; the next call asks the next."""
        for fd, _ in self._poll.poll(0, 1):
            if fd in self._guests:
                return self._listen(self._guests[fd])
            self._let_in()
        return NOTHING

    def _let_in(self) -> None:
        channel = self._entrance.take()
        if channel is None:
            return
        channel.setblocking(False)
        guest = _Guest(channel, _who(channel))
        self._guests[channel.fileno()] = guest
        self._poll.register(channel, select.EPOLLIN)
        self._marks.append(f"{guest.name} is connected")

    def _listen(self, guest: _Guest) -> Batch:
        data, gone = _received(guest.channel)
        batch = guest.frames.cut(data, time.time_ns())
        if guest.frames.oversized:
            said = f"said that a frame has {guest.frames.oversized:,} bytes, where {LARGEST:,} are the most"
            self._part(guest, f"{said}: what follows cannot be read, so the connection was closed")
        elif gone:
            self._part(guest, "went away: waiting for it to come again")
        return batch

    def _part(self, guest: _Guest, words: str) -> None:
        del self._guests[guest.channel.fileno()]
        guest.channel.close()
        self._marks.append(f"{guest.name} {words}")
        self._entrance.await_next()

    def close(self) -> None:
        """Send everybody away, and remove the socket that was made."""
        for guest in self._guests.values():
            guest.channel.close()
        self._poll.close()
        self._entrance.close()


def _received(channel: socket.socket) -> tuple[bytes, bool]:
    """Everything that waits, up to about a megabyte; True with it when nothing more will come."""
    chunks: list[bytes] = []
    left = _READ_BYTES
    try:
        while left > 0:
            chunk = channel.recv(left)
            if not chunk:
                return b"".join(chunks), True
            chunks.append(chunk)
            left -= len(chunk)
    except BlockingIOError:
        pass
    except OSError:  # ECONNRESET: it went with something of ours unread
        return b"".join(chunks), True
    return b"".join(chunks), False


def _who(channel: socket.socket) -> str:
    """The program at the other end (SO_PEERCRED of unix(7)), and the guest that it runs."""
    with contextlib.suppress(OSError):
        pid, _, _ = _PEER.unpack(channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        if pid and pid != os.getpid() and (holder := describe(pid)):
            guest = f", guest {holder.machine}" if holder.machine else ""
            return f"{holder.program} (pid {pid}{guest})"
    return "a guest"
