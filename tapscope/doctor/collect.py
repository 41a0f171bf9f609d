"""All looking: from the machine as it is to ``Evidence``. Nothing here judges.

A field is a value, None (looked, and there is none), or ``Unseen`` with why one could not look.
"""

import errno
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tapscope.doctor import collect_files, collect_host, collect_process
from tapscope.doctor.attempts import Knock, probe
from tapscope.doctor.collect_look import look
from tapscope.doctor.evidence import (
    NOT_LOOKED,
    Destination,
    Elsewhere,
    Evidence,
    Holder,
    Holders,
    ModeAttempt,
    Seen,
    Tap,
    Unseen,
    known,
)
from tapscope.machine import holders, links, namespaces, netns
from tapscope.machine.devices import group_name, user_name
from tapscope.machine.netns import Place

_NOT_NEEDED = Unseen("not needed: the interface is here")
_NO_INTERFACE = Unseen("no interface was named")


@dataclass(frozen=True, slots=True)
class Before:
    """What must be seen before the attempts, which may create a device: the interface, and this namespace's TAPs."""

    tap: Seen[Tap] = _NO_INTERFACE
    taps: Seen[tuple[Tap, ...]] = NOT_LOOKED


def tap_of(link: links.Link, asked: str) -> Tap:
    """An interface as evidence; ``asked`` is the name by which it was found."""
    seen = Tap(
        name=link.name,
        index=link.index,
        kind=link.kind or None,
        asked_by_altname=asked != link.name,
        up=link.up,
        carrier=link.carrier,
        operstate=link.operstate,
    )
    return _with_settings(seen, link.tap)


def _with_settings(tap: Tap, settings: links.TapSettings | None) -> Tap:
    """A device that is no tun has none of them: looked, and absent."""
    if settings is None:
        tap = replace(tap, mode=None, owner=None, group=None, owner_name=None, group_name=None)
        return replace(tap, no_pi=None, vnet_hdr=None, multi_queue=None, persist=None, queues=None)
    return replace(
        tap,
        mode=settings.mode,
        owner=settings.owner,
        group=settings.group,
        owner_name=None if settings.owner is None else look(user_name, settings.owner),
        group_name=None if settings.group is None else look(group_name, settings.group),
        no_pi=settings.no_pi,
        vnet_hdr=settings.vnet_hdr,
        multi_queue=settings.multi_queue,
        persist=settings.persist,
        queues=settings.queues,
    )


def _find(interface: str) -> Tap | None:
    link = links.find_link(interface)
    return None if link is None else tap_of(link, interface)


def _taps() -> tuple[Tap, ...]:
    return tuple(tap_of(link, link.name) for link in links.list_links() if link.kind == "tun")


def look_before(interface: str | None) -> Before:
    """To be called before any attempt."""
    return Before(_NO_INTERFACE if interface is None else look(_find, interface), look(_taps))


def _holder(found: holders.Holder) -> Holder:
    return Holder(
        found.pid,
        program=found.program,
        uid=found.uid,
        user_name=look(user_name, found.uid),
        machine=found.machine,
    )


def holders_of(search: holders.Search) -> Holders:
    """Who was found, as evidence."""
    return Holders(tuple(map(_holder, search.found)), tuple(map(_holder, search.candidates)), search.hidden)


def _holders(interface: str) -> Holders:
    return holders_of(holders.find_holders(interface))


def _place(other: namespaces.OtherNamespace) -> Elsewhere:
    path = str(namespaces.NAMED / other.name) if other.name else f"/proc/{other.pid}/ns/net"
    where = Place(path, other.name, other.pid).where
    return Elsewhere(where, other.name, other.pid, look(netns.is_owned, path))


def destination(place: Place) -> Destination:
    """Where ``--netns`` leads. Once there, nothing is left to be seen of the way."""
    seen = Destination(place.word, place.where, place.path, place.name, place.pid, place.with_user)
    if place == netns.entered():
        return seen
    owner = look(netns.owner_of, place.path)
    process = None if place.pid is None else collect_process.other_process(place.pid)
    if isinstance(owner, Unseen) or owner is None:
        return replace(seen, process=process, owner=owner, owner_uid=owner)
    return replace(seen, process=process, owner=owner.relation, owner_uid=owner.uid)


def destination_now() -> Destination | None:
    """Where this process went."""
    place = netns.entered()
    return None if place is None else destination(place)


def _elsewhere(interface: str) -> tuple[Elsewhere, ...]:
    places = tuple(map(_place, namespaces.elsewhere(interface)))
    if not places and "/" not in interface and (Path("/sys/class/net") / interface).is_symlink():
        return (Elsewhere("the namespace that mounted /sys"),)
    return places


def _is_held(tap: Seen[Tap], attempts: Sequence[ModeAttempt]) -> bool:
    """Somebody is attached (a TAP's carrier), or a call said so."""
    refused = {call.errno for attempt in attempts for call in attempt.attempts}
    seen = known(tap)
    return bool(refused & {errno.EBUSY, errno.E2BIG}) or (seen is not None and known(seen.carrier) is True)


def collect(interface: str | None, before: Before, knocks: Sequence[Knock]) -> Evidence:
    """Everything that explains the attempts, but for the sandbox. Must run in the thread that made them."""
    attempts = tuple(knock.attempt for knock in knocks)
    raised = {capability for knock in knocks for capability in knock.raised}
    here = known(before.tap)
    name = here.name if here else interface
    return Evidence(
        interface=interface,
        attempts=attempts,
        node=collect_files.node(),
        credentials=collect_process.credentials(),
        thread=collect_process.thread_state(sum(1 << capability for capability in raised)),
        process=collect_process.process_state(),
        interpreter=collect_files.interpreter(),
        namespaces=collect_process.where_it_stands(),
        tap=before.tap,
        taps=before.taps,
        elsewhere=look(_elsewhere, interface) if interface and before.tap is None else _NOT_NEEDED,
        holders=look(_holders, name) if name and _is_held(before.tap, attempts) else Unseen("nobody is attached"),
        policy=collect_process.policy(),
        probes=probe(knocks),
        host=collect_host.host(),
        destination=destination_now(),
    )
