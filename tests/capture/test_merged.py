"""Several real interfaces in one capture: their order, who is who, and what becomes of one that goes."""

import errno
import os
import select
import subprocess
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from capture_kit import drop, frame, ip, running, send

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.capture.door import Door, open_interface
from tapscope.capture.merged import HORIZON_NS, open_merged
from tapscope.capture.source import Ended, Mark, Opened
from tapscope.capture.tap import open_tap
from tapscope.frame import Direction, Frame
from tapscope.machine import tuntap
from tapscope.machine.links import find_link
from tapscope.store.batch import Batch
from tapscope.store.batches import frames_of
from tapscope.store.export import save

pytestmark = pytest.mark.private

EXPERIMENT = b"\x88\xb5"
OUT, IN = Direction.OUT, Direction.IN


def merged(*names: str, door: Door = Door.AUTO):
    return open_merged([(name, partial(open_interface, name, door)) for name in names])


def veths() -> None:
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
    for name in ("v0", "v1"):
        ip("link", "set", name, "up")
    deadline = time.monotonic() + 10
    while (link := find_link("v0")) is None or link.operstate != "up":
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)


def tap(name: str) -> int:
    """Somebody else holds it."""
    fd = tuntap.attach(name).fd
    tuntap.set_up(name)
    return fd


def experiments(capture) -> list[Frame]:
    """The frames that the tests sent. The kernel sends some of its own."""
    interfaces = [event.interfaces for event in capture.events if isinstance(event, Opened)][-1]
    batches = [event for event in capture.events if isinstance(event, Batch)]
    found = [each for batch in batches for each in frames_of(batch, interfaces)]
    return [each for each in found if each.data[12:14] == EXPERIMENT]


def test_in_the_order_in_which_they_were_sent():
    """By turns to a held TAP, from its holder, and over a veth, of which both ends are looked at."""
    veths()
    holder = tap("tap0")
    with running(lambda: merged("tap0", "v0", "v1")) as capture:
        info = capture.first(Opened).info
        assert (info.name, info.mode, info.live, info.ring) == ("tap0 v0 v1", "merged", True, True)
        assert info.why.startswith("tap0 watch: held by ")
        assert info.why.endswith("; v0 watch: veth, no TAP; v1 watch: veth, no TAP")
        for turn in range(300):
            send("tap0", frame(b"to %d" % turn))
            os.write(holder, frame(b"from %d" % turn))
            send("v0", frame(b"over %d" % turn))
        capture.until(lambda: len(experiments(capture)) == 1200)
    came = experiments(capture)
    assert [each.time_ns for each in came] == sorted(each.time_ns for each in came)
    for turn in range(300):
        said = [(one.interface.name, one.direction, one.data) for one in came[4 * turn : 4 * turn + 4]]
        assert said[:2] == [("tap0", OUT, frame(b"to %d" % turn)), ("tap0", IN, frame(b"from %d" % turn))]
        over = frame(b"over %d" % turn)
        assert sorted(said[2:], key=str) == sorted([("v0", OUT, over), ("v1", IN, over)], key=str)
    os.close(holder)


def test_a_frame_on_a_silent_evening_comes_soon():
    veths()
    ip("link", "set", "lo", "up")
    with closing(merged("lo", "v0")) as source:
        send("v0", frame(b"alone"))
        found: list[Frame] = []
        while not found:
            assert select.select([source], [], [], 10)[0]
            batch = source.read()
            read_at = time.time_ns()
            found = [each for each in frames_of(batch, source.interfaces) if each.data == frame(b"alone")]
        assert HORIZON_NS <= read_at - found[0].time_ns < 4 * HORIZON_NS
        assert source.dropped == 0


def test_attached_and_read_without_a_ring():
    drop("net_raw")
    with running(lambda: merged("tap0", "tap1")) as capture:
        info = capture.first(Opened).info
        assert (info.why, info.ring) == ("tap0 peer; tap1 peer", False)
        assert [note.split(":")[0] for note in info.notes] == ["created tap0", "created tap1"]
        ip("address", "add", "10.9.0.1/24", "dev", "tap0")
        ip("address", "add", "10.9.1.1/24", "dev", "tap1")
        interfaces = capture.first(Opened).interfaces

        def asked() -> set[str]:
            frames = [f for b in capture.events if isinstance(b, Batch) for f in frames_of(b, interfaces)]
            return {f.interface.name for f in frames if f.data[12:14] == b"\x08\x06" and f.direction is OUT}

        command = ["ping", "-c", "1", "-W", "0.1"]
        for address in ("10.9.0.2", "10.9.1.2"):
            subprocess.run([*command, address], stdout=subprocess.DEVNULL, check=False)
        capture.until(lambda: asked() == {"tap0", "tap1"})


