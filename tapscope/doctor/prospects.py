"""What opening each interface would come to, predicted for many at once from one look at this process."""

from collections.abc import Iterator
from dataclasses import dataclass

from tapscope.doctor import readings, report, words
from tapscope.doctor.attempts import knock_peer_anywhere, knock_watch
from tapscope.doctor.collect import Before, collect, holders_of, tap_of
from tapscope.doctor.diagnosis import Diagnosis, Door, Verdict
from tapscope.doctor.evidence import Evidence, Holders, Mode, Seen, Tap, known
from tapscope.doctor.rules import CONDITIONS
from tapscope.machine import holders
from tapscope.machine.links import Link


@dataclass(frozen=True, slots=True)
class Prospect:
    """``door`` is the one that would be opened, None where both are shut or cannot be told.

    ``why``  titles of the doctor's findings: why the interface is only watched, or cannot be opened; empty otherwise
    """

    door: Mode | None
    why: str = ""


def foresee(evidence: Evidence, tap: Tap, held: Seen[Holders]) -> Prospect:
    """Attach to what is free, watch what is held or no TAP: the door that opening picks by itself.

    A TAP that nobody is attached to is deaf: watching it shows nothing, and is no way out.
    """
    diagnosis = report.predicted(evidence, tap, held, "peer", "watch")
    peer, watch = diagnosis.doors
    can_attach = readings.is_tun(tap) is not False
    if can_attach and peer.verdict.is_open:
        if not _is_held(tap):
            return Prospect("peer")
        return _beside(diagnosis, watch)
    is_deaf = can_attach and known(tap.carrier) is False
    if watch.verdict.is_open:
        why = "; ".join(_reasons(diagnosis, (peer,) if can_attach else ()))
        return Prospect(None if is_deaf else "watch", why)
    shut = (peer,) if is_deaf else (peer, watch) if can_attach else (watch,)
    return Prospect(None, "; ".join(dict.fromkeys(_reasons(diagnosis, shut))))


def _is_held(tap: Tap) -> bool:
    return bool(known(tap.carrier) or known(tap.queues))


def _beside(diagnosis: Diagnosis, watch: Door) -> Prospect:
    """Of many queues some are taken: one more, which may be had, would take its share of the holder's frames."""
    held = f"{diagnosis.evidence.interface} is held by {words.holders(diagnosis.evidence)}"
    if watch.verdict.is_open:
        return Prospect("watch", held)
    return Prospect(None, "; ".join((held, *_reasons(diagnosis, (watch,)))))


def _reasons(diagnosis: Diagnosis, doors: tuple[Door, ...]) -> Iterator[str]:
    for door in doors:
        if door.verdict is Verdict.PREDICTED_UNKNOWN:
            yield report.attempt_words(door)
        else:
            head, *others = report.findings_of(diagnosis, door)
            yield head.title
            yield from (finding.title for finding in others if finding.cause in CONDITIONS)


class Prospects:
    """This thread as it stands when it is made: what decides about every interface alike is looked at once."""

    def __init__(self) -> None:
        self._evidence = collect(None, Before(), (knock_peer_anywhere(), knock_watch(None)))

    def of(self, link: Link, held: holders.Search) -> Prospect:
        """Nothing is tried. ``held`` is who was found to hold the interface."""
        return foresee(self._evidence, tap_of(link, link.name), holders_of(held))
