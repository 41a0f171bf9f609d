"""What the doctor saw: frozen facts, without a judgement and without a look.

Every field says one of three things, and they are never confused:

* a value: looked, and saw this;
* ``None``: looked, and there is none (no ACL, no file capabilities, no tracer, the call had no errno: it succeeded);
* ``Unseen(reason)``: could not look. Every field that can be unseen starts so, which makes a half-filled record honest.

Capability sets are masks, bit *n* for capability *n* (capability.h). Ids are as the process sees them, in its own user
namespace. Times are nanoseconds since the epoch.
"""

from dataclasses import dataclass, field
from typing import Literal

from tapscope.attempt import Attempt
from tapscope.doctor.evidence_files import Interpreter, Mount, Node, Place, Program
from tapscope.doctor.evidence_process import (
    Credentials,
    Namespaces,
    NetNsOwner,
    OtherProcess,
    Policy,
    Process,
    ThreadState,
)
from tapscope.doctor.seen import NOT_LOOKED, Seen, Unseen, known
from tapscope.machine.capabilities import CapabilitySets, FileCapabilities

__all__ = [
    "NOT_LOOKED",
    "CapabilitySets",
    "Credentials",
    "Destination",
    "Elsewhere",
    "Evidence",
    "FileCapabilities",
    "Holder",
    "Holders",
    "Host",
    "Interpreter",
    "Mode",
    "ModeAttempt",
    "Mount",
    "Namespaces",
    "NetNsOwner",
    "Node",
    "OtherProcess",
    "Place",
    "Policy",
    "Probes",
    "Process",
    "Program",
    "Seen",
    "Tap",
    "Terminal",
    "ThreadState",
    "Unseen",
    "known",
]

Mode = Literal["peer", "watch", "netns"]
"""A door: attach, watch, or go into another network namespace first."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A network interface of this namespace, seen by netlink *before* the attempt; most often a TAP.

    ``kind`` is IFLA_INFO_KIND (``tun`` for TUN and TAP alike, ``veth``, ``bridge``; None: a plain device).
    ``mode``, ``owner``, ``group`` and the flags are None for anything but a tun; owner and group are None when unset.
    ``asked_by_altname`` is True when the name asked for is an alternative name of ``name``.
    """

    name: str
    index: Seen[int] = NOT_LOOKED
    kind: Seen[str] = NOT_LOOKED
    asked_by_altname: Seen[bool] = NOT_LOOKED
    mode: Seen[Literal["tap", "tun"]] = NOT_LOOKED
    owner: Seen[int] = NOT_LOOKED
    group: Seen[int] = NOT_LOOKED
    owner_name: Seen[str] = NOT_LOOKED
    group_name: Seen[str] = NOT_LOOKED
    no_pi: Seen[bool] = NOT_LOOKED
    vnet_hdr: Seen[bool] = NOT_LOOKED
    multi_queue: Seen[bool] = NOT_LOOKED
    persist: Seen[bool] = NOT_LOOKED
    queues: Seen[int] = NOT_LOOKED
    up: Seen[bool] = NOT_LOOKED
    carrier: Seen[bool] = NOT_LOOKED
    operstate: Seen[str] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An interface of the asked name in another network namespace, and how to get there.

    ``where`` names it (``network namespace "blue"``, ``the namespace that mounted /sys``, ``the parent process's
    namespace``). ``netns`` is its name for ip-netns(8), or None; ``pid`` a process in it, or None. ``owned`` is True
    where this user made the user namespace that owns it, and so may enter both without any privilege.
    """

    where: str
    netns: str | None = None
    pid: int | None = None
    owned: Seen[bool] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Destination:
    """The network namespace that ``--netns`` asks for: where this process is now, unless going there was refused.

    ``word`` is what stands after ``--netns``, ``where`` names it, ``netns`` and ``pid`` are as in ``Elsewhere``.
    ``with_user``  the user namespace that owns it was entered with it
    ``process``    the process ``pid``; None: it was asked for otherwise
    ``owner``      who owns it, seen from our user namespace *before* going there; ``owner_uid`` who made a ``child``
    """

    word: str
    where: str
    path: str
    netns: str | None = None
    pid: int | None = None
    with_user: bool = False
    process: Seen[OtherProcess] = NOT_LOOKED
    owner: Seen[NetNsOwner] = NOT_LOOKED
    owner_uid: Seen[int] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Holder:
    """A process with a descriptor on the interface (``iff:`` in its fdinfo).

    ``machine`` is the name of the virtual machine that it runs; None where it runs none.
    """

    pid: int
    program: Seen[str] = NOT_LOOKED
    uid: Seen[int] = NOT_LOOKED
    user_name: Seen[str] = NOT_LOOKED
    machine: Seen[str] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds it, among the processes that may be looked into; ``hidden`` counts those that may not.

    ``candidates``  where nobody was found: processes that may not be looked into but look like the holder (their
                    command line names the interface, or they are virtual machine monitors)
    """

    found: tuple[Holder, ...] = ()
    candidates: tuple[Holder, ...] = ()
    hidden: Seen[int] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Probes:
    """Calls without a side effect. A field is the errno, None where the call succeeded.

    ``null_request``   ioctl(TUNSETIFF, NULL): EFAULT reached the driver; anything else was a filter on the way
    ``empty_request``  ioctl(TUNSETIFF, 40 zero bytes): EINVAL authorised to create, EPERM not
    ``socket_netns``   ioctl(SIOCGSKNS): None with CAP_NET_ADMIN over the descriptor's network namespace
    ``packet_socket``  socket(AF_PACKET, SOCK_RAW, 0)
    ``open_node``      open(/dev/net/tun, O_RDWR)
    ``open_null``      openat(/dev/null) with the same flags: a seccomp filter cannot tell it from the node
    ``sandbox``        the call at which ``unshare -Urn`` and a TAP inside stopped, or its last one, which succeeded
    """

    open_node: Seen[int] = NOT_LOOKED
    null_request: Seen[int] = NOT_LOOKED
    empty_request: Seen[int] = NOT_LOOKED
    socket_netns: Seen[int] = NOT_LOOKED
    packet_socket: Seen[int] = NOT_LOOKED
    open_null: Seen[int] = NOT_LOOKED
    sandbox: Seen[Attempt] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Terminal:
    """The terminal that the app would draw on; ``size`` is (columns, rows), ``colours`` their number."""

    name: Seen[str] = NOT_LOOKED
    size: Seen[tuple[int, int]] = NOT_LOOKED
    colours: Seen[int] = NOT_LOOKED
    unicode: Seen[bool] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Host:
    """The machine's own words, which remedies need to be exact.

    ``command``    how this tapscope was started, as argv without the interface (``("/opt/v/bin/tapscope",)``)
    ``programs``   which of sudo, ip, setcap, setpriv, capsh, unshare, nsenter, modprobe, mknod, tcpdump, setfacl,
                   systemctl are in PATH or the sbin directories
    ``sudo_user``  (name, uid) of who called sudo; None when not under sudo
    ``container``  which kind this runs in (``docker``, ``podman``, ``lxc``, ``kubernetes``); None: in none, as far as
                   markers, namespaces and mounts tell
    ``service``    the systemd service this runs in (``tapscope.service``); None: none
    ``versions``   (program, version) of tapscope, python, textual, scapy, python-prctl; version None: not installed
    """

    kernel: Seen[str] = NOT_LOOKED
    command: tuple[str, ...] = ("tapscope",)
    programs: Seen[tuple[str, ...]] = NOT_LOOKED
    sudo_user: Seen[tuple[str, int]] = NOT_LOOKED
    container: Seen[str] = NOT_LOOKED
    service: Seen[str] = NOT_LOOKED
    versions: tuple[tuple[str, str | None], ...] = ()
    terminal: Terminal = Terminal()


