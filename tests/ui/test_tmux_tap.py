"""``tapscope tap0`` on a real terminal and a real TAP, in a namespace of its own, while the device changes."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import allowed
import pytest
from terminal import TAPSCOPE, TMUX, Terminal, descendants

pytestmark = [pytest.mark.skipif(TMUX is None, reason="no tmux"), allowed.needs(allowed.SANDBOX)]

SANDBOX = ["unshare", "--user", "--map-root-user", "--net", "--kill-child"]


class Sandboxed:
    """The terminal, and a way to run commands where its program runs."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.terminal.wait_for("FOLLOW|REFUSED")
        self.pid = [pid for pid in descendants(int(terminal.flag("pane_pid"))) if in_another_network(pid)][-1]

    @property
    def enter(self) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "-U", "-n", "--preserve-credentials"]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.enter, *command], capture_output=True, text=True, timeout=30, check=False)

    def ip(self, *words: str) -> None:
        done = self.run("ip", *words)
        assert done.returncode == 0, done.stderr


def in_another_network(pid: int) -> bool:
    return Path(f"/proc/{pid}/ns/net").stat().st_ino != Path("/proc/self/ns/net").stat().st_ino


@pytest.fixture
def tap0(tmp_path: Path) -> Iterator[Sandboxed]:
    with Terminal(tmp_path, [*SANDBOX, *TAPSCOPE, "tap0"]) as terminal:
        yield Sandboxed(terminal)


def test_the_header_follows_the_device(tap0: Sandboxed) -> None:
    tap0.terminal.wait_for("created tap0")
    tap0.terminal.wait_for("▲ up.*● carrier.*no owner")
    tap0.ip("addr", "add", "10.9.8.7/24", "dev", "tap0")
    tap0.terminal.wait_for("10.9.8.7/24")
    tap0.ip("link", "set", "tap0", "down")
    tap0.terminal.wait_for("▼ down")
    before = tap0.terminal.screen()
    assert "FOLLOW" in before
    tap0.ip("link", "set", "tap0", "up")
    tap0.terminal.wait_for("▲ up")
    tap0.run("ping", "-c", "1", "-W", "0.1", "10.9.8.1")
    tap0.terminal.wait_for("ARP")


def test_a_deleted_device_ends_it_and_r_begins_anew(tap0: Sandboxed) -> None:
    tap0.terminal.wait_for("carrier")
    begin = time.monotonic()
    tap0.ip("link", "del", "tap0")
    tap0.terminal.wait_for("link gone.*ENDED")
    assert time.monotonic() - begin < 2
    tap0.terminal.wait_for("the device was deleted")
    tap0.terminal.type("r")
    tap0.terminal.wait_for("▲ up.*FOLLOW")


def test_without_a_name_what_comes_is_listed_and_enter_opens_it(tmp_path: Path) -> None:
    with Terminal(tmp_path, [*SANDBOX, *TAPSCOPE]) as terminal:
        terminal.wait_for("^> lo +watch +device")
        pid = [pid for pid in descendants(int(terminal.flag("pane_pid"))) if in_another_network(pid)][-1]
        inside = ["nsenter", "-t", str(pid), "-U", "-n", "--preserve-credentials", "ip"]
        begin = time.monotonic()
        subprocess.run([*inside, "tuntap", "add", "dev", "tap7", "mode", "tap", "user", "0"], check=True)
        terminal.wait_for("^  tap7 +attach +tap +down, no carrier .* nobody +root")
        assert time.monotonic() - begin < 2
        terminal.type("g")
        terminal.wait_for("^> tap7")
        subprocess.run([*inside, "link", "set", "tap7", "name", "tap8", "mtu", "1400"], check=True)
        terminal.wait_for("^> tap8 .*(.|\n)*tap8 +tap, .* MTU 1400")
        terminal.type("Enter")
        terminal.wait_for("tap8 .*carrier.*FOLLOW")
        terminal.type("i")
        terminal.wait_for(f"^> tap8 .*carrier.*pid {pid}")
        begin = time.monotonic()
        terminal.type("q")
        terminal.wait_for("left with 0")
        assert time.monotonic() - begin < 2


@pytest.fixture
def beside(tap0: Sandboxed, tmp_path: Path) -> tuple[Path, list[str]]:
    """A folder for a second terminal, and the words that start its program in the namespaces of the first."""
    (tmp_path / "second").mkdir()
    return tmp_path / "second", [*tap0.enter, *TAPSCOPE]


def test_a_second_one_watches_and_names_the_holder(tap0: Sandboxed, beside: tuple[Path, list[str]]) -> None:
    folder, tapscope = beside
    with Terminal(folder, [*tapscope, "tap0"]) as second:
        second.wait_for(f"tap0 +watch +held by .*pid {tap0.pid}.*FOLLOW")
        second.wait_for("dropped 0 here, 0 by the ring, 0 by the TAP's queue")
        tap0.ip("addr", "add", "10.9.8.7/24", "dev", "tap0")
        tap0.run("ping", "-c", "1", "-W", "0.1", "10.9.8.1")
        second.wait_for("who has 10.9.8.1")
        tap0.terminal.wait_for("who has 10.9.8.1")


