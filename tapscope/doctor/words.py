"""Names and numbers turned into words, for one machine. Nothing here judges."""

import errno

from tapscope.attempt import Attempt
from tapscope.doctor import readings
from tapscope.doctor.evidence import Evidence, FileCapabilities, Holder, OtherProcess, Program, Seen, Unseen, known
from tapscope.machine.capabilities import NAMES, name_of, names_in

FLAG_NAMES = {
    0x0001: "IFF_TUN",
    0x0002: "IFF_TAP",
    0x0010: "IFF_NAPI",
    0x0020: "IFF_NAPI_FRAGS",
    0x0100: "IFF_MULTI_QUEUE",
    0x1000: "IFF_NO_PI",
    0x4000: "IFF_VNET_HDR",
    0x8000: "IFF_TUN_EXCL",
}
"""linux/if_tun.h."""


def clean(text: str) -> str:
    """A name that somebody else chose, without control and bidirectional characters: they are shown as escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def person(name: Seen[str], number: Seen[int]) -> str:
    """``alice (uid 1000)``, with what is known of it."""
    uid = known(number)
    if known(name) is None:
        return "another user" if uid is None else f"uid {uid}"
    return clean(f"{known(name)}") if uid is None else clean(f"{known(name)} (uid {uid})")


def user(evidence: Evidence) -> str:
    """Who asks."""
    who = evidence.credentials
    return "this user" if known(who.euid) is None else person(who.user_name, who.euid)


def set_words(mask: int) -> str:
    """``net_admin,net_raw``; ``all`` for every capability that has a name; ``none``."""
    if not mask:
        return "none"
    if mask + 1 >= 1 << len(NAMES) and not mask & mask + 1:
        return "all"
    return ",".join(name.removeprefix("CAP_").lower() for name in names_in(mask))


def file_capabilities(caps: FileCapabilities) -> str:
    """As getcap(8) prints them: ``cap_net_admin,cap_net_raw=ep``; a version 3 root is told."""
    groups: dict[str, list[str]] = {}
    for number in range(max(caps.permitted, caps.inheritable).bit_length()):
        flags = "e" if caps.effective else ""
        flags += "i" if caps.inheritable >> number & 1 else ""
        flags += "p" if caps.permitted >> number & 1 else ""
        if flags not in {"", "e"}:
            groups.setdefault(flags, []).append(name_of(number).lower())
    text = " ".join(f"{','.join(names)}={flags}" for flags, names in groups.items()) or "an empty set"
    return text if caps.root_id is None else f"{text} [rootid={caps.root_id}]"


def process(other: OtherProcess) -> str:
    """``strace (pid 4242)``."""
    return clean(f"{known(other.name) or 'a process'} (pid {other.pid})")


def holder(one: Holder) -> str:
    """``qemu-system-x86 (pid 4242, alice, virtual machine web1)``."""
    inside = [f"pid {one.pid}"]
    if known(one.user_name) or known(one.uid) is not None:
        inside.append(known(one.user_name) or f"uid {known(one.uid)}")
    if known(one.machine):
        inside.append(f"virtual machine {known(one.machine)}")
    return clean(f"{known(one.program) or 'a process'} ({', '.join(inside)})")


def holders(evidence: Evidence) -> str:
    """Who holds the interface, or that it may not be seen."""
    held = known(evidence.holders)
    if held and held.found:
        return " and ".join(holder(one) for one in held.found)
    return "a process you may not look into"


def path_of(program: Program | None, otherwise: str) -> str:
    """The program's path."""
    return clean(program.path) if program else otherwise


def mount_point(program: Program | None) -> str:
    """Where the mount of a program is."""
    mount = known(program.mount) if program else None
    return clean((known(mount.mount_point) if mount else None) or "its mount")


def device_number(evidence: Evidence) -> str:
    """``10:229``."""
    major, minor = known(evidence.node.major), known(evidence.node.minor)
    return "another number" if major is None or minor is None else f"{major}:{minor}"


def interface_kind(evidence: Evidence) -> str:
    """``a bridge``, ``a plain network device``."""
    interface = readings.tap(evidence)
    if interface is None or isinstance(interface.kind, Unseen):
        return "another kind of interface"
    return "a plain network device" if interface.kind is None else clean(f"a {interface.kind} device")


def elsewhere(evidence: Evidence) -> str:
    """``in network namespace "blue"``."""
    places = known(evidence.elsewhere) or ()
    return f"in {clean(places[0].where)}" if places else "in another one"


def number(value: int) -> str:
    """A mask as /proc prints it."""
    return f"{value:016x}"


def call(attempt: Attempt) -> str:
    """``TUNSETIFF tap0: EPERM (Operation not permitted)``."""
    return clean(str(attempt))


def slots(evidence: Evidence) -> dict[str, str]:
    """What the slots in a cause's title become here."""
    interface, process_ = readings.tap(evidence), evidence.process
    door = readings.door(evidence)
    script, parent, tracer = known(evidence.interpreter.script), known(process_.parent), known(process_.tracer)
    bearer = readings.sibling_bearing(evidence)
    attached = known(door.attached_before) if door else None
    return {
        "interface": clean(evidence.interface) if evidence.interface is not None else "a TAP",
        "node": clean(evidence.node.path),
        "user": user(evidence),
        "capability": name_of(readings.capability_asked(evidence)),
        "program": path_of(readings.program(evidence), "the interpreter"),
        "sibling": path_of(bearer, "another file"),
        "script": path_of(script, "that was started"),
        "mount": mount_point(readings.program(evidence)),
        "blocked": clean(known(evidence.node.blocked_by) or "a directory on the way"),
        "number": device_number(evidence),
        "owner": person(interface.owner_name, interface.owner) if interface else "another user",
        "group": _group(evidence),
        "holder": holders(evidence),
        "kind": interface_kind(evidence),
        "mode": (known(interface.mode) if interface else None) or "tun or tap",
        "elsewhere": elsewhere(evidence),
        "parent": process(parent) if parent else "the parent process",
        "tracer": process(tracer) if tracer else "a tracer",
        "attached": f"to {clean(attached)}" if attached else "already",
    }


def _group(evidence: Evidence) -> str:
    interface = readings.tap(evidence)
    gid = known(interface.group) if interface else None
    name = known(interface.group_name) if interface else None
    if gid is None:
        return "another group"
    return clean(f"{name} (gid {gid})") if name else f"gid {gid}"


def errno_name(value: int) -> str:
    """``EPERM`` for 1."""
    return errno.errorcode.get(value, str(value))


def flags(value: int) -> str:
    """``IFF_TAP|IFF_NO_PI`` for 0x1002; what has no name here is told as a number."""
    named = [name for bit, name in FLAG_NAMES.items() if value & bit]
    rest = value & ~sum(FLAG_NAMES)
    return "|".join([*named, *([f"{rest:#x}"] if rest else [])]) or "no flag at all"
