"""Filters before the driver, security modules beside it, and namespaces."""

import errno

from tapscope.attempt import Step
from tapscope.doctor import phrases, readings, traces
from tapscope.doctor.evidence import Evidence, Unseen, known
from tapscope.doctor.finding import Finding, Severity
from tapscope.doctor.rules.making import finding

_SEES_LABELS = {"selinux", "apparmor", "smack", "tomoyo"}
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
"""What has run out, not what was forbidden."""

_MAKING_NAMESPACES = (Step.UNSHARE, Step.MAP_IDS)


def module_suspects(evidence: Evidence) -> tuple[str, ...]:
    """Which of ``landlock`` and ``lsm`` the evidence does not exclude, for an EACCES."""
    modules = known(evidence.policy.modules)
    if modules is None:
        return ("landlock", "lsm")
    label = evidence.policy.label
    confined = isinstance(label, Unseen) or (label is not None and label != "unconfined")
    suspects = (("landlock", "landlock" in modules), ("lsm", bool(_SEES_LABELS & set(modules)) and confined))
    return tuple(name for name, possible in suspects if possible)


def _filter_answers(evidence: Evidence) -> bool:
    """The side-effect-free twin of the refused call was refused as well, in front of the driver."""
    call = readings.refusal(evidence)
    if call is None or call.errno in _EXHAUSTED or known(evidence.thread.seccomp) == 0:
        return False
    if call.step is Step.OPEN:
        return known(evidence.probes.open_null) == call.errno
    probe = known(evidence.probes.null_request)
    return call.step is Step.SET_INTERFACE and probe not in {None, errno.EFAULT, errno.EACCES, errno.ENOTTY}


def _filter_may_answer(evidence: Evidence) -> bool:
    """A filter is installed, nothing was probed, and what the kernel itself asks for is there."""
    call = readings.refusal(evidence)
    if call is None or call.errno in _EXHAUSTED or known(evidence.thread.seccomp) != 2:
        return False
    if readings.refused(evidence, Step.PACKET_SOCKET):
        plain = readings.refused(evidence, Step.PACKET_SOCKET, errno.EPERM) and not _has_what_is_asked(evidence)
        return not plain
    unprobed = readings.reaches_driver(evidence) is None
    return unprobed and readings.refused(evidence, Step.SET_INTERFACE, errno.EPERM) and _has_what_is_asked(evidence)


def _has_what_is_asked(evidence: Evidence) -> bool:
    if readings.mode(evidence) == "peer" and readings.attaches_unprivileged(evidence):
        return True
    return readings.capable(evidence, readings.capability_asked(evidence)) is True


def filter_refuses(evidence: Evidence) -> Finding | None:
    """seccomp: no call gets as far as the kernel's own checks."""
    facts = (phrases.refusal(evidence), phrases.probe(evidence), phrases.seccomp(evidence))
    if _filter_answers(evidence):
        unsure = known(evidence.thread.seccomp) is None
        cgroup = unsure and readings.refused(evidence, Step.OPEN, errno.EPERM)
        return finding("seccomp", evidence, *facts, one_of=("dev-cgroup",) if cgroup else ())
    if _filter_may_answer(evidence):
        unsure = readings.refused(evidence, Step.SET_INTERFACE) or readings.refused(
            evidence, Step.PACKET_SOCKET, errno.EPERM
        )
        return finding("seccomp", evidence, *facts, traces.effective(evidence), one_of=("lsm",) if unsure else ())
    entering = readings.refused(evidence, Step.SET_NAMESPACE, errno.EPERM)
    if (entering or readings.refused(evidence, Step.UNSHARE, errno.EPERM)) and known(evidence.thread.seccomp) == 2:
        rivals = () if known(evidence.policy.apparmor_restricts_userns) is False else ("lsm",)
        return finding("seccomp", evidence, *facts, one_of=rivals)
    return None


