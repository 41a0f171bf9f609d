"""Who holds the other end of an interface: the processes with a descriptor on it, and the machines that they run."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tapscope.machine.descriptors import Descriptor, Ends, descriptors_of, net_of
from tapscope.machine.guests import holds_taps, parse_machine
from tapscope.machine.links import Link, find_link
from tapscope.machine.namespaces import inode, own_net, parse_net_dev
from tapscope.machine.process import process_ids, read_command_line, read_status


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds the interface, or may. ``machine`` names its virtual machine, None where it runs none."""

    pid: int
    program: str
    uid: int
    machine: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """What the search saw.

    ``found``       the holders among the processes that could be looked into
    ``candidates``  processes that could not, and whose command line names the interface, or else whose program is
                    known to hold such devices; only where nothing was found
    ``hidden``      how many processes could not be looked into
    """

    found: tuple[Holder, ...] = ()
    candidates: tuple[Holder, ...] = ()
    hidden: int = 0


def describe(pid: int) -> Holder | None:
    """What a process is; None where it ended meanwhile."""
    try:
        arguments, status = read_command_line(pid), read_status(pid)
        name = os.path.basename(arguments[0]) if arguments else status["Name"]  # noqa: PTH119
        return Holder(pid, name or status["Name"], int(status["Uid"].split()[0]), parse_machine(arguments))
    except (OSError, KeyError):
        return None


def _described(pids: Iterable[int]) -> tuple[Holder, ...]:
    return tuple(holder for pid in pids if (holder := describe(pid)) is not None)


def _is_dead(pid: int) -> bool:
    """A zombie holds no descriptor any more, but says EACCES like a process that may not be looked into."""
    try:
        return read_status(pid).get("State", "")[:1] in {"Z", "X"}
    except OSError:
        return True


def _stands_here(pid: int) -> bool:
    try:
        return inode(f"/proc/{pid}/ns/net") == own_net()
    except OSError:
        return False


def _has_one_of_that_name(pid: int, interface: str) -> bool:
    """In the network namespace of the process. A machine started by a manager may hold ours from elsewhere."""
    try:
        return interface in parse_net_dev(Path(f"/proc/{pid}/net/dev").read_text(errors="surrogateescape"))
    except OSError:
        return False


def _is_ours(end: Descriptor, link: Link, *, alone: bool) -> bool:
    """The descriptor's interface is ``link``, and not one of that name in another network namespace.

    Its name does not tell, and neither does the holder's namespace: TAPs and processes move. Where both speak for ours,
    nobody else claims it and it has a carrier, that is believed; else the kernel is asked, and where it does not
    answer, a holder that stands here holds ours if ours is held, one elsewhere if there is none of that name there.
    """
    here = _stands_here(end.pid)
    if here and alone and link.carrier:
        return True
    net = net_of(end)
    if net is not None:
        return net == own_net()
    idle = link.tap is not None and link.carrier is False
    return not idle if here else not _has_one_of_that_name(end.pid, link.name)


class _Hidden:
    """Processes that may not be looked into; their command lines are public."""

    def __init__(self, pids: Sequence[int]) -> None:
        self.count = len(pids)
        self._words: dict[int, set[str]] = {}
        self._known: list[int] = []
        for pid in pids:
            try:
                arguments = read_command_line(pid)
            except OSError:
                continue
            self._words[pid] = {word for argument in arguments[1:] for word in re.split("[=,]", argument)}
            self._known += [pid] if holds_taps(arguments) else []

    def likely(self, link: Link) -> tuple[Holder, ...]:
        names = {link.name, *link.altnames}
        return _described([pid for pid, words in self._words.items() if words & names] or self._known)


def search(links: Sequence[Link]) -> Mapping[int, Search]:
    """Look for the holders of these interfaces of this network namespace, in one walk through /proc; by index.

    Raises ``OSError``.
    """
    if not links:
        return {}
    ends, claims, closed = Ends(links), {link.index: list[Descriptor]() for link in links}, list[int]()
    for pid in process_ids():
        try:
            for end in descriptors_of(pid):
                link = ends.named_by(end)
                if link is not None:
                    claims[link.index].append(end)
        except PermissionError:
            closed += [] if _is_dead(pid) else [pid]
        except OSError:
            continue
    hidden = _Hidden(closed)
    return {link.index: _judged(link, claims[link.index], ends, hidden) for link in links}


def _judged(link: Link, claims: Sequence[Descriptor], ends: Ends, hidden: _Hidden) -> Search:
    alone = len({end.pid for end in claims}) == 1
    pids = {end.pid: None for end in claims if ends.is_sure(end) or _is_ours(end, link, alone=alone)}
    found = _described(pids)
    return Search(found, () if found else hidden.likely(link), hidden.count)


def find_holders(interface: str) -> Search:
    """The holders of one interface; of none where there is none of that name. Raises ``OSError``."""
    link = find_link(interface)
    return search([link])[link.index] if link is not None else Search()
