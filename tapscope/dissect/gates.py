"""Through which ethertypes, IP protocols and ports a frame must go for a layer to be in it, as scapy binds layers.

What a filter asks of a layer need only be asked of the frames that go through one of its gates. Derived from scapy's
own bindings, and from where they are not the last word (a class that guesses its payload itself), on the safe side.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import AH
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.layers.sctp import SCTP
from scapy.packet import Packet

from tapscope.dissect.known import classes, held_by
from tapscope.dissect.layers import link_layers
from tapscope.dissect.sources import Source, source_of

_CARRIERS: tuple[type[Packet], ...] = (Ether, Dot1Q, Dot1AD, IP, IPv6, TCP, UDP, SCTP, ARP, ICMP)
"""What the columns know of; ICMP carries only packets that it quotes."""
_ICMPV6 = 58


@dataclass(frozen=True, slots=True)
class Gates:
    """``ethertypes`` that are not IP's, ``protocols`` of IP that are not TCP's or UDP's, ``ports`` of TCP and UDP.

    A frame without an ethertype (IEEE 802.3), or of a link type that is no Ethernet, may hold any layer, as may one
    with other frames inside. ``always``: the layer may be anywhere.
    """

    ethertypes: frozenset[int]
    protocols: frozenset[int]
    ports: frozenset[int]
    always: bool = False


@cache
def gates_of(sources: tuple[str, ...]) -> Gates:
    """Those of the layers that these sources name."""
    wanted = {kind for text in sources for kind in _named(source_of(text))}
    if not wanted or any(map(_is_anywhere, wanted)):
        return Gates(frozenset(), frozenset(), frozenset(), always=True)
    return Gates(
        frozenset(_bound(Ether, "type", wanted)) | frozenset(_bound(Dot1Q, "type", wanted)),
        frozenset(_bound(IP, "proto", wanted)) | frozenset(_bound(IPv6, "nh", wanted)) | _of_icmpv6(wanted),
        frozenset(_ports(wanted)),
    )


@cache
def bound_ports() -> frozenset[int]:
    """Every UDP port that something is bound to."""
    pairs = [(values.get("sport"), values.get("dport")) for values, _ in UDP.payload_guess]
    return frozenset(port for pair in pairs for port in pair if port is not None)


@cache
def carried_by_udp(sources: tuple[str, ...], first: int, second: int) -> bool | None:
    """Whether scapy takes whatever comes between these ports for one of these layers; 0 is a port without a binding.

    Also where it then fails on it: the layer is there, damaged. None where the bytes have a say, too.
    """
    kind = UDP(sport=first, dport=second).guess_payload_class(b"")
    if not isinstance(kind, type) or hasattr(kind, "dispatch_hook"):
        return None
    names, ports = {each.__name__ for each in kind.__mro__}, {first, second}
    asked = [source for source in map(source_of, sources) if source.layer in names and source.without not in names]
    if not asked or any(source.path or source.conditions for source in asked):
        return None
    ports.discard(0)
    return any(source.port in ports if source.port else source.not_port not in ports for source in asked)


def _named(source: Source) -> set[type[Packet]]:
    """The classes that a source names, and what is made of them."""
    if source.any_that_begins:
        return {kind for name, kind in classes().items() if name.startswith(source.layer)}
    kind = classes().get(source.layer)
    return {kind, *(each for each in classes().values() if issubclass(each, kind))} if kind else set()


def _bound(carrier: type[Packet], name: str, wanted: set[type[Packet]]) -> Iterator[int]:
    for values, kind in carrier.payload_guess:
        number = values.get(name)
        if isinstance(number, int) and kind not in _CARRIERS and not wanted.isdisjoint(_reached(kind)):
            yield number


def _is_anywhere(kind: type[Packet]) -> bool:
    """Whether no gate tells: of link layers, carriers and their parts, and what columns step over (AH in IPv6)."""
    if kind.__module__ == IPv6.__module__:
        return not kind.__name__.lstrip("_").startswith("ICMPv6")
    modules = {each.__module__ for each in (IP, SCTP, Packet)}
    return kind in {*_CARRIERS, AH} or kind.__module__ in modules or kind.__name__ in link_layers()


def _of_icmpv6(wanted: set[type[Packet]]) -> frozenset[int]:
    """IPv6 picks the message's class from a table of its own, all in one module."""
    return frozenset({_ICMPV6} if any(kind.__module__ == IPv6.__module__ for kind in wanted) else ())


def _ports(wanted: set[type[Packet]]) -> Iterator[int]:
    for carrier in (TCP, UDP, SCTP):
        for values, kind in carrier.payload_guess:
            if not wanted.isdisjoint(_reached(kind)):
                yield from (int(values[name]) for name in ("sport", "dport") if name in values)


@cache
def _reached(kind: Any) -> frozenset[type[Packet]]:
    """What may lie in or on a layer of this class: itself, what is bound to it, and what its module has. Some bindings
    are functions, which return a class of their module.

    Not what lies in another frame inside: such frames are asked anyway.
    """
    found: set[type[Packet]] = set()
    waiting: list[Any] = [kind]
    while waiting:
        each = waiting.pop()
        if each in found or each in _CARRIERS:
            continue
        if isinstance(each, type) and issubclass(each, Packet):
            found.add(each)
            waiting += [bound for _, bound in each.payload_guess]
            waiting += [inner for field in each.fields_desc if (inner := held_by(field)) is not None]
        waiting += [other for other in _modules()[each.__module__] if other not in found]
    return frozenset(found)


@cache
def _modules() -> dict[str, list[type[Packet]]]:
    """Classes by the module that they are of."""
    found: dict[str, list[type[Packet]]] = defaultdict(list)
    for kind in classes().values():
        found[kind.__module__].append(kind)
    return found
