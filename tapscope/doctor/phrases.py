"""The facts a finding rests on, one clause each. A phrase about something unseen is empty, and left out."""

from tapscope.attempt import Step
from tapscope.doctor import readings, words
from tapscope.doctor.evidence import Evidence, known
from tapscope.machine.capabilities import CAP_NET_ADMIN, name_of


def refusal(evidence: Evidence) -> str:
    """The call and what it answered, or would answer."""
    call, attempt = readings.refusal(evidence), readings.door(evidence)
    if call is None or attempt is None:
        return ""
    return words.call(call) if attempt.tried else f"predicted: {words.call(call)}"


def owner(evidence: Evidence) -> str:
    """``euid 1001 ≠ owner 1002``."""
    interface, euid = readings.tap(evidence), known(evidence.credentials.euid)
    if interface is None or known(interface.owner) is None or euid is None:
        return ""
    sign = "=" if euid == interface.owner else "≠"
    return f"euid {euid} {sign} owner {interface.owner}"


def group(evidence: Evidence) -> str:
    """``group 108 is not among 1001, 27``."""
    interface, matches = readings.tap(evidence), readings.group_matches(evidence)
    if interface is None or known(interface.group) is None or matches is None:
        return ""
    if matches:
        return f"group {interface.group} is one of ours"
    ours = sorted({known(evidence.credentials.egid) or 0, *(known(evidence.credentials.groups) or ())})
    return f"group {interface.group} is not among ours ({', '.join(map(str, ours))})"


def overrule(evidence: Evidence) -> str:
    """For an owned TAP: that a capability would overrule the owner."""
    lacks = readings.lacks_effective(evidence)
    return f"{name_of(CAP_NET_ADMIN)}, which would overrule that, is not in the effective set" if lacks else ""


def seccomp(evidence: Evidence) -> str:
    """The filter, as /proc shows it."""
    filters = known(evidence.thread.seccomp_filters)
    if known(evidence.thread.seccomp) != 2:
        return ""
    return "a seccomp filter is installed" if filters is None else f"seccomp filters installed: {filters}"


def net_owner(evidence: Evidence) -> str:
    """Which user namespace owns the network namespace."""
    return {
        "ancestor": "NS_GET_USERNS says EPERM: the network namespace belongs to a user namespace above ours",
        "mine": "the network namespace belongs to our user namespace",
        "child": "the network namespace belongs to a user namespace below ours",
    }.get(known(evidence.namespaces.net_owner) or "", "")


def destination_owner(evidence: Evidence) -> str:
    """Which user namespace owns the network namespace that was to be entered."""
    place = evidence.destination
    owner, uid = (known(place.owner), known(place.owner_uid)) if place else (None, None)
    return {
        "ancestor": "NS_GET_USERNS says EPERM: it belongs to a user namespace that is not below ours",
        "mine": "it belongs to our user namespace",
        "child": f"it belongs to a user namespace below ours{'' if uid is None else f', made by uid {uid}'}",
    }.get(owner or "", "")


def ptrace(evidence: Evidence) -> str:
    """Whose process it is, whose link to its network namespace may not be followed."""
    process, euid = known(evidence.destination.process) if evidence.destination else None, evidence.credentials.euid
    uid = known(process.uid) if process else None
    if process is None or uid is None or known(euid) is None:
        return "the process is another user's, or has more capabilities, or is not dumpable"
    why = "it has more capabilities, or is not dumpable" if uid == euid else f"we are uid {known(euid)}"
    return f"{words.process(process)} is uid {uid}; {why}"


def policy(evidence: Evidence) -> str:
    """The modules that are loaded, and our label."""
    modules, label = known(evidence.policy.modules), known(evidence.policy.label)
    said = [f"security modules: {', '.join(modules)}"] if modules else []
    return "; ".join([*said, f"label {label}"] if label else said)


def apparmor(evidence: Evidence) -> str:
    """Ubuntu's switch."""
    restricts = known(evidence.policy.apparmor_restricts_userns)
    return "kernel.apparmor_restrict_unprivileged_userns is 1" if restricts else ""


def user_namespaces(evidence: Evidence) -> str:
    """The two switches that close user namespaces."""
    said = []
    if known(evidence.policy.max_user_namespaces) == 0:
        said.append("user.max_user_namespaces is 0")
    if known(evidence.policy.unprivileged_userns_clone) is False:
        said.append("kernel.unprivileged_userns_clone is 0")
    return ", ".join(said)


def node_mode(evidence: Evidence) -> str:
    """``mode 0600, root:root; euid 1001 in groups 1001``."""
    node = evidence.node
    mode = known(node.mode)
    if mode is None:
        return ""
    owner_, group_ = known(node.owner_name) or known(node.owner), known(node.group_name) or known(node.group)
    said = f"mode {mode & 0o7777:04o}, owner {owner_}, group {group_}"
    acl = known(node.acl)
    return f"{said}, ACL {' '.join(acl)}" if acl else said


def hidden_holders(evidence: Evidence) -> str:
    """How many processes could not be looked into, and who it may be."""
    held = known(evidence.holders)
    if held is None or held.found:
        return ""
    hidden = known(held.hidden)
    said = f"{hidden} processes may not be looked into" if hidden else ""
    likely = " or ".join(words.holder(one) for one in held.candidates)
    return "; ".join(part for part in (said, f"likely {likely}" if likely else "") if part)


