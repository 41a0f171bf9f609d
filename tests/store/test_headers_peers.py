"""Header columns against Wireshark's and scapy's reading of captures that nobody here made, whole, cut and damaged.

Where the columns say that something may be nested, a peer may see more than they do; where they say that only the
dissector can tell, nothing is compared.
"""

import ipaddress
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from corpus import corpus_frames
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.layers.sctp import SCTP

from tapscope.capture.files import open_file
from tapscope.frame import Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.export import save
from tapscope.store.headers import HEADERS, NO_VLAN, Kind

LINK_TYPES = {0, 1, 12, 14, 101, 108, 113, 228, 229, 276}
FIELDS = (
    *("eth.dst", "eth.src", "eth.type", "vlan.id", "vlan.etype", "ieee8021ad.id", "arp.opcode"),
    *("ip.src", "ip.dst", "ip.proto", "ipv6.src", "ipv6.dst", "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code"),
    *(f"{name}.{end}" for name in ("tcp", "udp", "sctp", "dccp") for end in ("srcport", "dstport")),
    "tcp.flags",
)
PORTS = {6: "tcp", 17: "udp", 136: "udp", 132: "sctp", 33: "dccp"}
TYPES = {1: "icmp", 58: "icmpv6"}
LIKELY = (0, 1, 4, 5, 6, 17, 41, 43, 44, 51, 58, 60, 64, 69, 70, 96, 255)

Row = dict[str, int]


@cache
def foreign() -> list[Frame]:
    frames = [frame for _, frame in corpus_frames(50) if frame.interface.link_type in LINK_TYPES]
    return [replace(each, comments=(), interface=Interface("x", each.interface.link_type)) for each in frames]


def snapped(frame: Frame, chance: random.Random) -> Frame:
    return replace(frame, data=frame.data[: chance.randrange(120)])


def damaged(frame: Frame, chance: random.Random) -> Frame:
    data = bytearray(frame.data)
    for _ in range(chance.randint(1, 3) if data else 0):
        data[chance.randrange(min(len(data), 80))] = chance.choice((*LIKELY, chance.randrange(256)))
    return replace(frame, data=bytes(data))


def store_of(path, frames: list[Frame]) -> Store:
    save(path, frames, sorted({frame.interface for frame in frames}, key=lambda each: each.link_type))
    source, store = open_file(path), Store()
    while (batch := source.read()) is not None:
        store.set_interfaces(source.interfaces)
        store.append(batch)
    source.close()
    return store


def rows_of(store: Store) -> Iterator[Row]:
    for part in store.parts():
        columns = [getattr(part.batch.headers, name)[part.where].tolist() for name in HEADERS]
        for values in zip(*columns, strict=True):
            yield dict(zip(HEADERS, values, strict=True))


def address(number: int) -> str:
    return str(ipaddress.IPv4Address(number))


def mac(high: int, low: int) -> str:
    return (high << 32 | low).to_bytes(6, "big").hex(":")


def folded(address: str) -> str:
    packed = ipaddress.IPv6Address(address).packed
    words = [int.from_bytes(packed[at : at + 4], "big") for at in (0, 4, 8, 12)]
    return str(words[0] ^ words[1] ^ words[2] ^ words[3])


def told(row: Row, link_type: int) -> dict[str, str]:
    """What the columns say, by Wireshark's names."""
    found: dict[str, str] = {}
    if link_type == 1:
        found["eth.dst"] = mac(row["mac_destination_high"], row["mac_destination_low"])
        found["eth.src"] = mac(row["mac_source_high"], row["mac_source_low"])
        if row["ethertype"]:
            found["ethertype"] = str(row["ethertype"])
    if row["vlan"] != NO_VLAN:
        found["vlan.id"] = str(row["vlan"])
    if row["kind"] & Kind.IPV4:
        found |= {"ip.src": address(row["source"]), "ip.dst": address(row["destination"])}
        found["ip.proto"] = str(row["protocol"])
    if row["kind"] & Kind.IPV6:
        found |= {"ipv6.src": str(row["source"]), "ipv6.dst": str(row["destination"])}
    if row["kind"] & Kind.ARP:
        found["arp.opcode"] = str(row["first"])
    return found | told_of_transport(row) if row["transport"] else found


def told_of_transport(row: Row) -> dict[str, str]:
    pair = [str(row["first"]), str(row["second"])]
    if row["protocol"] in TYPES:
        return dict(zip((f"{TYPES[row['protocol']]}.{end}" for end in ("type", "code")), pair, strict=True))
    if row["protocol"] not in PORTS:
        return {}
    found = dict(zip((f"{PORTS[row['protocol']]}.{end}" for end in ("srcport", "dstport")), pair, strict=True))
    return found | {"tcp.flags": str(row["tcp_flags"])} if row["protocol"] == 6 else found


