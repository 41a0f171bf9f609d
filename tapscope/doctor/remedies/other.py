"""Ways that give no privilege: start again, start elsewhere, use another name, set it up."""

import shlex

from tapscope.doctor import readings
from tapscope.doctor.evidence import Evidence, known
from tapscope.doctor.finding import Reach, Remedy
from tapscope.doctor.remedies import shell
from tapscope.doctor.remedies.privilege import service

_NOTHING = "nothing"


def again(evidence: Evidence) -> Remedy | None:
    """A new execve computes everything anew."""
    return Remedy(shell.tapscope(evidence), "starts tapscope again", _NOTHING, Reach.SESSION)


def as_it_is(evidence: Evidence) -> Remedy | None:
    """A request that fits the device, on a descriptor of its own, and without flags that need more than that."""
    return Remedy(shell.tapscope(evidence), "asks for what the device has, no more", _NOTHING, Reach.SESSION)


def outside(evidence: Evidence) -> Remedy | None:
    """From a shell that has not gone through the sandbox, the launcher, the tracer."""
    effect = "from a plain login shell, outside of what restricts this one"
    return Remedy(shell.tapscope(evidence), effect, "the restriction is gone as well", Reach.SESSION, here=False)


def traced_by_root(evidence: Evidence) -> Remedy | None:
    """A tracer with CAP_SYS_PTRACE does not cut."""
    tracer = known(evidence.process.tracer)
    if tracer is None or known(tracer.name) != "strace" or not shell.can_become_root(evidence, outside=True):
        return None
    if not known(evidence.credentials.user_name):
        return None
    command = shell.as_root(evidence, f"strace -f -u {shell.user(evidence)} -o trace.txt {shell.tapscope(evidence)}")
    return Remedy(command, "traces as root, which does not cut capabilities", _NOTHING, Reach.SESSION, here=False)


def right_file(evidence: Evidence) -> Remedy | None:
    """Run the interpreter that has the capability."""
    sibling = readings.sibling_bearing(evidence)
    mount = known(sibling.mount) if sibling else None
    if sibling is None or (mount is not None and known(mount.nosuid)):
        return None
    if not readings.file_grants(sibling, readings.capability_asked(evidence)):
        return None
    command = shell.words(evidence, shell.interface(evidence), command=(sibling.path, "-m", "tapscope"))
    return Remedy(command, "runs the file that has it", _NOTHING, Reach.SESSION)


def other_namespace(evidence: Evidence) -> Remedy | None:
    """Enter the network namespace in which the interface is."""
    places = known(evidence.elsewhere) or ()
    way = next((place for place in places if known(place.owned)), None)
    way = way or next((place for place in places if place.netns or place.pid), None)
    if way is None:
        return None
    command = f"{shell.tapscope_there(evidence)} --netns {shlex.quote(way.netns or str(way.pid))}"
    effect = "looks into the network namespace where the interface is"
    if known(way.owned):
        return Remedy(command, effect, _NOTHING, Reach.SESSION)
    if not shell.can_become_root(evidence):
        return None
    cost = _NOTHING if shell.is_root(evidence) else "tapscope runs as root"
    return Remedy(shell.as_root(evidence, command), effect, cost, Reach.SESSION)


def set_up(evidence: Evidence) -> Remedy | None:
    """Set it up."""
    if not shell.root_could(evidence) or not shell.has_program(evidence, "ip"):
        return None
    command = f"ip link set {shell.quote(shell.interface(evidence))} up"
    command = shell.as_root(evidence, shell.in_place(evidence, command))
    here = shell.acts_here(evidence)
    return Remedy(command, "sets it up", "the host begins to send on it", Reach.INTERFACE, here=here)


