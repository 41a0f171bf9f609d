"""Why /dev/net/tun could not be opened, or was not tun. fs/namei.c, fs/char_dev.c, drivers/char/misc.c."""

import errno

from tapscope.attempt import Step
from tapscope.doctor import phrases, readings, traces
from tapscope.doctor.evidence import Evidence, Unseen, known
from tapscope.doctor.finding import Finding
from tapscope.doctor.rules.making import Candidates, Rule, among, finding
from tapscope.doctor.rules.policy import module_suspects

TUN_NUMBER = (10, 200)


def has_tuns_number(evidence: Evidence) -> bool | None:
    """The node is character device 10:200; None where its kind or number was not seen."""
    node = evidence.node
    if known(node.kind) not in {None, "character"}:
        return False
    major, minor = known(node.major), known(node.minor)
    return None if major is None or minor is None else (major, minor) == TUN_NUMBER


def devices_are_dead(evidence: Evidence) -> bool | None:
    """The node's mount is nodev, or of a user namespace."""
    mount = known(evidence.node.mount)
    if mount is None:
        return None
    if known(mount.nodev) or known(mount.user_namespace):
        return True
    unsure = isinstance(mount.nodev, Unseen) or isinstance(mount.user_namespace, Unseen)
    return None if unsure else False


def _permission_denied(evidence: Evidence) -> Candidates:
    blocked = evidence.node.blocked_by
    accessible = known(evidence.node.accessible)
    suspects = module_suspects(evidence)
    return {
        "dev-path": None if isinstance(blocked, Unseen) else blocked is not None,
        "dev-nodev-mount": devices_are_dead(evidence),
        "dev-mode": None if accessible is None else not accessible,
        "landlock": None if "landlock" in suspects else False,
        "lsm": None if "lsm" in suspects else False,
    }


def _denied(cause: str, evidence: Evidence, *because: str) -> Finding | None:
    if not readings.refused(evidence, Step.OPEN, errno.EACCES):
        return None
    rivals = among(cause, _permission_denied(evidence))
    return None if rivals is None else finding(cause, evidence, phrases.refusal(evidence), *because, one_of=rivals)


def path_to_the_node_is_closed(evidence: Evidence) -> Finding | None:
    """A directory on the way may not be searched, or is none."""
    if readings.refused(evidence, Step.OPEN, errno.ENOTDIR, errno.ELOOP):
        return finding("dev-path", evidence, phrases.refusal(evidence))
    return _denied("dev-path", evidence)


def node_is_missing(evidence: Evidence) -> Finding | None:
    """ENOENT, and that is all there is to it."""
    if not readings.refused(evidence, Step.OPEN, errno.ENOENT):
        return None
    return finding("dev-missing", evidence, phrases.refusal(evidence), phrases.driver(evidence))


def devices_are_dead_on_its_mount(evidence: Evidence) -> Finding | None:
    """may_open(): nodev, or a file system of a user namespace."""
    return _denied("dev-nodev-mount", evidence, traces.mount(known(evidence.node.mount)))


def mode_forbids_the_node(evidence: Evidence) -> Finding | None:
    """inode_permission(): mode bits, ACL."""
    return _denied("dev-mode", evidence, phrases.node_mode(evidence), phrases.stale_group(evidence))


def landlock_forbids_the_node(evidence: Evidence) -> Finding | None:
    """security_file_open(): all else allows it, and Landlock is there."""
    return _denied("landlock", evidence, phrases.policy(evidence))


def security_module_forbids_the_node(evidence: Evidence) -> Finding | None:
    """security_file_open(): all else allows it, and another module is there."""
    return _denied("lsm", evidence, phrases.policy(evidence))


def cgroup_forbids_the_device(evidence: Evidence) -> Finding | None:
    """devcgroup_inode_permission(): EPERM, where /dev/null opens with the same flags."""
    if not readings.refused(evidence, Step.OPEN, errno.EPERM):
        return None
    unsure = isinstance(evidence.probes.open_null, Unseen) and known(evidence.thread.seccomp) != 0
    rivals = ("seccomp",) if unsure else ()
    return finding("dev-cgroup", evidence, phrases.refusal(evidence), phrases.null_opens(evidence), one_of=rivals)


def nobody_drives_the_number(evidence: Evidence) -> Finding | None:
    """The node is right, the module is not there."""
    if not readings.refused(evidence, Step.OPEN, errno.ENODEV, errno.ENXIO) or has_tuns_number(evidence) is False:
        return None
    unsure = has_tuns_number(evidence) is None
    rivals = ("dev-bad-number",) if unsure else ()
    return finding("dev-no-driver", evidence, phrases.refusal(evidence), phrases.driver(evidence), one_of=rivals)


def node_has_a_wrong_number(evidence: Evidence) -> Finding | None:
    """A character device, and not 10:200."""
    wrong = known(evidence.node.kind) in {None, "character"} and has_tuns_number(evidence) is False
    if not wrong or not readings.refused(evidence, Step.OPEN, errno.ENODEV, errno.ENXIO):
        return None
    return finding("dev-bad-number", evidence, phrases.refusal(evidence), phrases.node_number(evidence))


def node_is_something_else(evidence: Evidence) -> Finding | None:
    """No driver that knows TUNSETIFF is behind the path."""
    stranger = has_tuns_number(evidence) is False
    not_a_device = stranger and readings.refused(evidence, Step.OPEN, errno.ENXIO, errno.ENODEV, errno.EISDIR)
    no_ioctl = readings.refused(evidence, Step.SET_INTERFACE, errno.ENOTTY)
    if not (no_ioctl or not_a_device or (stranger and readings.refused(evidence, Step.SET_INTERFACE))):
        return None
    return finding("dev-not-tun", evidence, phrases.refusal(evidence), phrases.node_number(evidence))


DEVICE: tuple[Rule, ...] = (
    path_to_the_node_is_closed,
    node_is_missing,
    devices_are_dead_on_its_mount,
    mode_forbids_the_node,
    landlock_forbids_the_node,
    security_module_forbids_the_node,
    cgroup_forbids_the_device,
    nobody_drives_the_number,
    node_has_a_wrong_number,
    node_is_something_else,
)
