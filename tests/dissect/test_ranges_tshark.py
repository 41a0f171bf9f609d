"""The bits that a field is said to come from, beside those that tshark says, on captures nobody here made."""

import json
import shutil
import subprocess
from collections import Counter, defaultdict

import pytest
from corpus import corpus_frames
from dissect_kit import every
from scapy.utils import RawPcapWriter

from tapscope.dissect.tree import dissect
from tapscope.frame import LINKTYPE_ETHERNET

pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")

THEIRS = {
    "Ether": {"dst": "eth.dst", "src": "eth.src", "type": "eth.type"},
    "Dot3": {"dst": "eth.dst", "src": "eth.src", "len": "eth.len"},
    "Dot1Q": {"prio": "vlan.priority", "dei": "vlan.dei", "vlan": "vlan.id", "type": "vlan.etype"},
    "ARP": {
        "hwtype": "arp.hw.type", "ptype": "arp.proto.type", "hwlen": "arp.hw.size", "plen": "arp.proto.size",
        "op": "arp.opcode", "hwsrc": "arp.src.hw_mac", "psrc": "arp.src.proto_ipv4", "hwdst": "arp.dst.hw_mac",
        "pdst": "arp.dst.proto_ipv4",
    },
    "IP": {
        "version": "ip.version", "ihl": "ip.hdr_len", "tos": "ip.dsfield", "len": "ip.len", "id": "ip.id",
        "flags": "ip.flags", "frag": "ip.frag_offset", "ttl": "ip.ttl", "proto": "ip.proto", "chksum": "ip.checksum",
        "src": "ip.src", "dst": "ip.dst",
    },
    "IPv6": {
        "version": "ipv6.version", "tc": "ipv6.tclass", "fl": "ipv6.flow", "plen": "ipv6.plen", "nh": "ipv6.nxt",
        "hlim": "ipv6.hlim", "src": "ipv6.src", "dst": "ipv6.dst",
    },
    "TCP": {
        "sport": "tcp.srcport", "dport": "tcp.dstport", "seq": "tcp.seq", "ack": "tcp.ack", "dataofs": "tcp.hdr_len",
        "flags": "tcp.flags", "window": "tcp.window_size_value", "chksum": "tcp.checksum",
        "urgptr": "tcp.urgent_pointer", "options": "tcp.options", "MSS": "tcp.options.mss",
        "Window scale": "tcp.options.wscale", "Timestamp": "tcp.options.timestamp", "No-operation": "tcp.options.nop",
        "SACK permitted": "tcp.options.sack_perm",
    },
    "UDP": {"sport": "udp.srcport", "dport": "udp.dstport", "len": "udp.length", "chksum": "udp.checksum"},
    "ICMP": {
        "type": "icmp.type", "code": "icmp.code", "chksum": "icmp.checksum", "id": "icmp.ident", "seq": "icmp.seq",
    },
    "DNS": {
        "id": "dns.id", "qr": "dns.flags.response", "opcode": "dns.flags.opcode", "aa": "dns.flags.authoritative",
        "tc": "dns.flags.truncated", "rd": "dns.flags.recdesired", "ra": "dns.flags.recavail", "z": "dns.flags.z",
        "ad": "dns.flags.authenticated", "cd": "dns.flags.checkdisable", "rcode": "dns.flags.rcode",
        "qdcount": "dns.count.queries", "ancount": "dns.count.answers", "nscount": "dns.count.auth_rr",
        "arcount": "dns.count.add_rr",
    },
    "DNSQR": {"qname": "dns.qry.name", "qtype": "dns.qry.type"},
    "DNSRR": {"rrname": "dns.resp.name", "type": "dns.resp.type", "ttl": "dns.resp.ttl", "rdlen": "dns.resp.len"},
    "BOOTP": {
        "op": "dhcp.type", "htype": "dhcp.hw.type", "hlen": "dhcp.hw.len", "hops": "dhcp.hops", "xid": "dhcp.id",
        "secs": "dhcp.secs", "flags": "dhcp.flags", "ciaddr": "dhcp.ip.client", "yiaddr": "dhcp.ip.your",
        "siaddr": "dhcp.ip.server", "giaddr": "dhcp.ip.relay", "options": "dhcp.cookie",
    },
    "DHCP": {"(option)": "dhcp.option.type"},
}  # fmt: skip
"""scapy's layer and field, or option -> tshark's field. DHCP's options all have the same name there."""


THEIRS_WIDER = {"ip.version", "ip.hdr_len", "tcp.hdr_len", "tcp.flags", "ipv6.version"}
"""Where tshark gives the whole byte for half of it, and TCP's reserved bits with the flags."""
READ_OTHERWISE = {
    "DTP.pcap": "frames within ISL, which scapy does not unwrap",
    "icmp-cksum-oobr-3.pcapng": "scapy goes on into what tshark leaves as data",
}


def their_bits(pairs, found=None):
    """tshark's field -> the bits that it covers, as (first, last) or None for what it computed."""
    found = defaultdict(set) if found is None else found
    for name, value in pairs:
        if isinstance(value, Pairs):
            their_bits(value, found)
        elif name.endswith("_raw") and isinstance(value, list) and len(value) == 5:
            _, at, size, mask, _ = value
            if size:
                end = (at + size) * 8
                bits = (end - mask.bit_length(), end - _low(mask)) if mask else (at * 8, end)
                found[name.removesuffix("_raw")].add(bits)
    return found


class Pairs(list):
    """A JSON object with the keys that it repeats."""


def _low(bits):
    return (bits & -bits).bit_length() - 1


def our_bits(dissection):
    """(tshark's name, first bit, bit behind) of what we say is exact."""
    for node in every(dissection.layers):
        layer, _, field = node.name.partition(".")
        is_option = layer == "DHCP" and field not in {"", "options", "pad", "(broken)"}
        theirs = THEIRS.get(layer.removesuffix("error"), {}).get("(option)" if is_option else field)
        if theirs and node.exact and node.start_bit < node.end_bit:
            yield theirs, node.start_bit, node.end_bit


def test_the_bits_of_a_field_are_those_that_tshark_says(tmp_path):
    known = [(name, frame) for name, frame in corpus_frames(4) if name not in READ_OTHERWISE]
    frames = [frame for _, frame in known if frame.interface.link_type == LINKTYPE_ETHERNET]
    sample = str(tmp_path / "sample.pcap")
    with RawPcapWriter(sample, linktype=LINKTYPE_ETHERNET) as writer:
        writer.write_header(None)
        for frame in frames:
            writer.write_packet(frame.data, sec=0, usec=0, caplen=len(frame.data), wirelen=frame.length)
    command = ["tshark", "-n", "-r", sample, "-T", "jsonraw"]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    packets = json.loads(printed, object_pairs_hook=Pairs)
    assert len(packets) == len(frames)
    verdicts, wider, differing = Counter(), set(), []
    for frame, packet in zip(frames, packets, strict=True):
        theirs = their_bits(packet)
        for name, start, end in our_bits(dissect(frame)):
            verdict = judge(theirs[name], start, end)
            verdicts[verdict] += 1
            if verdict == "within":
                wider.add(name)
            if verdict == "different":
                differing.append((name, start, end, theirs[name], frame.data.hex()))
    assert differing == []
    assert verdicts["same"] > 10_000
    assert wider <= THEIRS_WIDER


def judge(theirs, start, end):
    """``same``; ``within`` a wider field of theirs; ``unseen`` where tshark read no such field."""
    if not theirs:
        return "unseen"
    if (start, end) in theirs:
        return "same"
    return "within" if any(first <= start and end <= last for first, last in theirs) else "different"
