"""Views against a plain list: whatever comes, is found late, or is evicted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.frame import Direction
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.store.view import AllFrames, Matching, in_short


def grow(store: Store, count: int) -> None:
    store.append(batch_of([(bytes(60), None, Direction.OUT)] * count))


def thirds(first: int, last: int) -> np.ndarray:
    numbers = np.arange(first, last + 1)
    return numbers[numbers % 3 == 0]


def every_third(store: Store) -> Matching:
    """A view of every third frame; the others may be found later."""
    told = 0

    def feed() -> np.ndarray:
        nonlocal told
        begin, told = max(told + 1, store.first), store.last
        return thirds(begin, told)

    return Matching(store, feed)


deeds = st.one_of(
    st.tuples(st.just("grow"), st.integers(1, 200)),
    st.tuples(st.just("find"), st.lists(st.integers(0, 10_000), max_size=5)),
    st.tuples(st.just("update"), st.none()),
)


@given(st.lists(deeds, max_size=30))
def test_matching_is_what_a_list_would_be(script):
    """Rows keep their order, and every row that is held is found again where ``update`` says that it went."""
    store = Store(limit_bytes=20_000)
    view = every_third(store)
    rows: list[int] = []
    late: set[int] = set()
    for deed, amount in [*script, ("update", None)]:
        if deed == "grow":
            grow(store, amount)
        elif deed == "find":
            held = range(store.first, store.last + 1)
            new = {held[each % len(held)] for each in amount if held}
            new = {number for number in new if number % 3} - late
            late |= new
            view.add(np.array(sorted(new, reverse=True), np.int64))
        else:
            before = {number: at for at, number in enumerate(rows, view.first) if number >= store.first}
            places = {number: view.position(number) for number in rows}
            move = view.update()
            rows = sorted(set(thirds(1, store.last).tolist()) | late)
            rows = [number for number in rows if number >= store.first]
            assert view.numbers(view.first, view.last).tolist() == rows
            assert view.last - view.first + 1 == len(rows)
            assert all(view.position(number) == at for at, number in enumerate(rows, view.first))
            assert all(view.until(number) == at for at, number in enumerate(rows, view.first))
            for number in before:
                was = places[number]
                assert view.numbers(*[move(was) if move else was] * 2).tolist() == [number]


@pytest.mark.parametrize(("number", "nearest"), [(0, 3), (3, 3), (4, 3), (5, 6), (7, 6), (8, 9), (99, 9)])
def test_the_nearest_row_to_a_frame(number, nearest):
    store = Store()
    grow(store, 10)
    view = every_third(store)
    view.update()
    at = view.position(number)
    assert view.numbers(at, at).tolist() == [nearest]


def test_of_two_equally_near_rows_the_later_one():
    store = Store()
    grow(store, 10)
    view = Matching(store, lambda: np.array([2, 4]))
    view.update()
    assert view.position(3) == 2


def test_rows_that_are_gone_keep_their_positions():
    store = Store(limit_bytes=20_000)
    view = every_third(store)
    grow(store, 12)
    view.update()
    assert view.numbers(1, 4).tolist() == [3, 6, 9, 12]
    while store.first < 1000:
        grow(store, 100)
        view.update()
    assert view.first > 300
    at = view.position(store.last)
    assert view.last == at == store.last // 3
    told = view.numbers(1, at)
    assert len(told) == at
    assert all(number in {0, 3 * place} for place, number in enumerate(told.tolist(), 1))


def test_a_frame_that_was_evicted_before_it_was_found_makes_no_row():
    store = Store(limit_bytes=20_000)
    view = Matching(store, lambda: np.empty(0, np.int64))
    grow(store, 10)
    view.add(np.array([5]))
    while store.first <= 5:
        grow(store, 100)
    view.update()
    assert (view.first, view.last) == (1, 0)
    assert view.position(7) == 1


def test_all_frames_are_where_their_numbers_say():
    store = Store(limit_bytes=20_000)
    view = AllFrames(store)
    assert (view.first, view.last) == (1, 0)
    while store.first == 1:
        grow(store, 100)
    first, last = store.first, store.last
    assert (view.first, view.last) == (first, last)
    assert [view.position(number) for number in (1, first, last, last + 9)] == [first, first, last, last]
    assert view.numbers(last - 1, last + 5).tolist() == [last - 1, last]


def test_what_has_no_gap_is_a_range():
    assert in_short(np.array([4, 5, 6])) == range(4, 7)
    assert in_short(np.array([4, 6])) == [4, 6]
    assert not in_short(np.array([], np.int64))
