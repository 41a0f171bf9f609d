"""What is sought is found where it is, in rows, layers and bytes; and the way from hit to hit."""

import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.dissect.tree import dissect
from tapscope.filters import Context, FilterError, compile_filter
from tapscope.filters.find import How, Where, compile_find
from tapscope.filters.hits import Hits, Step
from tapscope.filters.narrowed import Narrowed
from tapscope.filters.search import Search
from tapscope.filters.worker import answer_to
from tapscope.frame import Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.store.ordered import Ordered
from tapscope.store.ordering import Order
from tapscope.store.view import AllFrames, Matching, Sort

ARP = bytes.fromhex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002")
ECHO = bytes.fromhex("020000000002 020000000001 0800 4500001c0001000040010000 0a000001 0a000002 0800000000000000")
GET = bytes(12) + b"\x88\xb5" + b"GET / HTTP/1.1\r\nHost: here\r\n" + bytes(20)
CONTEXT = Context((Interface("a"),))


def frame(data: bytes, number: int = 1) -> Frame:
    return Frame(number, 0, Direction.IN, len(data), data, Interface("a"))


def judged(sought, *datas: bytes) -> list[bool | None]:
    """True and False are certain."""
    verdicts = sought.judge(batch_of([(data, 0, Direction.IN) for data in datas]), 1, CONTEXT)
    return [None if unsure else bool(yes) for yes, unsure in zip(verdicts.yes, verdicts.unsure, strict=True)]


@pytest.mark.parametrize(
    ("text", "how", "where", "has_arp", "has_get"),
    [
        ("GET /", How.TEXT, Where.BYTES, False, True),
        ("get /", How.TEXT, Where.BYTES, False, False),
        ("WHO HAS 10.0.0.2", How.TEXT, Where.ROWS, True, False),
        ("hwtype: ethernet", How.TEXT, Where.LAYERS, True, False),
        ("ff:ff:ff:ff:ff:ff 02", How.HEX, Where.ROWS, True, False),
        ("0x48545450", How.HEX, Where.BYTES, False, True),
        ("host: h.re", How.REGEX, Where.BYTES, False, True),
        (r"10\.0\.0\.[12]\b", How.REGEX, Where.ROWS, True, False),
        (r"op.*who-has", How.REGEX, Where.LAYERS, True, False),
        ("arp.opcode == 1", How.FILTER, Where.ROWS, True, False),
        ("frame contains \"GET\"", How.FILTER, Where.BYTES, False, True),
        ("[/x]", How.TEXT, Where.ROWS, False, False),
    ],
)  # fmt: skip
def test_what_is_answer_to_what(text, how, where, has_arp, has_get):
    sought = compile_find(text, how, where)
    found = [sought.matches(frame(data), CONTEXT) for data in (ARP, GET)]
    assert found == [has_arp, has_get]
    certain = judged(sought, ARP, GET)
    assert all(sure is None or sure is known for sure, known in zip(certain, found, strict=True))
    if how is How.HEX or (where is Where.BYTES and how is not How.FILTER):
        assert None not in certain


@pytest.mark.parametrize(
    ("text", "how", "at", "said"),
    [
        ("  ", How.TEXT, 0, "nothing"),
        ("02 4g", How.HEX, 4, "hexadecimal digits"),
        ("024", How.HEX, 3, "half a byte"),
        ("(a", How.REGEX, 0, "wrong"),
        ("(a+)+", How.REGEX, 0, "repeat"),
        ("ip.addr ==", How.FILTER, 10, "."),
    ],
)
def test_what_cannot_be_sought(text, how, at, said):
    with pytest.raises(FilterError, match=said) as fault:
        compile_find(text, how, Where.BYTES)
    assert fault.value.at == at


@given(st.lists(st.binary(max_size=40), max_size=20), st.binary(min_size=1, max_size=2))
def test_bytes_are_found_where_they_are(datas, wanted):
    sought = compile_find(wanted.hex(" "), How.HEX, Where.BYTES)
    assert judged(sought, *datas) == [wanted in data for data in datas]
    for data in datas:
        places = [found.start() for found in re.finditer(re.escape(wanted), data)]
        assert [span.start for span in sought.spans_in(data)] == places
        assert sought.matches(frame(data), CONTEXT) == bool(places)


def test_the_field_that_has_the_words():
    sought = compile_find("who-has", How.TEXT, Where.LAYERS)
    node = sought.node_in(dissect(frame(ARP)))
    assert node is not None
    assert node.name == "ARP.op"
    assert compile_find("who-has", How.TEXT, Where.ROWS).node_in(dissect(frame(ARP))) is None


