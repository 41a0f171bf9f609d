"""What the app asks of the machine besides frames: the time, the interface, and whether a refusal may have passed."""

import os
import socket
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tapscope.attempt import AttemptFailed
from tapscope.dissect.text import printable
from tapscope.machine import netns
from tapscope.machine.links import Link, addresses, find_link
from tapscope.machine.tuntap import NODE, open_node, probe_create

if TYPE_CHECKING:
    from tapscope.listing.choices import Lister


@dataclass(frozen=True, slots=True)
class Device:
    """The interface as it is now; ``link`` is None where there is none of that name, ``bridge`` what it belongs to."""

    link: Link | None
    addresses: tuple[str, ...] = ()
    bridge: str = ""


def look(name: str) -> Device | None:
    """Ask the kernel about the interface ``name``; None when it cannot be asked."""
    try:
        link = find_link(name)
        if link is None:
            return Device(None)
        bridge = socket.if_indextoname(link.master) if link.master else ""
        return Device(link, tuple(addresses(link.index)), bridge)
    except OSError:
        return None


def fingerprint(name: str | None) -> Hashable:
    """What decides whether the TAP ``name`` can be opened, as far as it can change while this process runs.

    The node by opening it, the right to create by a request that changes nothing, the interface without its counters.
    About 0.2 ms. Two that differ say that a refusal may have passed; two that are equal, that it has not.
    """
    device = look(name) if name is not None else None
    link = device.link if device else None
    return _door(), device is None, link and (link.index, link.kind, link.up, link.carrier, link.tap)


def _door() -> Hashable:
    """The errno of opening the node, or else that of asking for nothing."""
    try:
        fd = open_node(NODE)
    except AttemptFailed as failed:
        return failed.attempt
    try:
        return probe_create(fd)
    finally:
        os.close(fd)


def _place() -> str:
    entered = netns.entered()
    return printable(entered.brief) if entered else ""


def _interfaces() -> "Lister":
    from tapscope.listing.choices import LiveLister  # noqa: PLC0415  not before it is wanted: the first paint comes sooner

    return LiveLister()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The machine; a test has one that stands still. ``follow_link``: take the kernel's events on the interface.

    ``interfaces`` makes what the picker reads from. ``place`` names the network namespace that was gone to; empty: none
    was, and it is that in which this process was started.
    """

    clock: Callable[[], float] = time.time
    look: Callable[[str], Device | None] = look
    fingerprint: Callable[[str | None], Hashable] = fingerprint
    follow_link: bool = True
    interfaces: "Callable[[], Lister]" = _interfaces
    place: str = field(default_factory=_place)


THE_MACHINE = Surroundings()
