"""The list's orders against ``sorted``, whatever bytes come; and the view of them."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address, IPv6Address

import numpy as np
import pytest
from hostile_frames import hostile_frames
from hypothesis import given
from hypothesis import strategies as st

from tapscope.frame import Direction, Interface
from tapscope.store.arena import Store
from tapscope.store.batch import NO_TIME
from tapscope.store.batches import batch_of
from tapscope.store.headers import Headers, Kind
from tapscope.store.ordered import Ordered
from tapscope.store.ordering import LAST, SORTABLE, Order, order_of, ordered
from tapscope.store.pieces import pieces
from tapscope.store.protocols import NAMES, protocols_of
from tapscope.store.view import AllFrames, Matching, Sort

LINK_TYPES = [0, 1, 101, 108, 113, 276, 147]

falling = st.booleans()
frames = st.lists(
    st.tuples(
        hostile_frames(),
        st.none() | st.integers(-(2**62), 2**62) | st.integers(0, 3),
        st.sampled_from(Direction),
        st.booleans(),
    ),
    max_size=40,
)


def interfaces() -> list[Interface]:
    """Two of each link type: the later ones have the earlier names."""
    return [Interface(f"tap{9 - at}", link_type) for at in range(2) for link_type in LINK_TYPES]


def store_of(script: list) -> Store:
    store = Store()
    store.set_interfaces(interfaces())
    for (link_type, data), time_ns, direction, second in script:
        batch = batch_of([(data, time_ns, direction)])
        kind = LINK_TYPES.index(link_type) if link_type in LINK_TYPES else LINK_TYPES.index(147)
        interface = np.full(1, kind + len(LINK_TYPES) * second, np.uint16)
        length = batch.length + np.uint32(len(data) % 3)
        store.append(replace(batch, interface=interface, length=length))
    return store


def address(headers: Headers, row: int, data: bytes, side: str, link_type: int) -> tuple[int, int] | None:
    """As the headers and the frame say it, one frame at a time."""
    kind, network = int(headers.kind[row]), int(headers.network[row])
    if kind & Kind.IPV6:
        at = network + (8 if side == "source" else 24)
        return 1, int(IPv6Address(data[at : at + 16].ljust(16, b"\0")))
    if kind & Kind.IPV4:
        return 0, int(IPv4Address(int(getattr(headers, side)[row])))
    if link_type == 1 and len(data) >= 12:
        return 2, int.from_bytes(data[6:12] if side == "source" else data[:6])
    return None


def values_of(store: Store, column: str) -> list:
    """What each frame is sorted by; None where there is nothing."""
    found: list = []
    for part in store.parts():
        headers = part.batch.headers
        names = protocols_of(part.batch)
        for row in range(part.where.start, part.where.stop):
            frame = store.row(part.number + row - part.where.start)
            name = NAMES[names[row]]
            values: dict[str, Callable] = {
                "number": lambda frame=frame: frame.number,
                "time": lambda frame=frame: frame.time_ns,
                "interface": lambda frame=frame: frame.interface.name.casefold(),
                "direction": lambda frame=frame: frame.direction.word or None,
                "length": lambda frame=frame: frame.length,
                "protocol": lambda name=name: None if name == "Other" else name.casefold(),
            }
            of = partial(address, headers, row, frame.data, column, frame.interface.link_type)
            found.append(values.get(column, of)())
    return found


def by_python(values: list, sort: Sort) -> list[int]:
    """The numbers in order: those without a value last, equal ones as they came."""
    known = [number for number, value in enumerate(values, 1) if value is not None]
    unknown = [number for number, value in enumerate(values, 1) if value is None]
    return sorted(known, key=lambda number: values[number - 1], reverse=sort.falling) + unknown


@given(frames, st.sampled_from(SORTABLE), falling)
def test_whatever_comes_is_sorted_as_python_would(script, column, falls):
    store, sort = store_of(script), Sort(column, falls)
    order = order_of(pieces(store.parts()), sort, store.interfaces)
    assert order.numbers[order.rows].tolist() == by_python(values_of(store, column), sort)


@given(frames, st.sampled_from(SORTABLE), falling, st.data())
def test_some_of_the_frames(script, column, falls, data):
    store, sort = store_of(script), Sort(column, falls)
    some = data.draw(st.sets(st.integers(1, max(1, len(script)))))
    numbers = np.array(sorted(some & set(range(1, len(script) + 1))), np.int64)
    order = order_of(pieces(store.parts(), numbers), sort, store.interfaces)
    every = by_python(values_of(store, column), sort)
    assert order.numbers[order.rows].tolist() == [number for number in every if number in some]


@given(st.lists(st.integers(0, 4) | st.integers(0, 2**64 - 1)), falling)
def test_keys_of_all_sizes(keys, falls):
    numbers = np.arange(1, len(keys) + 1)
    order = ordered(numbers, Sort("any", falls), np.array(keys, np.uint64))
    values = [None if key == LAST else key for key in keys]
    assert (order.rows + 1).tolist() == by_python(values, Sort("any", falls))


@pytest.mark.parametrize("most", [2**8 - 2, 2**8 - 1, 2**16 - 2, 2**16 - 1, 2**32 - 2, 2**32 - 1])
@pytest.mark.parametrize("falls", [False, True])
def test_what_has_no_value_stays_last_in_few_bits_too(most, falls):
    keys = np.array([LAST, most + 7, 7, LAST, 8], np.uint64)
    found = ordered(np.arange(5), Sort("any", falls), keys).rows.tolist()
    assert found == ([1, 4, 2, 0, 3] if falls else [2, 4, 1, 0, 3])


def test_no_time_is_last_both_ways():
    store = Store()
    store.set_interfaces([Interface("tap0")])
    store.append(batch_of([(bytes(60), time_ns, Direction.IN) for time_ns in (5, None, -5, None, 5)]))
    assert store.columns(1, 5).time_ns[1] == NO_TIME
    orders = [order_of(pieces(store.parts()), Sort("time", falls), store.interfaces) for falls in (False, True)]
    assert [(order.rows + 1).tolist() for order in orders] == [[3, 1, 5, 2, 4], [1, 5, 3, 2, 4]]


def sorted_view(store: Store, view: AllFrames | Matching, sort: Sort) -> Ordered:
    view.update()
    numbers = view.numbers(view.first, view.last)
    order = order_of(pieces(store.parts(), numbers), sort, store.interfaces)
    return Ordered(view, view.last, order)


def lengths(*sizes: int) -> Store:
    store = Store(limit_bytes=200_000)
    store.set_interfaces([Interface("tap0")])
    store.append(batch_of([(bytes(size), at, Direction.IN) for at, size in enumerate(sizes)]))
    return store


def test_a_sorted_view():
    store = lengths(70, 60, 80, 60, 70)
    view = sorted_view(store, AllFrames(store), Sort("length"))
    assert (view.first, view.last, view.sort, view.behind) == (1, 5, Sort("length"), 0)
    assert view.numbers(1, 5).tolist() == [2, 4, 1, 5, 3]
    assert view.numbers(2, 99).tolist() == [4, 1, 5, 3]
    assert view.before(1, 5).tolist() == [1, 3, 0, 4, 2]
    assert [view.position(number) for number in (1, 2, 3, 4, 5, 6)] == [3, 1, 5, 2, 4, 4]
    assert view.places(np.array([1, 3, 4, 9])).tolist() == [2, 3, 5]
    assert isinstance(view.unsorted, AllFrames)


def test_what_comes_is_behind():
    store = lengths(70, 60)
    view = sorted_view(store, AllFrames(store), Sort("length"))
    store.append(batch_of([(bytes(50), None, Direction.IN)]))
    assert view.update() is None
    assert (view.last, view.behind, view.numbers(1, 9).tolist()) == (2, 1, [2, 1])
    assert view.until(99) == 2


def test_what_is_found_late_is_behind_too():
    store = lengths(70, 60, 80, 60, 70)
    matching = Matching(store, lambda: np.empty(0, np.int64))
    matching.add(np.array([1, 5]))
    view = sorted_view(store, matching, Sort("length", falling=True))
    assert view.numbers(1, 9).tolist() == [1, 5]
    assert view.before(1, 2).tolist() == [0, 1]
    matching.add(np.array([3]))
    view.update()
    assert (view.behind, view.position(3), view.position(4)) == (1, 2, 2)


def test_nothing_to_sort():
    store = lengths(70)
    view = sorted_view(store, Matching(store, lambda: np.empty(0, np.int64)), Sort("source"))
    assert (view.first, view.last, view.position(1)) == (1, 0, 1)
    assert view.numbers(1, 5).tolist() == view.before(1, 5).tolist() == view.places(np.array([1])).tolist() == []


def test_a_row_takes_sixteen_bytes():
    count = 1000
    order = Order(Sort("length"), np.arange(count), np.arange(count, dtype=np.uint32))
    view = Ordered(AllFrames(Store()), count, order)
    assert sum(value.nbytes for value in vars(view).values() if isinstance(value, np.ndarray)) == 16 * count
