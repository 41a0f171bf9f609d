"""Which remedies go with which cause: only those that would work on this machine, the smallest reach first."""

from collections.abc import Callable

from tapscope.doctor.evidence import Evidence
from tapscope.doctor.finding import Remedy
from tapscope.doctor.remedies import device, netns, other, privilege

__all__ = ["WAYS", "remedies_for"]

Way = Callable[[Evidence], Remedy | None]


def _owned_outside(evidence: Evidence) -> Remedy | None:
    return privilege.owned_tap(evidence, outside=True)


def _ambient_outside(evidence: Evidence) -> Remedy | None:
    return privilege.ambient(evidence, outside=True)


_NODE = (device.node, device.allowed_in_container)
_CONTAINED = (privilege.sandbox, privilege.capable_container, privilege.capable_service)
_ANY = (privilege.owned_tap, privilege.watching, privilege.ambient, privilege.private_copy, *_CONTAINED)
_FROM_OUTSIDE = (_owned_outside, other.outside)

WAYS: dict[str, tuple[Way, ...]] = {
    "dev-missing": _NODE,
    "dev-path": (device.path,),
    "dev-mode": (device.new_session, device.access_list, device.membership, device.open_mode),
    "dev-nodev-mount": (device.live_mount, device.allowed_in_container),
    "dev-cgroup": (other.outside, device.allowed_in_container, device.allowed_in_service),
    "dev-no-driver": (device.driver,),
    "dev-bad-number": _NODE,
    "dev-not-tun": _NODE,
    "no-caps": _ANY,
    "net-raw-only": _ANY,
    "packet-no-net-raw": (privilege.watching, privilege.ambient, privilege.private_copy, privilege.capable_service),
    "root-without-cap": (other.another_execve, *_CONTAINED),
    "cap-dropped": (privilege.owned_tap, privilege.watching, other.again),
    "setuid-dropped-caps": (privilege.owned_tap, privilege.watching, privilege.ambient, privilege.private_copy),
    "cap-other-thread": (privilege.owned_tap, other.again),
    "ambient-cleared-by-filecaps": _ANY,
    "helper-no-ambient": _ANY,
    "filecaps-none": _ANY,
    "filecaps-wrong-file": (*_ANY, other.right_file),
    "filecaps-on-script": _ANY,
    "filecaps-nosuid": _ANY,
    "filecaps-foreign-mount": _ANY,
    "filecaps-wrong-userns": _ANY,
    "filecaps-bounding": (*_FROM_OUTSIDE, *_CONTAINED),
    "filecaps-not-effective": _ANY,
    "filecaps-inheritable-only": _ANY,
    "filecaps-set-after-start": (other.again,),
    "filecaps-stripped-ptrace": (other.traced_by_root, other.outside, privilege.owned_tap, privilege.ambient),
    "filecaps-stripped-nnp": (*_FROM_OUTSIDE, _ambient_outside, privilege.sandbox, other.gaining_service),
    "filecaps-stripped-shared-fs": (other.outside, privilege.owned_tap, privilege.ambient),
    "filecaps-stripped-unknown": (other.outside, privilege.owned_tap, privilege.ambient),
    "userns-foreign-net": (privilege.sandbox, other.outside),
    "tap-wrong-netns": (other.other_namespace,),
    "netns-hidden-process": (netns.as_root, netns.as_oneself, netns.outside),
    "netns-no-cap": (netns.as_root, netns.as_oneself, netns.outside, netns.capable_container),
    "netns-foreign-owner": (netns.outside,),
    "seccomp": (other.outside, other.unfiltered_service),
    "landlock": (other.outside,),
    "lsm": (other.kernel_log, other.free_user_namespaces),
    "tap-owner-other": _ANY,
    "tap-group-other": (*_ANY, other.interface_group),
    "tap-busy": (privilege.watching, other.holder),
    "tap-excl": (other.as_it_is,),
    "tap-type-mismatch": (privilege.owned_tap, other.as_it_is),
    "tap-multiqueue-mismatch": (other.as_it_is,),
    "tap-queues-full": (privilege.watching,),
    "if-not-tuntap": (privilege.watching,),
    "if-missing": (privilege.owned_tap,),
    "name-invalid": (other.shorter_name,),
    "name-truncated": (other.shorter_name,),
    "fd-already-attached": (other.as_it_is,),
    "napi-frags-needs-init-cap": (other.as_it_is,),
    "if-down": (other.set_up,),
    "if-up-no-netadmin": (other.set_up,),
    "tap-unowned": (privilege.owned_tap,),
    "unexplained": (other.free_user_namespaces, other.kernel_log, other.trace),
}


def remedies_for(cause: str, evidence: Evidence) -> tuple[Remedy, ...]:
    """The remedies of a cause, by reach; () where none would work here.

    A name with control characters cannot be pasted, so what would have to name it is left out.
    """
    made = (way(evidence) for way in WAYS[cause])
    fit = (remedy for remedy in made if remedy is not None and remedy.command.isprintable())
    return tuple(sorted(fit, key=lambda remedy: remedy.reach.rank))