def _ioctl_is_denied(evidence: Evidence) -> bool:
    """EACCES for TUNSETIFF, and for TUNSETIFF with a null pointer too: security_file_ioctl()."""
    denied = known(evidence.probes.null_request) == errno.EACCES
    return denied and readings.refused(evidence, Step.SET_INTERFACE, errno.EACCES)


def landlock_forbids_the_ioctl(evidence: Evidence) -> Finding | None:
    """Landlock's IOCTL_DEV, decided by the rules at the time of open()."""
    suspects = module_suspects(evidence)
    if not _ioctl_is_denied(evidence) or "landlock" not in suspects:
        return None
    rivals = tuple(name for name in suspects if name != "landlock")
    rivals += ("seccomp",) if known(evidence.thread.seccomp) == 2 else ()
    facts = (phrases.refusal(evidence), phrases.probe(evidence), phrases.policy(evidence))
    return finding("landlock", evidence, *facts, one_of=rivals)


def security_module_refuses(evidence: Evidence) -> Finding | None:
    """What the kernel's own checks ask for is there, and the answer is still no."""
    call = readings.refusal(evidence)
    if call is None:
        return None
    facts = (phrases.refusal(evidence), traces.effective(evidence), phrases.net_owner(evidence))
    more = (phrases.probe(evidence), phrases.policy(evidence), phrases.apparmor(evidence))
    if readings.refused(evidence, Step.SET_INTERFACE, errno.EACCES):
        rival = "landlock" in module_suspects(evidence) and readings.reaches_driver(evidence) is None
        unsure = ("landlock",) if _ioctl_is_denied(evidence) or rival else ()
        return finding("lsm", evidence, *facts, *more, one_of=unsure)
    if call.step in _MAKING_NAMESPACES and call.errno in {errno.EPERM, errno.EACCES}:
        restricted = known(evidence.policy.apparmor_restricts_userns)
        return finding("lsm", evidence, facts[0], *more) if restricted else None
    asked = readings.capability_asked(evidence)
    if readings.capability_refused(evidence) and readings.capable(evidence, asked) is True:
        rivals = ("seccomp",) if known(evidence.thread.seccomp) == 2 and not readings.reaches_driver(evidence) else ()
        return finding("lsm", evidence, *facts, *more, one_of=rivals)
    return None


def network_belongs_to_another_user_namespace(evidence: Evidence) -> Finding | None:
    """A full effective set in a user namespace below the network's owner is worth nothing."""
    asked = readings.capability_asked(evidence)
    worthless = readings.in_set(evidence, "effective", asked) and not readings.capable(evidence, asked)
    if not worthless or not readings.capability_refused(evidence):
        return None
    unsure = known(evidence.namespaces.net_owner) is None
    facts = (phrases.refusal(evidence), traces.effective(evidence), phrases.net_owner(evidence))
    return finding("userns-foreign-net", evidence, *facts, one_of=("lsm",) if unsure else ())


def interface_is_in_another_namespace(evidence: Evidence) -> Finding | None:
    """It is not here and is elsewhere: creating was refused, or watching found nothing, or an empty one was made."""
    if readings.exists(evidence) is not False or not known(evidence.elsewhere):
        return None
    creating = readings.refused(evidence, Step.SET_INTERFACE, errno.EPERM)
    watching = readings.refused(evidence, Step.BIND, errno.ENODEV)
    if creating or watching:
        rivals = ("no-caps",) if readings.asks_in_vain(evidence) else ()
        refused = (phrases.refusal(evidence), phrases.absent(evidence), phrases.sysfs(evidence))
        return finding("tap-wrong-netns", evidence, *refused, one_of=rivals)
    if readings.is_open(evidence) and readings.mode(evidence) == "peer":
        facts = (phrases.new_and_empty(evidence), phrases.sysfs(evidence))
        return finding("tap-wrong-netns", evidence, *facts, severity=Severity.WARNING)
    return None
