"""Interfaces watched through a packet ring: TAPs, veths, the loopback; beside tcpdump on the same frames."""

import errno
import os
import select
import socket
import struct
import subprocess
import time
from contextlib import closing

import pytest
from capture_kit import drop, frame, ip, read_until_it_fails, rows, send

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.files import open_file
from tapscope.capture.ring import open_ring
from tapscope.capture.ring_blocks import batch_of_blocks
from tapscope.frame import LINKTYPE_ETHERNET, LINKTYPE_RAW, Direction, Offload
from tapscope.machine import tuntap
from tapscope.machine.links import find_link
from tapscope.store.batch import Batch
from tapscope.store.batches import frames_of

pytestmark = pytest.mark.private

EXPERIMENT = b"\x88\xb5"


def taken(source, count: int, at: int = 12) -> list[Batch]:
    """Batches until there are so many experimental frames. The kernel sends some of its own."""
    batches: list[Batch] = []
    while sum(data[at : at + 2] == EXPERIMENT for batch in batches for data, _ in rows(batch)) < count:
        assert select.select([source], [], [], 10)[0], "waited in vain"
        batches.append(source.read())
    return batches


def experiments(batches: list[Batch], at: int = 12) -> list[tuple[bytes, Direction]]:
    return [row for batch in batches for row in rows(batch) if row[0][at : at + 2] == EXPERIMENT]


def veths() -> None:
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
    for name in ("v0", "v1"):
        ip("link", "set", name, "up")
    wait_for_running("v0")


def wait_for_running(name: str) -> None:
    """A veth drops what is sent until the kernel's link watch has seen its carrier."""
    deadline = time.monotonic() + 10
    while (link := find_link(name)) is None or link.operstate != "up":
        assert time.monotonic() < deadline, f"{name} does not come up: {link}"
        select.select([], [], [], 0.01)


def test_both_directions_of_a_tap_that_somebody_holds():
    holder = tuntap.attach("tap0")
    tuntap.set_up("tap0")
    with closing(open_ring("tap0", why="held")) as ring:
        assert (ring.info.mode, ring.info.why, ring.info.live) == ("watch", "held", True)
        assert ring.interfaces[0].link_type == LINKTYPE_ETHERNET
        before = time.time_ns()
        send("tap0", frame(b"to the guest"))
        os.write(holder.fd, frame(b"from the guest"))
        batches = taken(ring, 2)
        assert experiments(batches) == [
            (frame(b"to the guest"), Direction.OUT),
            (frame(b"from the guest"), Direction.IN),
        ]
        assert all(before <= stamp <= time.time_ns() for batch in batches for stamp in batch.time_ns[-1:].tolist())
        assert ring.dropped == 0
    os.close(holder.fd)


def test_a_tun_is_raw():
    fd = tuntap.open_node()
    tuntap.set_interface(fd, "tun0", tuntap.IFF_TUN | tuntap.IFF_NO_PI)
    tuntap.set_up("tun0")
    packet = bytes.fromhex("4500001c000000004001 0000 0a000001 0a000002 0800 f7ff 0000 0000")
    with closing(open_ring("tun0")) as ring:
        assert ring.interfaces[0].link_type == LINKTYPE_RAW
        os.write(fd, packet)
        while packet not in [data for data, way in rows(ring.read()) if way is Direction.IN]:
            assert select.select([ring], [], [], 10)[0]
    os.close(fd)


def test_the_loopback_shows_every_frame_once():
    ip("link", "set", "lo", "up")
    with closing(open_ring("lo")) as ring:
        send("lo", frame(b"once"), frame(b"twice"))
        assert [data for data, _ in experiments(taken(ring, 2))] == [frame(b"once"), frame(b"twice")]
        assert experiments([ring.read()]) == []


def test_a_tag_that_the_kernel_took_off_is_put_back():
    veths()
    plain = frame(b"tagged")
    tagged = plain[:12] + b"\x81\x00\x20\x07" + plain[12:]
    service = plain[:12] + b"\x88\xa8\x00\x05\x81\x00\x20\x07" + plain[12:]
    with closing(open_ring("v1")) as ring:
        send("v0", tagged, plain)
        assert [data for data, _ in experiments(taken(ring, 1, at=16), at=16)] == [tagged]
        send("v0", service)
        batches = taken(ring, 1, at=20)
        assert [data for data, _ in experiments(batches, at=20)] == [service]
        assert all((batch.length == batch.captured).all() for batch in batches)


