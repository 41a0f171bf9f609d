"""Why nothing comes, as far as it can be known: words from facts, and nothing that looks."""

import numpy as np

from tapscope.frame import Direction
from tapscope.machine.links import Link
from tapscope.store.batch import Batch

PATIENCE = 3.0
"""Seconds without a frame after which the reader is told what there is to know."""

_GROUPS = (0x3333, 0x0100)
"""How a group's Ethernet address begins: IPv6 (RFC 2464), and IPv4, spanning tree and their like."""


def is_chatter(batch: Batch) -> bool:
    """Only what a host sends to groups of its own accord: IPv6 autoconfiguration, IGMP, mDNS. An empty batch is.

    For Ethernet; shorter frames are none.
    """
    if (batch.direction != Direction.OUT).any() or (batch.captured < 2).any():
        return False
    octets = np.frombuffer(batch.block, np.uint8)
    begin = octets[batch.offset].astype(np.uint16) << 8 | octets[batch.offset + 1]
    return bool(np.isin(begin, _GROUPS).all())


CHATTER = "only this host's own announcements so far (IPv6 autoconfiguration and the like): no answer yet"


def why_silent(link: Link, addresses: tuple[str, ...], bridge: str, *, attached: bool) -> str:
    """What is known of an interface that is up, has carrier, and over which nothing went.

    ``attached``: this process is at its other end, else somebody is. ``bridge`` is that which it belongs to, if any.
    """
    other = "this process" if attached else "somebody"
    who = f"{link.name} is up, {other} is attached to it" if link.tap else f"{link.name} is up"
    return f"{who}, and nothing was sent so far: {_reason(link.name, addresses, bridge)}."


def _reason(name: str, addresses: tuple[str, ...], bridge: str) -> str:
    if bridge:
        return f"it belongs to the bridge {bridge}, which has had nothing to forward"
    routed = [address for address in addresses if not address.startswith("fe80:")]
    if routed:
        return f"it has {routed[0]}, so whatever this host sends to that network goes here: try ping"
    mend = f"sudo ip address add 10.0.0.1/24 dev {name}"
    return f"it is in no bridge and has no address, so this host has nothing to send into it. For one: {mend}"
