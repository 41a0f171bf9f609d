"""A real guest without a TAP: on QEMU's stream socket, and in the capture that QEMU's filter-dump writes meanwhile."""

import re
import subprocess
from pathlib import Path

import pytest
from guest_kit import QEMU, Guest, card
from scope_kit import TAPSCOPE, Dump, read
from terminal import TMUX, Terminal

USER = ("-netdev", "user,id=u0,restrict=on,tftp={folder}", "-netdev", "hubport,hubid=0,id=p1,netdev=u0")
"""QEMU's own DHCP and TFTP servers; nothing leaves."""


@pytest.fixture(autouse=True)
def _stream() -> None:
    """QEMU has it from 7.2 on."""
    helped = QEMU and subprocess.run([QEMU, "-netdev", "help"], check=False, capture_output=True, text=True).stdout
    if helped and "stream" not in helped:
        pytest.skip("this QEMU has no -netdev stream")


def hub(socket: Path, *, server: str = "off") -> tuple[str, ...]:
    """A network of three: the guest, QEMU's servers, and who listens at the socket."""
    return (
        *card("p0"),
        *("-netdev", "hubport,hubid=0,id=p0"),
        *(word.format(folder=socket.parent) for word in USER),
        *("-netdev", f"stream,id=s0,server={server},addr.type=unix,addr.path={socket}"),
        *("-netdev", "hubport,hubid=0,id=p2,netdev=s0"),
    )


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    (tmp_path / "boot.cfg").write_text("default linux\n")
    return tmp_path / "hub.sock"


def test_the_socket_the_followed_file_and_the_file_tell_the_same(initial: Path, socket: Path, tmp_path: Path) -> None:
    written = tmp_path / "filter.pcap"
    with (
        Dump(tmp_path / "hub.pcapng", f"qemu:{socket}") as listening,
        Dump(tmp_path / "follow.pcapng", "--follow", str(written)) as following,
    ):
        listening.wait_for(f"waiting for a guest: -netdev stream,id=scope,server=off,addr.type=unix,addr.path={socket}")
        following.wait_for(f"{written} is not there yet: waiting for it")
        filter_dump = ("-object", f"filter-dump,id=f0,netdev=p0,file={written}")
        with Guest(initial, "dhcp,arp,ping,tftp,wait", *hub(socket), *filter_dump) as guest:
            guest.wait_for("did tftp")
            listening.wait_for("guest web1) is connected", "DHCP", "ARP", "ICMP", "TFTP")
            following.wait_for("DHCP", "ARP", "ICMP", "TFTP")
        listening.wait_for("guest web1) went away: waiting for it to come again")
        wanted = [frame.data for frame in read(written)]
        following.wait_for(f"{len(wanted):>6}  ")
        assert [frame.data for frame in following.stop()] == wanted
        assert [frame.data for frame in listening.stop()] == wanted
    assert not socket.exists()


@pytest.mark.skipif(TMUX is None, reason="no tmux")
def test_the_guest_in_the_terminal_goes_and_comes_again(initial: Path, socket: Path, tmp_path: Path) -> None:
    with Terminal(tmp_path, [*TAPSCOPE, f"qemu:{socket}"]) as terminal:
        terminal.wait_for("qemu .*FOLLOW")
        for _ in range(2):
            with Guest(initial, "dhcp,ping,off", *hub(socket)) as guest:
                guest.wait()
            terminal.wait_for("DHCP")
        terminal.wait_for("ICMP")
        terminal.type("q")
        terminal.wait_for("left with 0")


def test_a_qemu_that_listens_is_called(initial: Path, socket: Path, tmp_path: Path) -> None:
    with Guest(initial, "dhcp,steadily", *hub(socket, server="on")) as guest:
        guest.wait_for("did dhcp")
        for number in range(2):
            with Dump(tmp_path / f"{number}.pcapng", f"qemu:{socket}") as dump:
                dump.wait_for(f"listening to whoever waits at {socket}", "guest web1) is connected", "ICMP")
                dump.stop()
    assert not re.search("rror", " ".join(guest.said))