def test_one_is_deleted_and_the_others_go_on_until_the_last():
    with running(lambda: open_merged([(name, partial(open_tap, name)) for name in ("tap0", "tap1")])) as capture:
        capture.first(Opened)
        send("tap0", frame(b"before"))
        capture.until(lambda: experiments(capture))
        ip("link", "delete", "tap0")
        assert "tap0 is gone" in capture.first(Mark).text
        send("tap1", frame(b"after"))
        capture.until(lambda: len(experiments(capture)) == 2)
        ip("link", "delete", "tap1")
        assert capture.first(Ended) == Ended(
            "tap1 is gone: the device was deleted", Attempt(Step.READ, errno.EBADFD, "tap1")
        )
    order = [event for event in capture.events if isinstance(event, Mark | Batch | Ended)]
    mark = next(place for place, event in enumerate(order) if isinstance(event, Mark))
    before, after = order[:mark], order[mark:]
    assert any(each.data == frame(b"before") for each in frames(before, capture))
    assert [each.data for each in frames(after, capture) if each.data[12:14] == EXPERIMENT] == [frame(b"after")]


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def test_one_goes_and_comes_again_while_another_speaks():
    """A persistent TAP, as a guest's: what its successor carries is of the same name, in the same capture."""
    veths()
    persistent = ("tuntap", "add", "dev", "tap0", "mode", "tap")
    ip(*persistent)
    ip("link", "set", "tap0", "up")
    with running(lambda: merged("tap0", "v0")) as capture:
        assert capture.first(Opened).info.why.startswith("tap0 peer")

        def told(words: str) -> bool:
            return capture.until(lambda: any(words in e.text for e in capture.events if isinstance(e, Mark)))

        ip("link", "delete", "tap0")
        told("tap0 is gone: waiting until there is one again")
        send("v0", frame(b"meanwhile"))
        capture.until(lambda: any(each.data == frame(b"meanwhile") for each in experiments(capture)))
        opened = [event.info for event in capture.events if isinstance(event, Opened)][-1]
        assert (opened.why, opened.waiting) == ("tap0 waiting; v0 watch: veth, no TAP", False)
        ip(*persistent)
        ip("link", "set", "tap0", "up")
        told("tap0 is there again")
        capture.until(lambda: find_link("tap0").carrier)
        send("tap0", frame(b"again"))
        capture.until(lambda: experiments(capture)[-1].data == frame(b"again"))
        assert experiments(capture)[-1].interface.name == "tap0"


def test_what_is_down_is_said():
    ip("link", "add", "br0", "type", "bridge")
    with closing(merged("lo", "br0")) as source:
        assert source.info.notes == tuple(f"{name} is down: nothing comes until it is up" for name in ("lo", "br0"))


def frames(events, capture) -> list[Frame]:
    interfaces = capture.first(Opened).interfaces
    return [each for event in events if isinstance(event, Batch) for each in frames_of(event, interfaces)]


def test_one_is_refused_and_what_was_open_is_closed():
    with pytest.raises(AttemptFailed) as failed:
        merged("tap0", "nosuch0", door=Door.WATCH)
    assert failed.value.attempt.interface == "tap0"
    assert (failed.value.attempt.step, failed.value.attempt.errno) == (Step.BIND, errno.ENODEV)
    drop("net_raw")
    ip("link", "add", "br0", "type", "bridge")
    before = descriptors()
    with pytest.raises(AttemptFailed) as failed:
        merged("tap0", "br0")
    assert failed.value.attempt == Attempt(Step.PACKET_SOCKET, errno.EPERM, interface="br0")
    assert find_link("tap0") is None
    assert descriptors() == before


def test_a_capture_file_keeps_them_apart(tmp_path):
    ip("tuntap", "add", "dev", "tun0", "mode", "tun")
    ip("link", "set", "tun0", "up")
    with running(lambda: merged("tap0", "tun0")) as capture:
        interfaces = capture.first(Opened).interfaces
        send("tap0", frame(b"tapped"))
        ip("address", "add", "10.9.0.1/24", "dev", "tun0")
        subprocess.run(["ping", "-c", "1", "-W", "0.1", "10.9.0.2"], stdout=subprocess.DEVNULL, check=False)
        seen = partial(frames, capture=capture)
        capture.until(lambda: {one.interface.name for one in seen(capture.events)} == {"tap0", "tun0"})
    path = tmp_path / "both.pcapng"
    save(path, seen(capture.events), interfaces)
    fields = ["-T", "fields", "-e", "frame.interface_name", "-e", "frame.encap_type"]
    told = subprocess.run(["tshark", "-r", path, *fields], capture_output=True, text=True, check=True).stdout
    assert set(told.splitlines()) == {"tap0\t1", "tun0\t7"}
    with pytest.raises(ValueError, match=r"one link type.*\.pcapng"):
        save(tmp_path / "both.pcap", seen(capture.events), interfaces)
