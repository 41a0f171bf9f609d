"""Ways to get the device node right."""

import errno
from posixpath import dirname

from tapscope.attempt import Step
from tapscope.doctor import readings
from tapscope.doctor.evidence import Evidence, known
from tapscope.doctor.finding import Reach, Remedy
from tapscope.doctor.remedies import shell
from tapscope.doctor.remedies.privilege import container, service

_BOOT = "until the next boot"


def _on_the_real_machine(evidence: Evidence) -> bool:
    """Devices and modules can be made from here: not in a container, not in a user namespace."""
    inside = known(evidence.host.container) or known(evidence.namespaces.user_initial) is False
    return not inside and shell.can_become_root(evidence)


def node(evidence: Evidence) -> Remedy | None:
    """Make the node, loading the driver first where it is not there."""
    if not _on_the_real_machine(evidence):
        return None
    path = shell.quote(evidence.node.path)
    commands = [f"mkdir -p {shell.quote(dirname(evidence.node.path))}", f"mknod -m 666 {path} c 10 200"]
    if known(evidence.node.kind):
        commands.insert(0, f"rm {path}")
    if known(evidence.node.driver) is False and shell.has_program(evidence, "modprobe"):
        commands.insert(0, "modprobe tun")
    effect = f"makes {evidence.node.path}, character device 10:200, open to all"
    cost = f"{_BOOT}; harmless as long as every TAP has an owner"
    return Remedy(shell.as_root(evidence, *commands), effect, cost, Reach.MACHINE)


def driver(evidence: Evidence) -> Remedy | None:
    """Load the module."""
    if not _on_the_real_machine(evidence) or not shell.has_program(evidence, "modprobe"):
        return None
    return Remedy(shell.as_root(evidence, "modprobe tun"), "loads the driver", _BOOT, Reach.MACHINE)


def path(evidence: Evidence) -> Remedy | None:
    """Make the directory searchable."""
    blocked = known(evidence.node.blocked_by)
    denied = readings.refused(evidence, Step.OPEN, errno.EACCES)
    if not blocked or not denied or not shell.can_become_root(evidence):
        return None
    command = shell.as_root(evidence, f"chmod a+x {shell.quote(blocked)}")
    return Remedy(command, "lets everybody pass through it", "does not let anybody list it", Reach.MACHINE)


def _group_would_help(evidence: Evidence) -> bool:
    """The node's group may read and write, and is not root's."""
    mode, gid = known(evidence.node.mode), known(evidence.node.group)
    return mode is not None and mode & 0o060 == 0o060 and bool(gid) and known(evidence.node.acl) is None


def new_session(evidence: Evidence) -> Remedy | None:
    """The user was put into the node's group after logging in."""
    name, groups = known(evidence.node.group_name), known(evidence.credentials.groups)
    stale = known(evidence.node.listed_in_group) and known(evidence.node.group) not in (groups or ())
    if not stale or not name or not _group_would_help(evidence):
        return None
    command = f"sg {shell.quote(name)} -c {shell.quote(shell.tapscope(evidence))}"
    return Remedy(command, "takes the group up for this session", "nothing, it is yours already", Reach.SESSION)


def access_list(evidence: Evidence) -> Remedy | None:
    """One more entry in the node's ACL, for this user."""
    if not shell.can_become_root(evidence) or not shell.has_program(evidence, "setfacl") or shell.is_root(evidence):
        return None
    command = shell.as_root(evidence, f"setfacl -m u:{shell.user(evidence)}:rw {shell.quote(evidence.node.path)}")
    return Remedy(command, "lets this user open the node", _BOOT, Reach.USER)


def membership(evidence: Evidence) -> Remedy | None:
    """Join the group that may open the node."""
    name = known(evidence.node.group_name)
    if not name or known(evidence.node.listed_in_group) or not _group_would_help(evidence):
        return None
    if shell.is_root(evidence) or not shell.can_become_root(evidence):
        return None
    join = shell.as_root(evidence, f"usermod -aG {shell.quote(name)} {shell.user(evidence)}")
    command = f"{join} && sg {shell.quote(name)} -c {shell.quote(shell.tapscope(evidence))}"
    return Remedy(command, f"puts this user into {name}", "for good, with all else the group may do", Reach.USER)


def open_mode(evidence: Evidence) -> Remedy | None:
    """The mode that distributions ship."""
    if not shell.can_become_root(evidence):
        return None
    command = shell.as_root(evidence, f"chmod 0666 {shell.quote(evidence.node.path)}")
    cost = f"{_BOOT}; harmless as long as every TAP has an owner"
    return Remedy(command, "lets everybody open the node, as distributions do", cost, Reach.MACHINE)


def live_mount(evidence: Evidence) -> Remedy | None:
    """Devices on the mount come alive."""
    mount = known(evidence.node.mount)
    point = known(mount.mount_point) if mount else None
    if mount is None or point is None or known(mount.nodev) is not True or not _on_the_real_machine(evidence):
        return None
    command = shell.as_root(evidence, f"mount -o remount,bind,dev {shell.quote(point)}")
    return Remedy(command, "device nodes on that mount work again", "all of them, not this one only", Reach.MACHINE)


def allowed_in_container(evidence: Evidence) -> Remedy | None:
    """The engine makes the node and allows it in the device cgroup."""
    return container(evidence, "--device=/dev/net/tun")


def allowed_in_service(evidence: Evidence) -> Remedy | None:
    """systemd's device policy."""
    return service(evidence, "DeviceAllow=/dev/net/tun rw", "PrivateDevices=no")
