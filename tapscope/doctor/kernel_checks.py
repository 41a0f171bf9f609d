"""The kernel's checks between a door and its verdict, in order, each with what the evidence says of it.

Linux 6.18: fs/namei.c, fs/char_dev.c, drivers/char/misc.c, drivers/net/tun.c, net/packet/af_packet.c.
A check's ``answer`` is the errno it would give, None where it passes, Unseen where the evidence does not say.
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass

from tapscope.attempt import Step
from tapscope.doctor import phrases, readings, traces
from tapscope.doctor.evidence import NOT_LOOKED, Evidence, Seen, Unseen, known
from tapscope.doctor.rules.device import devices_are_dead, has_tuns_number
from tapscope.doctor.rules.tap import queues_differ, type_differs
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN

MAX_TAP_QUEUES = 256


@dataclass(frozen=True, slots=True)
class Check:
    """One of the kernel's checks: the function that makes it, the errnos it can give, and what decides it."""

    function: str
    step: Step
    errnos: tuple[int, ...]
    answer: Callable[[Evidence], Seen[int]]
    values: Callable[[Evidence], str]


def _answer(passes: bool | None, otherwise: int) -> Seen[int]:
    return NOT_LOOKED if passes is None else None if passes else otherwise


def _inverse(fact: bool | None) -> bool | None:
    return None if fact is None else not fact


def _walk(evidence: Evidence) -> Seen[int]:
    node = evidence.node
    if known(node.blocked_by):
        return errno.EACCES
    if isinstance(node.kind, Unseen):
        return NOT_LOOKED
    return None if node.kind else errno.ENOENT


def _driver(evidence: Evidence) -> Seen[int]:
    number, there = has_tuns_number(evidence), known(evidence.node.driver)
    if number is False or there is False:
        return errno.ENODEV
    return NOT_LOOKED if number is None or there is None else None


def _filter(evidence: Evidence) -> Seen[int]:
    """Only the probe can tell whether a filter lets the call pass; without any filter there is nothing to tell."""
    probe = evidence.probes.null_request
    if known(evidence.thread.seccomp) == 0 or known(probe) in {errno.EFAULT, errno.EACCES, errno.ENOTTY}:
        return None
    return NOT_LOOKED if probe is None else probe


def _module(evidence: Evidence) -> Seen[int]:
    probe = known(evidence.probes.null_request)
    return errno.EACCES if probe == errno.EACCES else None if probe is not None else NOT_LOOKED


def _napi(evidence: Evidence) -> Seen[int]:
    if not readings.asked(evidence, readings.IFF_NAPI_FRAGS):
        return None
    initial, there = known(evidence.namespaces.user_initial), readings.in_set(evidence, "effective", CAP_NET_ADMIN)
    return _answer(readings.both(initial, there), errno.EPERM)


def _kind(evidence: Evidence) -> Seen[int]:
    interface = readings.tap(evidence)
    tun = readings.is_tun(interface) if interface else None
    if tun is False or type_differs(evidence):
        return errno.EINVAL
    return NOT_LOOKED if tun is None or (type_differs(evidence) is None and _asks(evidence)) else None


def _asks(evidence: Evidence) -> bool:
    attempt = readings.door(evidence)
    return attempt is not None and attempt.tried


def _queues(evidence: Evidence) -> Seen[int]:
    differ = queues_differ(evidence)
    return _answer(True if differ is None and not _asks(evidence) else _inverse(differ), errno.EINVAL)


def _owner(evidence: Evidence) -> Seen[int]:
    """tun_not_capable(): passes for the owner and the group, or with the capability."""
    matches = readings.both(readings.owner_matches(evidence), readings.group_matches(evidence))
    if matches:
        return None
    overruled = readings.authorised(evidence)
    if overruled:
        return None
    return NOT_LOOKED if matches is None or overruled is None else errno.EPERM


