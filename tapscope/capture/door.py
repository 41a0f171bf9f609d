"""Which way into an interface: attach to it as its peer, or watch it beside whoever holds it."""

import contextlib
import errno
from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from tapscope.attempt import Attempt, AttemptFailed
from tapscope.capture.attached import RingedTap
from tapscope.capture.names import check_name
from tapscope.capture.ring import open_ring
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import SievedSource, SievingSource
from tapscope.capture.staying import Staying
from tapscope.capture.tap import open_tap
from tapscope.machine.descriptors import has_node
from tapscope.machine.holders import Holder, find_holders
from tapscope.machine.links import Link
from tapscope.machine.tuntap import look_up


class Door(StrEnum):
    """``AUTO``: attach where that can be, watch what is held by others, may not be attached to, or is no TAP.

    What has several queues, of which others hold some, could be attached to, but counts as held.
    """

    AUTO = "auto"
    PEER = "peer"
    WATCH = "watch"


def open_interface(name: str, door: Door = Door.AUTO, sieve: Sieve | None = None) -> Staying:
    """Open ``name`` by that door, and again by the same one when it was deleted and made again. Raises as ``open_now``.

    What was watched is never attached to later: another comes to hold it.
    """
    check_name(name)

    def again(mode: str, sieve: Sieve | None) -> SievingSource:
        if mode == "peer":
            return _attach(name, sieve)
        return open_ring(name, why=_why_watched(name, door), sieve=sieve)

    return Staying(name, partial(open_now, name, door), again, partial(_why_watched, name, door), sieve)


def open_now(name: str, door: Door = Door.AUTO, sieve: Sieve | None = None) -> SievingSource:
    """Open ``name`` by that door, for as long as it is there. Raises as ``open_tap`` and ``open_ring`` do.

    Where both doors are shut, what is raised is the refusal of the one that was meant.
    """
    if door is Door.PEER:
        return _attach(name, sieve)
    link, _ = look_up(name)
    if door is Door.WATCH or (link is not None and link.kind != "tun"):
        return open_ring(name, why=_why_watched(name, door), sieve=sieve)
    if link is not None and _has_room_beside_a_holder(link):
        return open_ring(name, why=_held(link.name), sieve=sieve)
    try:
        return _attach(name, sieve)
    except AttemptFailed as refused:
        ring = _ring_instead(link, refused.attempt, sieve)
        if ring is None:
            raise
        return ring


def _has_room_beside_a_holder(link: Link) -> bool:
    """Of many queues some are taken: one more would take its share of the holder's frames, where EBUSY keeps off."""
    return link.tap is not None and link.tap.multi_queue and bool(link.carrier or link.tap.queues)


def _attach(name: str, sieve: Sieve | None) -> SievingSource:
    """With CAP_NET_RAW the frames come by the ring; else the TAP is read.

    The ring is there before the TAP has carrier, where that can be: what is sent at that moment is seen, too.
    """
    with contextlib.ExitStack() as stack:
        ring = _ring_beside(name, sieve)
        if ring is not None:
            stack.callback(ring.close)
        tap = open_tap(name)
        stack.pop_all()
    ring = ring or _ring_beside(tap.info.name, sieve)
    if ring is not None:
        return RingedTap(tap, ring)
    return SievedSource(tap, sieve)


def _ring_beside(name: str, sieve: Sieve | None) -> SievingSource | None:
    try:
        return open_ring(name, sieve=sieve)
    except (AttemptFailed, OSError):
        return None


def _ring_instead(link: Link | None, refused: Attempt, sieve: Sieve | None) -> SievingSource | None:
    """Watch what may not be attached to, if somebody is at its other end; a TAP without a holder is deaf."""
    if link is None or not link.carrier:
        return None
    try:
        return open_ring(link.name, why=_why_refused(link.name, refused), sieve=sieve)
    except (AttemptFailed, OSError):
        return None


def _why_watched(name: str, door: Door) -> str:
    """Also of a TAP that nobody holds at this moment."""
    if door is Door.WATCH:
        return "as asked"
    link, _ = look_up(name)
    if link is not None and link.kind != "tun":
        return _no_tap(link)
    return "nobody holds it" if link is None or not link.carrier else _held(name)


def _why_refused(name: str, refused: Attempt) -> str:
    return _held(name) if refused.errno == errno.EBUSY else f"attaching is refused: {refused.errno_name}"


def _held(name: str) -> str:
    try:
        search = find_holders(name)
    except OSError:
        return "held by somebody else"
    if search.found:
        return f"held by {_named(search.found)}"
    likely = f", likely {_named(search.candidates)}" if len(search.candidates) == 1 else ""
    return f"held by a process that may not be looked into{likely}"


def _no_tap(link: Link) -> str:
    """What it is, and who holds it where it has an end that a process may hold."""
    with contextlib.suppress(OSError):
        if has_node(link) and (found := find_holders(link.name).found):
            return f"{link.kind}, held by {_named(found)}"
    return f"{link.kind or 'a device'}, no TAP"


def _named(holders: Sequence[Holder]) -> str:
    return ", ".join(map(_holder, holders))


def _holder(holder: Holder) -> str:
    machine = f", guest {holder.machine}" if holder.machine else ""
    return f"{holder.program} (pid {holder.pid}{machine})"
