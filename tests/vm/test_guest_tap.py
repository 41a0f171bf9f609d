"""A real guest on a TAP that QEMU holds: watched beside it, both ways, through its reboot."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from guest_kit import Guest, card
from scope_kit import Dump

from tapscope.frame import Direction, Frame

TAP = ("-netdev", "tap,id=t0,ifname=vnet3,script=no,downscript=no")
NETWORK = """
ip tuntap add dev vnet3 mode tap && ip address add 10.0.2.2/24 dev vnet3 && ip link set vnet3 up || exit 1
echo ready
exec cat
"""
GUEST_ADDRESS = bytes.fromhex("525400123456")


@pytest.fixture
def network() -> Iterator[tuple[str, ...]]:
    """A namespace with a persistent TAP; yields the words that enter it."""
    if os.geteuid():
        pytest.skip("only root may make a network namespace that QEMU shares")
    command = ["unshare", "-n", "--kill-child", "--fork", "sh", "-c", NETWORK]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdin
        assert shell.stdout
        assert shell.stdout.readline() == "ready\n"
        inside = Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text().split()[0]
        yield "nsenter", "-n", "-t", inside
        shell.terminate()


def ways(frames: list[Frame]) -> set[Direction]:
    """Of the frames that the guest sent, and of those that it was sent."""
    assert all((frame.data[6:12] == GUEST_ADDRESS) == (frame.direction is Direction.IN) for frame in frames)
    return {frame.direction for frame in frames}


def test_a_held_tap_shows_the_guests_traffic_both_ways(initial: Path, network: tuple[str, ...], tmp_path: Path) -> None:
    with Guest(initial, "static,serve,steadily", *card("t0"), *TAP, before=network) as guest:
        guest.wait_for("did serve")
        with Dump(tmp_path / "kept.pcapng", "vnet3", before=network) as dump:
            dump.wait_for("held by qemu-system-x86", "guest web1", "ICMP")
            fetch = [*network, "busybox", "wget", "-q", "-O", "-", "http://10.0.2.15/"]
            assert subprocess.run(fetch, capture_output=True, check=True, text=True).stdout == "served by the guest\n"
            dump.wait_for("HTTP", "TCP")
            kept = dump.stop()
    assert ways(kept) == {Direction.IN, Direction.OUT}


def test_the_list_names_the_guest(initial: Path, network: tuple[str, ...]) -> None:
    with Guest(initial, "static,ping,wait", *card("t0"), *TAP, before=network) as guest:
        guest.wait_for("did ping")
        command = [*network, sys.executable, "-m", "tapscope", "list"]
        told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    line = next(line for line in told.splitlines() if line.startswith("vnet3"))
    assert "web1" in line


def test_it_goes_on_through_the_guests_reboot(initial: Path, network: tuple[str, ...], tmp_path: Path) -> None:
    """QEMU holds the TAP all the while."""
    with Guest(initial, "static,knock,reboot", *card("t0"), *TAP, before=network) as guest:
        guest.wait_for("did static")
        with Dump(tmp_path / "kept.pcapng", "vnet3", before=network) as dump:
            dump.wait_for("held by qemu-system-x86")
            guest.wait_for("reboot: Restarting system")
            guest.wait_for("did knock")
            dump.wait_for("ARP")
            kept = dump.stop()
    assert any(frame.data[12:14] == b"\x08\x06" for frame in kept)