def _ownership(evidence: Evidence) -> str:
    said = [phrases.owner(evidence), phrases.group(evidence)]
    if readings.attaches_unprivileged(evidence) is False:
        said.append(f"ns_capable(net->user_ns, CAP_NET_ADMIN): {traces.effective(evidence) or 'no'}")
    return "; ".join(part for part in said if part) or phrases.unowned(evidence)


def _attach(evidence: Evidence) -> Seen[int]:
    interface, held = readings.tap(evidence), known(evidence.holders)
    if interface is None:
        return NOT_LOOKED
    if known(interface.multi_queue):
        return errno.E2BIG if (known(interface.queues) or 0) >= MAX_TAP_QUEUES else None
    carrier = known(interface.carrier)
    if (held and held.found) or carrier:
        return errno.EBUSY
    return NOT_LOOKED if carrier is None else None


def _create(evidence: Evidence) -> Seen[int]:
    return _answer(readings.authorised(evidence), errno.EPERM)


def _capability(evidence: Evidence) -> str:
    said = (traces.effective(evidence), phrases.net_owner(evidence))
    return "; ".join(part for part in said if part)


def _name(evidence: Evidence) -> Seen[int]:
    return None if evidence.interface is None or readings.name_is_valid(evidence.interface) else errno.EINVAL


def _packet(evidence: Evidence) -> Seen[int]:
    probe = evidence.probes.packet_socket
    return probe if not isinstance(probe, Unseen) else _answer(readings.capable(evidence, CAP_NET_RAW), errno.EPERM)


def _bind(evidence: Evidence) -> Seen[int]:
    return None if evidence.interface is None else _answer(readings.exists(evidence), errno.ENODEV)


def _over_owner(evidence: Evidence) -> Seen[int]:
    """The maker of a child has everything in it."""
    place, may = evidence.destination, readings.may_enter(evidence)
    euid = known(evidence.credentials.euid)
    made = place is not None and known(place.owner_uid) is not None and place.owner_uid == euid
    return _answer(True if made else may, errno.EPERM)


def _at_home(evidence: Evidence) -> Seen[int]:
    return _answer(readings.in_set(evidence, "effective", CAP_SYS_ADMIN), errno.EPERM)


def untold(_: Evidence) -> Seen[int]:
    """No value tells of this check before it has answered: a prediction passes over it."""
    return NOT_LOOKED


def _passes(_: Evidence) -> Seen[int]:
    return None


def _denial(evidence: Evidence) -> str:
    """The modules, where one of them may have said no."""
    call = readings.refusal(evidence)
    return phrases.policy(evidence) if call and call.errno == errno.EACCES else ""


def _silent(_: Evidence) -> str:
    return ""


