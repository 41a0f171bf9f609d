"""Evidence read as three-valued facts: True, False, or None where it does not say.

A judge looks at one door at a time: ``evidence.attempts`` then holds that door's attempt alone (``at_door``).
Kernel functions named here are those of Linux 6.18: drivers/net/tun.c, security/commoncap.c, net/packet/af_packet.c.
"""

import errno
from dataclasses import replace

from tapscope.attempt import Attempt, Step
from tapscope.doctor.evidence import NOT_LOOKED, Evidence, Mode, ModeAttempt, Program, Tap, Unseen, known
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN

IFF_TUN = 0x0001
IFF_TAP = 0x0002
IFF_NAPI_FRAGS = 0x0020
IFF_MULTI_QUEUE = 0x0100
IFF_TUN_EXCL = 0x8000

LONGEST_NAME = 15
SECBIT_NOROOT = 1


def at_door(evidence: Evidence, attempt: ModeAttempt) -> Evidence:
    """The same evidence, with this door's attempt alone."""
    return replace(evidence, attempts=(attempt,))


def door(evidence: Evidence) -> ModeAttempt | None:
    """The attempt that is being judged."""
    return evidence.attempts[0] if evidence.attempts else None


def mode(evidence: Evidence) -> Mode:
    """The door that is being judged."""
    attempt = door(evidence)
    return attempt.mode if attempt else "peer"


def refusal_of(attempt: ModeAttempt) -> Attempt | None:
    """The call that shut the door. Failing to bring the interface up does not shut it."""
    return next((call for call in attempt.attempts if not call.ok and call.step is not Step.SET_UP), None)


def refusal(evidence: Evidence) -> Attempt | None:
    """The refused call at the door that is being judged."""
    attempt = door(evidence)
    return refusal_of(attempt) if attempt else None


def refused(evidence: Evidence, step: Step, *errnos: int) -> bool:
    """The door was shut at this call, with one of these errnos (any, when none is given)."""
    call = refusal(evidence)
    return call is not None and call.step is step and (not errnos or call.errno in errnos)


def is_open(evidence: Evidence) -> bool:
    """Nothing was refused: the door is open, or predicted to be."""
    return door(evidence) is not None and refusal(evidence) is None


def capability_asked(evidence: Evidence) -> int:
    """What this door's ``ns_capable`` asks for."""
    return {"peer": CAP_NET_ADMIN, "watch": CAP_NET_RAW, "netns": CAP_SYS_ADMIN}[mode(evidence)]


def capability_refused(evidence: Evidence) -> bool:
    """EPERM where ``ns_capable`` is the usual reason for it: TUNSETIFF, or making the packet socket."""
    return refused(evidence, Step.SET_INTERFACE, errno.EPERM) or refused(evidence, Step.PACKET_SOCKET, errno.EPERM)


def has(mask: int | None, capability: int) -> bool | None:
    """Whether the capability is in a mask that may be unknown."""
    return None if mask is None else bool(mask >> capability & 1)


def in_set(evidence: Evidence, name: str, capability: int) -> bool | None:
    """Whether the acting thread has the capability in its set ``permitted``, ``effective``, …"""
    sets = known(evidence.thread.sets)
    return has(None if sets is None else getattr(sets, name), capability)


def asks_in_vain(evidence: Evidence) -> bool:
    """EPERM from ``ns_capable``, because the thread is known to lack in E what was asked for."""
    free = mode(evidence) == "peer" and (attaches_unprivileged(evidence) or reaches_driver(evidence) is False)
    return capability_refused(evidence) and lacks_effective(evidence) and not free


def lacks_effective(evidence: Evidence) -> bool:
    """The thread is known not to have in E what this door asks for."""
    return in_set(evidence, "effective", capability_asked(evidence)) is False


def capable(evidence: Evidence, capability: int) -> bool | None:
    """``ns_capable(net->user_ns, capability)``: E counts only where our user namespace reaches the network's.

    A full E in a user namespace below the network's owner is worth nothing; a process above it may have the
    capability by having made that namespace, without E.
    """
    owner = known(evidence.namespaces.net_owner)
    effective = in_set(evidence, "effective", capability)
    if owner == "ancestor":
        return False
    if effective and not owner:
        return _by_probe(evidence, capability)
    return None if owner == "child" and not effective else effective


def _by_probe(evidence: Evidence, capability: int) -> bool | None:
    """SIOCGSKNS asks ``ns_capable(net->user_ns, CAP_NET_ADMIN)`` and nothing else."""
    probe = evidence.probes.socket_netns
    if capability != CAP_NET_ADMIN or probe not in {None, errno.EPERM}:
        return None
    return probe is None


def may_enter(evidence: Evidence) -> bool | None:
    """``netns_install``: CAP_SYS_ADMIN over the owner of the destination, and in our own user namespace."""
    there = known(evidence.destination.owner) if evidence.destination else None
    if there == "ancestor":
        return False
    effective = in_set(evidence, "effective", CAP_SYS_ADMIN)
    return effective if there or effective is False else None


def authorised(evidence: Evidence) -> bool | None:
    """``ns_capable(net->user_ns, CAP_NET_ADMIN)``, by the probe that asks it, else by the sets."""
    probe = known(evidence.probes.empty_request)
    by_driver = {errno.EINVAL: True, errno.EPERM: False}.get(probe or 0) if reaches_driver(evidence) else None
    return capable(evidence, CAP_NET_ADMIN) if by_driver is None else by_driver


