"""Further processes: what they find, and what becomes of a job, and of them, when they die or are not wanted."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tapscope.filters import compile_filter
from tapscope.filters.search import Search
from tapscope.filters.workers import Workers
from tapscope.frame import Direction, Interface
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of


def question(name: bytes) -> bytes:
    """An Ethernet frame with a DNS question for one label (RFC 1035, 4.1), checksums left out."""
    dns = bytes.fromhex("000101000001000000000000") + bytes([len(name)]) + name + bytes.fromhex("0000010001")
    udp = (40000).to_bytes(2) + (53).to_bytes(2) + (8 + len(dns)).to_bytes(2) + b"\0\0" + dns
    network = bytes.fromhex("4500") + (20 + len(udp)).to_bytes(2) + bytes.fromhex("00010000401100000a4d00010a4d0002")
    return bytes.fromhex("5254000000025254000000010800") + network + udp


def search_of(count: int) -> Search:
    """For every third of so many frames, of which two say the wanted name."""
    store = Store()
    store.set_interfaces([Interface("tap0")])
    names = (b"wanted", b"wanted", b"other")
    store.append(batch_of([(question(names[n % 3]), n, Direction.OUT) for n in range(count)]))
    search = Search(compile_filter('dns.qry.name == "wanted" && frame.number > 30'), store, 1, lambda: None)
    search.view.update()
    return search


def eventually(fact) -> None:
    """Wait until it is so; the test's own time limit is the end of patience."""
    while not fact():
        time.sleep(0.005)


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers(lambda: None, count=2)
    yield made
    made.close()


def finish(search: Search, workers: Workers, count: int = 10) -> None:
    """Have everything looked into elsewhere, by them; here what they do not."""
    while search.busy:
        while workers.free and (job := search.job(count)):
            workers.give(job)
        for job, found in workers.answers():
            search.answered(job, found)
        if not workers.serving and search.waiting:
            search.look(0.0)
        time.sleep(0.001)
    search.view.update()


def found(search: Search) -> list[int]:
    return search.view.numbers(search.view.first, search.view.last).tolist()


WANTED = [number for number in range(31, 301) if number % 3]


def test_they_find_what_is_found_here(workers):
    workers.start()
    workers.start()
    eventually(lambda: workers.free == 4)
    search = search_of(300)
    finish(search, workers)
    assert found(search) == WANTED
    again = search_of(300)
    finish(again, workers)
    assert found(again) == WANTED
    assert len(workers._processes) == 2


def test_before_they_are_ready_they_take_nothing(workers):
    assert not workers.serving
    assert workers.free == 0
    workers.start()
    assert workers.free == 0


def test_what_the_dead_were_doing_is_done_by_others(workers):
    workers.start()
    eventually(lambda: workers.free == 4)
    search = search_of(300)
    os.kill(workers._processes[0].pid, signal.SIGSTOP)
    jobs = [search.job(10) for _ in range(4)]
    for job in jobs:
        workers.give(job)
    os.kill(workers._processes[0].pid, signal.SIGKILL)
    finish(search, workers)
    assert found(search) == WANTED
    assert workers.serving


def test_without_any_worker_left_jobs_come_back(workers):
    workers.start()
    eventually(lambda: workers.free == 4)
    search = search_of(300)
    for process in workers._processes:
        os.kill(process.pid, signal.SIGSTOP)
    for _ in range(4):
        workers.give(search.job(10))
    for process in workers._processes:
        os.kill(process.pid, signal.SIGKILL)
    finish(search, workers)
    assert not workers.serving
    assert found(search) == WANTED


def test_where_no_process_can_be_made_there_is_none(workers, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("subprocess.Popen", refuse)
    workers.start()
    assert not workers.serving
    search = search_of(60)
    finish(search, workers)
    assert found(search) == [number for number in range(31, 61) if number % 3]


@pytest.mark.parametrize("ready", [False, True])
def test_closed_they_are_gone_whatever_they_do(ready):
    workers = Workers(lambda: None, count=2)
    workers.start()
    pids = [process.pid for process in workers._processes]
    if ready:
        eventually(lambda: workers.free == 4)
        search = search_of(300)
        while workers.free and (job := search.job(50)):
            workers.give(job)
    workers.close()
    workers.close()
    workers.start()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not workers._processes


def test_they_end_by_themselves_when_nobody_listens(workers):
    """As when this process is killed: its end of the pipe goes."""
    workers.start()
    eventually(lambda: workers.free == 4)
    process = workers._processes[0]
    process.stdin.close()
    assert process.wait() == 0


def test_a_job_holds_no_more_than_its_frames():
    job = search_of(300).job(5)
    assert sum(len(batch.block) for _, batch in job.pieces) == 5 * len(question(b"wanted"))
    assert np.array_equal(job.numbers, np.sort(job.numbers))
