"""A TAP that this process is attached to: what the host's kernel sends is read, what is written the host receives.

One frame a read(2), without a kernel time stamp (``drivers/net/tun.c``: ``tun_do_read``, ``tun_put_user``).
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.assembly import BLOCK_FRAMES, LARGEST_FRAME, Assembly
from tapscope.capture.names import NameRefused, check_name
from tapscope.capture.sieve import Sieve
from tapscope.capture.source import SourceInfo
from tapscope.frame import LINKTYPE_ETHERNET, LINKTYPE_RAW, Direction, Interface, Offload
from tapscope.machine import rtnetlink, tuntap
from tapscope.machine.capabilities import name_of
from tapscope.machine.links import find_link
from tapscope.store.batch import Batch

QUEUE_FRAMES = 10_000
"""Of a device that is created here; another's is left as it is."""

_RTM_SETLINK = 19
_IFLA_TXQLEN = 13
_TUNGETVNETHDRSZ = 0x800454D7
_PACKET_INFORMATION = 4
"""``struct tun_pi``: before every frame of a device without IFF_NO_PI."""

_NEEDS_CHECKSUM = 1
"""VIRTIO_NET_HDR_F_NEEDS_CSUM."""

_ETHERTYPES = {"4": 0x0800, "6": 0x86DD}
"""By the version, the first half byte of an IP packet."""

_BEGINNING = 64
"""Of a frame that is thrown away, more than its virtio header: the kernel copies no more than was asked for."""

_ALONE = tuntap.IFF_TAP | tuntap.IFF_NO_PI
"""Of the flags, what a device has whose filter is nobody else's: of many queues it is that of all of them."""

Responder = Callable[[bytes], Iterable[bytes]]

_read = ctypes.PyDLL(None, use_errno=True).read
"""read(2) that keeps the interpreter's lock. The descriptor never blocks, so nothing waits for it; a read that gives
the lock up has to win it back from a busy screen at every frame, which kept 5 % of 50,000 frames/s where this keeps
all of them."""
_read.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
_read.restype = ctypes.c_ssize_t


def open_tap(name: str, *, respond: Responder | None = None) -> "TapSource":
    """Attach to ``name`` with the flags it has; create a TAP and bring it up where there is none.

    ``respond`` is given every frame that is read and returns the frames to write in answer, as a guest would.
    Raises ``NameRefused`` and ``AttemptFailed``, and ``OSError`` when the kernel cannot be asked about interfaces.
    """
    check_name(name)
    attached = tuntap.attach(name)
    try:
        _check_granted(attached, name)
        notes = _bring_up(attached.name) if attached.created else _shared(attached)
        return TapSource(attached, (*_raised(attached), *notes), respond)
    except BaseException:
        os.close(attached.fd)
        raise


def _raised(attached: tuntap.Attached) -> tuple[str, ...]:
    """As with a file that has its capability by ``=p``."""
    return tuple(
        f"{name_of(number)} was permitted only: made effective, in the thread that opens" for number in attached.raised
    )


def _check_granted(attached: tuntap.Attached, name: str) -> None:
    """An existing device may be known by another name too, but what was created must be what was asked for."""
    if attached.created and attached.name != name:
        raise NameRefused(f"the kernel made {attached.name!r} of the interface name {name!r}: use another")


def _bring_up(name: str) -> tuple[str, ...]:
    created = f"created {name}: it is gone when tapscope lets it go"
    with contextlib.suppress(OSError):
        _lengthen_queue(name)
    try:
        tuntap.set_up(name)
    except AttemptFailed as failed:
        return created, f"{name} stays down: {failed.attempt}"
    return (created,)


def _lengthen_queue(name: str) -> None:
    """Let the device hold more frames than the usual thousand, which last 20 ms at 50,000 frames/s.

    By rtnetlink(7), as the ioctl wants CAP_NET_ADMIN in the initial user namespace. The kernel acts before send
    returns, and its answer is not waited for: without a longer queue it works as well. Raises ``OSError``.
    """
    device = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, socket.if_nametoindex(name), 0, 0)
    length = rtnetlink.attribute(_IFLA_TXQLEN, struct.pack("=I", QUEUE_FRAMES))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as channel:
        channel.send(rtnetlink.request(_RTM_SETLINK, device + length))


def _shared(attached: tuntap.Attached) -> tuple[str, ...]:
    link = find_link(attached.name)
    others = (link.tap.queues or 1) - 1 if link and link.tap else 0
    if not others:
        return ()
    return (f"{attached.name} is shared: its {others} other queue{'s' * (others > 1)} take frames not seen here",)


def _header_length(attached: tuntap.Attached) -> int:
    """Bytes before each frame: packet information, then the virtio header, whose size is the device's."""
    length = 0 if attached.flags & tuntap.IFF_NO_PI else _PACKET_INFORMATION
    if attached.flags & tuntap.IFF_VNET_HDR:
        size = bytearray(ctypes.sizeof(ctypes.c_int))
        fcntl.ioctl(attached.fd, _TUNGETVNETHDRSZ, size)
        length += ctypes.c_int.from_buffer(size).value
    return length


