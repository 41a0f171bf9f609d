"""One pure function a cause: Evidence → Finding, or None where it is not the cause.

A rule judges one door: ``evidence.attempts`` holds that door's attempt alone. The order is the order of the kernel's
checks, and within EPERM: what stands before the driver; the capability that is there and worth nothing; the one
that was meant to be there and why it is not, which names the cause best; whose the interface is; and only then the
mere lack.
"""

from collections.abc import Iterator

from tapscope.doctor.evidence import Evidence
from tapscope.doctor.finding import Finding
from tapscope.doctor.rules import capability, device, filecaps, netns, notes, policy, tap
from tapscope.doctor.rules.making import Rule

__all__ = ["CONDITIONS", "RULES", "judge", "remarks"]

REMARKS: tuple[Rule, ...] = (policy.interface_is_in_another_namespace, tap.name_would_be_cut, *notes.NOTES)
"""For an open door."""

RULES: tuple[Rule, ...] = (
    *netns.NETNS,
    tap.name_would_be_cut,
    policy.filter_refuses,
    *device.DEVICE,
    policy.landlock_forbids_the_ioctl,
    *capability.GIVEN,
    policy.network_belongs_to_another_user_namespace,
    policy.security_module_refuses,
    *filecaps.RAISED,
    *filecaps.MASKED,
    *capability.LOST,
    *filecaps.NOT_READ,
    *filecaps.CUT,
    *filecaps.ON_ANOTHER_FILE,
    policy.interface_is_in_another_namespace,
    *tap.OWNED,
    *filecaps.NONE,
    *capability.NEVER_GIVEN,
    *tap.INTERFACE,
    *notes.LAST,
)

CONDITIONS = frozenset({"tap-owner-other", "tap-group-other", "tap-wrong-netns"})
"""True beside the cause: they are why the capability was needed at all."""


def judge(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings of a shut door, the cause first: with it stand the rivals that fit as well, and the conditions."""
    found = list(_first_of_each(evidence))
    if not found:
        return ()
    head, *rest = found
    beside = CONDITIONS.union(head.one_of)
    return (head, *(finding for finding in rest if finding.cause in beside))


def remarks(evidence: Evidence) -> tuple[Finding, ...]:
    """The notes on an open door."""
    return tuple(finding for rule in REMARKS if (finding := rule(evidence)) is not None)


def _first_of_each(evidence: Evidence) -> Iterator[Finding]:
    seen = set()
    for rule in RULES:
        finding = rule(evidence)
        if finding is not None and finding.cause not in seen:
            seen.add(finding.cause)
            yield finding
