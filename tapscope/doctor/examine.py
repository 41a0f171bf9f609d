"""The one entry that the panel and the command use: attempt, look, judge."""

from collections.abc import Sequence
from dataclasses import replace

from tapscope.attempt import ENTERING, WATCHING, Attempt
from tapscope.doctor import attempts
from tapscope.doctor.attempts import Knock
from tapscope.doctor.collect import Before, collect, destination, look_before
from tapscope.doctor.collect_look import look
from tapscope.doctor.diagnosis import Diagnosis, diagnose
from tapscope.doctor.evidence import NOT_LOOKED, Evidence, Unseen
from tapscope.machine.netns import place_at
from tapscope.machine.sandbox import Probe


def _knock(interface: str | None, failed: Attempt | None, *, try_it: bool) -> tuple[Knock, Knock]:
    """Both doors, ``peer`` first. A call that already failed is not made again."""
    if failed is not None:
        known = attempts.knock_of(failed, interface)
        if failed.step in WATCHING:
            return _knock(interface, None, try_it=try_it)[0], known
        return known, _knock(interface, None, try_it=try_it)[1]
    if not try_it or (interface is not None and attempts.is_cut(interface)):
        return attempts.untried("peer"), attempts.untried("watch")
    peer = attempts.knock_peer_anywhere() if interface is None else attempts.knock_peer(interface)
    return peer, attempts.knock_watch(interface)


def _is_open(knock: Knock) -> bool:
    return knock.attempt.tried and all(call.ok for call in knock.attempt.attempts)


def gather(interface: str | None, *, try_it: bool = True, failed: Attempt | None = None) -> Evidence:
    """What ``examine`` judges."""
    if failed is not None and failed.step in ENTERING:
        return _at_the_border(interface, failed)
    before = look_before(interface)
    knocks: Sequence[Knock] = _knock(interface, failed, try_it=try_it)
    wanted = try_it and (interface is None or not _is_open(knocks[0]))
    probe = look(Probe) if wanted else NOT_LOOKED
    try:
        evidence = collect(interface, before, knocks)
    finally:
        sandbox = probe if isinstance(probe, Unseen) else look(probe.answer)
    return replace(evidence, probes=replace(evidence.probes, sandbox=sandbox))


def _at_the_border(interface: str | None, failed: Attempt) -> Evidence:
    """The interface is beyond: here, of it and its doors nothing is to be seen."""
    beyond = Unseen("its network namespace was not entered")
    seen = collect(None, Before(beyond, beyond), (attempts.knock_of(failed, None),))
    return replace(seen, interface=interface, destination=destination(place_at(failed.target)))


def examine(interface: str | None, *, try_it: bool = True, failed: Attempt | None = None) -> Diagnosis:
    """Try both doors of ``interface`` for real, look at everything that explains it, and judge.

    ``interface`` None asks what this user can do here at all. ``try_it`` False makes no attempt and predicts.
    ``failed`` is a refused call that the capture has made already. Call it in the thread that would open the TAP:
    capability sets are a thread's own. Never raises for what the machine refuses.
    """
    return diagnose(gather(interface, try_it=try_it, failed=failed))
