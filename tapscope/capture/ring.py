"""An interface watched beside whoever holds it: a TPACKET_V3 ring that the kernel fills and this process copies from.

Source: packet(7), ``Documentation/networking/packet_mmap.rst``, ``net/packet/af_packet.c`` (``tpacket_rcv``),
``include/uapi/linux/if_packet.h``. CAP_NET_RAW is needed once, to make the socket.
"""

import contextlib
import errno
import mmap
import socket
import struct
import time
from collections.abc import Sequence
from itertools import accumulate

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.files.window import NOTHING
from tapscope.capture.ring_blocks import USED_AT, batch_of_blocks
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import SievedSource
from tapscope.capture.source import SourceInfo
from tapscope.frame import LINKTYPE_ETHERNET, LINKTYPE_RAW, Interface
from tapscope.machine import packet
from tapscope.machine.capabilities import CAP_NET_RAW, raise_effective
from tapscope.machine.links import Link, find_link
from tapscope.store.batch import Batch

BLOCK_BYTES = 4 << 20
BLOCKS = 16
"""64 MiB: at 1500 bytes half a second of a gigabit and more, at 64 bytes half a million frames."""
AT_ONCE = 2
"""Blocks that are copied together where so many wait. Work on a batch gives the interpreter's lock up several times;
beside a busy screen it has to be won back each time: the fewer batches, the sooner the ring is empty."""
RETIRE_MS = 50
"""The longest that a frame waits in a block that is not full: the list looks no oftener, and each block costs as much,
however few frames it has."""

_ATTACH_FILTER, _DETACH_FILTER = 26, 27
"""``SO_ATTACH_FILTER``, ``SO_DETACH_FILTER``."""
_SOL_PACKET = 263
_ADD_MEMBERSHIP, _STATISTICS, _VERSION, _RX_RING = 1, 6, 10, 5
_TPACKET_V3 = 2
_PROMISC = 1
_STATUS_AT = 8
_STATUS = struct.Struct("=I")
_KERNEL, _USER = 0, 1
_FRAME_BYTES = 2048
"""Of no meaning in a V3 ring, but it must divide a block."""

_ETHERNET, _LOOPBACK, _NONE, _TUNNELS = 1, 772, 0xFFFE, frozenset({519, 768, 769, 776, 778, 823})
"""ARPHRD_ numbers (``include/uapi/linux/if_arp.h``); tunnels carry IP without a link layer."""
_LINK_TYPES = {_ETHERNET: LINKTYPE_ETHERNET, _LOOPBACK: LINKTYPE_ETHERNET, _NONE: LINKTYPE_RAW, 801: 105, 803: 127}


class CannotWatch(OSError):
    """The interface carries what is not read here; the text is one line that says so."""


def open_ring(name: str, *, why: str = "", sieve: Sieve | None = None) -> SievedSource:
    """Watch the interface ``name``, both directions, promiscuously; of its frames only those that pass ``sieve``.

    ``why`` says why this door, for the header.

    Raises ``AttemptFailed``: ``socket(AF_PACKET)`` (EPERM: no CAP_NET_RAW), ``bind`` (ENODEV: no such interface); and
    ``OSError`` where the ring cannot be had (ENOMEM) or what the interface carries is not known.
    """
    raise_effective(CAP_NET_RAW)
    with contextlib.ExitStack() as stack:
        channel = stack.enter_context(packet.open_socket())
        link = find_link(name)
        if link is None:
            raise AttemptFailed(Attempt(Step.BIND, errno.ENODEV, name))
        ring = stack.enter_context(_make_ring(channel))
        _join_promiscuously(channel, link.index)
        packet.bind(channel, link.index, link.name)  # to nothing yet, but it is known now what the interface carries
        source = SievedSource(RingSource(channel, ring, link, why), sieve)
        packet.bind(channel, link.index, link.name, packet.ETH_P_ALL)
        stack.pop_all()
        return source


