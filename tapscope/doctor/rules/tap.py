"""What the interface itself says no to. drivers/net/tun.c: tun_set_iff, tun_not_capable, tun_attach."""

import errno

from tapscope.attempt import Step
from tapscope.doctor import phrases, readings
from tapscope.doctor.evidence import Evidence, known
from tapscope.doctor.finding import Finding, Severity
from tapscope.doctor.rules.making import Candidates, Rule, among, finding


def _foreign(evidence: Evidence) -> bool:
    """EPERM where tun_not_capable() decides: the interface is there, and the driver was reached."""
    refused = readings.refused(evidence, Step.SET_INTERFACE, errno.EPERM) and readings.exists(evidence)
    overruled = readings.capable(evidence, readings.capability_asked(evidence))
    return bool(refused) and readings.reaches_driver(evidence) is not False and not overruled


def interface_belongs_to_another_user(evidence: Evidence) -> Finding | None:
    """The owner is set, and is not our euid."""
    if not _foreign(evidence) or readings.owner_matches(evidence) is not False:
        return None
    facts = (phrases.refusal(evidence), phrases.owner(evidence), phrases.overrule(evidence))
    return finding("tap-owner-other", evidence, *facts)


def interface_is_for_another_group(evidence: Evidence) -> Finding | None:
    """The group is set, and is none of ours."""
    if not _foreign(evidence) or readings.group_matches(evidence) is not False:
        return None
    facts = (phrases.refusal(evidence), phrases.owner(evidence), phrases.group(evidence), phrases.overrule(evidence))
    return finding("tap-group-other", evidence, *facts)


def interface_is_taken(evidence: Evidence) -> Finding | None:
    """IFF_TUN_EXCL and the name exists."""
    exclusive = readings.asked(evidence, readings.IFF_TUN_EXCL)
    if not exclusive or not readings.refused(evidence, Step.SET_INTERFACE, errno.EBUSY):
        return None
    return finding("tap-excl", evidence, phrases.refusal(evidence), phrases.request(evidence))


def interface_is_held(evidence: Evidence) -> Finding | None:
    """tun_attach(): a single queue, and it has its reader."""
    exclusive = readings.asked(evidence, readings.IFF_TUN_EXCL)
    if exclusive or not readings.refused(evidence, Step.SET_INTERFACE, errno.EBUSY):
        return None
    return finding("tap-busy", evidence, phrases.refusal(evidence), phrases.hidden_holders(evidence))


def queues_are_full(evidence: Evidence) -> Finding | None:
    """MAX_TAP_QUEUES."""
    if not readings.refused(evidence, Step.SET_INTERFACE, errno.E2BIG):
        return None
    return finding("tap-queues-full", evidence, phrases.refusal(evidence), phrases.request(evidence))


def descriptor_is_attached_already(evidence: Evidence) -> Finding | None:
    """One descriptor, one interface."""
    if not readings.refused(evidence, Step.SET_INTERFACE, errno.EEXIST):
        return None
    return finding("fd-already-attached", evidence, phrases.refusal(evidence))


def type_differs(evidence: Evidence) -> bool | None:
    """TUN wins where both bits are asked for; neither is invalid."""
    tun, tap = readings.asked(evidence, readings.IFF_TUN), readings.asked(evidence, readings.IFF_TAP)
    if tun is None or tap is None:
        return None
    if not tun and not tap:
        return True
    interface = readings.tap(evidence)
    mode = known(interface.mode) if interface else None
    if interface is None or mode is None:
        return None if interface or readings.exists(evidence) is None else False
    return mode != ("tun" if tun else "tap")


def queues_differ(evidence: Evidence) -> bool | None:
    """IFF_MULTI_QUEUE is not what the device has; no device, no difference."""
    interface, wanted = readings.tap(evidence), readings.asked(evidence, readings.IFF_MULTI_QUEUE)
    if interface is None:
        return None if readings.exists(evidence) is None else False
    many = known(interface.multi_queue)
    return None if many is None or wanted is None else many != wanted


def invalid_request(evidence: Evidence) -> Candidates:
    """What EINVAL from TUNSETIFF may mean, in the kernel's order, and whether the evidence confirms it."""
    interface, there = readings.tap(evidence), readings.exists(evidence)
    tun = readings.is_tun(interface) if interface else None
    invalid = not readings.name_is_valid(evidence.interface or "") and evidence.interface is not None
    return {
        "if-not-tuntap": None if there is None or (there and tun is None) else bool(there and not tun),
        "tap-type-mismatch": type_differs(evidence),
        "tap-multiqueue-mismatch": queues_differ(evidence),
        "name-invalid": (not there if there is not None else None) if invalid else False,
    }


def _invalid(cause: str, evidence: Evidence, *because: str) -> Finding | None:
    if not readings.refused(evidence, Step.SET_INTERFACE, errno.EINVAL):
        return None
    rivals = among(cause, invalid_request(evidence))
    return None if rivals is None else finding(cause, evidence, phrases.refusal(evidence), *because, one_of=rivals)


def interface_is_no_tap(evidence: Evidence) -> Finding | None:
    """EINVAL for an interface of another kind."""
    return _invalid("if-not-tuntap", evidence)


def interface_has_another_type(evidence: Evidence) -> Finding | None:
    """TUN asked where TAP is, or the other way round, or neither."""
    return _invalid("tap-type-mismatch", evidence, phrases.request(evidence))


def interface_has_other_queues(evidence: Evidence) -> Finding | None:
    """IFF_MULTI_QUEUE differs."""
    return _invalid("tap-multiqueue-mismatch", evidence, phrases.request(evidence))


def name_is_refused(evidence: Evidence) -> Finding | None:
    """dev_valid_name()."""
    return _invalid("name-invalid", evidence)


def name_would_be_cut(evidence: Evidence) -> Finding | None:
    """Longer than 15 bytes: not even tried; or tried, and another name was granted."""
    attempt = readings.door(evidence)
    if attempt is None or not readings.name_is_long(evidence):
        return None
    if not attempt.tried:
        return finding("name-truncated", evidence, phrases.name_length(evidence))
    if not readings.is_open(evidence):
        return None
    return finding("name-truncated", evidence, phrases.granted(evidence), severity=Severity.WARNING)


def interface_is_missing(evidence: Evidence) -> Finding | None:
    """Nothing to watch."""
    if not readings.refused(evidence, Step.BIND, errno.ENODEV):
        return None
    return finding("if-missing", evidence, phrases.refusal(evidence))


OWNED: tuple[Rule, ...] = (interface_belongs_to_another_user, interface_is_for_another_group)
INTERFACE: tuple[Rule, ...] = (
    interface_is_taken,
    interface_is_held,
    queues_are_full,
    descriptor_is_attached_already,
    interface_is_no_tap,
    interface_has_another_type,
    interface_has_other_queues,
    name_is_refused,
    interface_is_missing,
)
