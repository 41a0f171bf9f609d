"""Frames onto an interface at a rate, many a system call: ``python sender.py NAME RATE COUNT SIZE_OR_PCAP``.

RATE 0 is as fast as it goes. A number of bytes sends one frame of that size again and again; the path of a pcap file,
as ``captures`` makes it, the first frames of it. Prints how many went out and the seconds that took.
"""

import ctypes
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

PLAIN = bytes.fromhex("02000000000202000000000188b5")
"""The head of a frame that no host answers: local addresses, an ethertype for experiments (RFC 9542, 2.1)."""
DIFFERENT = 4096
"""Frames of a file that are sent, over and over."""


class _Piece(ctypes.Structure):
    """``struct iovec``."""

    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class _Head(ctypes.Structure):
    """``struct msghdr``."""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint),
        ("pieces", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class _Message(ctypes.Structure):
    """``struct mmsghdr``."""

    _fields_ = [("head", _Head), ("sent", ctypes.c_uint)]


class Sender:
    """The program below as a process of its own. ``frames`` is a size in bytes or a pcap file."""

    def __init__(self, name: str, rate: int, count: int, frames: int | Path) -> None:
        command = [sys.executable, __file__, name, str(rate), str(count), str(frames)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    @property
    def running(self) -> bool:
        """Whether there is more to send."""
        return self._process.poll() is None

    def sent(self) -> tuple[int, float]:
        """Wait for its end: how many were sent, and how long that took."""
        told, _ = self._process.communicate()
        if self._process.returncode:
            raise SystemExit("the sender failed")
        sent, took = told.split()
        return int(sent), float(took)

    def stop(self) -> None:
        """End it before its time."""
        self._process.terminate()
        self._process.communicate()


def different(path: Path) -> list[bytes]:
    """The frames of a file that are sent."""
    found: list[bytes] = []
    with path.open("rb") as file:
        file.seek(24)
        while len(found) < DIFFERENT and (head := file.read(16)):
            found.append(file.read(struct.unpack("<8xI4x", head)[0]))
    return found


def _frames(what: str, at_once: int) -> list[bytes]:
    """One round of them, in whole calls."""
    if what.isdecimal():
        return [PLAIN.ljust(int(what), b"\0")] * at_once
    found = different(Path(what))
    return found[: len(found) // at_once * at_once]


def send(name: str, rate: int, count: int, what: str) -> tuple[int, float]:
    """Send them from here. Raises ``OSError``."""
    at_once = 64 if 0 < rate <= 50_000 else 512
    frames = _frames(what, at_once)
    buffers = [ctypes.create_string_buffer(frame, len(frame)) for frame in frames]
    pieces = (_Piece * len(frames))(*[_Piece(ctypes.addressof(buffer), len(buffer)) for buffer in buffers])
    heads = [_Head(None, 0, ctypes.addressof(pieces) + at * ctypes.sizeof(_Piece), 1) for at in range(len(frames))]
    messages = (_Message * len(frames))(*map(_Message, heads))
    call = ctypes.CDLL(None, use_errno=True).sendmmsg
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as channel:
        channel.bind((name, 0))
        begin, sent = time.monotonic(), 0
        while sent < count:
            due = count if not rate else min(count, int((time.monotonic() - begin) * rate) + 1)
            while sent < due:
                at = sent % len(frames)
                many = min(at_once, due - sent, len(frames) - at)
                found = call(channel.fileno(), ctypes.byref(messages[at]), many, 0)
                if found < 0:
                    raise OSError(ctypes.get_errno(), name)
                sent += found
            time.sleep(0.0001)
        return sent, time.monotonic() - begin


if __name__ == "__main__":
    print(*send(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