class TapSource:
    """A ``Source`` on an attached TAP or TUN. Owns the descriptor.

    Frames are stamped when they are read: at most the loop's rest (about a millisecond) late, more on a busy machine.
    """

    def __init__(
        self, attached: tuntap.Attached, notes: tuple[str, ...] = (), respond: Responder | None = None
    ) -> None:
        self._header = _header_length(attached)
        self._packet_information = not attached.flags & tuntap.IFF_NO_PI
        self._virtio_at = _PACKET_INFORMATION * self._packet_information
        self._virtio = bool(attached.flags & tuntap.IFF_VNET_HDR)
        self._fd = attached.fd
        self._name = attached.name
        self._respond = respond
        self._assembly = Assembly()
        alone = attached.flags & (_ALONE | tuntap.IFF_MULTI_QUEUE) == _ALONE
        self._may_filter = alone and respond is None
        link_type = LINKTYPE_RAW if attached.flags & tuntap.IFF_TUN else LINKTYPE_ETHERNET
        self._interfaces = (Interface(attached.name, link_type),)
        self._info = SourceInfo(attached.name, "peer", live=True, created=attached.created, notes=notes)

    @property
    def info(self) -> SourceInfo:
        """Name, mode ``peer``, whether it was created, notes."""
        return self._info

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The device itself."""
        return self._interfaces

    @property
    def fault(self) -> str:
        """Always empty: a TAP does not end, it fails."""
        return ""

    @property
    def dropped(self) -> int:
        """What its queue had no room for, the interface counts (``tx_dropped``)."""
        return 0

    def fileno(self) -> int:
        """The descriptor to poll for reading."""
        return self._fd

    def read(self) -> Batch:
        """What waits in the queue, up to a block full, and what was written since the last read.

        Raises ``AttemptFailed`` (``EBADFD``: the device was deleted) once nothing is left to hand over.
        """
        while not self._assembly.full:
            size = _read(self._fd, self._assembly.address, LARGEST_FRAME)
            if size < 0:
                number = ctypes.get_errno()
                if number == errno.EAGAIN or len(self._assembly):
                    break
                raise AttemptFailed(Attempt(Step.READ, number, self._name))
            self._keep(size)
        return self._assembly.cut()

    def drain(self) -> None:
        """Throw away what waits in the queue, a block's worth at most. Raises ``AttemptFailed`` as ``read`` does."""
        for _ in range(BLOCK_FRAMES):
            if _read(self._fd, self._assembly.address, _BEGINNING) < 0:
                number = ctypes.get_errno()
                if number != errno.EAGAIN:
                    raise AttemptFailed(Attempt(Step.READ, number, self._name))
                return

    def _keep(self, size: int) -> None:
        if size <= self._header:
            return
        offload = self._offload() if self._virtio else Offload.NONE
        with self._assembly.keep(size, self._header, time.time_ns(), Direction.OUT, offload) as view:
            if self._respond is None:
                return
            frame = bytes(view)
        for answer in self._respond(frame):
            # As on a wire: an answer that finds no way is lost, and the asker asks again.
            with contextlib.suppress(OSError):
                self.write(answer)

    def _offload(self) -> Offload:
        """What the virtio header of the frame just read says: flags, then gso_type (``linux/virtio_net.h``)."""
        flags, segmentation = ctypes.string_at(self._assembly.address + self._virtio_at, 2)
        pending = Offload.CHECKSUM_PENDING if flags & _NEEDS_CHECKSUM else Offload.NONE
        return pending | Offload.SEGMENTS if segmentation else pending

    def write(self, frame: bytes) -> None:
        """Send one frame into the host; it is handed over by the next ``read``, direction in.

        Only for the thread that reads. Raises ``OSError``: ``EIO`` while the device is down, ``EBADFD`` when it is
        gone, ``EINVAL`` for what is shorter than an Ethernet header, ``EMSGSIZE`` for what is longer than any frame,
        ``ENOBUFS`` when a block full was written since the last ``read``.
        """
        if len(frame) > LARGEST_FRAME - self._header:
            raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE), self._name)
        if self._assembly.full:
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS), self._name)
        os.write(self._fd, self._header_of(frame) + frame)
        self._assembly.add(frame, time.time_ns(), Direction.IN)

    def _header_of(self, frame: bytes) -> bytes:
        """What the device wants before a frame: its protocol (a TUN goes by it), and no offload."""
        header = bytes(self._header)
        if not self._packet_information:
            return header
        return struct.pack(">HH", 0, _ETHERTYPES.get(frame[:1].hex()[:1], 0)) + header[_PACKET_INFORMATION:]

    def sieve_by_kernel(self, sieve: Sieve | None) -> bool:
        """Have the device keep back most of what does not pass: always False, as the rest is to be told here.

        Not where something answers, as then the host would be told of frames that were dropped.
        """
        if self._may_filter:
            program = sieve.for_tap() if sieve else None
            with contextlib.suppress(OSError):  # EINVAL: it jumps backwards; EBADFD: gone, which the next read says
                if program is None:
                    tuntap.detach_filter(self._fd)
                else:
                    tuntap.attach_filter(self._fd, program.sock_fprog)
                    self._info = replace(self._info, sieve_counts=True)
        return False

    def close(self) -> None:
        """Let the device go: a created one disappears, a persistent one loses its carrier, and its filter."""
        self.sieve_by_kernel(None)
        os.close(self._fd)
