"""Who speaks to whom, and how much: conversations and endpoints of one level, counted from header columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Interface
from tapscope.store.batch import NO_TIME, Batch
from tapscope.store.grouping import group_rows
from tapscope.store.hosts import Hosts, Level, hosts_of, joined_hosts, rows_with

NEVER = np.iinfo(np.int64).max
"""In ``begin_ns``: no frame has a time."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Conversations:
    """``n`` pairs of hosts, in the order of their first frames. All counts are int64 of shape ``(n,)``.

    ``one`` sent the first frame, to ``other``. ``frames_there`` and ``octets_there`` (bytes on the wire) went from
    ``one`` to ``other``, ``…_back`` the other way. ``number`` is the first frame's. ``begin_ns`` and ``end_ns`` are the
    times of the earliest and of the latest frame, ``NEVER`` and ``NO_TIME`` where none has a time.
    """

    one: Hosts
    other: Hosts
    number: Counts
    begin_ns: Counts
    end_ns: Counts
    frames_there: Counts
    octets_there: Counts
    frames_back: Counts
    octets_back: Counts

    def __len__(self) -> int:
        return len(self.number)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """From the first frame to the last, 0 where no frame has a time."""
        timed = self.end_ns != NO_TIME
        return np.where(timed, self.end_ns - np.where(timed, self.begin_ns, self.end_ns), 0) / 1e9


@dataclass(frozen=True, slots=True)
class Endpoints:
    """``n`` hosts, in the order of their first frames. All counts are int64 of shape ``(n,)``, octets as on the wire.

    A frame that a host sends to itself counts both as sent and as received.
    """

    host: Hosts
    number: Counts
    frames_sent: Counts
    octets_sent: Counts
    frames_received: Counts
    octets_received: Counts

    def __len__(self) -> int:
        return len(self.number)


def conversations_of(batch: Batch, numbers: Counts, level: Level, interfaces: Sequence[Interface]) -> Conversations:
    """Those of a batch with headers, whose frames bear ``numbers``, shape ``(n,)``, in ascending order."""
    rows = rows_with(batch, level, interfaces)
    one, other = hosts_of(batch, level, rows)
    time_ns, none = batch.time_ns[rows], np.zeros(len(rows), np.int64)
    each = Conversations(
        one=one,
        other=other,
        number=numbers[rows],
        begin_ns=np.where(time_ns == NO_TIME, NEVER, time_ns),
        end_ns=time_ns,
        frames_there=none + 1,
        octets_there=batch.length[rows].astype(np.int64),
        frames_back=none,
        octets_back=none,
    )
    return merged([each])


def merged(pieces: Sequence[Conversations]) -> Conversations:
    """One table of several (at least one), each of later frames than the one before."""
    every = Conversations(
        joined_hosts([piece.one for piece in pieces]),
        joined_hosts([piece.other for piece in pieces]),
        *_joined_counts(pieces),
    )
    # a pair is one, whoever begins: counted by the hosts' order first, then told as of the first frame
    turned = every.one.after(every.other)
    lower, upper = _exchanged(turned, every.one.keys, every.other.keys)
    groups = group_rows(*lower, *upper)
    first = groups.first
    up, down = _exchanged(turned, (every.frames_there, every.octets_there), (every.frames_back, every.octets_back))
    there, back = _exchanged(turned[first], [groups.sum(each) for each in up], [groups.sum(each) for each in down])
    order = np.argsort(first)
    columns = [every.number[first], groups.least(every.begin_ns), groups.most(every.end_ns), *there, *back]
    first = first[order]
    return Conversations(every.one.of(first), every.other.of(first), *(column[order] for column in columns))


def endpoints_of(conversations: Conversations) -> Endpoints:
    """Everybody who takes part in them."""
    each = conversations
    hosts = joined_hosts([each.one, each.other])
    groups = group_rows(*hosts.keys)
    first = groups.first
    number = np.concatenate([each.number, each.number])
    there, back = (each.frames_there, each.octets_there), (each.frames_back, each.octets_back)
    sent = [groups.sum(np.concatenate(pair)) for pair in zip(there, back, strict=True)]
    received = [groups.sum(np.concatenate(pair)) for pair in zip(back, there, strict=True)]
    numbers = groups.least(number)
    order = np.argsort(numbers, kind="stable")
    return Endpoints(hosts.of(first[order]), *(column[order] for column in (numbers, *sent, *received)))


def _joined_counts(pieces: Sequence[Conversations]) -> list[Counts]:
    names = [each.name for each in fields(Conversations)][2:]
    return [np.concatenate([getattr(piece, name) for piece in pieces]) for name in names]


def _exchanged(
    where: NDArray[np.bool_], ones: Sequence[NDArray[Any]], others: Sequence[NDArray[Any]]
) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Columns in pairs, each of shape ``(n,)``, exchanged ``where`` it is True."""
    return (
        [np.where(where, other, one) for one, other in zip(ones, others, strict=True)],
        [np.where(where, one, other) for one, other in zip(ones, others, strict=True)],
    )
