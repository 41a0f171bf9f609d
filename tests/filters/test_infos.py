"""The Info of frames, made here and elsewhere, in any order, some of them twice, and of some that went."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.dissect.summary import summarize
from tapscope.filters.infos import LONGEST, Infos, info_of
from tapscope.filters.worker import answer_to
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.store.ordering import LAST, ordered
from tapscope.store.view import Sort

LINK = bytes.fromhex("020000000001 020000000002")


def store_of(datas: list[bytes], **limits: int) -> Store:
    store = Store(**limits)
    store.set_interfaces([Interface("tap0")])
    store.append(batch_of([(data, 0, Direction.IN) for data in datas]))
    return store


FRAMES = st.lists(
    st.binary(max_size=60).map(lambda data: LINK + b"\x08\x06" + data) | st.binary(max_size=40), max_size=25
)


@given(FRAMES, st.data())
def test_they_are_in_the_order_of_their_text(datas, data):
    store = store_of(datas)
    numbers = np.arange(1, len(datas) + 1)
    infos, away = Infos(store, numbers), []
    while infos.left:
        deed = data.draw(st.sampled_from(["look", "job", "answer", "lose"]))
        if deed == "look":
            infos.look(0)
        elif deed == "job":
            away.extend(filter(None, [infos.job(data.draw(st.integers(1, 9)))]))
        elif away:
            job = away.pop(data.draw(st.integers(0, len(away) - 1)))
            infos.answered(job, None if deed == "lose" else answer_to(pickle.loads(pickle.dumps(job))))
    texts = [summarize(frame).info for frame in store.frames()]
    order = ordered(numbers, Sort("info"), infos.keys())
    assert order.numbers[order.rows].tolist() == sorted(
        numbers.tolist(), key=lambda at: texts[at - 1].encode()[:LONGEST]
    )


def test_others_jobs_are_nothing():
    store = store_of([bytes(60)] * 4)
    mine, others = Infos(store, np.arange(1, 5)), Infos(store, np.arange(1, 5))
    job = others.job(4)
    mine.answered(job, answer_to(job))
    assert (mine.left, others.left) == (4, 4)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_is_evicted_is_last(elsewhere):
    store = store_of([bytes(1000)] * 5, limit_bytes=100_000)
    infos = Infos(store, np.arange(1, 6))
    while store.first <= 3:
        store.append(batch_of([(bytes(1000), 0, Direction.IN)] * 10))
    while infos.left:
        if not elsewhere:
            infos.look(1)
        elif job := infos.job(2):
            infos.answered(job, answer_to(job))
    assert [key == LAST for key in infos.keys().tolist()] == [number < store.first for number in range(1, 6)]


def test_a_long_one_is_cut():
    frame = Frame(1, 0, Direction.IN, 60, bytes(60), Interface("tap0"))
    assert info_of(frame) == summarize(frame).info.encode()[:LONGEST]