def exists(evidence: Evidence) -> bool | None:
    """An interface of the asked name is in this network namespace."""
    return None if isinstance(evidence.tap, Unseen) else evidence.tap is not None


def tap(evidence: Evidence) -> Tap | None:
    """The interface, where one was seen."""
    return known(evidence.tap)


def is_tun(interface: Tap) -> bool | None:
    """It is a TUN or TAP device (macvtap is not: its kind differs)."""
    if known(interface.mode) is not None:
        return True
    return None if isinstance(interface.kind, Unseen) else interface.kind == "tun"


def owner_matches(evidence: Evidence) -> bool | None:
    """``tun_not_capable``, first half: no owner is set, or it is our euid."""
    interface = tap(evidence)
    if interface is None or isinstance(interface.owner, Unseen):
        return None
    if interface.owner is None:
        return True
    euid = known(evidence.credentials.euid)
    return None if euid is None else euid == interface.owner


def group_matches(evidence: Evidence) -> bool | None:
    """``tun_not_capable``, second half: no group is set, or ``in_egroup_p`` says it is one of ours."""
    interface = tap(evidence)
    if interface is None or isinstance(interface.group, Unseen):
        return None
    if interface.group is None:
        return True
    egid, groups = known(evidence.credentials.egid), known(evidence.credentials.groups)
    if interface.group == egid or interface.group in (groups or ()):
        return True
    return None if egid is None or groups is None else False


def both(*facts: bool | None) -> bool | None:
    """All of them: False as soon as one is, else None as soon as one is unknown."""
    if any(fact is False for fact in facts):
        return False
    return None if any(fact is None for fact in facts) else True


def attaches_unprivileged(evidence: Evidence) -> bool | None:
    """The interface exists and ``tun_not_capable`` lets this user in without a capability."""
    return both(exists(evidence), owner_matches(evidence), group_matches(evidence))


def asked(evidence: Evidence, flag: int) -> bool | None:
    """Whether the request carried the flag."""
    attempt = door(evidence)
    flags = known(attempt.asked_flags) if attempt else None
    return None if flags is None else bool(flags & flag)


def reaches_driver(evidence: Evidence) -> bool | None:
    """``ioctl(TUNSETIFF, NULL)`` answered EFAULT: no filter stands before the driver."""
    probe = evidence.probes.null_request
    return None if isinstance(probe, Unseen) else probe == errno.EFAULT


def program(evidence: Evidence) -> Program | None:
    """The file that execve(2) ran: the interpreter, never the script."""
    return known(evidence.interpreter.program)


def file_grants(file: Program | None, capability: int) -> bool | None:
    """The file's permitted mask has the capability; False also where the file has no capabilities."""
    if file is None or isinstance(file.caps, Unseen):
        return None
    return file.caps is not None and bool(file.caps.permitted >> capability & 1)


def file_bears(file: Program | None, capability: int) -> bool:
    """The file is known to have the capability as permitted or inheritable: somebody ran setcap on it."""
    caps = known(file.caps) if file else None
    return caps is not None and bool((caps.permitted | caps.inheritable) >> capability & 1)


def name_is_long(evidence: Evidence) -> bool:
    """The kernel would cut the name to 15 bytes, without an error."""
    return len((evidence.interface or "").encode(errors="surrogateescape")) > LONGEST_NAME


def name_is_valid(name: str) -> bool:
    """``dev_valid_name`` and ``__dev_alloc_name`` (net/core/dev.c): what registering a device would accept."""
    if name in {"", ".", ".."} or any(char in "/:" or char.isspace() for char in name):
        return False
    return "%" not in name or (name.count("%") == 1 and "%d" in name)


def sibling_bearing(evidence: Evidence) -> Program | None:
    """Another interpreter near ours that has the capability which ours lacks."""
    siblings = known(evidence.interpreter.siblings) or ()
    return next((file for file in siblings if file_bears(file, capability_asked(evidence))), None)


def cut_name(evidence: Evidence) -> str:
    """What the kernel would make of the name: its first 15 bytes."""
    return (evidence.interface or "").encode(errors="surrogateescape")[:LONGEST_NAME].decode(errors="replace")


def file_may_be_read(evidence: Evidence) -> bool:
    """Nothing is known to keep execve(2) from reading the interpreter's file capabilities."""
    file = program(evidence)
    mount = known(file.mount) if file else None
    return mount is None or (not known(mount.nosuid) and known(mount.listed) is not False)


def as_raised(evidence: Evidence) -> Evidence:
    """The evidence as it would be at an attempt: tapscope raises what it needs and holds from P to E before it asks.

    Where it is known what was raised, the sets are those after it. What probes without the raise were told is worth
    nothing.
    """
    sets = known(evidence.thread.sets)
    needed = 1 << CAP_NET_ADMIN | 1 << CAP_NET_RAW
    waiting = sets.permitted & ~sets.effective & needed if sets else 0
    if sets is None or not waiting or known(evidence.thread.raised) is not None:
        return evidence
    raised = replace(sets, effective=sets.effective | waiting)
    unasked = replace(evidence.probes, empty_request=NOT_LOOKED, socket_netns=NOT_LOOKED, packet_socket=NOT_LOOKED)
    return replace(evidence, thread=replace(evidence.thread, sets=raised, raised=waiting), probes=unasked)
