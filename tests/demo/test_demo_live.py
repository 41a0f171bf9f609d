"""The demo as a process of its own: allowed, and refused in each way; from the frames that came of it."""

import errno
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from allowed import HIDDEN_NODE, LIVE_DEMO, SANDBOX, SECOND_USER, SECOND_USERS_SANDBOX, USER_NAMESPACE, needs
from scapy.layers.dhcp import DHCP
from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA
from scapy.layers.l2 import ARP, Ether

from tapscope.attempt import Step
from tapscope.frame import Direction

FACTS = Path(__file__).with_name("demo_facts.py")
PYTHON = [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", str(FACTS)]
NO_MORE = "echo 0 > /proc/sys/user/max_user_namespaces && "
"""In a user namespace of its own this binds nobody else."""
PRIVATE_NODE = "mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m {mode} /dev/net/tun c 10 200 && "


def run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert not done.stderr
    assert done.returncode == 0
    return json.loads(done.stdout)


def shell(namespaces: list[str], before: str, frames: int, seconds: int, *through: str) -> dict[str, Any]:
    """In these new namespaces, after these commands, by way of the program ``through``."""
    words = [*through, *PYTHON, str(frames), str(seconds)]
    return run(["unshare", *namespaces, "sh", "-c", before + 'exec "$@"', "sh", *words])


def as_nobody(mode: str, frames: int, seconds: int) -> dict[str, Any]:
    """As a plain user, with a /dev/net/tun of that mode in a private mount namespace."""
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    return shell(["--mount"], PRIVATE_NODE.format(mode=mode), frames, seconds, *nobody)


@pytest.fixture(scope="module")
def live() -> dict[str, Any]:
    """Ten seconds of the demo: two rounds of all that it does."""
    return run([*PYTHON, "10000", "10"])


def packets(facts: dict[str, Any], way: Direction) -> list[Ether]:
    return [Ether(bytes.fromhex(data)) for data, direction, _ in facts["frames"] if direction == way]


def options(packet: Ether) -> Any:
    return dict(option for option in packet[DHCP].options if isinstance(option, tuple)).get("message-type")


@needs(LIVE_DEMO)
def test_is_a_real_tap_in_a_namespace_of_its_own(live):
    assert (live["title"], live["interface"], live["refused"]) == ("demo", "tap0", None)
    assert live["moved"]
    assert "Opened" in live["others"][0]
    assert "created=True" in live["others"][0]
    assert "played" in live["others"][0]


def test_stops_at_once_and_leaves_nothing(live):
    assert live["stop"] < 0.5
    assert live["threads"] == []
    assert not any("tun" in name or "event" in name or "socket" in name for name in live["files"])


def test_times_never_go_back(live):
    times = [when for _, _, when in live["frames"]]
    assert times == sorted(times)


def test_the_first_two_seconds_show_something_of_everything(live):
    first = live["frames"][0][2]
    early = {"frames": [row for row in live["frames"] if row[2] < first + 2_000_000_000]}
    out = packets(early, Direction.OUT)
    for layer in (ARP, ICMP, DNS, DHCP, TCP, ICMPv6ND_NS):
        assert any(layer in packet for packet in out), layer
    assert len(early["frames"]) >= 40


def test_every_question_finds_its_answer(live):
    out, into = packets(live, Direction.OUT), packets(live, Direction.IN)
    assert {options(packet) for packet in out if DHCP in packet} == {1, 3}
    assert {options(packet) for packet in into if DHCP in packet} == {2, 5}
    for way in (out, into):
        assert {packet[ARP].op for packet in way if ARP in packet} == {1, 2}
        assert {0, 8} <= {packet[ICMP].type for packet in way if ICMP in packet}
    asked = {packet[DNS].id for packet in out if DNS in packet and packet[DNS].id}
    told = {packet[DNS].id for packet in into if DNS in packet and packet[DNS].id}
    assert asked
    assert told == asked
    assert any(packet[IP].dst == "224.0.0.251" for packet in into if IP in packet)
    assert any(ICMP in packet and packet[ICMP].type == 3 for packet in into)


def test_whole_tcp_conversations_are_seen(live):
    flows: dict[int, str] = {}
    for data, direction, _ in live["frames"]:
        packet = Ether(bytes.fromhex(data))
        if TCP in packet:
            port = packet[TCP].sport if direction == Direction.OUT else packet[TCP].dport
            flows[port] = flows.get(port, "") + f"{'>' if direction == Direction.OUT else '<'}{packet[TCP].flags} "
    assert len(flows) >= 2
    for flow in flows.values():
        assert flow.startswith(">S <SA >A >PA <PA <PA <FA "), flow
        assert flow.count(">FA") == 1, flow
        assert "<A " in flow[flow.index(">FA") :], flow
        assert "R" not in flow


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="a kernel without IPv6")
def test_neighbours_and_routers_are_discovered(live):
    into = packets(live, Direction.IN)
    for layer in (ICMPv6ND_NA, ICMPv6ND_RA, ICMPv6EchoReply):
        assert any(layer in packet for packet in into), layer


def test_never_runs_dry(live):
    times = [when for _, _, when in live["frames"]]
    assert max(after - before for before, after in pairwise(times)) < 2_000_000_000


def test_opened_again_it_begins_again():
    facts = run([*PYTHON, "20", "20", "3"])
    assert sum("Opened" in event for event in facts["others"]) == 3
    assert not any("Refused" in event or "Ended(fault='t" in event for event in facts["others"])
    assert sum(DHCP in packet and options(packet) == 1 for packet in packets(facts, Direction.OUT)) >= 3
    assert (facts["threads"], facts["stop"] < 0.5) == ([], True)


@needs(SECOND_USERS_SANDBOX)
def test_a_plain_user_has_it_where_the_node_is_open():
    facts = as_nobody("666", 20, 20)
    assert (facts["title"], facts["refused"], facts["moved"], facts["uid"]) == ("demo", None, True, 0)
    assert len(facts["frames"]) >= 20


def assert_replays(facts: dict[str, Any], *refused: object) -> None:
    assert (facts["title"], facts["interface"]) == ("demo (replay)", None)
    assert facts["refused"][:2] == list(refused)
    assert not facts["moved"], "refused, and yet no longer where it was"
    assert len(facts["frames"]) >= 20
    assert "mode='replay'" in facts["others"][0]
    assert facts["stop"] < 0.5


@needs(SECOND_USER)
def test_a_closed_node_is_found_out_before_anything_is_entered():
    facts = as_nobody("600", 20, 20)
    assert_replays(facts, Step.OPEN, errno.EACCES)
    assert facts["uid"] == 65534


@needs(USER_NAMESPACE)
def test_without_user_namespaces_it_replays():
    nobody = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--securebits=+noroot")
    assert_replays(shell(["-Ur"], NO_MORE, 20, 20, *nobody), Step.UNSHARE, errno.ENOSPC)


@needs(SANDBOX)
def test_root_does_without_user_namespaces():
    facts = shell(["-Ur"], NO_MORE, 20, 20)
    assert (facts["title"], facts["refused"], facts["moved"]) == ("demo", None, True)
    assert len(facts["frames"]) >= 20


@needs(HIDDEN_NODE)
def test_without_the_node_it_replays():
    assert_replays(shell(["-Urm"], "mount -t tmpfs tmpfs /dev/net && ", 20, 20), Step.OPEN, errno.ENOENT)