def probe(evidence: Evidence) -> str:
    """What TUNSETIFF with a null pointer answered."""
    answer = known(evidence.probes.null_request)
    if answer is None or not readings.refused(evidence, Step.SET_INTERFACE):
        return ""
    said = "which comes from the driver" if readings.reaches_driver(evidence) else "and the driver would say EFAULT"
    return f"TUNSETIFF with a null pointer answers {words.errno_name(answer)}, {said}"


def request(evidence: Evidence) -> str:
    """The device's mode and queues, and the flags asked for."""
    interface, said = readings.tap(evidence), []
    if interface and known(interface.mode):
        many = known(interface.multi_queue)
        queues = "" if many is None else ", multi_queue" if many else ", one queue"
        said.append(f"the device is a {known(interface.mode)}{queues}")
    return "; ".join([*said, *([flags(evidence)] if flags(evidence) else [])])


def flags(evidence: Evidence) -> str:
    """The flags asked for."""
    attempt = readings.door(evidence)
    value = known(attempt.asked_flags) if attempt else None
    return "" if value is None else f"asked for {words.flags(value)}"


def new_and_empty(evidence: Evidence) -> str:
    """What opening a TAP makes, where there is none."""
    attempt = readings.door(evidence)
    made = "the attempt made" if attempt and attempt.tried else "opening it would make"
    return f"there is no interface of that name here: {made} a new, empty one"


def driver(evidence: Evidence) -> str:
    """Whether the kernel has tun."""
    there = known(evidence.node.driver)
    return "" if there is None else f"/proc/misc {'lists' if there else 'does not list'} 200 tun"


def node_number(evidence: Evidence) -> str:
    """What the node is."""
    kind = known(evidence.node.kind)
    if kind is None:
        return ""
    number = words.device_number(evidence)
    said = f"{kind} device {number or 'of another number'}" if kind in {"character", "block"} else f"a {kind}"
    return f"{evidence.node.path} is {said}; tun is character device 10:200"


def stale_group(evidence: Evidence) -> str:
    """That the user was put into the node's group after the session began."""
    group_, groups = known(evidence.node.group), known(evidence.credentials.groups)
    if group_ is None or groups is None or group_ in groups or not known(evidence.node.listed_in_group):
        return ""
    return f"the group database lists you in group {group_}, this session does not have it yet"


def sysfs(evidence: Evidence) -> str:
    """That /sys/class/net shows another namespace."""
    shows_ours = known(evidence.namespaces.sysfs_is_ours)
    return "/sys/class/net shows the interfaces of another network namespace" if shows_ours is False else ""


def name_length(evidence: Evidence) -> str:
    """How long the name is, and what would be left of it."""
    name = (evidence.interface or "").encode(errors="surrogateescape")
    return f"{len(name)} bytes; the kernel would take {readings.cut_name(evidence)}"


def granted(evidence: Evidence) -> str:
    """The name that the kernel gave back."""
    attempt = readings.door(evidence)
    name = known(attempt.granted) if attempt else None
    return f"the kernel granted {name}" if name else name_length(evidence)


def carrier(evidence: Evidence) -> str:
    """The interface's state."""
    interface = readings.tap(evidence)
    state = known(interface.operstate) if interface else None
    return f"administratively down, operstate {state}" if state else "administratively down"


def absent(evidence: Evidence) -> str:
    """That the interface would have to be made."""
    made = evidence.interface is not None and readings.exists(evidence) is False
    return "there is no such interface yet" if made else ""


def null_opens(evidence: Evidence) -> str:
    """That openat(2) with the same flags works elsewhere."""
    return "open(/dev/null) with the same flags works" if evidence.probes.open_null is None else ""


def blocked(evidence: Evidence) -> str:
    """Which directory stops the walk."""
    directory = known(evidence.node.blocked_by)
    return f"{directory} may not be searched" if directory else ""


def namespace(evidence: Evidence) -> str:
    """The network namespace that open() fixes for the descriptor."""
    net = known(evidence.namespaces.net)
    return f"network namespace {net}" if net else ""


def unowned(evidence: Evidence) -> str:
    """Neither owner nor group."""
    interface = readings.tap(evidence)
    return "neither owner nor group is set" if interface and interface.owner is None and interface.group is None else ""


def queue(evidence: Evidence) -> str:
    """Who is attached."""
    interface, held = readings.tap(evidence), known(evidence.holders)
    if held and held.found:
        return f"held by {words.holders(evidence)}"
    carrier = known(interface.carrier) if interface else None
    return "" if carrier is None else "carrier: somebody is attached" if carrier else "no carrier: nobody is attached"


def name(evidence: Evidence) -> str:
    """The name to register."""
    return f"name {evidence.interface}" if evidence.interface else ""


def presence(evidence: Evidence) -> str:
    """Whether there is such an interface."""
    there = readings.exists(evidence) if evidence.interface else None
    return "" if there is None else f"{evidence.interface or ''} is {'' if there else 'not '}here"
