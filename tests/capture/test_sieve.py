"""Capture filters: what passes is what tcpdump lets pass, in the kernel and here; what is no filter is refused."""

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from capture_kit import Running, drop, frame, ip, rows, send
from test_ring import experiments, taken, veths

from tapscope.capture.door import open_interface
from tapscope.capture.files import BadCapture, open_file
from tapscope.capture.libpcap import FilterRefused, check_words, names_in
from tapscope.capture.replay import ReplaySource
from tapscope.capture.ring import open_ring
from tapscope.capture.sieve import Sieve
from tapscope.capture.sieved import SievedSource
from tapscope.capture.source import Opened
from tapscope.frame import Direction, Frame, Interface
from tapscope.machine import tuntap
from tapscope.store.export import save

TAGGED = frame(b"tagged")[:12] + b"\x81\x00\x00\x07" + frame(b"tagged")[12:]
LONG = frame(b"long").ljust(200, b"\0")
EXPRESSIONS = ("arp", "tcp port 80", "not ip and not ip6", "udp[2:2] == 53 or vlan", "greater 200 and ip", "ip6")


@pytest.mark.parametrize("text", ["", "arp", "tcp port 80 and (host 10.0.0.1 or vlan 7)", "ether[12:2] == 0x88b5"])
def test_what_is_a_filter(text):
    Sieve(text).check()


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("tcp prot 80", "syntax error", 4),
        ("host 10.0.0.1 andd arp", "syntax error", 14),
        ("(arp or", "syntax error", None),
        ("tcp and (udp or prt 80)", "syntax error", 16),
        ("port nosuchport", "unknown port 'nosuchport'", None),
        ("ip host 1.2.3.4.5", "1.2.3.4.5", None),
    ],
)
def test_what_is_none_is_refused_in_libpcaps_words(text, said, at):
    with pytest.raises(FilterRefused, match=said) as refused:
        Sieve(text).check()
    assert refused.value.at == at


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tcp port http or https and not arp", []),
        ("host ns.example and not net home or 10.0.0.1", ["ns.example", "home"]),
        ("ether host 02:00:00:00:00:01 or ip6 host fe80::1 or ip proto \\tcp", []),
        ("tcp[tcpflags] & tcp-syn != 0 and ether[0x0c:2] == 0x800 and portrange 1-1024", []),
        ("tc", ["tc"]),
    ],
)
def test_names_are_known_before_they_are_looked_up(text, names):
    assert list(names_in(text)) == names


def test_a_fault_beside_a_name_is_found_without_asking_for_it():
    with pytest.raises(FilterRefused, match="syntax error") as refused:
        check_words("host no.such.example andd arp")
    assert refused.value.at == 21
    check_words("host no.such.example")


def test_without_libpcap_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cypcap", None)
    with pytest.raises(FilterRefused, match="pip install cypcap"):
        Sieve("arp").check()


@pytest.mark.private
@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("vlan 7", [TAGGED]),
        ("greater 100", [LONG]),
        ("ether proto 0x88b5 and less 100", [frame(b"short")]),
        ("ether src 02:00:00:00:00:02", []),
    ],
)
def test_the_kernel_lets_pass_what_passes(text, passing):
    """A frame that passes everything tells when all of them are through."""
    veths()
    last = b"\x02\0\0\0\0\x63" + frame(b"last")[6:]
    with closing(open_ring("v1", sieve=Sieve(f"({text}) or ether dst 02:00:00:00:00:63"))) as ring:
        assert ring.info.sieve.startswith(f"({text})")
        send("v0", TAGGED, frame(b"short"), LONG, last)
        found = [data for batch in taken(ring, 1 + len(passing) - (TAGGED in passing)) for data, _ in rows(batch)]
    assert found == [*passing, last]


@pytest.mark.private
def test_an_interface_that_is_down_is_sieved_when_it_is_up():
    """libpcap compiles for no interface that is down, so what passes is told here."""
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1")
    with closing(open_ring("v1", sieve=Sieve("greater 100"))) as ring:
        for name in ("v0", "v1"):
            ip("link", "set", name, "up")
        send("v0", *[frame(b"short"), LONG] * 5)
        assert {data for data, _ in experiments(taken(ring, 1))} == {LONG}