def seen(fields: dict[str, str]) -> dict[str, str]:
    """What tshark says of the outermost headers, as ``told`` would."""
    every = {name: value.split(",") for name, value in fields.items() if value}
    found = {name: values[0] for name, values in every.items() if name not in {"eth.type", "vlan.etype"}}
    provider = found.pop("ieee8021ad.id", None)
    if provider:
        found["vlan.id"] = provider
    else:
        types = every.get("vlan.etype", []) or every.get("eth.type", [])
        found |= {"ethertype": str(int(types[-1], 16))} if types else {}
    if "tcp.flags" in found:
        found["tcp.flags"] = str(int(found["tcp.flags"], 16))
    return found | {name: folded(found[name]) for name in ("ipv6.src", "ipv6.dst") if name in found}


def tshark(path) -> list[dict[str, str]]:
    options = ["-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-E", "occurrence=a"]
    fields = [word for name in FIELDS for word in ("-e", name)]
    command = ["tshark", "-r", path, "-n", *options, "-T", "fields", *fields]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    lines = done.stdout.decode(errors="replace").splitlines()
    return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in lines]


def comparable(row: Row, ours: dict[str, str], theirs: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Where something may be nested, only what the columns say; ethertypes where there is one to compare.

    The options in IPv6 extension headers, at damage in which Wireshark stops, are none of the columns' business.
    """
    nested = bool(row["kind"] & Kind.NESTED)
    if row["kind"] & Kind.IPV6 and row["transport"] > row["network"] + 40:
        ours = {name: value for name, value in ours.items() if name in theirs}
    alike = {"ethertype"} if nested or not {"ethertype"} <= ours.keys() & theirs.keys() else set()
    return (
        {name: value for name, value in ours.items() if name not in alike},
        {name: value for name, value in theirs.items() if name not in alike and not (nested and name not in ours)},
    )


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
@pytest.mark.parametrize("change", [lambda frame, _: frame, snapped, damaged], ids=["whole", "snapped", "damaged"])
def test_columns_say_what_wireshark_says(tmp_path, change):
    chance = random.Random(7)
    frames = [change(frame, chance) for frame in foreign()]
    rows = list(rows_of(store_of(tmp_path / "x.pcapng", frames)))
    compared = ethertypes = 0
    for frame, row, fields in zip(frames, rows, tshark(tmp_path / "x.pcapng"), strict=True):
        if row["kind"] & Kind.OPAQUE:
            continue
        ours, theirs = comparable(row, told(row, frame.interface.link_type), seen(fields))
        assert ours == theirs, frame
        compared += 1
        ethertypes += "ethertype" in ours
    assert compared > len(frames) / 4
    assert ethertypes > len(frames) / 5


SCAPY = {
    Ether: {"eth.dst": "dst", "eth.src": "src", "ethertype": "type"},
    ARP: {"arp.opcode": "op"},
    IP: {"ip.src": "src", "ip.dst": "dst", "ip.proto": "proto"},
    IPv6: {"ipv6.src": "src", "ipv6.dst": "dst"},
    TCP: {"tcp.srcport": "sport", "tcp.dstport": "dport"},
    UDP: {"udp.srcport": "sport", "udp.dstport": "dport"},
    SCTP: {"sctp.srcport": "sport", "sctp.dstport": "dport"},
    ICMP: {"icmp.type": "type", "icmp.code": "code"},
}


def dissected(data: bytes) -> dict[str, str]:
    """What scapy says of the outermost headers of an Ethernet frame, as ``told`` would."""
    packet, found = Ether(data), {}
    for kind, fields in SCAPY.items():
        if kind in packet:
            found |= {name: str(getattr(packet[kind], field)) for name, field in fields.items()}
    tags = [layer for layer in packet.layers() if layer in {Dot1Q, Dot1AD}]
    if tags:
        found["vlan.id"] = str(packet[tags[0]].vlan)
        found["ethertype"] = str(packet.getlayer(len(tags)).type)
    if "tcp.dstport" in found:
        found["tcp.flags"] = str(int(packet[TCP].flags) | packet[TCP].reserved << 9)
    return found | {name: folded(found[name]) for name in ("ipv6.src", "ipv6.dst") if name in found}


def test_columns_say_what_scapy_says(tmp_path):
    """Scapy has no DCCP, one class for each ICMPv6 type, and takes no ARP whose address sizes it does not know."""
    frames = [frame for frame in foreign() if frame.interface.link_type == 1]
    compared = 0
    for frame, row in zip(frames, rows_of(store_of(tmp_path / "x.pcapng", frames)), strict=True):
        if row["kind"] & (Kind.OPAQUE | Kind.NESTED | Kind.LATER):
            continue
        ours, theirs = told(row, 1), dissected(frame.data)
        unknown = ("icmpv6.", "dccp.") if "arp.opcode" in theirs else ("icmpv6.", "dccp.", "arp.")
        assert {name: value for name, value in ours.items() if not name.startswith(unknown)} == theirs, frame
        compared += 1
    assert compared > 1000
