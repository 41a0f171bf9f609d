"""What to know of a door that is open, and the last resort for one that is not."""

from tapscope.doctor import phrases, readings, traces
from tapscope.doctor.evidence import Evidence, known
from tapscope.doctor.finding import Finding
from tapscope.doctor.rules.making import Rule, finding
from tapscope.machine.capabilities import CAP_NET_ADMIN


def _is_down(evidence: Evidence) -> bool:
    interface = readings.tap(evidence)
    return interface is not None and known(interface.up) is False and readings.is_open(evidence)


def interface_is_down(evidence: Evidence) -> Finding | None:
    """It is down, and may be set up."""
    if not _is_down(evidence) or readings.capable(evidence, CAP_NET_ADMIN) is False:
        return None
    return finding("if-down", evidence, phrases.carrier(evidence))


def interface_is_down_for_good(evidence: Evidence) -> Finding | None:
    """It is down, and this user may not set it up: SIOCSIFFLAGS asks for CAP_NET_ADMIN, of the owner too."""
    if not _is_down(evidence) or readings.capable(evidence, CAP_NET_ADMIN) is not False:
        return None
    return finding("if-up-no-netadmin", evidence, phrases.carrier(evidence), traces.no_net_admin(evidence))


def interface_is_open_to_all(evidence: Evidence) -> Finding | None:
    """Neither owner nor group is set: tun_not_capable() asks for nothing."""
    interface = readings.tap(evidence)
    if interface is None or not readings.is_tun(interface) or readings.mode(evidence) != "peer":
        return None
    if interface.owner is not None or interface.group is not None or not readings.is_open(evidence):
        return None
    return finding("tap-unowned", evidence, phrases.node_mode(evidence))


def nothing_explains_it(evidence: Evidence) -> Finding | None:
    """The errno, and everything that was seen beside it."""
    if readings.refusal(evidence) is None:
        return None
    facts = (
        phrases.refusal(evidence),
        phrases.node_mode(evidence),
        traces.effective(evidence),
        phrases.owner(evidence),
        phrases.group(evidence),
        phrases.net_owner(evidence),
        traces.own_file(evidence),
        traces.exec_trace(evidence),
        phrases.request(evidence),
        phrases.probe(evidence),
        phrases.seccomp(evidence),
        traces.no_new_privs(evidence),
        phrases.policy(evidence),
        phrases.user_namespaces(evidence),
        traces.container(evidence),
    )
    return finding("unexplained", evidence, *facts)


NOTES: tuple[Rule, ...] = (interface_is_down, interface_is_down_for_good, interface_is_open_to_all)
LAST: tuple[Rule, ...] = (nothing_explains_it,)
