"""One capture after another into one store, and never two at once."""

import errno
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread

import numpy as np
import pytest
from sources import Door, Scripted
from ui_kit import batch

from tapscope.capture.source import Mark
from tapscope.frame import Direction
from tapscope.store.batches import batch_of
from tapscope.store.spool.plan import SpoolPlan
from tapscope.ui.session import News, Session, State
from tapscope.ui.spooling import Spools


class Driver:
    """Runs a session as the app does: its loop in a thread, everything else here."""

    def __init__(self, door: Door, spool: SpoolPlan | None = None) -> None:
        self.woken = Event()
        spools = Spools(spool, "tap0", self.woken.set)
        self.session = Session(door, wake=self.woken.set, watch=None, spools=spools)
        self.threads: list[Thread] = []

    def begin(self) -> None:
        self.threads.append(Thread(target=self.session.begin()))
        self.threads[-1].start()

    def take(self) -> News:
        assert self.woken.wait(10)
        self.woken.clear()
        return self.session.take()

    def take_until(self, fact: Callable[[], object]) -> None:
        while not fact():
            self.take()


@contextmanager
def driven(door: Door, spool: SpoolPlan | None = None):
    driver = Driver(door, spool)
    try:
        yield driver
    finally:
        driver.session.stop()
        for thread in driver.threads:
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture(autouse=True)
def _nothing_stays_open():
    yield
    assert Scripted.opened == 0


def test_frames_and_facts_arrive_in_order() -> None:
    door = Door(notes=("created tap0",))
    with driven(door) as driver:
        driver.begin()
        assert driver.session.state is State.OPENING
        assert driver.take().opened.notes == ("created tap0",)
        assert driver.session.state is State.READING
        assert driver.session.store.interfaces[0].name == "tap0"
        door.source.feed(3)
        driver.take_until(lambda: len(driver.session.store) == 3)
        door.source.end("broken at offset 7")
        driver.take_until(lambda: driver.session.state is State.ENDED)
        assert driver.session.fault == "broken at offset 7"


def test_refused_is_a_fact_and_a_second_try_opens() -> None:
    door = Door(shut=True)
    with driven(door) as driver:
        driver.begin()
        assert driver.take().refused.errno == errno.EPERM
        assert driver.session.state is State.REFUSED
        door.shut = False
        driver.begin()
        assert driver.take().opened
        assert driver.session.refused is None
    assert door.tries == 2


def test_trying_again_while_open_closes_first() -> None:
    door = Door()
    with driven(door) as driver:
        driver.begin()
        for _ in range(20):
            driver.begin()
        driver.take_until(lambda: driver.session.state is State.READING)
        door.source.feed(5)
        driver.take_until(lambda: len(driver.session.store) == 5)
        assert driver.session.store.last == 5
    assert Scripted.most_at_once == 1


def test_frames_of_before_stay_and_numbers_go_on() -> None:
    door = Door()
    with driven(door) as driver:
        driver.begin()
        driver.take()
        door.source.feed(2)
        driver.take_until(lambda: len(driver.session.store) == 2)
        driver.begin()
        driver.take_until(lambda: driver.session.state is State.READING)
        door.source.feed(2)
        driver.take_until(lambda: driver.session.store.last == 4)
        assert driver.session.store.first == 1


def test_stopped_before_it_began_never_opens() -> None:
    door = Door()
    driver = Driver(door)
    run = driver.session.begin()
    driver.session.stop()
    run()
    assert door.tries == 0


def test_what_happened_is_said_of_the_next_frame() -> None:
    store = Session(Door(), wake=lambda: None, watch=None)
    news = News()
    for event in (batch(2), Mark("tap0 is gone"), Mark("tap0 is there again"), batch(2)):
        news = store._apply(event, news)
    assert news.marks == ("tap0 is gone", "tap0 is there again")
    said = {frame.number: frame.comments for frame in store.store.frames()}
    assert said == {1: (), 2: (), 3: ("tap0 is gone", "tap0 is there again"), 4: ()}


def test_memory_is_tidied_when_few_frames_come() -> None:
    """Not while they come so fast that there was no time to copy them out of their block."""
    session = Session(Door(), wake=lambda: None, watch=None)
    frames = batch_of([(bytes(1000), 0, Direction.IN)] * 6000)
    loose = replace(frames, block=bytes(6000 * 1080), offset=np.arange(6000) * 1080)
    session.store.append(loose)
    session.tidy()
    assert session.store.held_bytes > 6000 * 1080
    session.tidy()
    assert session.store.held_bytes < 6000 * 1064
    assert len(session.store) == 6000