def interface_group(evidence: Evidence) -> Remedy | None:
    """Join the interface's group, where that is all that is missing."""
    interface = readings.tap(evidence)
    name = known(interface.group_name) if interface else None
    if not name or readings.owner_matches(evidence) is not True:
        return None
    if shell.is_root(evidence) or not shell.can_become_root(evidence):
        return None
    join = shell.as_root(evidence, f"usermod -aG {shell.quote(name)} {shell.user(evidence)}")
    command = f"{join} && sg {shell.quote(name)} -c {shell.quote(shell.tapscope(evidence))}"
    return Remedy(command, f"puts this user into {name}", "for good, with all else the group may do", Reach.USER)


def holder(evidence: Evidence) -> Remedy | None:
    """Look where this user may not."""
    held = known(evidence.holders)
    if (held is not None and held.found) or shell.is_root(evidence) or not shell.can_become_root(evidence):
        return None
    look = f"grep -lsw {shell.quote(f'iff:.{shell.interface(evidence)}')} /proc/[0-9]*/fdinfo/*"
    command = (
        f"sudo sh -c {shell.quote(look)}" if shell.has_program(evidence, "sudo") else shell.as_root(evidence, look)
    )
    return Remedy(command, "prints /proc/PID/fdinfo/… of who holds it", _NOTHING, Reach.WATCH)


def shorter_name(evidence: Evidence) -> Remedy | None:
    """A name that the kernel takes as it is."""
    wished = readings.cut_name(evidence)
    valid = "".join(char for char in wished if char.isascii() and (char.isalnum() or char in "-_.")).lstrip("-.")
    return Remedy(shell.tapscope(evidence, valid or "tap0"), "a name that the kernel takes", _NOTHING, Reach.INTERFACE)


def kernel_log(evidence: Evidence) -> Remedy | None:
    """Where a denial is written."""
    if not shell.can_become_root(evidence):
        return None
    command = f"{shell.as_root(evidence, 'dmesg')} | grep -i -e apparmor -e avc -e landlock"
    return Remedy(command, "shows what was denied, and to whom", "changes nothing", Reach.WATCH)


def free_user_namespaces(evidence: Evidence) -> Remedy | None:
    """Whichever switch closes user namespaces."""
    policy = evidence.policy
    if known(policy.apparmor_restricts_userns):
        setting = "kernel.apparmor_restrict_unprivileged_userns=0"
    elif known(policy.unprivileged_userns_clone) is False:
        setting = "kernel.unprivileged_userns_clone=1"
    elif known(policy.max_user_namespaces) == 0:
        setting = "user.max_user_namespaces=15000"
    else:
        return None
    if not shell.can_become_root(evidence):
        return None
    command = shell.as_root(evidence, f"sysctl -w {setting}")
    return Remedy(command, "opens user namespaces", "to every user, until the next boot", Reach.MACHINE)


def trace(evidence: Evidence) -> Remedy | None:
    """What a reporter should send."""
    if not shell.has_program(evidence, "strace"):
        return None
    name = (evidence.interface,) if evidence.interface else ()
    doctor = shell.words(evidence, "doctor", *name)
    command = f"strace -f -e trace=openat,ioctl,socket,bind,setns {doctor}"
    return Remedy(command, "shows the calls", "under strace file capabilities do not count", Reach.WATCH)


def unfiltered_service(evidence: Evidence) -> Remedy | None:
    """A service without filters on what tapscope calls: an empty value takes back what the unit sets."""
    families = ("RestrictAddressFamilies=",) if readings.mode(evidence) == "watch" else ()
    return service(evidence, "SystemCallFilter=", *families)


def gaining_service(evidence: Evidence) -> Remedy | None:
    """A service whose processes may gain privileges at execve."""
    return service(evidence, "NoNewPrivileges=no")


def another_execve(evidence: Evidence) -> Remedy | None:
    """Root that gave its capabilities up gets what the bounding set has with the next execve."""
    bounded = readings.in_set(evidence, "bounding", readings.capability_asked(evidence))
    noroot = (known(evidence.thread.securebits) or 0) & readings.SECBIT_NOROOT
    initial = known(evidence.namespaces.net_owner) == "mine" and not known(evidence.thread.no_new_privs)
    return again(evidence) if bounded and not noroot and initial else None
