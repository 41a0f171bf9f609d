"""What the list says of frames before the dissector is there: what their header columns tell."""

from collections.abc import Sequence

import numpy as np

from tapscope.dissect.summary import Summary, Tint
from tapscope.frame import Interface
from tapscope.store.arena import Store
from tapscope.store.batch import Batch
from tapscope.store.batches import selected
from tapscope.store.hosts import Level, hosts_of, rows_with
from tapscope.store.protocols import NAMES, protocols_of


def outlines(store: Store, first: int, last: int) -> dict[int, Summary]:
    """Addresses, protocol and ports of the frames ``first`` to ``last``, as far as they are held; no other Info."""
    found: dict[int, Summary] = {}
    for part in store.parts(first, last):
        mask = np.zeros(len(part.batch), np.bool_)
        mask[part.where] = True
        found |= enumerate(_of(selected(part.batch, mask), store.interfaces), part.number)
    return found


def _of(batch: Batch, interfaces: Sequence[Interface]) -> list[Summary]:
    """Of each frame of a batch with headers; the network's addresses before the link's, as the dissector has it."""
    ends = [("", "")] * len(batch)
    infos = [""] * len(batch)
    for level in Level:
        rows = rows_with(batch, level, interfaces)
        sources, destinations = hosts_of(batch, level, rows)
        for at, row in enumerate(rows.tolist()):
            ends[row] = sources.address(at), destinations.address(at)
            if level.has_ports:
                infos[row] = f"{sources.port[at]} → {destinations.port[at]}"
    names = [NAMES[name] for name in protocols_of(batch).tolist()]
    return [Summary(*pair, name, info, Tint.NONE) for pair, name, info in zip(ends, names, infos, strict=True)]