def _make_ring(channel: socket.socket) -> mmap.mmap:
    """Have the kernel make the ring, a smaller one where memory is short, and map it. Raises ``OSError``."""
    channel.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V3)
    blocks = BLOCKS
    while True:
        size = blocks * BLOCK_BYTES
        request = struct.pack("=7I", BLOCK_BYTES, blocks, _FRAME_BYTES, size // _FRAME_BYTES, RETIRE_MS, 0, 0)
        try:
            channel.setsockopt(_SOL_PACKET, _RX_RING, request)
            return mmap.mmap(channel.fileno(), size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        except OSError:  # ENOMEM
            if blocks == 1:
                raise
            blocks //= 2


def _join_promiscuously(channel: socket.socket, index: int) -> None:
    """Of what passes a bridge or a network card, everything; a device that knows no such mode is watched as it is."""
    with contextlib.suppress(OSError):
        channel.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, struct.pack("=iHH8x", index, _PROMISC, 0))


def _link_type(name: str, hardware: int) -> int:
    if hardware in _TUNNELS:
        return LINKTYPE_RAW
    if hardware not in _LINK_TYPES:
        raise CannotWatch(f"{name}: what it carries (ARPHRD {hardware}) is not known here: tcpdump -w - | tapscope -")
    return _LINK_TYPES[hardware]


class RingSource:
    """A ``Source`` on a packet ring. Owns the socket and the mapping."""

    def __init__(self, channel: socket.socket, ring: mmap.mmap, link: Link, why: str = "") -> None:
        _, hardware = packet.link_of(channel)
        self._interfaces = (Interface(link.name, _link_type(link.name, hardware)),)
        self._channel = channel
        self._ring = ring
        self._blocks = len(ring) // BLOCK_BYTES
        self._next = 0
        self._is_loopback = hardware == _LOOPBACK
        self._largest = link.mtu + (14 + 4 if self._interfaces[0].link_type == LINKTYPE_ETHERNET else 0)
        self._dropped = 0
        self._info = SourceInfo(link.name, "watch", live=True, why=why, ring=True)

    @property
    def info(self) -> SourceInfo:
        """Name, mode ``watch``, why not attached."""
        return self._info

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The interface itself."""
        return self._interfaces

    @property
    def fault(self) -> str:
        """Always empty: an interface does not end, it goes away."""
        return ""

    @property
    def dropped(self) -> int:
        """Frames that the ring had no room for, since the beginning (PACKET_STATISTICS, ``tp_drops``)."""
        _seen, drops, _frozen = struct.unpack("=3I", self._channel.getsockopt(_SOL_PACKET, _STATISTICS, 12))
        self._dropped += drops
        return self._dropped

    def fileno(self) -> int:
        """The socket to poll for reading."""
        return self._channel.fileno()

    def read(self) -> Batch:
        """The oldest blocks that the kernel has handed over, copied and given back at once; an empty batch if none.

        Raises ``AttemptFailed`` (ENODEV: the interface is gone).
        """
        if not self._is_handed_over():
            if self._is_alive():
                return NOTHING
            time.sleep(2 * RETIRE_MS / 1000)  # the kernel hands the last block over, though the interface is gone
            if not self._is_handed_over():
                raise AttemptFailed(Attempt(Step.READ, errno.ENODEV, self._info.name))
        pieces: list[memoryview] = []
        while len(pieces) < AT_ONCE and self._is_handed_over(len(pieces)):
            start = (self._next + len(pieces)) % self._blocks * BLOCK_BYTES
            used = _STATUS.unpack_from(self._ring, start + USED_AT)[0]
            pieces.append(memoryview(self._ring)[start : start + -(-used // 4) * 4])
        block = bytearray().join(pieces)
        self._give_back(len(pieces))
        starts = [0, *accumulate(len(piece) for piece in pieces[:-1])]
        return batch_of_blocks(block, starts, largest=self._largest, once=self._is_loopback)

    def sieve_by_kernel(self, sieve: Sieve | None) -> bool:
        """Put the program in the place of the one before, at once; what is in the ring stays there.

        Nowhere where libpcap has none for an interface that is down, or the kernel no room for it (``optmem_max``).
        """
        program = sieve.for_ring(self._info.name, self._interfaces[0].link_type) if sieve else None
        if program is not None:
            with contextlib.suppress(OSError):
                self._channel.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program.sock_fprog)
                return True
        with contextlib.suppress(OSError):  # ENOENT: there is none
            self._channel.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)
        return False

    def _is_handed_over(self, further: int = 0) -> bool:
        start = (self._next + further) % self._blocks * BLOCK_BYTES
        return further < self._blocks and bool(_STATUS.unpack_from(self._ring, start + _STATUS_AT)[0] & _USER)

    def _give_back(self, count: int) -> None:
        for _ in range(count):
            _STATUS.pack_into(self._ring, self._next * BLOCK_BYTES + _STATUS_AT, _KERNEL)
            self._next = (self._next + 1) % self._blocks

    def _is_alive(self) -> bool:
        """An interface that went down leaves an error behind, which wakes until it is asked for; one gone, no name."""
        self._channel.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return bool(packet.link_of(self._channel)[0])

    def close(self) -> None:
        """Give the ring back."""
        self._ring.close()
        self._channel.close()
