import errno
import fcntl
import json
import os
import socket
import struct
import subprocess
import threading
from pathlib import Path

import prctl
import pytest
from capture_kit import become, frame, ip, rows, send

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.names import NameRefused
from tapscope.capture.source import SourceInfo
from tapscope.capture.tap import QUEUE_FRAMES, open_tap
from tapscope.frame import LINKTYPE_ETHERNET, LINKTYPE_RAW, Direction, Offload
from tapscope.machine import tuntap
from tapscope.machine.links import find_link
from tapscope.store.batches import frames_of

pytestmark = pytest.mark.private

TUNSETVNETHDRSZ = 0x400454D8
TUNSETOFFLOAD = 0x400454D0
TUN_F_CSUM = 1
HOST = "10.77.0.15"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def ours(source) -> list[bytes]:
    """The experimental frames that were read; the kernel sends some of its own (IPv6 neighbour discovery)."""
    return [data for data, way in rows(source.read()) if data[12:14] == b"\x88\xb5" and way is Direction.OUT]


def refusal(name: str) -> Attempt:
    files = open_files()
    with pytest.raises(AttemptFailed) as failed:
        open_tap(name)
    assert open_files() == files, "a descriptor was left open"
    return failed.value.attempt


def test_creates_and_brings_up_what_is_not_there():
    source = open_tap("tap0")
    link = find_link("tap0")
    assert source.info.created
    assert source.info.name == "tap0"
    assert source.info.live
    assert source.info.notes[0].startswith("created tap0")
    assert source.interfaces[0].link_type == LINKTYPE_ETHERNET
    assert link.up
    assert link.carrier
    assert not os.get_inheritable(source.fileno())
    source.close()
    assert find_link("tap0") is None


def test_attaches_to_what_is_there_and_leaves_it_down():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    source = open_tap("tap0")
    assert not source.info.created
    assert source.info.notes == ()
    assert not find_link("tap0").up
    source.close()
    assert find_link("tap0").tap.persist


def queue_length(name: str) -> int:
    shown = subprocess.run(["ip", "-j", "link", "show", name], capture_output=True, check=True)
    return json.loads(shown.stdout)[0]["txqlen"]


def test_only_what_it_created_gets_a_longer_queue():
    source = open_tap("tap0")
    assert queue_length("tap0") == QUEUE_FRAMES
    source.close()
    ip("tuntap", "add", "dev", "tap1", "mode", "tap")
    before = queue_length("tap1")
    source = open_tap("tap1")
    assert queue_length("tap1") == before
    source.close()


def test_answers_to_an_alternative_name():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    ip("link", "property", "add", "dev", "tap0", "altname", "guest")
    source = open_tap("guest")
    assert source.info.name == "tap0"
    assert not source.info.created
    source.close()


def test_reads_all_that_waits_in_one_batch():
    source = open_tap("tap0")
    sent = [frame(b"%d" % number) for number in range(300)]
    send("tap0", *sent)
    batch = source.read()
    assert [data for data, _ in rows(batch) if data[12:14] == b"\x88\xb5"] == sent
    assert (batch.length == batch.captured).all()
    assert (batch.time_ns[1:] >= batch.time_ns[:-1]).all()
    assert ours(source) == []
    source.close()


def arp_request(sender: str, target: str) -> bytes:
    """RFC 826."""
    mac = b"\x02\0\0\0\0\x02"
    addresses = mac + socket.inet_aton(sender) + bytes(6) + socket.inet_aton(target)
    return b"\xff" * 6 + mac + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + addresses


def test_writes_towards_the_host_and_hears_its_answer():
    source = open_tap("tap0")
    ip("address", "add", f"{HOST}/24", "dev", "tap0")
    source.read()
    question = arp_request("10.77.0.1", HOST)
    source.write(question)
    told = [(data, way) for data, way in rows(source.read()) if data[12:14] == b"\x08\x06"]
    assert told[0] == (question, Direction.IN)
    answer, way = told[1]
    assert way is Direction.OUT
    assert answer[20:22] == b"\0\x02"
    assert answer[28:32] == socket.inet_aton(HOST)
    source.close()


def test_a_responder_answers_in_the_order_of_time():
    source = open_tap(
        "tap0", respond=lambda data: [data[6:12] + data[:6] + data[12:]] if data[12:14] == b"\x88\xb5" else []
    )
    source.read()
    send("tap0", frame(b"one"), frame(b"two"))
    told = [(data[14:17], way) for data, way in rows(source.read()) if data[12:14] == b"\x88\xb5"]
    assert told == [(word, way) for word in (b"one", b"two") for way in (Direction.OUT, Direction.IN)]
    source.close()