_OPEN = (
    Check(
        "link_path_walk", Step.OPEN, (errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.ELOOP), _walk, phrases.blocked
    ),
    Check(
        "may_open",
        Step.OPEN,
        (errno.EACCES, errno.EISDIR),
        lambda evidence: _answer(_inverse(devices_are_dead(evidence)), errno.EACCES),
        lambda evidence: traces.mount(known(evidence.node.mount)),
    ),
    Check(
        "inode_permission",
        Step.OPEN,
        (errno.EACCES, errno.EPERM),
        lambda evidence: _answer(known(evidence.node.accessible), errno.EACCES),
        phrases.node_mode,
    ),
    Check("devcgroup_inode_permission", Step.OPEN, (errno.EPERM,), untold, _silent),
    Check("security_file_open", Step.OPEN, (errno.EACCES, errno.EPERM), untold, _denial),
    Check("misc_open", Step.OPEN, (errno.ENODEV, errno.ENXIO), _driver, phrases.driver),
    Check("tun_chr_open", Step.OPEN, (errno.ENOMEM,), _passes, phrases.namespace),
)
_IOCTL = (
    Check("__seccomp_filter", Step.SET_INTERFACE, (), _filter, phrases.seccomp),
    Check("security_file_ioctl", Step.SET_INTERFACE, (errno.EACCES,), _module, _denial),
    Check(
        "__tun_chr_ioctl",
        Step.SET_INTERFACE,
        (errno.ENOTTY, errno.EFAULT, errno.EEXIST),
        lambda evidence: errno.ENOTTY if has_tuns_number(evidence) is False else None,
        _silent,
    ),
    Check("tun_set_iff: IFF_NAPI_FRAGS", Step.SET_INTERFACE, (errno.EPERM,), _napi, phrases.flags),
)
_ATTACH = (
    Check(
        "tun_set_iff: IFF_TUN_EXCL",
        Step.SET_INTERFACE,
        (errno.EBUSY,),
        lambda evidence: errno.EBUSY if readings.asked(evidence, readings.IFF_TUN_EXCL) else None,
        phrases.flags,
    ),
    Check("tun_set_iff: kind and type", Step.SET_INTERFACE, (errno.EINVAL,), _kind, phrases.request),
    Check("tun_set_iff: IFF_MULTI_QUEUE", Step.SET_INTERFACE, (errno.EINVAL,), _queues, phrases.request),
    Check("tun_not_capable", Step.SET_INTERFACE, (errno.EPERM,), _owner, _ownership),
    Check("security_tun_dev_open", Step.SET_INTERFACE, (errno.EACCES,), untold, _denial),
    Check("tun_attach", Step.SET_INTERFACE, (errno.EBUSY, errno.E2BIG, errno.EINVAL), _attach, phrases.queue),
)
_CREATE = (
    Check("ns_capable(net->user_ns, CAP_NET_ADMIN)", Step.SET_INTERFACE, (errno.EPERM,), _create, _capability),
    Check("security_tun_dev_create", Step.SET_INTERFACE, (errno.EACCES,), untold, _denial),
    Check("register_netdevice", Step.SET_INTERFACE, (errno.EINVAL, errno.EEXIST), _name, phrases.name),
)
_WATCH = (
    Check("__seccomp_filter", Step.PACKET_SOCKET, (), _passes, phrases.seccomp),
    Check(
        "packet_create: ns_capable(net->user_ns, CAP_NET_RAW)", Step.PACKET_SOCKET, (errno.EPERM,), _packet, _capability
    ),
    Check("packet_bind", Step.BIND, (errno.ENODEV,), _bind, phrases.presence),
)
_FOLLOW = (
    Check(
        "proc_ns_get_link: ptrace_may_access",
        Step.OPEN_NAMESPACE,
        (errno.EACCES,),
        untold,
        lambda evidence: phrases.ptrace(evidence) if readings.refused(evidence, Step.OPEN_NAMESPACE) else "",
    ),
)
_ENTER = (
    Check("__seccomp_filter", Step.SET_NAMESPACE, (), _passes, phrases.seccomp),
    Check(
        "netns_install: ns_capable(net->user_ns, CAP_SYS_ADMIN)",
        Step.SET_NAMESPACE,
        (errno.EPERM,),
        _over_owner,
        phrases.destination_owner,
    ),
    Check(
        "netns_install: ns_capable(user_ns, CAP_SYS_ADMIN)", Step.SET_NAMESPACE, (errno.EPERM,), _at_home, _capability
    ),
)

_ANSWERED_BY_EXISTING = frozenset({errno.EBUSY, errno.E2BIG})


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """The checks on the way of this door's attempt: attaching and creating part at the interface's existence."""
    if readings.mode(evidence) == "watch":
        return _WATCH
    if readings.mode(evidence) == "netns":
        by_process = evidence.destination is None or evidence.destination.pid is not None
        return (*_FOLLOW, *_ENTER) if by_process else _ENTER
    call = readings.refusal(evidence)
    there = readings.exists(evidence) or (call is not None and call.errno in _ANSWERED_BY_EXISTING)
    return (*_OPEN, *_IOCTL, *(_ATTACH if there else _CREATE))
