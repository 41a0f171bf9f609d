"""Ways into another network namespace."""

from tapscope.doctor import readings
from tapscope.doctor.evidence import Evidence
from tapscope.doctor.finding import Reach, Remedy
from tapscope.doctor.remedies import shell
from tapscope.doctor.remedies.privilege import container, setpriv
from tapscope.machine.capabilities import CAP_NET_RAW, CAP_SYS_ADMIN

_THERE = "looks into that network namespace"


def _root_may(evidence: Evidence) -> bool:
    """Somebody else as root could go there: sudo works from here, and its bounding set has what is asked for."""
    bounded = readings.in_set(evidence, "bounding", CAP_SYS_ADMIN) is False
    return not shell.is_root(evidence) and shell.can_become_root(evidence) and not bounded


def as_root(evidence: Evidence) -> Remedy | None:
    """The same, by root."""
    if not _root_may(evidence):
        return None
    return Remedy(shell.as_root(evidence, again(evidence)), _THERE, "tapscope runs as root", Reach.SESSION)


def as_oneself(evidence: Evidence) -> Remedy | None:
    """Root goes there, and tapscope runs as this user, who may watch."""
    by_name = evidence.destination is not None and evidence.destination.netns is not None
    programs = all(shell.has_program(evidence, name) for name in ("setpriv", "ip" if by_name else "nsenter"))
    if not _root_may(evidence) or not programs or evidence.interface is None:
        return None
    if readings.in_set(evidence, "bounding", CAP_NET_RAW) is False:
        return None
    command = shell.as_root(evidence, shell.in_place(evidence, setpriv(evidence, "cap_net_raw")))
    effect = "root goes there, tapscope runs as this user with CAP_NET_RAW: it watches, and attaches to TAPs of its own"
    return Remedy(command, effect, "all that is started in that session has CAP_NET_RAW too", Reach.SESSION)


def capable_container(evidence: Evidence) -> Remedy | None:
    """A container whose root may."""
    bounded = readings.in_set(evidence, "bounding", CAP_SYS_ADMIN) is False
    return container(evidence, "--cap-add=SYS_ADMIN") if bounded else None


def outside(evidence: Evidence) -> Remedy | None:
    """From a shell in the user namespace that owns it, or above; where from here root could do no more."""
    if _root_may(evidence):
        return None
    effect = "from a plain login shell, outside of the user namespace or container that this one is in"
    return Remedy(again(evidence), effect, "what it was confined to", Reach.SESSION, here=False)


def again(evidence: Evidence) -> str:
    """What was asked for."""
    return shell.words(evidence, *([evidence.interface] if evidence.interface else []))
