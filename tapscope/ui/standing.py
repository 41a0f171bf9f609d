"""How the capture stands, in words: for the header line, and for the list while it is empty."""

import pwd
import time
from dataclasses import dataclass, replace
from functools import lru_cache

from tapscope.attempt import Attempt
from tapscope.dissect.text import printable
from tapscope.machine import netns
from tapscope.machine.links import Link
from tapscope.ui.header import HeaderFacts
from tapscope.ui.session import Session, State
from tapscope.ui.silence import CHATTER, PATIENCE, why_silent
from tapscope.ui.surroundings import Device


@lru_cache(maxsize=16)
def user_name(uid: int) -> str:
    """The user's name, or the number where there is no such user."""
    try:
        return printable(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return f"uid {uid}"


def owner_of(link: Link) -> str:
    """``owner maria``; empty where the interface is no TAP."""
    if link.tap is None:
        return ""
    return "no owner" if link.tap.owner is None else f"owner {user_name(link.tap.owner)}"


def present(session: Session, looked: Device | None) -> Device | None:
    """The interface: what the capture was told of it, else what was seen last."""
    if not session.link_known:
        return looked
    return Device(session.link, looked.addresses if looked else ())


@dataclass(frozen=True, slots=True)
class View:
    """What the list shows, and when: ``held_back`` is None while the view is not held, ``rate`` frames and bytes/s.

    ``now`` is the time in seconds since the epoch, ``age`` what has passed of it since the opening.
    """

    following: bool
    held_back: int | None
    rate: tuple[int, int]
    now: float
    age: float = 0.0


def state_of(session: Session, view: View) -> tuple[str, str]:
    """The state word and the role of its color."""
    if session.state is State.REFUSED:
        return "REFUSED", "error"
    if session.state is State.OPENING:
        return "OPENING", "primary"
    if view.held_back is not None:
        return f"PAUSED +{view.held_back:,}", "warning"
    if session.info and session.info.waiting:
        return "WAITING", "warning"
    if session.state is State.ENDED:
        return "ENDED", "error" if session.fault else "secondary"
    return ("FOLLOW", "success") if view.following else ("BROWSE", "primary")


def header_facts(
    session: Session, device: Device | None, view: View, *, name: str, refused: Attempt | None = None
) -> HeaderFacts:
    """Everything the header line shows. ``refused`` is the call for want of which a recording is replayed."""
    state, mood = state_of(session, view)
    facts = HeaderFacts(
        name=printable(name),
        mode=session.info.mode if session.info else "",
        why=printable(session.info.why) if session.info else "",
        sieve=printable(session.info.sieve) if session.info else "",
        frames=session.store.total_frames,
        octets=session.store.total_bytes,
        progress=session.progress,
        rate=view.rate if session.goes_on else None,
        lost=session.lost,
        held=_memory(session),
        evicted=session.store.evicted,
        spool=session.spools.state,
        ring_dropped=session.lost_by_kernel if session.info and session.info.ring else None,
        notice=printable(session.fault or _not_kept(session) or _recorded(refused) or _chatter(session, view)),
        state=state,
        mood=mood,
        clock=time.strftime("%H:%M:%S", time.localtime(view.now)),
    )
    if device is None or not session.live:
        return facts
    return _with_device(facts, session, device)


def _not_kept(session: Session) -> str:
    spool = session.spools.state
    return f"no longer kept on disk: {spool.fault}" if spool and spool.fault else ""


def _recorded(refused: Attempt | None) -> str:
    return f"a recording, since {refused}" if refused else ""


def _memory(session: Session) -> tuple[int, int] | None:
    """Worth saying from half of it on."""
    held = session.store.held_bytes
    if session.spools.spool is not None and not session.store.evicted:
        return None
    return (held, session.memory) if session.store.evicted or held > session.memory // 2 else None


def _chatter(session: Session, view: View) -> str:
    fresh = session.goes_on and not (session.info and session.info.waiting) and view.age >= PATIENCE
    return CHATTER if fresh and session.store.total_frames and session.only_chatter else ""


def _with_device(facts: HeaderFacts, session: Session, device: Device) -> HeaderFacts:
    link = device.link
    if link is None:
        return replace(facts, absent="link gone" if session.link_known else "no such interface")
    counts = session.info is not None and session.info.sieve_counts
    dropped = link.tx_dropped if link.tap else None
    return replace(
        facts,
        up=link.up,
        carrier=link.carrier,
        owner=owner_of(link),
        mac=link.address,
        addresses=device.addresses,
        queue_dropped=None if counts else dropped,
        kept_back=dropped if counts else None,
    )


def why_empty(session: Session, device: Device | None, view: View, *, name: str) -> str:
    """The sentence that stands in the list while it holds no frame."""
    name = printable(name)
    match session.state:
        case State.OPENING:
            return f"Opening {name} …"
        case State.REFUSED:
            return f"{name} could not be opened: F2 says why, r tries again."
        case State.ENDED:
            return printable(session.fault) or "No frames: the capture ended before the first."
        case State.READING:
            if device is None and session.told:
                return f"No frames yet: {printable(session.told)}"
            return f"No frames yet. {_why_quiet(session, device, view, name)}"


def _why_quiet(session: Session, device: Device | None, view: View, name: str) -> str:
    if device is None:
        return "They appear here as they come."
    if device.link is None:
        waits = session.info is not None and session.info.waiting
        return f"There is no interface {name} any more" + (": waiting until there is one again." if waits else ".")
    if not device.link.up:
        return f"{name} is down, so nothing can be sent: {netns.as_root(f'ip link set {name} up')}"
    if device.link.carrier is False:
        return f"{name} has no carrier: nobody is attached to it."
    sieve, mode = (session.info.sieve, session.info.mode) if session.info else ("", "")
    if view.age < PATIENCE:
        words = f"{name} is up and silent: they appear here as they come."
    elif sieve:
        words = f"{name} is up, and nothing came so far that passes -f {sieve}"
    else:
        words = why_silent(device.link, device.addresses, device.bridge, attached=mode == "peer")
    return printable(words)