def test_several_interfaces_in_one_list(tap0: Sandboxed, beside: tuple[Path, list[str]]) -> None:
    folder, tapscope = beside
    tap0.ip("link", "set", "lo", "up")
    with Terminal(folder, [*tapscope, "tap0", "lo"]) as second:
        second.wait_for("tap0 lo +merged +tap0 watch: held by python[^;]*; lo watch: a device, no TAP.*FOLLOW")
        tap0.ip("addr", "add", "10.9.8.7/24", "dev", "tap0")
        tap0.run("ping", "-c", "1", "-W", "0.1", "127.0.0.1")
        tap0.run("ping", "-c", "1", "-W", "0.1", "10.9.8.1")
        second.wait_for("No. +Time +Iface +Dir")
        second.wait_for(r"\d tap0 +out .*who has 10.9.8.1")
        second.wait_for(r"\d lo +in .*127.0.0.1 +ICMP")
        tap0.ip("link", "del", "tap0")
        second.wait_for("tap0 is gone")
        tap0.run("ping", "-c", "1", "-W", "0.1", "-s", "777", "127.0.0.1")
        second.wait_for(r"\d lo +in +.* 819 ")
        second.type("q")
        second.wait_for("left with 0")


def test_of_several_the_refused_one_is_explained(tap0: Sandboxed, beside: tuple[Path, list[str]]) -> None:
    folder, tapscope = beside
    with Terminal(folder, [*tapscope, "--peer", "new0", "tap0"]) as second:
        second.wait_for("Why tap0 is refused")
        second.wait_for(f"held by .*pid {tap0.pid}")
        tap0.terminal.type("q")
        tap0.terminal.wait_for("left with 0")
        second.wait_for("tap0 (can|may) be opened now")
        second.type("r")
        second.wait_for("new0 tap0 +merged .*FOLLOW")


def test_a_second_peer_is_told_who_holds_it(tap0: Sandboxed, beside: tuple[Path, list[str]]) -> None:
    folder, tapscope = beside
    with Terminal(folder, [*tapscope, "--peer", "tap0"]) as second:
        second.wait_for("Why tap0 is refused")
        second.wait_for("EBUSY")
        second.wait_for(f"held by .*pid {tap0.pid}")
        second.wait_for("REFUSED")
        tap0.terminal.type("q")
        tap0.terminal.wait_for("left with 0")
        begin = time.monotonic()
        second.wait_for("tap0 (can|may) be opened now")
        assert time.monotonic() - begin < 3
        second.type("r")
        second.wait_for("FOLLOW")
        second.type("q")
        second.wait_for("left with 0")


def test_a_guest_that_comes_again_is_in_the_same_list_behind_a_mark(
    tap0: Sandboxed, beside: tuple[Path, list[str]]
) -> None:
    folder, tapscope = beside
    with Terminal(folder, [*tapscope, "tap0"]) as second:
        second.wait_for("tap0 +watch +held by .*FOLLOW")
        second.wait_for("ICMPv6")
        inside = Sandboxed(second)
        tap0.terminal.type("q")
        tap0.terminal.wait_for("left with 0")
        second.wait_for("WAITING")
        inside.ip("tuntap", "add", "dev", "tap0", "mode", "tap")
        inside.ip("link", "set", "tap0", "up")
        second.wait_for("tap0 +watch +nobody holds it.*FOLLOW")
        command = [*inside.enter, *TAPSCOPE, "dump", "--peer", "tap0", "-q"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as holder:
            try:
                second.wait_for(f"tap0 +watch +held by .*pid {holder.pid}")
                second.wait_for("◆ tap0 is (gone|down)")
            finally:
                holder.kill()


def test_the_capture_filter_changes_while_frames_come(tmp_path: Path) -> None:
    with Terminal(tmp_path, [*SANDBOX, *TAPSCOPE, "tap0"], width=200) as terminal:
        tap0 = Sandboxed(terminal)
        terminal.wait_for("created tap0")
        tap0.ip("addr", "add", "10.9.8.7/24", "dev", "tap0")
        tap0.ip("neigh", "add", "10.9.8.1", "lladdr", "02:00:00:00:00:01", "dev", "tap0")
        tap0.run("ping", "-c", "1", "-W", "0.1", "10.9.8.1")
        terminal.wait_for("ICMP ")
        terminal.type("F")
        terminal.wait_for("○ no filter")
        terminal.type("arp andd")
        terminal.wait_for(r"\^\s.*\n.*✗ can't parse filter expression")
        terminal.type("BSpace", "BSpace", "BSpace", "BSpace")
        terminal.wait_for("✓ a filter")
        terminal.type("Enter")
        terminal.wait_for(r"-f arp\b")
        tap0.run("ping", "-c", "1", "-W", "0.1", "10.9.8.1")
        tap0.run("ping", "-c", "1", "-W", "0.1", "10.9.8.2")
        screen = terminal.wait_for(r"ARP +42 who has 10.9.8.2")
        assert re.search(r"ARP +42 ◆ capture filter from here on: arp", screen)
        assert len(re.findall("ICMP ", screen)) == 1
