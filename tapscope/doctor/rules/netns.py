"""The border of another network namespace. fs/nsfs.c, fs/proc/namespaces.c; net/core/net_namespace.c: netns_install."""

import errno

from tapscope.attempt import Step
from tapscope.doctor import phrases, readings, traces
from tapscope.doctor.evidence import Evidence, known
from tapscope.doctor.finding import Finding
from tapscope.doctor.rules.making import Rule, finding


def process_is_hidden(evidence: Evidence) -> Finding | None:
    """proc_ns_get_link(): ptrace_may_access(PTRACE_MODE_READ_FSCREDS)."""
    if not readings.refused(evidence, Step.OPEN_NAMESPACE, errno.EACCES, errno.EPERM):
        return None
    facts = (phrases.refusal(evidence), phrases.ptrace(evidence), traces.ptrace(evidence))
    return finding("netns-hidden-process", evidence, *facts)


def namespace_has_a_foreign_owner(evidence: Evidence) -> Finding | None:
    """ns_capable(net->user_ns): no capability of ours reaches it."""
    place = evidence.destination
    foreign = place is not None and known(place.owner) == "ancestor"
    if not foreign or not readings.refused(evidence, Step.SET_NAMESPACE, errno.EPERM):
        return None
    facts = (phrases.refusal(evidence), phrases.destination_owner(evidence), traces.effective(evidence))
    return finding("netns-foreign-owner", evidence, *facts)


def nobody_may_enter_without_it(evidence: Evidence) -> Finding | None:
    """ns_capable(): in our user namespace, and over the owner."""
    if not readings.refused(evidence, Step.SET_NAMESPACE, errno.EPERM) or readings.may_enter(evidence):
        return None
    facts = (phrases.refusal(evidence), traces.effective(evidence), phrases.destination_owner(evidence))
    return finding("netns-no-cap", evidence, *facts)


NETNS: tuple[Rule, ...] = (process_is_hidden, namespace_has_a_foreign_owner, nobody_may_enter_without_it)