def test_an_answer_that_finds_no_way_is_lost_and_nothing_else():
    source = open_tap("tap0", respond=lambda data: [b"short"])
    send("tap0", frame(b"one"))
    assert frame(b"one") in [data for data, way in rows(source.read()) if way is Direction.OUT]
    source.close()


def test_a_frame_of_64_kib_is_read_whole():
    source = open_tap("tap0")
    ip("link", "set", "tap0", "mtu", "65521")
    large = frame(os.urandom(65521))
    send("tap0", large)
    assert large in ours(source)
    source.close()


@pytest.mark.parametrize("words", ["", "vnet_hdr", "pi", "multi_queue", "vnet_hdr pi multi_queue"])
def test_the_device_keeps_its_flags_and_frames_lose_their_headers(words):
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", *words.split())
    ip("link", "set", "tap0", "up")
    before = find_link("tap0").tap
    source = open_tap("tap0")
    after = find_link("tap0").tap
    assert (after.vnet_hdr, after.no_pi, after.multi_queue) == (before.vnet_hdr, before.no_pi, before.multi_queue)
    send("tap0", frame(b"whole"))
    assert ours(source) == [frame(b"whole")]
    source.close()
    assert find_link("tap0").tap.vnet_hdr == before.vnet_hdr


def test_the_device_says_how_long_its_virtio_header_is():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", "vnet_hdr")
    ip("link", "set", "tap0", "up")
    holder = tuntap.attach("tap0")
    fcntl.ioctl(holder.fd, TUNSETVNETHDRSZ, struct.pack("i", 12))
    os.close(holder.fd)
    source = open_tap("tap0")
    send("tap0", frame(b"whole"))
    assert ours(source) == [frame(b"whole")]
    source.close()


@pytest.mark.parametrize(("words", "size"), [("vnet_hdr", 10), ("vnet_hdr", 12), ("vnet_hdr pi", 12)])
def test_the_virtio_header_says_what_was_left_to_the_hardware(words, size):
    """As a guest's network card does, the last holder agreed to fill checksums in and to cut what is too long."""
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", *words.split())
    ip("link", "set", "tap0", "up")
    ip("address", "add", "10.0.0.1/24", "dev", "tap0")
    ip("neighbour", "add", "10.0.0.2", "lladdr", "02:00:00:00:00:02", "dev", "tap0", "nud", "permanent")
    holder = tuntap.attach("tap0")
    fcntl.ioctl(holder.fd, TUNSETVNETHDRSZ, struct.pack("i", size))
    fcntl.ioctl(holder.fd, TUNSETOFFLOAD, TUN_F_CSUM)
    os.close(holder.fd)
    source = open_tap("tap0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.sendto(b"hello", ("10.0.0.2", 7))
    send("tap0", frame(b"whole"))
    found = {one.data[12:14]: one.offload for one in frames_of(source.read(), source.interfaces)}
    assert found[b"\x08\x00"] is Offload.CHECKSUM_PENDING
    assert found[b"\x88\xb5"] is Offload.NONE
    source.close()


@pytest.mark.parametrize("words", ["vnet_hdr", "pi"])
def test_what_is_written_gets_the_headers_the_device_wants(words):
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", words)
    ip("link", "set", "tap0", "up")
    source = open_tap("tap0")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5)) as listener:
        listener.bind(("tap0", 0x88B5))
        listener.settimeout(5)
        source.write(frame(b"to the host"))
        assert listener.recv(2000) == frame(b"to the host")
    source.close()


@pytest.mark.parametrize("words", ["", "pi"])
def test_a_tun_carries_packets_without_a_link_layer(words):
    ip("tuntap", "add", "dev", "tun0", "mode", "tun", *words.split())
    ip("link", "set", "tun0", "up")
    ip("address", "add", f"{HOST}/24", "dev", "tun0")
    source = open_tap("tun0")
    assert source.interfaces[0].link_type == LINKTYPE_RAW
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel, socket.socket() as listener:
        channel.bind((HOST, 5000))
        channel.sendto(b"hello", ("10.77.0.1", 5001))
        sent = [data for data, _ in rows(source.read()) if data[0] >> 4 == 4]
        assert [data[28:] for data in sent] == [b"hello"]
        listener.close()
        channel.settimeout(5)
        source.write(echoed(sent[0]))
        assert channel.recv(100) == b"hello"
    source.close()


def echoed(packet: bytes) -> bytes:
    """The IPv4 UDP packet turned round: swapping addresses and ports changes no checksum."""
    return packet[:12] + packet[16:20] + packet[12:16] + packet[22:24] + packet[20:22] + packet[24:]


def test_says_that_other_queues_take_their_share():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", "multi_queue")
    first, second = open_tap("tap0"), open_tap("tap0")
    assert first.info.notes == ()
    assert "1 other queue" in second.info.notes[0]
    first.close()
    second.close()


