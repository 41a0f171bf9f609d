"""A real guest on a TAP that QEMU holds: watched beside it, both ways, and through its reboot."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import takewhile
from pathlib import Path

import pytest
from guest_kit import GUEST_MAC, Guest, card
from host_kit import ADDRESS, GUEST_ADDRESS, PAGE, host, servers
from scope_kit import TAPSCOPE, Dump, read
from terminal import TMUX, Terminal

from tapscope.frame import Direction, Frame

TAP = "tap,id=t0,ifname=vnet3,script=no,downscript=no"
FROM_GUEST = bytes.fromhex(GUEST_MAC.replace(":", ""))
LAST = 777
"""The length of the two frames at which the comparison ends: no others are as long."""


@pytest.fixture
def network(initial: Path, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """A namespace with a persistent TAP and servers on it; yields the words that enter it."""
    if os.geteuid():
        pytest.skip("only root may make a network namespace that QEMU shares")
    (tmp_path / "servers").mkdir()
    with host() as enter, servers(enter, tmp_path / "servers"):
        yield enter


def done(command: Iterable[str]) -> str:
    return subprocess.run([*command], capture_output=True, check=True, text=True, timeout=30).stdout


def until_the_last(frames: list[Frame], *, by_guest: bool) -> list[bytes]:
    """The frames of one direction."""
    of_one = (frame for frame in frames if (frame.data[6:12] == FROM_GUEST) is by_guest)
    return [frame.data for frame in takewhile(lambda frame: frame.length != LAST, of_one)]


def test_all_that_a_guest_says_is_seen_both_ways_as_qemu_saw_it(
    initial: Path, network: tuple[str, ...], tmp_path: Path
) -> None:
    """Without vnet_hdr: QEMU before 8.0 writes that header into the file, as if it were part of the frame."""
    written = tmp_path / "filter.pcap"
    backend = ("-netdev", f"{TAP},vnet_hdr=off", "-object", f"filter-dump,id=f0,netdev=t0,file={written}")
    with (
        Dump(tmp_path / "ring.pcapng", "--watch", "vnet3", "--json", before=network) as ring,
        Dump(tmp_path / "follow.pcapng", "--follow", str(written), "--json") as following,
    ):
        ring.wait_for("watch vnet3")
        with Guest(initial, "dhcp,arp,ping,dns,http,serve,wait", *card("t0"), *backend, before=network) as guest:
            guest.wait_for("did serve")
            assert f"guest: {PAGE.rstrip()}" in guest.said
            assert done([*network, "busybox", "wget", "-qO-", f"http://{GUEST_ADDRESS}/"]) == "served by the guest\n"
            done([*network, "ping", "-c", "1", "-s", str(LAST - 42), GUEST_ADDRESS])
            for one in (ring, following):
                one.wait_for(f'"length": {LAST}, "info": "echo-reply')
        watched, followed = ring.stop(), following.stop()
    assert all((frame.data[6:12] == FROM_GUEST) == (frame.direction is Direction.IN) for frame in watched)
    for by_guest in (True, False):
        frames = until_the_last(watched, by_guest=by_guest)
        assert len(frames) > 10
        for others in (read(written), followed):
            assert until_the_last(others, by_guest=by_guest) == frames
    assert heard(ring.lines) >= EVERYTHING


EVERYTHING = {
    ("in", "DHCP", "Discover"),
    ("out", "DHCP", "Offer"),
    ("in", "DHCP", "Request"),
    ("out", "DHCP", "Ack"),
    ("in", "ARP", f"who has {ADDRESS}"),
    ("out", "ARP", "is at"),
    ("in", "ICMP", "echo-request"),
    ("out", "ICMP", "echo-reply"),
    ("out", "ICMP", "echo-request"),
    ("in", "ICMP", "echo-reply"),
    ("in", "DNS", "A web1.test"),
    ("out", "DNS", "A web1.test: A 10.0.2.80"),
    ("in", "TCP", "80 [SYN]"),
    ("out", "TCP", "80 [SYN]"),
    ("in", "TCP", "[SYN, ACK]"),
    ("out", "TCP", "[SYN, ACK]"),
    ("in", "HTTP", "GET / HTTP/1.0"),
    ("out", "HTTP", "GET / HTTP/1.1"),
    ("in", "HTTP", "200 OK"),
    ("out", "HTTP", "200 OK"),
}
"""Directions, protocols and words of what must have been heard."""


def heard(lines: list[str]) -> set[tuple[str, str, str]]:
    """Of ``EVERYTHING`` what stands in these lines."""
    rows = [json.loads(line) for line in lines]
    told = [(row["direction"], row["protocol"], row["info"]) for row in rows]
    return {wanted for wanted in EVERYTHING for row in told if row[:2] == wanted[:2] and wanted[2] in row[2]}


@pytest.mark.skipif(TMUX is None, reason="no tmux")
def test_it_is_picked_by_its_name_and_goes_on_through_its_reboot(
    initial: Path, network: tuple[str, ...], tmp_path: Path
) -> None:
    """QEMU holds the TAP all the while."""
    with (
        Guest(initial, "dhcp,ping,reboot", *card("t0"), "-netdev", TAP, before=network) as guest,
        Terminal(tmp_path, [*network, *TAPSCOPE], width=160, height=90) as terminal,
    ):
        terminal.wait_for(f"^> vnet3 +watch +tap .*web1 +qemu-system-x86_64 .pid {guest.pid}")
        terminal.type("Enter")
        terminal.wait_for(f"vnet3 +watch +held by qemu-system-x86_64 .pid {guest.pid}, guest web1..*carrier.*FOLLOW")
        terminal.wait_for(" in .* DHCP .*Discover(.|\n)* out .* DHCP .*Ack(.|\n)* in .* DHCP .*Discover")
        screen = terminal.wait_for(" in .* ICMP .*request(.|\n)* out .* ICMP .*reply")
        assert any("Restarting system" in line for line in guest.said_by_now())
        assert "FOLLOW" in screen
        terminal.type("q")
        terminal.wait_for("left with 0")


def test_a_guest_that_is_stopped_and_started_again_is_one_capture(
    initial: Path, network: tuple[str, ...], tmp_path: Path
) -> None:
    """Its TAP goes and comes with it."""
    backend = ("-netdev", "tap,id=t0,ifname=vnet9,script=no,downscript=no")

    def started(stack: ExitStack) -> None:
        guest = stack.enter_context(Guest(initial, "static,steadily", *card("t0"), *backend, before=network))
        guest.wait_for("did static")
        done([*network, "ip", "link", "set", "vnet9", "up"])

    with ExitStack() as first, ExitStack() as second:
        started(first)
        dump = second.enter_context(Dump(tmp_path / "kept.pcapng", "vnet9", before=network))
        dump.wait_for("held by qemu-system-x86", GUEST_ADDRESS)
        first.close()
        dump.wait_for("vnet9 is gone: waiting until there is one again")
        started(second)
        dump.wait_for("vnet9 is there again, held by qemu-system-x86", "vnet9 is up")
        before = len(dump.lines)
        dump.wait_until(lambda: any(GUEST_ADDRESS in line for line in dump.lines[before:]))
        kept = dump.stop()
    told = [frame for frame in kept if frame.comments]
    assert any("vnet9 is gone" in " ".join(frame.comments) for frame in told)