def test_a_checksum_that_is_left_to_hardware_is_told():
    ip("link", "set", "lo", "up")
    with closing(open_ring("lo")) as ring, socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()):
            found = []
            while not found:
                assert select.select([ring], [], [], 10)[0]
                found = list(frames_of(ring.read(), ring.interfaces))
        assert found[0].data[23] == socket.IPPROTO_TCP
        assert found[0].offload is Offload.CHECKSUM_PENDING


def block_of(length: int, status: int = 0) -> bytearray:
    """A ring's block with one frame of 60 bytes captured, as the kernel lays it out."""
    head = struct.pack("<IIIIIIHHIIHH8x", 0, 1, 2, 60, length, status, 80, 94, 0, 0, 0, 0)
    place = struct.pack("<HHiHBB8x", socket.AF_PACKET, 0, 1, 1, 0, 6)
    return bytearray(struct.pack("<IIIIII24x", 1, 0, 1, 1, 48, 200) + (head + place).ljust(80, b"\0") + bytes(60))


@pytest.mark.parametrize(
    ("length", "status", "offload"),
    [(1514, 0, 0), (1518, 0, 0), (1519, 0, 2), (60000, 8, 3), (60, 256, 2)],
)
def test_what_is_longer_than_the_link_stands_for_several(length, status, offload):
    batch = batch_of_blocks(block_of(length, status), [0], largest=1518, once=False)
    assert batch.offload.tolist() == [offload]
    assert (batch.length.tolist(), batch.captured.tolist()) == ([length], [60])
    assert batch.time_ns.tolist() == [1_000_000_002]


def test_down_and_up_again_it_goes_on():
    veths()
    with closing(open_ring("v1")) as ring:
        ip("link", "set", "v1", "down")
        while select.select([ring], [], [], 0)[0]:
            ring.read()
        ip("link", "set", "v1", "up")
        wait_for_running("v0")
        send("v0", frame(b"again"))
        assert [data for data, _ in experiments(taken(ring, 1))] == [frame(b"again")]


def test_a_deleted_interface_is_told():
    veths()
    with closing(open_ring("v1")) as ring:
        ip("link", "del", "v1")
        with pytest.raises(AttemptFailed) as failed:
            read_until_it_fails(ring)
        assert failed.value.attempt == Attempt(Step.READ, errno.ENODEV, "v1")


def test_no_such_interface():
    with pytest.raises(AttemptFailed) as failed:
        open_ring("nosuch0")
    assert failed.value.attempt == Attempt(Step.BIND, errno.ENODEV, "nosuch0")


def test_without_the_capability():
    drop("net_raw")
    with pytest.raises(AttemptFailed) as failed:
        open_ring("lo")
    assert failed.value.attempt == Attempt(Step.PACKET_SOCKET, errno.EPERM)


@pytest.mark.private("root")
def test_frame_by_frame_what_tcpdump_sees(tmp_path):
    ip("link", "set", "lo", "up")
    veths()
    ip("address", "add", "10.5.0.1/24", "dev", "v0")
    path = tmp_path / "theirs.pcap"
    sizes = [60, 61, 100, 999, 1513, 1514] * 50
    command = ["tcpdump", "-i", "v1", "-Z", "root", "--immediate-mode", "--nano", "-w", str(path)]
    command += ["-s", "2000"]  # the fewer bytes a frame, the more frames its own ring holds
    command += ["-c", str(len(sizes)), "ether", "proto", "0x88b5"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as theirs, closing(open_ring("v1")) as ring:
        try:
            assert any("listening on" in line for line in iter(theirs.stderr.readline, ""))
            send("v0", *(frame(b"%d" % n).ljust(size, b"x") for n, size in enumerate(sizes)))
            ours = experiments(taken(ring, len(sizes)))
            theirs.communicate(timeout=20)
        finally:
            theirs.kill()
    with closing(open_file(str(path))) as read:
        written = experiments(list(iter(read.read, None)))
    assert [data for data, _ in written] == [data for data, _ in ours]
    assert len(ours) == len(sizes)
