"""The list as lines: a table with a heading, or a JSON object a line."""

import json
from collections.abc import Iterable, Iterator

from tapscope.listing.choices import Choice
from tapscope.listing.words import HEADINGS, texts
from tapscope.machine import devices
from tapscope.machine.holders import Holder
from tapscope.machine.inventory import Entry

_NOTHING = "-"
"""Stands where a column would be empty, so that the others keep their places."""
_RIGHT = frozenset({"rate", "mtu"})


def table(choices: Iterable[Choice]) -> Iterator[str]:
    """A heading, and a line an interface; columns are as wide as what they hold, two blanks apart."""
    rows = [HEADINGS, *({name: said or _NOTHING for name, said in texts(choice).items()} for choice in choices)]
    widths = {name: max(len(row[name]) for row in rows) for name in HEADINGS}
    for row in rows:
        cells = (row[name].rjust(cells) if name in _RIGHT else row[name].ljust(cells) for name, cells in widths.items())
        yield "  ".join(cells).rstrip()


def json_rows(choices: Iterable[Choice]) -> Iterator[str]:
    """An object an interface, in ASCII; null is what does not apply or is not known."""
    return (json.dumps(_device(choice.entry) | _standing(choice)) for choice in choices)


def _device(entry: Entry) -> dict[str, object]:
    link, settings = entry.link, entry.link.tap
    owner, group = (settings.owner, settings.group) if settings else (None, None)
    return {
        "name": link.name,
        "altnames": link.altnames,
        "index": link.index,
        "mode": entry.kind,
        "up": link.up,
        "carrier": link.carrier,
        "mtu": link.mtu,
        "mac": link.address or None,
        "bridge": entry.port_of,
        "owner": owner,
        "owner_name": None if owner is None else devices.user_name(owner),
        "group": group,
        "group_name": None if group is None else devices.group_name(group),
        "multi_queue": settings and settings.multi_queue,
        "queues": settings and settings.queues,
        "vnet_hdr": settings and settings.vnet_hdr,
        "persistent": settings and settings.persist,
    }


def _standing(choice: Choice) -> dict[str, object]:
    entry, rate = choice.entry, choice.entry.rate
    return {
        "in_frames_per_second": rate and round(rate.in_frames, 1),
        "in_bytes_per_second": rate and round(rate.in_bytes),
        "out_frames_per_second": rate and round(rate.out_frames, 1),
        "out_bytes_per_second": rate and round(rate.out_bytes),
        "held": entry.held,
        "holders": [_holder(holder) for holder in entry.search.found],
        "likely_holders": [_holder(holder) for holder in entry.likely],
        "hidden_processes": entry.search.hidden,
        "opens": {"peer": "attach", "watch": "watch", None: None}[choice.prospect.door],
        "why": choice.prospect.why or None,
    }


def _holder(holder: Holder) -> dict[str, object]:
    user = devices.user_name(holder.uid)
    return {"pid": holder.pid, "program": holder.program, "uid": holder.uid, "user": user, "guest": holder.machine}
