"""Frames in the order of a column, beside Python's sorted."""

import ipaddress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.frame import Direction, Interface
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of
from tapscope.store.ordering import SORTABLE, order_of
from tapscope.store.pieces import pieces
from tapscope.store.view import Sort

INTERFACES = [Interface("tap2"), Interface("Tap10"), Interface("eth0"), Interface("tap2")]
HOSTS = ("10.0.0.2", "9.255.0.1", "200.0.0.1", "fe80::2", "fe80::1", "2001:db8::1", "1::", "::1", "")


def frame(source: str, destination: str, protocol: int, macs: int) -> bytes:
    link = bytes(5) + bytes([macs]) + bytes(5) + bytes([255 - macs])
    if not (source and destination):
        return link + b"\x88\xcc" + bytes(20)
    ends = [ipaddress.ip_address(each) for each in (source, destination)]
    packed = b"".join(each.packed for each in ends)
    if len(packed) == 8:
        return link + b"\x08\x00" + bytes([0x45, 0, 0, 40, 0, 0, 0, 0, 64, protocol, 0, 0]) + packed + bytes(20)
    if len(packed) == 32:
        return link + b"\x86\xdd" + bytes([0x60, 0, 0, 0, 0, 20, protocol, 64]) + packed + bytes(20)
    return link + b"\x08\x06" + bytes(28)


A_FRAME = st.builds(
    frame, st.sampled_from(HOSTS), st.sampled_from(HOSTS), st.sampled_from([6, 17, 1, 89]), st.integers(0, 3)
)
ROW = st.tuples(A_FRAME, st.sampled_from([None, -5, 0, 7, 1 << 60]), st.sampled_from(Direction), st.integers(0, 3))


def store_of(rows, each: int) -> Store:
    store = Store(limit_bytes=1 << 30)
    store.set_interfaces(INTERFACES)
    for start in range(0, len(rows), each):
        some = rows[start : start + each]
        batch = batch_of([row[:3] for row in some])
        store.append(replace(batch, interface=np.array([row[3] for row in some], np.uint16)))
    return store


def in_order(store: Store, numbers: np.ndarray | None, column: str, *, falling: bool = False) -> list[int]:
    order = order_of(pieces(store.parts(), numbers), Sort(column, falling), store.interfaces)
    return order.numbers[order.rows].tolist()


def key(column: str, data: bytes, time: int | None, direction: Direction, interface: int):
    if column in {"source", "destination"}:
        at = {"source": 0, "destination": 1}[column]
        if data[12:14] == b"\x08\x00":
            return 4, data[26 + 4 * at : 30 + 4 * at]
        if data[12:14] == b"\x86\xdd":
            return 6, data[22 + 16 * at : 38 + 16 * at]
        return 9, data[6 - 6 * at : 12 - 6 * at]
    return {
        "time": time,
        "direction": direction.word or None,
        "length": len(data),
        "interface": INTERFACES[interface].name.casefold(),
    }[column]


@pytest.mark.parametrize("column", ["time", "direction", "length", "interface", "source", "destination"])
@given(rows=st.lists(ROW, max_size=40), each=st.integers(1, 50), reverse=st.booleans(), some=st.booleans())
def test_frames_are_sorted_as_python_sorts_them(column, rows, each, reverse, some):
    store = store_of(rows, each)
    numbers = [number for number in range(1, len(rows) + 1) if not some or number % 3]
    keys = {number: key(column, *rows[number - 1]) for number in numbers}
    known = [number for number in numbers if keys[number] is not None]
    expected = sorted(known, key=keys.get, reverse=reverse) + [each for each in numbers if each not in known]
    asked = np.array(numbers, np.int64) if some else None
    assert in_order(store, asked, column, falling=reverse) == expected


def test_by_number_and_by_protocol():
    rows = [(frame("10.0.0.1", "10.0.0.2", protocol, 1), 0, Direction.IN, 0) for protocol in (17, 1, 6, 17, 89)]
    store = store_of([*rows, (frame("", "", 0, 1), 0, Direction.IN, 0)], 4)
    assert in_order(store, None, "protocol") == [2, 6, 5, 3, 1, 4]
    assert in_order(store, None, "protocol", falling=True) == [1, 4, 3, 5, 6, 2]
    assert in_order(store, np.array([2, 3, 5]), "number", falling=True) == [5, 3, 2]
    assert in_order(store, None, "number", falling=True) == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("column", SORTABLE)
def test_what_is_not_held_is_left_out(column):
    rows = [(bytes(1000), 0, Direction.IN, 0)] * 100
    store = store_of(rows, 100)
    assert in_order(Store(), None, column) == []
    assert in_order(store, np.array([50, 1000]), column) == [50]
    assert in_order(store, np.array([], np.int64), column) == []
