"""A row of the list in words. What others chose (names, command lines) has passed ``printable``."""

from functools import lru_cache

from tapscope.dissect.text import printable
from tapscope.listing.choices import Choice
from tapscope.machine import devices
from tapscope.machine.holders import Holder
from tapscope.machine.inventory import Entry
from tapscope.machine.links import TapSettings
from tapscope.units import bytes_in_words

HEADINGS = {
    "name": "name",
    "mode": "mode",
    "state": "state",
    "rate": "rate",
    "owner": "owner",
    "flags": "flags",
    "mtu": "MTU",
    "bridge": "bridge",
    "guest": "guest",
    "held": "held by",
    "opens": "opens",
}
"""The columns, in their order."""


@lru_cache(maxsize=64)
def user_name(uid: int) -> str:
    """The user's name, or the number where there is no such user."""
    return printable(devices.user_name(uid) or f"uid {uid}")


@lru_cache(maxsize=64)
def group_name(gid: int) -> str:
    """The group's name, or the number where there is no such group."""
    return printable(devices.group_name(gid) or f"gid {gid}")


def owner_words(settings: TapSettings) -> str:
    """``maria``, ``maria, group kvm``, ``group kvm``, ``none``."""
    said = [] if settings.owner is None else [user_name(settings.owner)]
    said += [] if settings.group is None else [f"group {group_name(settings.group)}"]
    return ", ".join(said) or "none"


def flag_words(settings: TapSettings) -> str:
    """The flags that whoever attaches must know of: ``multi_queue vnet_hdr persistent``."""
    flags = {
        "multi_queue": settings.multi_queue,
        "vnet_hdr": settings.vnet_hdr,
        "pi": not settings.no_pi,
        "persistent": settings.persist,
    }
    return " ".join(name for name, is_set in flags.items() if is_set)


def state_words(entry: Entry) -> str:
    """``up, carrier``. A TAP has one while somebody is attached, up or down; of others that are down it is moot."""
    link = entry.link
    carrier = {True: ", carrier", False: ", no carrier", None: ""}[link.carrier if link.up or link.tap else None]
    return f"{'up' if link.up else 'down'}{carrier}"


def rate_words(entry: Entry) -> str:
    """Bytes in a second, both ways; empty where the counters were read but once."""
    return "" if entry.rate is None else f"{bytes_in_words(round(entry.rate.octets))}/s"


def holder_words(holder: Holder) -> str:
    """``qemu-system-x86_64 (pid 4242, maria)``."""
    return printable(f"{holder.program} (pid {holder.pid}, {user_name(holder.uid)})")


def guests(entry: Entry) -> str:
    """The virtual machines of those who hold it, or who are likely to: those with a question mark."""
    certain = [holder.machine for holder in entry.search.found if holder.machine]
    likely = [f"{holder.machine}?" for holder in entry.likely if holder.machine]
    return printable(", ".join(dict.fromkeys(certain + likely)))


def held_words(entry: Entry) -> str:
    """Who holds the other end: names, ``nobody``, or that it may not be seen; empty where there is no such end."""
    if entry.search.found:
        return " and ".join(map(holder_words, entry.search.found))
    if entry.held:
        likely = " or ".join(map(holder_words, entry.likely))
        return f"holder hidden, likely {likely}" if likely else "holder hidden"
    if entry.held is False:
        return "nobody"
    return "not to be seen" if entry.search.hidden else ""


def opens_words(choice: Choice) -> str:
    """``attach``, ``watch``, or ``no:`` and why."""
    return {"peer": "attach", "watch": "watch", None: f"no: {printable(choice.prospect.why)}"}[choice.prospect.door]


def texts(choice: Choice) -> dict[str, str]:
    """The row by the columns of ``HEADINGS``; empty where there is nothing to say."""
    entry, settings = choice.entry, choice.entry.link.tap
    return {
        "name": printable(entry.link.name),
        "mode": printable(entry.kind),
        "state": state_words(entry),
        "rate": rate_words(entry),
        "owner": owner_words(settings) if settings else "",
        "flags": flag_words(settings) if settings else "",
        "mtu": str(entry.link.mtu),
        "bridge": printable(entry.port_of or ""),
        "guest": guests(entry),
        "held": held_words(entry),
        "opens": opens_words(choice),
    }
