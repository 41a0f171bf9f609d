"""Names and numbers turned into words, for one machine. Nothing here judges."""

import errno

from tapscope.attempt import Attempt
from tapscope.doctor import readings
from tapscope.doctor.evidence import Evidence, FileCapabilities, Holder, OtherProcess, Seen, Tap, Unseen, known
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


_FEW = 8

GENERAL = {
    "interface": "the interface",
    "name": "asked for",
    "node": "/dev/net/tun",
    "user": "this user",
    "capability": "the capability",
    "program": "the interpreter",
    "sibling": "another file",
    "script": "that was started",
    "mount": "a file system",
    "blocked": "a directory on the way",
    "number": "another one",
    "owner": "another user",
    "group": "it was given",
    "holder": "another process",
    "kind": "another kind of interface",
    "mode": "tun or tap",
    "elsewhere": "in another one",
    "netns": "another network namespace",
    "parent": "the parent process",
    "tracer": "a tracer",
    "attached": "to some interface",
}
"""The slots of a title where nobody in particular is meant."""


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
    """``net_admin,net_raw``; ``all`` for every capability that has a name, ``all but …`` for nearly so; ``none``."""
    if not mask:
        return "none"
    everything = 1 << max(mask.bit_length(), len(NAMES))
    missing = everything - 1 & ~mask
    if missing.bit_count() > _FEW:
        return _short(mask)
    return f"all but {_short(missing)}" if missing else "all"


def _short(mask: int) -> str:
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


def device_number(evidence: Evidence) -> str | None:
    """``10:229``."""
    major, minor = known(evidence.node.major), known(evidence.node.minor)
    return None if major is None or minor is None else f"{major}:{minor}"


def interface_kind(interface: Tap) -> str | None:
    """``a bridge device``, ``a plain network device``."""
    if isinstance(interface.kind, Unseen):
        return None
    return "a plain network device" if interface.kind is None else f"a {interface.kind} device"


def elsewhere(evidence: Evidence) -> str | None:
    """``in network namespace "blue"``."""
    places = known(evidence.elsewhere)
    return f"in {places[0].where}" if places else None


def number(value: int) -> str:
    """A mask as /proc prints it."""
    return f"{value:016x}"


def call(attempt: Attempt) -> str:
    """``TUNSETIFF tap0: EPERM (Operation not permitted)``."""
    return clean(str(attempt))


def slots(evidence: Evidence) -> dict[str, str]:
    """What the slots in a cause's title become here; ``GENERAL`` where the evidence does not say."""
    interface, process_, door = readings.tap(evidence), evidence.process, readings.door(evidence)
    program, sibling = readings.program(evidence), readings.sibling_bearing(evidence)
    script, parent, tracer = known(evidence.interpreter.script), known(process_.parent), known(process_.tracer)
    mount = known(program.mount) if program else None
    attached = known(door.attached_before) if door else None
    special = {
        "interface": evidence.interface if evidence.interface is not None else "a TAP",
        "name": evidence.interface,
        "node": evidence.node.path,
        "user": user(evidence),
        "capability": name_of(readings.capability_asked(evidence)),
        "program": program.path if program else None,
        "sibling": sibling.path if sibling else None,
        "script": script.path if script else None,
        "mount": known(mount.mount_point) if mount else None,
        "blocked": known(evidence.node.blocked_by),
        "number": device_number(evidence),
        "owner": person(interface.owner_name, interface.owner) if interface else None,
        "group": group(interface) if interface else None,
        "holder": holders(evidence),
        "kind": interface_kind(interface) if interface else None,
        "mode": known(interface.mode) if interface else None,
        "elsewhere": elsewhere(evidence),
        "netns": evidence.destination.where if evidence.destination else None,
        "parent": process(parent) if parent else None,
        "tracer": process(tracer) if tracer else None,
        "attached": f"to {attached}" if attached else None,
    }
    return GENERAL | {name: clean(said) for name, said in special.items() if said}


def group(interface: Tap) -> str | None:
    """``kvm (gid 108)``."""
    gid, name = known(interface.group), known(interface.group_name)
    if gid is None:
        return None
    return f"{name} (gid {gid})" if name else f"gid {gid}"


def errno_name(value: int) -> str:
    """``EPERM`` for 1."""
    return errno.errorcode.get(value, str(value))


def flags(value: int) -> str:
    """``IFF_TAP|IFF_NO_PI`` for 0x1002; what has no name here is told as a number."""
    named = [name for bit, name in FLAG_NAMES.items() if value & bit]
    rest = value & ~sum(FLAG_NAMES)
    return "|".join([*named, *([f"{rest:#x}"] if rest else [])]) or "no flag at all"
