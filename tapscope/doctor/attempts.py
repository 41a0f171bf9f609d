"""The real attempts: knock at a door with the call that the capture makes, and let go at once.

``peer`` is /dev/net/tun and TUNSETIFF, ``watch`` is a packet socket bound to the interface. The errno of these calls is
the only verdict; everything else that is collected explains it.
"""

import errno
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from tapscope.attempt import ENTERING, WATCHING, Attempt, AttemptFailed, Step
from tapscope.doctor.collect_look import look
from tapscope.doctor.evidence import Mode, ModeAttempt, Probes, Unseen
from tapscope.machine import packet, tuntap
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN, raise_effective

_LEADING = {
    Step.SET_INTERFACE: (Step.OPEN,),
    Step.GET_INTERFACE: (Step.OPEN, Step.SET_INTERFACE),
    Step.SET_UP: (Step.OPEN, Step.SET_INTERFACE),
    Step.READ: (Step.OPEN, Step.SET_INTERFACE),
    Step.BIND: (Step.PACKET_SOCKET,),
    Step.SET_NAMESPACE: (Step.OPEN_NAMESPACE,),
}
"""The calls that must have succeeded before this one was made."""


@dataclass(frozen=True, slots=True)
class Knock:
    """One door's attempt, and the capabilities that had to be raised for it in this thread."""

    attempt: ModeAttempt
    raised: tuple[int, ...] = ()


def is_cut(interface: str) -> bool:
    """The kernel would cut the name (IFNAMSIZ, 15 bytes) and act on another interface: not to be attempted."""
    return len(os.fsencode(interface)) >= tuntap.IFNAMSIZ


def untried(mode: Mode) -> Knock:
    """Nothing is called; what this thread holds is raised all the same, so that the probes see what a try would."""
    return Knock(ModeAttempt(mode, tried=False), raise_effective(CAP_NET_RAW if mode == "watch" else CAP_NET_ADMIN))


def knock_peer(interface: str) -> Knock:
    """Attach with the flags the device has, and let go. A device that was created for it is gone again."""
    flags = tuntap.flags_to_ask(tuntap.look_up(interface)[0])
    raised = raise_effective(CAP_NET_ADMIN)
    try:
        attached = tuntap.attach(interface)
    except AttemptFailed as failed:
        return Knock(ModeAttempt("peer", calls_up_to(failed.attempt), asked_flags=flags), raised)
    os.close(attached.fd)
    opened = Attempt(Step.OPEN, None, tuntap.NODE)
    attempt = ModeAttempt(
        "peer",
        (opened, Attempt(Step.SET_INTERFACE, None, interface)),
        asked_flags=attached.flags,
        granted=attached.name,
        created=attached.created,
        removed=attached.created and look(tuntap.look_up, attached.name) == (None, False),
        attached_before=None,
    )
    return Knock(attempt, raised)


def knock_peer_anywhere() -> Knock:
    """May this user create a TAP at all: open the node and ask with forty zero bytes, which changes nothing."""
    raised = raise_effective(CAP_NET_ADMIN)
    try:
        fd = tuntap.open_node()
    except AttemptFailed as failed:
        return Knock(ModeAttempt("peer", (failed.attempt,)), raised)
    try:
        number = tuntap.probe_create(fd)
    finally:
        os.close(fd)
    answer = Attempt(Step.SET_INTERFACE, None if number == errno.EINVAL else number)
    return Knock(ModeAttempt("peer", (Attempt(Step.OPEN, None, tuntap.NODE), answer)), raised)


def knock_watch(interface: str | None) -> Knock:
    """Make a packet socket that receives nothing (protocol 0), bind it where an interface is given, and close it."""
    raised = raise_effective(CAP_NET_RAW)
    try:
        channel = packet.open_socket()
    except AttemptFailed as failed:
        return Knock(ModeAttempt("watch", (failed.attempt,)), raised)
    calls = [Attempt(Step.PACKET_SOCKET)]
    with channel:
        if interface is not None:
            calls.append(_try_bind(channel, interface))
    return Knock(ModeAttempt("watch", tuple(calls)), raised)


def _try_bind(channel: socket.socket, interface: str) -> Attempt:
    """The index by rtnetlink, else by SIOCGIFINDEX (ENODEV)."""
    link, _ = tuntap.look_up(interface)
    try:
        index = link.index if link else socket.if_nametoindex(interface)
    except OSError:  # Without a number: CPython sets none.
        return Attempt(Step.BIND, errno.ENODEV, interface)
    try:
        packet.bind(channel, index, interface)
    except AttemptFailed as failed:
        return failed.attempt
    return Attempt(Step.BIND, None, interface)


def calls_up_to(failed: Attempt) -> tuple[Attempt, ...]:
    """The calls that led to a refused one, and it."""
    targets = {Step.OPEN: tuntap.NODE, Step.PACKET_SOCKET: ""}
    before = tuple(Attempt(step, None, targets.get(step, failed.target)) for step in _LEADING.get(failed.step, ()))
    return (*before, failed)


def knock_of(failed: Attempt, interface: str | None) -> Knock:
    """A call that the app made and that was refused, as a knock: it is not made again."""
    if failed.step in ENTERING:
        return Knock(ModeAttempt("netns", calls_up_to(failed)), raise_effective(CAP_SYS_ADMIN))
    if failed.step in WATCHING:
        return Knock(ModeAttempt("watch", calls_up_to(failed)), raise_effective(CAP_NET_RAW))
    flags = tuntap.flags_to_ask(tuntap.look_up(interface)[0]) if interface else Unseen("no interface")
    return Knock(ModeAttempt("peer", calls_up_to(failed), asked_flags=flags), raise_effective(CAP_NET_ADMIN))


def _on_fresh_node(probe: str) -> int:
    """Raises ``OSError`` when the node cannot be opened."""
    try:
        fd = tuntap.open_node()
    except AttemptFailed as failed:
        raise OSError(failed.attempt.errno, "open") from failed
    try:
        return tuntap.probe_reach(fd) if probe == "null" else tuntap.probe_create(fd)
    finally:
        os.close(fd)


def _errno_of_open(path: str) -> int | None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return error.errno
    return None


def _packet_socket(knocks: Sequence[Knock]) -> int | None:
    """What the watch door's own socket answered; closing another costs a grace period of RCU (``packet_release``)."""
    made = (call for knock in knocks for call in knock.attempt.attempts if call.step is Step.PACKET_SOCKET)
    call = next(made, None) or knock_watch(None).attempt.attempts[0]
    return call.errno


def probe(knocks: Sequence[Knock]) -> Probes:
    """Every probe without a side effect, but for the sandbox."""
    return Probes(
        open_node=_errno_of_open(tuntap.NODE),
        null_request=look(_on_fresh_node, "null"),
        empty_request=look(_on_fresh_node, "empty"),
        socket_netns=look(tuntap.probe_net_admin),
        packet_socket=_packet_socket(knocks),
        open_null=_errno_of_open("/dev/null"),
    )
