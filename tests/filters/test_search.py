"""A filter at work over a store: what is found when, and what becomes of the rest."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from tapscope.filters.context import Context, Verdicts
from tapscope.filters.search import Search
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of


@dataclass
class Scripted:
    """Certain of every third frame, unsure of the one after; of those the even ones pass."""

    text: str = "scripted"
    deep: bool = True
    judged: int = 0
    asked: list[int] = field(default_factory=list)

    def judge(self, batch: Batch, number: int, context: Context) -> Verdicts:
        assert batch.headers is not None
        assert context.interfaces == (Interface("tap0"),)
        self.judged += len(batch)
        numbers = np.arange(number, number + len(batch))
        return Verdicts(numbers % 3 == 0, numbers % 3 == 1)

    def matches(self, frame: Frame, context: Context) -> bool:
        assert int.from_bytes(frame.data[:8]) == frame.number
        self.asked.append(frame.number)
        return frame.number % 2 == 0


def grow(store: Store, count: int) -> None:
    numbers = range(store.last + 1, store.last + 1 + count)
    store.append(batch_of([(number.to_bytes(8) + bytes(52), number, Direction.OUT) for number in numbers]))


def store_of(count: int, **limits: int) -> Store:
    store = Store(**limits)
    store.set_interfaces([Interface("tap0")])
    grow(store, count)
    return store


def wanted(first: int, last: int) -> list[int]:
    return [number for number in range(first, last + 1) if number % 3 == 0 or (number % 3 == 1 and number % 2 == 0)]


def found(search: Search) -> list[int]:
    search.view.update()
    return search.view.numbers(search.view.first, search.view.last).tolist()


def finish(search: Search, near: int = 1) -> None:
    search.near = near
    while search.busy:
        search.look(1.0)


def test_what_columns_tell_is_there_at_once_and_the_rest_bit_by_bit():
    told = []
    search = Search(Scripted(), store_of(100), 1, lambda: told.append(1))
    assert found(search) == [number for number in range(1, 101) if number % 3 == 0]
    assert (search.waiting, search.unsure, search.looked_into) == (34, 34, 0)
    assert told == [1]
    search.look(0.0)
    assert (search.waiting, search.looked_into) == (33, 1)
    finish(search)
    assert found(search) == wanted(1, 100)
    assert (search.waiting, search.unsure, search.looked_into) == (0, 34, 34)


def test_the_nearest_to_the_reader_come_first():
    search = Search(scripted := Scripted(), store_of(1000), 1, lambda: None)
    search.view.update()
    search.near = 500
    for _ in range(10):
        search.look(0.0)
    assert scripted.asked[0] == 499
    assert {abs(number - 500) for number in scripted.asked} == {1, 2, 4, 5, 7, 8, 10, 11, 13, 14}
    search.near = 900
    search.look(0.0)
    assert scripted.asked[-1] == 901


def test_frames_are_judged_as_they_come_and_once():
    search = Search(scripted := Scripted(), store := store_of(100), 1, lambda: None)
    search.view.update()
    for _ in range(50):
        grow(store, 7)
        search.view.update()
    assert scripted.judged == 450
    finish(search)
    assert found(search) == wanted(1, 450)


def test_what_is_evicted_is_not_looked_into():
    search = Search(scripted := Scripted(), store := store_of(100, limit_bytes=20_000), 1, lambda: None)
    search.view.update()
    while store.first < 500:
        grow(store, 100)
        search.view.update()
    finish(search, near=1)
    assert min(scripted.asked) >= store.first - 2
    assert found(search) == wanted(store.first, store.last)
    assert search.looked_into == search.unsure == len(scripted.asked)


def test_jobs_are_done_elsewhere_in_any_order():
    search = Search(Scripted(), store_of(100), 1, lambda: None)
    search.view.update()
    jobs = []
    while job := search.job(10):
        jobs.append(job)
    assert [len(job.numbers) for job in jobs] == [10, 10, 10, 4]
    assert search.busy
    assert not search.waiting
    for job in reversed(jobs):
        for numbers, batch in job.pieces:
            assert batch.headers is None
            assert len(batch.block) == 60 * len(batch)
            at = [int.from_bytes(batch.block[start : start + 8]) for start in batch.offset.tolist()]
            assert at == numbers.tolist()
        search.answered(job, job.numbers[job.numbers % 2 == 0])
    assert not search.busy
    assert found(search) == wanted(1, 100)


def test_a_job_that_nobody_did_is_done_by_somebody_else():
    search = Search(Scripted(), store_of(100), 1, lambda: None)
    search.view.update()
    job = search.job(10)
    search.answered(job, None)
    search.answered(job, None)
    assert search.waiting == 34
    finish(search)
    assert found(search) == wanted(1, 100)


def test_stopped_it_takes_no_more_of_the_old_and_all_of_the_new():
    search = Search(Scripted(), store := store_of(100), 1, lambda: None)
    search.view.update()
    job = search.job(10)
    search.stop()
    assert not search.busy
    assert search.left_out == 34
    search.answered(job, job.numbers)
    assert found(search) == [number for number in range(1, 101) if number % 3 == 0]
    grow(store, 50)
    search.view.update()
    finish(search)
    assert [number for number in found(search) if number > 100] == wanted(101, 150)


@pytest.mark.parametrize("count", [0, 1])
def test_over_next_to_nothing(count):
    search = Search(Scripted(), store_of(count), 1, lambda: None)
    search.view.update()
    assert search.job(10) is None or search.waiting == 0
    search.look(0.0)
