"""``tapscope dump`` beside tshark on the same capture: lengths, addresses, times and protocols."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_kit import rows

import tapscope.demo

COLUMNS = ("frame.encap_type", "frame.len", "frame.time_epoch", "_ws.col.Source", "_ws.col.Destination")
ETHERNET = "1"

AGREED = {
    "ARP", "CDP", "DHCP", "DNS", "EIGRP", "HSRP", "ICMP", "ICMPv6", "IGMPv1", "IGMPv2", "IGMPv3", "LLDP", "MDNS",
    "OSPF", "RADIUS", "STP", "VRRP",
}  # fmt: skip
"""Protocols that both name alike; of the others scapy knows fewer, or another version of the name."""

KNOWN_DIFFERENCES = {("AH", "OSPF"), ("IGMPv2", "PIMv1"), ("UDP", "RADIUS")}
"""Ours and tshark's: scapy ends at an authentication header, has no PIM of the first version, and takes only the new
port of RADIUS."""

pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")


def tshark(path):
    """(encapsulation, (length, time), (source, destination, protocol)) of every frame."""
    fields = [word for column in (*COLUMNS, "_ws.col.Protocol", "_ws.col.Info") for word in ("-e", column)]
    # nor does tapscope put segments together: the frame that carries the last of them is not the whole message
    command = ["tshark", "-n", "-o", "tcp.desegment_tcp_streams:FALSE", "-r", path, "-T", "fields", *fields]
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        encapsulation, length, time, source, destination, protocol, info = line.split("\t")
        # tshark remembers which connection speaks HTTP; a segment without a head does not say it
        protocol = "TCP" if info == "Continuation" else protocol
        yield encapsulation, (length, time), (source, destination, protocol)


def tapscope_dump(path):
    for row in rows("dump", path):
        yield (str(row["length"]), row["time"]), (row["source"], row["destination"], row["protocol"])


def test_the_demos_traffic_is_read_as_tshark_reads_it():
    path = str(Path(tapscope.demo.__file__).with_name("recording.pcapng"))
    theirs = [(size, read) for _, size, read in tshark(path)]
    assert len(theirs) > 50
    assert list(tapscope_dump(path)) == theirs


def test_captures_of_others_are_read_as_tshark_reads_them(tmp_path):
    """All that are called like a protocol: those with small letters are damaged on purpose, and merge badly."""
    corpus = os.environ.get("TAPSCOPE_CORPUS")
    if not corpus:
        pytest.skip("TAPSCOPE_CORPUS names no folder of captures")
    path = str(tmp_path / "all.pcapng")
    files = sorted(map(str, Path(corpus).glob("[A-Z]*.pcap")))
    subprocess.run(["mergecap", "-a", "-w", path, *files], check=True, capture_output=True)
    ours, theirs = list(tapscope_dump(path)), list(tshark(path))
    assert [size for size, _ in ours] == [size for _, size, _ in theirs]
    pairs = [(our, their) for (_, our), (link, _, their) in zip(ours, theirs, strict=True) if link == ETHERNET]
    compared = [(our, their) for our, their in pairs if AGREED & {our[2], their[2]}]
    assert len(compared) > 500
    differing = [(our, their) for our, their in compared if our != their]
    assert [pair for pair in differing if (pair[0][2], pair[1][2]) not in KNOWN_DIFFERENCES] == []
    assert all(our[:2] == their[:2] for our, their in differing)
