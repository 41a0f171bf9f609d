"""/dev/net/tun: the one place that opens it. The capture and the doctor's real attempt both go through here.

Source: ``drivers/net/tun.c`` (``tun_chr_open``, ``__tun_chr_ioctl``, ``tun_set_iff``), ``include/uapi/linux/if_tun.h``.
The network namespace is the one of the thread at open(2); the credentials asked are those of the thread at ioctl(2).
"""

import fcntl
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.machine.capabilities import CAP_NET_ADMIN, raise_effective
from tapscope.machine.links import IFF_UP, Link, find_link

NODE = "/dev/net/tun"
IFNAMSIZ = 16

TUNSETIFF = 0x400454CA
TUNGETIFF = 0x800454D2
TUNATTACHFILTER = 0x401054D5
TUNDETACHFILTER = 0x401054D6
SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
SIOCGSKNS = 0x894C

IFF_TUN = 0x0001
IFF_TAP = 0x0002
IFF_NAPI = 0x0010
IFF_MULTI_QUEUE = 0x0100
IFF_NO_PI = 0x1000
IFF_VNET_HDR = 0x4000

_REQUEST = struct.Struct("=16sH22x")
"""``struct ifreq`` on 64-bit Linux: the name, the flags, and the rest of the union."""


@dataclass(frozen=True, slots=True)
class Attached:
    """An open TAP. The caller closes ``fd`` (non-blocking, close-on-exec).

    ``name`` is what the kernel granted, ``flags`` the ``IFF_`` flags that were asked for. ``created`` is True when no
    such interface was there before: it goes with the descriptor. ``raised`` are the capabilities that were only in
    this thread's permitted set and had to be raised to the effective one.
    """

    fd: int
    name: str
    created: bool
    flags: int
    raised: tuple[int, ...] = ()


def open_node(path: str = NODE) -> int:
    """Open the device node, non-blocking. Raises ``AttemptFailed``."""
    try:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise AttemptFailed(Attempt(Step.OPEN, error.errno, path)) from error


def set_interface(fd: int, name: str, flags: int) -> str:
    """TUNSETIFF: attach ``fd`` to the interface, creating it where there is none; return the name the kernel gave.

    The kernel cuts names of 16 bytes and more without an error. Raises ``AttemptFailed``.
    """
    request = bytearray(_REQUEST.pack(os.fsencode(name)[: IFNAMSIZ - 1], flags))
    try:
        fcntl.ioctl(fd, TUNSETIFF, request)
    except OSError as error:
        raise AttemptFailed(Attempt(Step.SET_INTERFACE, error.errno, name)) from error
    return os.fsdecode(bytes(request[:IFNAMSIZ]).split(b"\0", 1)[0])


def get_interface(fd: int) -> tuple[str, int]:
    """TUNGETIFF: the attached interface's present name and flags. Raises ``AttemptFailed`` (EBADFD: gone)."""
    request = bytearray(_REQUEST.size)
    try:
        fcntl.ioctl(fd, TUNGETIFF, request)
    except OSError as error:
        raise AttemptFailed(Attempt(Step.GET_INTERFACE, error.errno)) from error
    name, flags = _REQUEST.unpack(request)
    return os.fsdecode(name.split(b"\0", 1)[0]), flags


def _napi_flag(link: Link) -> int:
    """IFF_NAPI where the device has it: only sysfs tells, and only if sysfs shows this namespace's device."""
    folder = Path("/sys/class/net") / link.name
    try:
        if int((folder / "ifindex").read_text()) != link.index:
            return 0
        if (folder / "address").read_text().strip() != link.address:
            return 0
        return int((folder / "tun_flags").read_text(), 16) & IFF_NAPI
    except (OSError, ValueError):
        return 0


def flags_to_ask(link: Link | None) -> int:
    """The flags the device has, since attaching rewrites them from the request; a plain TAP where there is none.

    IFF_NAPI_FRAGS is never asked for: it alone needs CAP_NET_ADMIN in the initial user namespace.
    """
    if link is None or link.tap is None:
        return IFF_TAP | IFF_NO_PI
    tap = link.tap
    flags = (IFF_TAP if tap.mode == "tap" else IFF_TUN) | _napi_flag(link)
    flags |= IFF_NO_PI if tap.no_pi else 0
    flags |= IFF_VNET_HDR if tap.vnet_hdr else 0
    return flags | (IFF_MULTI_QUEUE if tap.multi_queue else 0)