def test_a_second_open_finds_it_busy():
    source = open_tap("tap0")
    assert refusal("tap0") == Attempt(Step.SET_INTERFACE, errno.EBUSY, "tap0")
    source.close()
    open_tap("tap0").close()


def test_another_kind_of_interface_is_refused_by_the_kernel():
    assert refusal("lo") == Attempt(Step.SET_INTERFACE, errno.EINVAL, "lo")


def test_a_name_is_refused_before_any_call():
    files = open_files()
    with pytest.raises(NameRefused, match="cut"):
        open_tap("a-name-that-is-too-long")
    assert open_files() == files
    assert find_link("a-name-that-is-") is None


def test_a_name_that_the_kernel_changed_is_refused_and_nothing_stays(monkeypatch):
    monkeypatch.setattr("tapscope.capture.tap.check_name", lambda name: None)
    files = open_files()
    with pytest.raises(NameRefused, match="made 'tap0'"):
        open_tap("tap%d")
    assert open_files() == files
    assert find_link("tap0") is None


def test_says_why_what_it_created_stays_down(monkeypatch):
    def refuse(name: str) -> None:
        raise AttemptFailed(Attempt(Step.SET_UP, errno.EPERM, name))

    monkeypatch.setattr(tuntap, "set_up", refuse)
    source = open_tap("tap0")
    assert not find_link("tap0").up
    assert source.info.notes[1] == "tap0 stays down: SIOCSIFFLAGS tap0: EPERM (Operation not permitted)"
    source.close()


def test_a_permitted_capability_is_raised_in_the_thread_that_opens():
    prctl.cap_effective.net_admin = False
    opened: list[SourceInfo] = []

    def work() -> None:
        source = open_tap("tap0")
        opened.append(source.info)
        source.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    (info,) = opened
    assert info.created
    assert info.notes[0] == "CAP_NET_ADMIN was permitted only: made effective, in the thread that opens"


def test_without_the_capability_nothing_is_created():
    prctl.cap_effective.limit()
    prctl.cap_permitted.limit()
    assert refusal("tap0") == Attempt(Step.SET_INTERFACE, errno.EPERM, "tap0")


def test_writing_while_it_is_down_is_an_error_and_not_a_frame():
    source = open_tap("tap0")
    ip("link", "set", "tap0", "down")
    source.read()
    with pytest.raises(OSError, match="Input/output") as failed:
        source.write(frame(b"lost"))
    assert failed.value.errno == errno.EIO
    assert (frame(b"lost"), Direction.IN) not in rows(source.read())
    source.close()


def test_more_is_not_written_than_the_next_read_can_tell():
    source = open_tap("tap0")
    with pytest.raises(OSError, match="too long"):
        source.write(bytes(70_000))
    many = frame(bytes(60_000))
    room = 18  # 17 are less than a megabyte
    for _ in range(room):
        source.write(many)
    with pytest.raises(OSError, match="buffer space") as failed:
        source.write(many)
    assert failed.value.errno == errno.ENOBUFS
    assert sum(data == many for data, _ in rows(source.read())) == room
    source.write(many)
    source.close()


def test_what_was_read_before_the_device_went_is_handed_over_first():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap")
    ip("link", "set", "tap0", "up")
    source = open_tap("tap0")
    source.write(frame(b"last words"))
    ip("link", "del", "tap0")
    assert (frame(b"last words"), Direction.IN) in rows(source.read())
    with pytest.raises(AttemptFailed) as failed:
        source.read()
    assert failed.value.attempt == Attempt(Step.READ, errno.EBADFD, "tap0")
    source.close()


@pytest.mark.private("user")
def test_a_plain_user_has_a_tap_in_a_namespace_of_their_own():
    source = open_tap("tap0")
    assert source.info.created
    send("tap0", frame(b"mine"))
    assert ours(source) == [frame(b"mine")]
    source.close()


@pytest.mark.private("root")
def test_the_owner_needs_no_capability():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", "user", "4321")
    become(4321)
    source = open_tap("tap0")
    assert find_link("tap0").tap.owner == 4321
    source.close()


@pytest.mark.private("root")
def test_somebody_else_is_refused():
    ip("tuntap", "add", "dev", "tap0", "mode", "tap", "user", "1234")
    become(4321)
    assert refusal("tap0") == Attempt(Step.SET_INTERFACE, errno.EPERM, "tap0")


@pytest.mark.private("root")
def test_a_closed_node_is_the_first_refusal():
    subprocess.run(["chmod", "600", "/dev/net/tun"], check=True)
    become(4321)
    assert refusal("tap0") == Attempt(Step.OPEN, errno.EACCES, "/dev/net/tun")
