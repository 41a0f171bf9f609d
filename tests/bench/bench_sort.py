"""What sorting the list costs at 1,000,000 mixed frames, beside Python's ``sorted`` on tuples of the same columns.

``python tests/bench/bench_sort.py [FRAMES]``. Ours is the time from the key to the sorted list, without its painting,
of a file that is indexed already; Python gets its rows ready made, a tenth of them, and its time is scaled.
"""

import sys
from collections.abc import Iterator
from functools import partial
from math import log

from bench_statistics import best, filled
from captures import capture
from measures import Measure, show, span

from tapscope.store.arena import Store
from tapscope.store.ordered import Ordered
from tapscope.store.ordering import SORTABLE
from tapscope.store.view import AllFrames, Sort
from tapscope.ui.outline import outlines
from tapscope.ui.sorter import Sorter

PART = 10
"""Python sorts so many times fewer rows."""
LONGEST = 0.5
"""Seconds that a sort may take: well under one."""


def ours(store: Store, sort: Sort) -> Ordered:
    """As the app has it done."""
    view = AllFrames(store)
    order = Sorter(store, sort, view.numbers(view.first, view.last)).carry_out()
    assert order is not None
    return Ordered(view, view.last, order)


def rows(store: Store, count: int) -> list[dict[str, object]]:
    """What Python sorts: the first frames, by column."""
    columns, said = store.columns(1, count), outlines(store, 1, count)
    plain = zip(columns.number.tolist(), columns.time_ns.tolist(), columns.length.tolist(), strict=True)
    return [
        {
            "number": number,
            "time": time_ns,
            "interface": "tap0",
            "direction": "",
            "length": length,
            "source": said[number].source,
            "destination": said[number].destination,
            "protocol": said[number].protocol,
        }
        for number, time_ns, length in plain
    ]


def measures(store: Store) -> Iterator[Measure]:
    """Each column, the greatest first: addresses as numbers here, and as text, which is less work, there."""
    part = len(store) // PART
    found = rows(store, part)
    scale = len(store) * log(len(store)) / (part * log(part))
    for column in SORTABLE:
        seconds = best(partial(ours, store, Sort(column, falling=True)))
        tuples = [(row[column], row["number"]) for row in found]
        theirs = best(lambda: sorted(tuples, key=lambda row: row[0], reverse=True)) * scale  # noqa: B023
        name, ratio = f"sort {len(store):,} frames by {column}", f"{theirs / seconds:,.1f} ×"
        yield Measure(name, span(seconds), f"sorted {span(theirs)}", ratio, f"< {span(LONGEST)}", seconds < LONGEST)


def main() -> None:
    """Print them."""
    with capture(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000) as path:
        show(measures(filled(path)))


if __name__ == "__main__":
    main()