@pytest.mark.private
def test_a_tap_that_is_read_is_sieved_here():
    drop("net_raw")
    running = Running(lambda: open_interface("tap0", sieve=Sieve("udp and greater 100")))
    assert running.first(Opened).info.sieve == "udp and greater 100"
    ip("address", "add", "10.0.0.1/24", "dev", "tap0")
    ip("neighbour", "add", "10.0.0.2", "lladdr", "02:00:00:00:00:02", "dev", "tap0", "nud", "permanent")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        for size in (10, 200, 20):
            channel.sendto(bytes(size), ("10.0.0.2", 7))
        channel.sendto(b"last".ljust(300), ("10.0.0.2", 7))
    running.until(lambda: len(running.rows()) >= 2)
    assert [len(data) for data, _ in running.rows()] == [242, 342]
    running.stop()


@pytest.mark.private
@pytest.mark.parametrize(("text", "passing"), [("vlan 7", [TAGGED]), ("not vlan", [frame(b"plain"), LONG])])
def test_tagged_frames_on_a_tap_that_is_read(text, passing):
    """The kernel's sieve there is no finer than what is told here."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as channel:
        drop("net_raw")
        running = Running(lambda: open_interface("tap0", sieve=Sieve(f"({text}) or ether dst 02:00:00:00:00:63")))
        assert running.first(Opened).info.sieve_counts
        channel.bind(("tap0", 0))
        last = b"\x02\0\0\0\0\x63" + frame(b"last")[6:]
        for data in (TAGGED, frame(b"plain"), LONG, last):
            channel.send(data)
        running.until(lambda: running.saw(last))
        kinds = (TAGGED[12:14], last[12:14])
        assert [data for data, _ in running.rows() if data[12:14] in kinds] == [*passing, last]
        running.stop()


@pytest.mark.private
def test_the_next_of_its_name_is_sieved_as_well():
    holder = tuntap.attach("tap0").fd
    tuntap.set_up("tap0")
    running = Running(lambda: open_interface("tap0", sieve=Sieve("ether proto 0x88b5 and greater 100")), watch="tap0")
    running.first(Opened)
    os.close(holder)
    running.until(lambda: [event for event in running.events if isinstance(event, Opened)][-1].info.waiting)
    holder = tuntap.attach("tap0").fd
    tuntap.set_up("tap0")
    running.until(lambda: not [event for event in running.events if isinstance(event, Opened)][-1].info.waiting)
    os.write(holder, frame(b"short"))
    os.write(holder, LONG)
    running.until(lambda: running.saw(LONG))
    assert {data for data, _ in running.rows()} == {LONG}
    running.stop()
    os.close(holder)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_files_of_others_are_sieved_as_tcpdump_does(text):
    corpus = os.environ.get("TAPSCOPE_CORPUS")
    if not corpus:
        pytest.skip("TAPSCOPE_CORPUS names no folder of captures")
    compared = 0
    for path in sorted(Path(corpus).glob("*.pcap"))[:150]:
        theirs = subprocess.run(["tcpdump", "-n", "-r", path, "-w", "-", text], capture_output=True, check=False)
        if theirs.returncode:
            continue
        try:
            ours = kept(str(path), text)
        except (BadCapture, FilterRefused):
            continue
        assert ours == frames_in(theirs.stdout), path
        compared += 1
    assert compared > 50


def test_how_far_a_file_is_read_is_known_of_what_passes_too(tmp_path):
    path = tmp_path / "x.pcap"
    save(path, [Frame(1, 1, Direction.IN, 60, bytes(60), Interface("tap0"))], [Interface("tap0")])
    with closing(SievedSource(open_file(path), Sieve("arp"))) as source:
        assert source.extent() == (path.stat().st_size, path.stat().st_size)
    assert SievedSource(ReplaySource([]), Sieve("arp")).extent() is None


def kept(path: str, text: str) -> int:
    with closing(SievedSource(open_file(path), Sieve(text))) as source:
        count = 0
        while (batch := source.read()) is not None:
            count += len(batch)
        return count


def frames_in(capture: bytes) -> int:
    """In a capture file as tcpdump writes it, of this machine's byte order."""
    count, at = 0, 24
    while at + 16 <= len(capture):
        at += 16 + int.from_bytes(capture[at + 8 : at + 12], sys.byteorder)
        count += 1
    return count
