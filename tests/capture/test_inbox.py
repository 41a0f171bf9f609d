import threading
from dataclasses import replace
from mmap import mmap

from tapscope.capture.inbox import Inbox, weight
from tapscope.capture.source import Ended, LinkChanged
from tapscope.frame import Direction
from tapscope.store.batches import FRAME_BYTES, batch_of


def batch(frames: int, size: int = 100):
    return batch_of([(bytes(size), 1, Direction.OUT)] * frames)


def test_wakes_once_until_taken():
    woken = []
    inbox = Inbox(lambda: woken.append(1))
    for _ in range(3):
        inbox.put(Ended())
    assert len(woken) == 1
    assert inbox.take() == [Ended()] * 3
    assert inbox.take() == []
    inbox.put(Ended())
    assert len(woken) == 2


def test_keeps_the_order_of_all_kinds():
    inbox = Inbox(lambda: None)
    events = [LinkChanged(None), batch(1), Ended("over")]
    for event in events:
        inbox.put(event)
    taken = inbox.take()
    assert all(one is other for one, other in zip(taken, events, strict=True))


def test_drops_batches_past_the_bound_and_counts_their_frames():
    one = batch(10)
    inbox = Inbox(lambda: None, limit_bytes=2 * weight(one))
    for _ in range(2):
        assert not inbox.full
        inbox.put(batch(10))
    assert inbox.full
    inbox.put(batch(7))
    inbox.put(batch(5))
    inbox.put(Ended("over"))
    assert inbox.dropped == 12
    taken = inbox.take()
    assert [len(event) for event in taken[:2]] == [10, 10]
    assert taken[2:] == [Ended("over")]
    inbox.put(batch(3))
    assert [len(event) for event in inbox.take()] == [3]
    assert inbox.dropped == 12


def test_takes_one_batch_however_large():
    inbox = Inbox(lambda: None, limit_bytes=1)
    inbox.put(batch(1000))
    assert inbox.dropped == 0
    assert len(inbox.take()[0]) == 1000


def test_frames_of_a_mapped_file_weigh_what_their_columns_do():
    one = batch(1000)
    assert weight(one) >= 1000 * (100 + FRAME_BYTES)
    assert weight(replace(one, block=memoryview(mmap(-1, 100_000)))) < 1000 * (10 + FRAME_BYTES)


def test_tells_of_room_only_after_it_was_full():
    told = []
    inbox = Inbox(lambda: None, limit_bytes=weight(batch(2)))
    inbox.on_room = lambda: told.append(1)
    inbox.put(batch(1))
    inbox.take()
    assert not told
    inbox.put(batch(2))
    inbox.take()
    assert told == [1]


def test_loses_nothing_between_two_threads():
    news = threading.Event()
    inbox = Inbox(news.set)
    count = 20_000

    def put() -> None:
        for number in range(count):
            inbox.put(Ended(str(number)))

    thread = threading.Thread(target=put)
    thread.start()
    seen: list[str] = []
    while len(seen) < count:
        assert news.wait(10), "a wake-up was lost"
        news.clear()
        seen += [event.fault for event in inbox.take()]
    thread.join()
    assert seen == [str(number) for number in range(count)]