@dataclass(frozen=True, slots=True)
class ModeAttempt:
    """One door, knocked at for real.

    ``attempts``       every call in order, up to the one that was refused; SIOCSIFFLAGS too where it was tried. Empty
                       with ``tried`` False: nothing was tried, the verdict is to be predicted.
    ``asked_flags``    the ifr_flags of the request (peer)
    ``granted``        the name the kernel gave back (peer)
    ``created``        the interface did not exist before; ``removed``: and it is gone again
    ``attached_before``  what the descriptor was attached to before the call (TUNGETIFF)
    """

    mode: Mode
    attempts: tuple[Attempt, ...] = ()
    tried: bool = True
    asked_flags: Seen[int] = NOT_LOOKED
    granted: Seen[str] = NOT_LOOKED
    created: Seen[bool] = NOT_LOOKED
    removed: Seen[bool] = NOT_LOOKED
    attached_before: Seen[str] = NOT_LOOKED


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was seen, in groups. ``interface`` is the name asked for; None: no name was given, and the peer
    door's attempt is then the ``empty_request`` (may this user create a TAP at all).

    ``tap``        the interface of that name here; None: there is none
    ``taps``       the TUN and TAP interfaces of this namespace
    ``elsewhere``  where else the name was seen; () looked and nowhere
    ``destination``  where ``--netns`` leads; None: nothing was said
    """

    interface: str | None = None
    attempts: tuple[ModeAttempt, ...] = ()
    node: Node = field(default_factory=Node)
    credentials: Credentials = field(default_factory=Credentials)
    thread: ThreadState = field(default_factory=ThreadState)
    process: Process = field(default_factory=Process)
    interpreter: Interpreter = field(default_factory=Interpreter)
    namespaces: Namespaces = field(default_factory=Namespaces)
    tap: Seen[Tap] = NOT_LOOKED
    taps: Seen[tuple[Tap, ...]] = NOT_LOOKED
    elsewhere: Seen[tuple[Elsewhere, ...]] = NOT_LOOKED
    holders: Seen[Holders] = NOT_LOOKED
    policy: Policy = field(default_factory=Policy)
    probes: Probes = Probes()
    host: Host = Host()
    destination: Destination | None = None
