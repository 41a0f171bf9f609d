"""``-Y`` on the command line: what matches is printed or written, as ``tshark -Y`` would, and a fault is pointed at."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cli_kit import ARP, PRIVATE, capture, dns_query, http_request, rows, run

PIECES = (ARP, dns_query(b"www"), http_request(b"/a"), dns_query(b"mail"), ARP, http_request(b"/www"))
FILTERS = [
    ("arp", [1, 5]),
    ("!arp", [2, 3, 4, 6]),
    ('dns.qry.name == "www.test"', [2]),
    ("udp.port == 53 && dns contains 77:77:77", [2]),
    ('frame contains "www"', [2, 6]),
    ("http.request.uri == /a or frame.number == 5", [3, 5]),
    ("frame.time_relative >= 2ms and frame.time_relative < 4ms", [3, 4]),
    ("interface == tap0 and tcp", [3, 6]),
    ("icmp", []),
    ("", [1, 2, 3, 4, 5, 6]),
]


@pytest.fixture(name="path")
def fixture_path(tmp_path: Path) -> str:
    return capture(tmp_path / "some.pcapng", *PIECES, first=1_700_000_000)


@pytest.mark.parametrize(("text", "numbers"), FILTERS)
def test_only_what_matches_is_printed_and_keeps_its_number(path: str, text: str, numbers: list[int]) -> None:
    assert [row["number"] for row in rows("dump", path, "-Y", text)] == numbers


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_it_is_what_tshark_prints(path: str) -> None:
    for text, numbers in FILTERS:
        if "interface" not in text and "ms" not in text and "/a" not in text:
            command = ["tshark", "-r", path, "-Y", text, "-T", "fields", "-e", "frame.number"]
            done = subprocess.run(command, capture_output=True, check=True)
            assert list(map(int, done.stdout.split())) == numbers, text


def test_times_are_those_of_the_capture(path: str) -> None:
    lines = run("dump", path, "-Y", "http").stdout.decode().splitlines()
    assert [line.split()[:2] for line in lines] == [["3", "0.002000"], ["6", "0.005000"]]


def test_the_count_is_of_what_matches(path: str) -> None:
    assert [row["number"] for row in rows("dump", path, "-Y", "tcp or arp", "-c", "2")] == [1, 3]


def test_it_goes_together_with_a_capture_filter_and_a_file(path: str, tmp_path: Path) -> None:
    written = str(tmp_path / "out.pcapng")
    assert run("dump", path, "-f", "udp", "-Y", 'dns.qry.name contains "mail"', "-w", written, "-q").returncode == 0
    assert len(rows("dump", written)) == 1


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        ("ip.addr == 10.0.0.1 and tcp.prot == 80", "tcp.prot is no field: did you mean tcp.port?", "tcp.prot"),
        ("tcp.port == 80.5", "80.5 is no port", "80.5"),
        ("ip and", "a field or a value is wanted here", ""),
    ],
)
def test_a_fault_is_pointed_at(text: str, said: str, marked: str) -> None:
    done = run("dump", "tap0", "-Y", text)
    assert (done.returncode, done.stdout) == (2, b"")
    first, shown, mark = done.stderr.decode().splitlines()
    assert first == f"tapscope: -Y: {said}"
    start = mark.index("^")
    assert shown[start : start + mark.count("~") + 1] == marked


def test_live() -> None:
    script = 'ip link set lo up; ping -i 0.1 -w 30 127.0.0.1 > /dev/null 2>&1 & exec "$@"'
    command = ("dump", "lo", "-c", "3", "--json", "-Y", "icmp.type == 0 and ip.src == 127.0.0.0/8")
    done = run(*command, before=(*PRIVATE, "sh", "-c", script, "sh"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"echo-reply") == 3