def test_a_search_finds_all_of_it():
    store = Store()
    store.set_interfaces([Interface("a")])
    store.append(batch_of([(data, 0, Direction.IN) for data in [GET, ARP, GET, GET, ARP]]))
    for text, where in (("who has", Where.ROWS), ("hwtype", Where.LAYERS), ("\x08\x06", Where.BYTES)):
        search = Search(compile_find(text, How.TEXT, where), store, 3, lambda: None)
        search.view.update()
        while search.busy:
            search.look(1)
        search.view.update()
        assert search.view.numbers(1, 5).tolist() == [2, 5]


def shown(store: Store, *numbers: int) -> Ordered:
    """These frames in this order."""
    rows = np.argsort(np.argsort(numbers)).astype(np.uint32)
    return Ordered(AllFrames(store), store.last, Order(Sort("length"), np.sort(np.array(numbers, np.int64)), rows))


def test_only_what_the_list_goes_over_counts():
    store = Store()
    store.append(batch_of([(b"x", 0, Direction.IN)] * 9))
    found = Matching(store, lambda: np.array([2, 5, 9], np.int64))
    found.update()
    assert Hits.of(found, shown(store, 9, 7, 5, 3, 1)).positions.tolist() == [1, 3]
    assert Hits.of(found, shown(store, 1, 3)).positions.tolist() == []
    assert Hits.of(found, shown(store)).positions.tolist() == []


@pytest.mark.parametrize(
    ("text", "how", "certain"), [("who has", How.TEXT, None), ("arp.opcode == 1", How.FILTER, True)]
)
def test_what_a_filter_keeps_out_for_certain_is_not_asked(text, how, certain):
    narrowed = Narrowed(compile_find(text, how, Where.ROWS), compile_filter("arp"))
    assert narrowed.text == text
    for wanted in (narrowed, pickle.loads(pickle.dumps(narrowed))):
        assert judged(wanted, ARP, ECHO) == [certain, False]
        assert [wanted.matches(frame(data), CONTEXT) for data in (ARP, ECHO)] == [True, False]


@pytest.mark.parametrize(
    ("position", "way", "step"),
    [
        (1, 1, Step(3, False)),
        (3, 1, Step(7, False)),
        (7, 1, Step(3, True)),
        (9, -1, Step(7, False)),
        (7, -1, Step(3, False)),
        (3, -1, Step(7, True)),
    ],
)
def test_from_hit_to_hit(position, way, step):
    hits = Hits(np.array([3, 7], np.int64))
    assert hits.step(position, way) == step
    assert (hits.which(3), hits.which(7), hits.which(4), hits.which(8)) == (1, 2, None, None)


@pytest.mark.parametrize("way", [1, -1])
def test_where_nothing_is_found_there_is_no_way(way):
    assert Hits(np.array([], np.int64)).step(1, way) is None
    assert Hits(np.array([4], np.int64)).step(4, way) == Step(4, True)


@pytest.mark.parametrize(
    ("text", "how"), [("is at", How.TEXT), ("who has", How.REGEX), ("ARP.hwtype == 1", How.FILTER)]
)
def test_a_further_process_finds_the_same(text, how):
    """What it is given goes through a pipe."""
    store = Store()
    store.set_interfaces([Interface("a")])
    store.append(batch_of([(data, 0, Direction.IN) for data in [GET, ARP, GET, ARP]]))
    sought = compile_find(text, how, Where.ROWS)
    search = Search(sought, store, 1, lambda: None)
    search.view.update()
    sure = search.view.numbers(1, 4).tolist()
    job = search.job(4)
    found = answer_to(pickle.loads(pickle.dumps(job))).tolist() if job else []
    assert sorted([*sure, *found]) == [number for number in (2, 4) if text != "is at"]


def test_what_is_known_between_two_frames():
    """Jobs come back in any order: what is nearer may be known later."""
    store = Store()
    store.set_interfaces([Interface("a")])
    store.append(batch_of([(ARP, 0, Direction.IN)] * 9))
    search = Search(compile_find("is at", How.TEXT, Where.ROWS), store, 1, lambda: None)
    assert not search.knows(1, 1)
    search.view.update()
    near, far = search.job(3), search.job(3)
    assert not search.knows(3, 4)
    search.answered(far, np.array([4], np.int64))
    assert (search.knows(4, 6), search.knows(3, 6), search.knows(6, 7), search.knows(10, 20)) == (
        True,
        False,
        False,
        True,
    )
    search.answered(near, np.array([], np.int64))
    assert search.knows(1, 6)
