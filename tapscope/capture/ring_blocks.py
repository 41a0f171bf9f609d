"""Blocks of a TPACKET_V3 ring as a batch: the headers become columns, the frames stay where they are.

Source: ``struct tpacket_block_desc``, ``struct tpacket3_hdr`` and ``struct sockaddr_ll`` of
``include/uapi/linux/if_packet.h``.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tapscope.frame import Direction, Offload
from tapscope.store.batch import Batch

USED_AT = 20
"""Where a block says how many of its bytes are used (``blk_len``)."""

_BLOCK = struct.Struct("=12xII")
"""Number of frames, and where the first one's header is."""
_HEADER = np.dtype(
    {
        "names": ["seconds", "nanoseconds", "captured", "length", "status", "place", "tag", "ethertype", "kind"],
        "formats": ["<u4", "<u4", "<u4", "<u4", "<u4", "<u2", "<u4", "<u2", "u1"],
        "offsets": [4, 8, 12, 16, 20, 24, 32, 36, 58],
        "itemsize": 68,
    }
)
"""``tpacket3_hdr``, 48 bytes, and the ``sockaddr_ll`` behind it; little-endian, as every machine here is."""

_CHECKSUM_PENDING = 1 << 3
_TAGGED = 1 << 4
_TAG_TYPE_KNOWN = 1 << 6
_SEGMENTS = 1 << 8
_OUTGOING = 4
_8021Q = 0x8100
_ADDRESSES = 12
_TAG_BYTES = 4


def batch_of_blocks(block: bytearray, starts: Sequence[int], *, largest: int, once: bool) -> Batch:
    """The frames of copied blocks, which begin at ``starts``, multiples of 4, in the one ``block`` of the batch.

    VLAN tags that the kernel keeps beside the frame are put back into it.

    ``largest`` is the longest frame that goes over this link in one piece, in bytes with its link header. ``once``:
    the loopback shows every frame twice, sent and received; keep the received.
    """
    places = np.array([place for start in starts for place in _places(block, start)], np.int64)
    heads = np.frombuffer(block, np.uint8)[places[:, None] + np.arange(_HEADER.itemsize)].view(_HEADER)[:, 0]
    if once:
        kept = heads["kind"] != _OUTGOING
        places, heads = places[kept], heads[kept]
    tagged = (heads["status"] & _TAGGED != 0) & (heads["captured"] >= _ADDRESSES)
    offset = places + heads["place"]
    for row in np.flatnonzero(tagged).tolist():
        known = heads["status"][row] & _TAG_TYPE_KNOWN
        _put_back(block, int(offset[row]), int(heads["ethertype"][row]) if known else _8021Q, int(heads["tag"][row]))
    grown = _TAG_BYTES * tagged
    length = (heads["length"] + grown).astype(np.uint32)
    return Batch(
        block=block,
        offset=offset - grown,
        length=length,
        captured=(heads["captured"] + grown).astype(np.uint32),
        time_ns=heads["seconds"].astype(np.int64) * 1_000_000_000 + heads["nanoseconds"],
        direction=np.where(heads["kind"] == _OUTGOING, Direction.OUT, Direction.IN).astype(np.uint8),
        offload=_offload(heads["status"], length > largest),
        interface=np.zeros(len(places), np.uint16),
    )


def _places(block: bytearray, start: int) -> list[int]:
    """Where each frame's header is: a chain, each link of which says how far the next is."""
    count, first = _BLOCK.unpack_from(block, start)
    words = memoryview(block)[: len(block) // 4 * 4].cast("I")
    places, at = [], start + first
    for _ in range(count):
        places.append(at)
        at += words[at >> 2]
    return places


def _put_back(block: bytearray, start: int, ethertype: int, tag: int) -> None:
    """Move the addresses forward, over the header that has been read, and write the tag behind them."""
    block[start - _TAG_BYTES : start - _TAG_BYTES + _ADDRESSES] = block[start : start + _ADDRESSES]
    struct.pack_into(">HH", block, start - _TAG_BYTES + _ADDRESSES, ethertype, tag & 0xFFFF)


def _offload(status: NDArray[np.uint32], too_long: NDArray[np.bool_]) -> NDArray[np.uint8]:
    pending = (status & _CHECKSUM_PENDING != 0) * Offload.CHECKSUM_PENDING
    segments = (too_long | (status & _SEGMENTS != 0)) * Offload.SEGMENTS
    return np.asarray(pending | segments, np.uint8)
