"""Filters over frames that are on disk: what they find does not depend on where the frames are."""

import struct

import numpy as np
import pytest
from spool_kit import MIB, NOW, TAP, spooling

from tapscope.filters.context import Context
from tapscope.filters.filter import compile_filter
from tapscope.frame import Direction
from tapscope.store.arena import Store
from tapscope.store.batches import batch_of, is_mapped
from tapscope.store.segments import GIVEN_UP


def frame(number: int) -> bytes:
    """TCP or UDP over IPv4, from ports that count."""
    ports = struct.pack(">HH", 1024 + number % 50, 80)
    payload = b"%07d" % number
    if number % 3:
        protocol, transport = 6, ports + struct.pack(">IIBBHHH", 1, 1, 0x50, 0x10, 1000, 0, 0)
    else:
        protocol, transport = 17, ports + struct.pack(">HH", 8 + len(payload), 0)
    size = 20 + len(transport) + len(payload)
    addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    ip = struct.pack(">BBHHHBBH", 0x45, 0, size, 1, 0, 64, protocol, 0) + addresses
    return bytes.fromhex("0200000000020200000000010800") + ip + transport + payload


def batches():
    for first in range(0, 60_000, 5000):
        yield batch_of([(frame(number), NOW + number, Direction.OUT) for number in range(first, first + 5000)])


def found(store: Store, text: str) -> list[int]:
    judge, context = compile_filter(text).judge, Context(store.interfaces, store.first_time_ns)
    numbers: list[int] = []
    for part in store.parts():
        verdicts = judge(part.batch, part.number - part.where.start, context)
        assert not verdicts.unsure.any()
        numbers += (np.flatnonzero(verdicts.yes[part.where]) + part.number).tolist()
    return numbers


FILTERS = ["tcp.srcport == 1030", "udp", "!tcp", 'frame contains "0059999"', "ip.src == 10.0.0.1 && udp.dstport == 80"]


@pytest.mark.parametrize("text", FILTERS)
def test_they_find_the_same_on_disk_and_in_memory(tmp_path, text):
    plain = Store()
    plain.set_interfaces([TAP])
    with spooling(tmp_path, MIB) as kept:
        for each in batches():
            kept.store.append(each)
            plain.append(each)
        kept.until_written()
        assert is_mapped(next(kept.store.parts()).batch.block)
        assert found(kept.store, text) == found(plain, text) != []


def test_frames_that_were_given_up_match_nothing_that_was_in_them(tmp_path):
    with spooling(tmp_path / "not there") as kept:
        for each in batches():
            kept.store.append(each)
        assert kept.store.row(1).comments == (GIVEN_UP,)
        assert found(kept.store, "udp.dstport == 80")[0] > kept.store.evicted > 0
        assert found(kept.store, 'frame contains "00"')[0] > kept.store.evicted
