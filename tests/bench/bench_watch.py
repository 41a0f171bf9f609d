"""Frames kept of frames sent over a TAP that somebody else holds: the whole app, ``tcpdump -w`` and ``dumpcap``.

Run it with python. The app runs on a pty, follows, and is scrolled all the time. The three take turns at every rate,
each with its own frames; only what stands in one line is compared. ``sent/s`` is the rate that came about. Everything
happens in a network namespace of its own, which needs root.
"""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

from tapscope.demo.sandbox import enter_network
from tapscope.machine import tuntap

RATES = (10_000, 50_000, 200_000, 500_000, 0)
"""Frames a second; 0 is as fast as it goes."""
SIZES = (64, 1500)
SECONDS = 1.5
FLAT_OUT_FRAMES = 2_000_000
NAME = "tap0"
KEYS = b"kkkkGjjjj\x1b[5~\x1b[6~"
SETTLE_S = 1.5
"""tcpdump looks into its ring once a second."""

SENDER = """
import ctypes, socket, sys, time
name, (rate, count, size) = sys.argv[1], map(int, sys.argv[2:])
at_once = 64 if rate <= 50_000 else 512
frame = ctypes.create_string_buffer(bytes.fromhex("020000000002020000000001" "88b5").ljust(size, b"\\0"), size)
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
class Head(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_size", ctypes.c_uint), ("pieces", ctypes.c_void_p),
                ("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_size", ctypes.c_size_t),
                ("flags", ctypes.c_int)]
class Message(ctypes.Structure):
    _fields_ = [("head", Head), ("sent", ctypes.c_uint)]
piece = Piece(ctypes.addressof(frame), size)
head = Head(None, 0, ctypes.addressof(piece), 1)
messages = (Message * at_once)(*[Message(head) for _ in range(at_once)])
channel = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
channel.bind((name, 0))
send = ctypes.CDLL(None, use_errno=True).sendmmsg
begin, sent = time.monotonic(), 0
while sent < count:
    due = count if not rate else min(count, int((time.monotonic() - begin) * rate) + 1)
    while sent < due:
        found = send(channel.fileno(), messages, min(at_once, due - sent), 0)
        if found < 0:
            raise OSError(ctypes.get_errno(), name)
        sent += found
    time.sleep(0.0001)
print(sent, time.monotonic() - begin)
"""

APP = """
import json, resource, sys
from functools import partial
from tapscope.capture.door import open_interface
from tapscope.doctor.examine import examine
from tapscope.ui.app import TapscopeApp
app = TapscopeApp(partial(open_interface, sys.argv[1]), interface=sys.argv[1], title=sys.argv[1], examine=examine)
app.run()
used = resource.getrusage(resource.RUSAGE_SELF)
session = app.session
told = {"kept": session.store.total_frames, "ring": session.lost_by_kernel, "here": session.lost}
told["cpu"] = used.ru_utime + used.ru_stime
open(sys.argv[2], "w").write(json.dumps(told))
"""


def send(rate: int, size: int) -> tuple[int, float]:
    """How many were sent, and how long that took."""
    count = int(rate * SECONDS) or FLAT_OUT_FRAMES
    command = [sys.executable, "-c", SENDER, NAME, str(rate), str(count), str(size)]
    sent, took = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(sent), float(took)


class Screen:
    """The app on a pty: drawn output is thrown away, keys come all the time."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "told"
        self._master, slave = pty.openpty()
        ioctl(slave, TIOCSWINSZ, pack("HHHH", 40, 120, 0, 0))
        command = [sys.executable, "-c", APP, NAME, str(self._told)]
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=os.environ | {"TERM": "xterm-256color"}
        )
        os.close(slave)
        self._drawn = b""
        self._quiet = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._fingers = threading.Thread(target=self._type)
        self._fingers.start()
        while b"FOLLOW" not in self._drawn:
            time.sleep(0.05)
        time.sleep(1)  # the dissector is loaded

    def _read(self) -> None:
        try:
            while data := os.read(self._master, 1 << 16):
                self._drawn = (self._drawn + data)[-(1 << 16) :]
        except OSError:  # EIO: it ended
            return

    def _type(self) -> None:
        while not self._quiet.wait(0.02):
            os.write(self._master, KEYS)

    def kept(self) -> int:
        """Quit, and say how many frames there are."""
        self._quiet.set()
        self._fingers.join()
        os.write(self._master, b"G")
        time.sleep(0.5)
        os.write(self._master, b"q")
        self._process.wait(30)
        self._reader.join()
        os.close(self._master)
        return int(json.loads(self._told.read_text())["kept"])


class Peer:
    """A program that writes what comes to a file until it is told to end, and then says how much that was."""

    def __init__(self, command: list[str], ready: bytes, said: str) -> None:
        self._said = said
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE)
        self._heard = b""
        assert self._process.stderr
        while ready not in self._heard:
            self._heard += os.read(self._process.stderr.fileno(), 1 << 12)

    def kept(self) -> int:
        """End it, and say how many frames it has."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stderr
        self._heard += self._process.stderr.read()
        self._process.wait()
        self._process.stderr.close()
        found = re.search(self._said, self._heard.decode())
        return int(found[1]) if found else 0


def tcpdump(folder: Path) -> Peer:
    """As one calls it, but that it stays root, to write into the folder."""
    command = ["tcpdump", "-i", NAME, "-Z", "root", "-w", str(folder / "theirs.pcap")]
    return Peer(command, b"listening on", r"(\d+) packets captured")


def dumpcap(folder: Path) -> Peer:
    """As Wireshark calls it."""
    command = ["dumpcap", "-q", "-i", NAME, "-w", str(folder / "theirs.pcapng")]
    return Peer(command, b"File:", r"on interface '[^']*': (\d+)/")


PEERS: dict[str, Callable[[Path], Screen | Peer]] = {"tapscope": Screen, "tcpdump": tcpdump, "dumpcap": dumpcap}


@contextmanager
def held_tap() -> Iterator[None]:
    """A TAP that this process holds and never reads: the kernel shows every frame to the sniffers, then drops it."""
    holder = tuntap.attach(NAME)
    Path(f"/proc/sys/net/ipv6/conf/{NAME}/disable_ipv6").write_text("1")
    tuntap.set_up(NAME)
    yield
    os.close(holder.fd)


def measure(kind: str, rate: int, size: int) -> tuple[float, float]:
    """The part kept, and the rate."""
    with tempfile.TemporaryDirectory() as folder:
        reader = PEERS[kind](Path(folder))
        sent, took = send(rate, size)
        select.select([], [], [], SETTLE_S)
        return reader.kept() / sent, sent / took


def main() -> None:
    """Print a line for every size and rate."""
    enter_network()
    there = [kind for kind in PEERS if kind == "tapscope" or shutil.which(kind)]
    print("watching a held TAP, frames kept of frames sent; the app on a pty, following and scrolled")
    print(f"{'bytes':>6} {'asked/s':>9} {'sent/s':>10}  " + "  ".join(f"{kind:>9}" for kind in there))
    with held_tap():
        for size in SIZES:
            for rate in RATES:
                found = [measure(kind, rate, size) for kind in there]
                asked = f"{rate:,}" if rate else "flat out"
                kept = "  ".join(f"{part:9.4f}" for part, _ in found)
                print(f"{size:>6} {asked:>9} {max(speed for _, speed in found):>10,.0f}  {kept}", flush=True)
    for kind in PEERS.keys() - set(there):
        print(f"{kind} is not installed")


if __name__ == "__main__":
    main()
