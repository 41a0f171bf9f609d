"""``-f`` on the command line: what passes is printed, and what is no filter is refused before anything is opened."""

import pytest
from allowed import SANDBOX, needs
from cli_kit import PRIVATE, rows, run


def test_only_what_passes_is_printed(tmp_path):
    path = str(tmp_path / "demo.pcapng")
    assert run("demo", "--headless", "-c", "60", "-w", path, "-q").returncode == 0
    everything = rows("dump", path)
    passing = rows("dump", path, "-f", "arp")
    assert {row["protocol"] for row in passing} == {"ARP"}
    assert [row["info"] for row in passing] == [row["info"] for row in everything if row["protocol"] == "ARP"]


def test_a_fault_is_pointed_at():
    done = run("dump", "tap0", "-f", "tcp prot 80")
    assert (done.returncode, done.stdout) == (2, b"")
    said, text, mark = done.stderr.decode().splitlines()
    assert said == "tapscope: -f: can't parse filter expression: syntax error"
    assert text[mark.index("^") :] == "prot 80"


@pytest.mark.parametrize("words", [("-f", "arp"), ("dump", "tap0", "-f")])
def test_something_is_missing(words):
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


@needs(SANDBOX)
def test_live_and_several_interfaces():
    script = 'ip link set lo up; ping -i 0.1 -w 30 127.0.0.1 > /dev/null 2>&1 & exec "$@"'
    command = ("dump", "lo", "tap0", "-c", "4", "--json", "-f", "icmp[icmptype] == icmp-echoreply")
    done = run(*command, before=(*PRIVATE, "sh", "-c", script, "sh"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"echo-reply") == 4