def look_up(name: str) -> tuple[Link | None, bool]:
    """The interface, and whether there is one: where rtnetlink is shut off, SIOCGIFINDEX still tells the latter."""
    try:
        link = find_link(name)
    except OSError:
        try:
            return None, bool(socket.if_nametoindex(name))
        except OSError:
            return None, False
    return link, link is not None


def attach(name: str, *, node: str = NODE) -> Attached:
    """Attach to the interface with the flags it has, or create a TAP of that name.

    An alternative name attaches to the interface itself. CAP_NET_ADMIN is raised to the effective set of this thread
    where it is permitted. Raises ``AttemptFailed``.
    """
    link, exists = look_up(name)
    flags = flags_to_ask(link)
    raised = raise_effective(CAP_NET_ADMIN)
    fd = open_node(node)
    try:
        granted = set_interface(fd, link.name if link else name, flags)
    except AttemptFailed:
        os.close(fd)
        raise
    return Attached(fd, granted, not exists, flags, raised)


def attach_filter(fd: int, sock_fprog: bytes) -> None:
    """TUNATTACHFILTER: what does not pass is counted as dropped (``tx_dropped``). In place of the filter before it.

    It is the device's, and stays on one that is persistent. An attachment without IFF_NO_PI then takes it up again,
    from wherever its instructions were in the process that attached it (``tun_attach``). Raises ``OSError``: EINVAL for
    a TUN, or for what is no program.
    """
    fcntl.ioctl(fd, TUNATTACHFILTER, sock_fprog)


def detach_filter(fd: int) -> None:
    """TUNDETACHFILTER, which does nothing where there is none. Raises ``OSError`` (EBADFD: the device is gone)."""
    fcntl.ioctl(fd, TUNDETACHFILTER, 0)


def set_up(name: str) -> None:
    """Bring an interface up if it is not (``SIOCSIFFLAGS``, ``net/core/dev_ioctl.c``). Raises ``AttemptFailed``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        request = bytearray(_REQUEST.pack(os.fsencode(name), 0))
        try:
            fcntl.ioctl(channel, SIOCGIFFLAGS, request)
            flags = _REQUEST.unpack(request)[1]
            if not flags & IFF_UP:
                fcntl.ioctl(channel, SIOCSIFFLAGS, _REQUEST.pack(os.fsencode(name), flags | IFF_UP))
        except OSError as error:
            raise AttemptFailed(Attempt(Step.SET_UP, error.errno, name)) from error


def probe_reach(fd: int) -> int:
    """The errno of TUNSETIFF with a null pointer on a fresh descriptor: nothing can change.

    EFAULT: the call reaches the driver. EACCES: Landlock or another security module stands before it. Anything
    else, usually EPERM: seccomp. ENOTTY: not the tun driver.
    """
    return _errno_of(fd, TUNSETIFF, 0)


def probe_create(fd: int) -> int:
    """The errno of TUNSETIFF with forty zero bytes on a fresh descriptor: nothing can change.

    EPERM: this thread may not create a device in the namespace of ``fd``. EINVAL: it may (``tun_set_iff`` asks
    ``ns_capable(net->user_ns, CAP_NET_ADMIN)`` before it looks at the type).
    """
    return _errno_of(fd, TUNSETIFF, bytes(_REQUEST.size))


def probe_net_admin() -> int | None:
    """None when this thread has CAP_NET_ADMIN over its network namespace, else the errno (``SIOCGSKNS``).

    EPERM: it has not. Other numbers: a kernel before 4.20, or a filter. Nothing can change.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            os.close(fcntl.ioctl(channel, SIOCGSKNS, 0))
        except OSError as error:
            return error.errno
    return None


def _errno_of(fd: int, request: int, argument: int | bytes) -> int:
    try:
        fcntl.ioctl(fd, request, argument)
    except OSError as error:
        return error.errno or 0
    return 0
