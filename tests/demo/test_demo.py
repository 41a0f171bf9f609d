"""``tapscope demo`` as it is: in a sandbox of its own, or refused one."""

import json
import subprocess
import sys
from collections.abc import Iterable

import pytest
from allowed import SECOND_USER, USER_NAMESPACE, needs

from tapscope.machine.links import list_links

TAPSCOPE = (sys.executable, "-m", "tapscope")
NO_MORE_NAMESPACES = """
echo 0 > /proc/sys/user/max_user_namespaces
exec setpriv --bounding-set=-all --inh-caps=-all --securebits=+noroot "$@"
"""
CLOSED_NODE = """
mount -t tmpfs none /dev/net; mknod /dev/net/tun c 10 200; chmod 600 /dev/net/tun
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
"""


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def demo(count: int, *prefix: str) -> tuple[list[dict[str, object]], str]:
    done = run(*prefix, *TAPSCOPE, "demo", "--headless", "--json", "-c", str(count))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def said(rows: Iterable[dict[str, object]], protocol: str) -> list[tuple[object, str]]:
    return [(row["direction"], str(row["info"])) for row in rows if row["protocol"] == protocol]


def has_both(pairs: list[tuple[object, str]], asked: str, answered: str) -> bool:
    return any(asked in info for where, info in pairs if where == "out") and any(
        answered in info for where, info in pairs if where == "in"
    )


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    return demo(60)[0]


def test_conversations_are_seen_whole(rows: list[dict[str, object]]) -> None:
    assert has_both(said(rows, "ARP"), "who has", "is at")
    assert has_both(said(rows, "ICMP"), "echo-request", "echo-reply")
    assert has_both(said(rows, "DNS"), "Query", "Answer")
    assert has_both(said(rows, "MDNS"), "Query", "Answer")
    assert has_both(said(rows, "DHCP"), "Discover", "Offer")
    assert has_both(said(rows, "DHCP"), "Request", "Ack")
    assert has_both(said(rows, "HTTP"), "GET /", "200 OK")
    assert has_both(said(rows, "TCP"), "[SYN]", "[SYN, ACK]")
    assert ("out", True) in {(where, "FIN" in info) for where, info in said(rows, "TCP")}


def test_both_ends_begin_conversations(rows: list[dict[str, object]]) -> None:
    assert {where for where, info in said(rows, "ICMP") if "echo-request" in info} == {"in", "out"}
    assert {where for where, info in said(rows, "ARP") if "who has" in info} == {"in", "out"}


def test_it_goes_on_after_the_first_round() -> None:
    rows = demo(90)[0]
    assert len([1 for _, info in said(rows, "TCP") if "[SYN]" in info]) >= 2
    assert has_both(said(rows, "ICMPv6"), "Neighbor Solicitation", "Neighbor Advertisement")


def test_nothing_of_the_host_is_touched() -> None:
    before = {(link.index, link.name) for link in list_links()}
    demo(5)
    assert {(link.index, link.name) for link in list_links()} == before


@needs(USER_NAMESPACE)
def test_where_no_namespace_is_to_be_had_a_recording_is_replayed() -> None:
    rows, messages = demo(20, "unshare", "-Ur", "sh", "-c", NO_MORE_NAMESPACES, "sh")
    assert "unshare user and network namespace: ENOSPC" in messages
    assert "replaying a recording" in messages
    assert {row["direction"] for row in rows} == {"in", "out"}


@needs(SECOND_USER)
def test_where_the_device_node_is_closed_a_recording_is_replayed() -> None:
    rows, messages = demo(20, "unshare", "-m", "--propagation", "private", "sh", "-ec", CLOSED_NODE, "sh")
    assert "open /dev/net/tun: EACCES" in messages
    assert "replaying a recording" in messages
    assert len(rows) == 20
