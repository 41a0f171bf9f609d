"""Whole batches are judged as libpcap judges frame by frame, whatever the program and the frames are."""

from dataclasses import replace
from mmap import PROT_READ, mmap

import cypcap
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.capture.bpf import Instruction, goes_forward, passing
from tapscope.capture.libpcap import compiled, instructions_of
from tapscope.capture.sieve import Sieve
from tapscope.frame import LINKTYPE_ETHERNET, LINKTYPE_RAW, Direction, Interface
from tapscope.store.batches import batch_of

EXPRESSIONS = (
    "arp",
    "tcp port 80 or (udp and not host 10.0.0.1)",
    "ip[2:2] - ((ip[0] & 0xf) << 2) > 20",
    "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420",
    "vlan 7 and ip6 host fe80::1",
    "ether[0] * ether[1] / ether[2] % ether[3] != ether[4] ^ ether[5] | 3",
    "ether[0] << ether[1] > ether[2] >> ether[3] or - ether[6] < 9",
    "len > 60 and ether multicast",
    "icmp[icmptype] == icmp-echo or icmp6",
    "ip6 protochain 6",
    "mpls 3 or pppoes and udp port 53",
    "",
)
HEADS = (
    b"",
    bytes(12) + b"\x08\x00\x45" + bytes(8) + b"\x06" + bytes(2) + bytes((10, 0, 0, 1, 10, 0, 0, 2, 0, 80, 1, 1)),
    bytes(12) + b"\x81\x00\x00\x07\x86\xdd\x60" + bytes(5) + b"\x00\xff",
    bytes(12) + b"\x86\xdd\x60" + bytes(5) + b"\x00\xff" + bytes(32) + b"\x06\x00",
    bytes(12) + b"\x08\x06",
    b"\x45" + bytes(8) + b"\x11" + bytes(10) + b"\0\x35",
)
frames = st.lists(st.tuples(st.sampled_from(HEADS), st.binary(max_size=80)).map(b"".join), max_size=20)


def theirs(program, batch) -> list[bool]:
    return [
        bool(program.offline_filter(cypcap.Pkthdr(caplen=c, len=n), bytes(batch.block[o : o + c])))
        for o, c, n in zip(batch.offset.tolist(), batch.captured.tolist(), batch.length.tolist(), strict=True)
    ]


def batch_with(datas, extra: int = 0):
    batch = batch_of([(data, 0, Direction.OUT) for data in datas])
    return replace(batch, length=batch.captured + np.uint32(extra))


@given(st.sampled_from(EXPRESSIONS), frames, st.integers(0, 2000), st.sampled_from([LINKTYPE_ETHERNET, LINKTYPE_RAW]))
def test_what_libpcap_compiles(text, datas, extra, link_type):
    batch = batch_with(datas, extra)
    try:
        program = compiled(text, link_type)
    except OSError:
        return
    expected = theirs(program, batch)
    ours = Sieve(text).of(batch, [Interface("x", link_type)])
    assert ours.offset.tolist() == batch.offset[np.array(expected, np.bool_)].tolist()
    if goes_forward(instructions_of(program)):
        assert passing(instructions_of(program), batch).tolist() == expected


numbers = st.sampled_from(
    [0, 1, 2, 4, 12, 14, 31, 32, 33, 60, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
) | st.integers(0, 80)
loads = st.sampled_from([0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0xB1, 0x01, 0x81])
computations = st.sampled_from(
    [0x04, 0x14, 0x24, 0x44, 0x54, 0xA4, 0x84, 0x0C, 0x1C, 0x2C, 0x3C, 0x4C, 0x5C, 0x6C, 0x7C, 0x9C, 0xAC]
)
moves = st.sampled_from([0x07, 0x87])
kept = st.tuples(st.sampled_from([0x02, 0x03, 0x60, 0x61]), st.integers(0, 15))
plain = st.tuples(loads | computations | moves, numbers) | kept
jumps = st.tuples(
    st.sampled_from([0x15, 0x25, 0x35, 0x45, 0x1D, 0x2D, 0x3D, 0x4D]), numbers, st.integers(0, 3), st.integers(0, 3)
)


@st.composite
def programs(draw):
    """Every place is stored to first, as what is in it before is nobody's promise; every way ends."""
    begin = [Instruction(0x02, 0, 0, place) for place in range(16)]
    body = []
    for step in draw(st.lists(plain | jumps, max_size=20)):
        code, number, *ways = step
        body.append(Instruction(code, *(ways or (0, 0)), number))
    shift = Instruction(draw(st.sampled_from([0x64, 0x74])), 0, 0, draw(st.integers(0, 31)))
    divide = Instruction(draw(st.sampled_from([0x34, 0x94])), 0, 0, draw(st.integers(1, 2**32 - 1)))
    end = [Instruction(0x16, 0, 0, 0), *[Instruction(0x06, 0, 0, draw(st.integers(0, 1))) for _ in range(4)]]
    return [*begin, *body, shift, divide, *end]


@given(programs(), frames)
def test_any_program_there_can_be(program, datas):
    batch = batch_with(datas)
    theirs_too = cypcap.BpfProgram.loads(f"{len(program)}," + ",".join(" ".join(map(str, one)) for one in program))
    assert passing(program, batch).tolist() == theirs(theirs_too, batch)


def test_a_mapped_file_that_shrank_is_not_read_where_it_ends(tmp_path):
    path = tmp_path / "frames"
    path.write_bytes(b"\1" * 3 * 4096)
    with path.open("r+b") as file:
        block = memoryview(mmap(file.fileno(), 0, prot=PROT_READ))
        batch = replace(batch_of([(b"\1" * 4096, 0, Direction.OUT)] * 3), block=block)
        file.truncate(4096)
        assert Sieve("ether[4000] = 1").of(batch, ()).offset.tolist() == [0]


def test_only_protochain_goes_back():
    assert not goes_forward(instructions_of(compiled("ip6 protochain 6", LINKTYPE_ETHERNET)))
    assert goes_forward(instructions_of(compiled("tcp port 80 or vlan", LINKTYPE_ETHERNET)))


@pytest.mark.parametrize("count", [0, 1])
def test_few_frames(count):
    assert len(Sieve("arp").of(batch_with([bytes(12) + b"\x08\x06"] * count), ())) == count
