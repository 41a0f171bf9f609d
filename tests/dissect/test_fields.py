"""Where fields lie: every source in the filter's names is one of scapy's, and values are what Wireshark compares."""

import pytest
from dissect_kit import frame_of
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from tapscope.dissect.fields import Layers
from tapscope.dissect.gates import gates_of
from tapscope.dissect.known import classes, look_up
from tapscope.dissect.sources import source_of
from tapscope.filters.catalogue import fields
from tapscope.store.kinds import TUNNEL_PORTS

ABSTRACT = {"_ICMPv6", "_ICMPv6ML", "_DNSRRdummy"}
"""Their fields are those of what is made of them."""


def test_every_source_is_one_of_scapys() -> None:
    wrong = []
    for field in fields().values():
        for text in field.sources:
            source = source_of(text)
            names = [name for name in classes() if name.startswith(source.layer) and source.any_that_begins]
            names.append(source.layer)
            if source.layer in ABSTRACT:
                names = [name for name, kind in classes().items() if issubclass(kind, classes()[source.layer])]
            if source.path == ("payload",):
                continue
            if not any(look_up(".".join((name, *source.path))) for name in names):
                wrong.append(f"{field.name}: {text}")
            wrong += [f"{text}: {name}" for name, _ in source.conditions if not look_up(f"{source.layer}.{name}")]
    assert not wrong


RECORDS = [DNSRR(rrname="a.example", rdata="1.2.3.4"), DNSRR(rrname="b.example", type=5, rdata="c.example")]
ANSWERED = DNS(qr=1, qd=DNSQR(qname="a.example"), an=RECORDS)
OVER_UDP = Ether() / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=53, dport=9)
OFFER = DHCP(options=[("message-type", 2), ("router", "10.0.0.1", "10.0.0.2"), ("hostname", b"box"), "end"])


@pytest.mark.parametrize(
    ("packet", "name", "values"),
    [
        (OVER_UDP / ANSWERED, "dns.qry.name", ["a.example"]),
        (OVER_UDP / ANSWERED, "dns.resp.name", ["a.example", "b.example"]),
        (OVER_UDP / ANSWERED, "dns.a", [0x01020304]),
        (OVER_UDP / ANSWERED, "dns.cname", ["c.example"]),
        (OVER_UDP / ANSWERED, "dns.flags.response", [1]),
        (OVER_UDP / DNS(qd=DNSQR(qname=".")), "dns.qry.name", ["<Root>"]),
        (OVER_UDP / ANSWERED, "ip.src", [0x0A000001]),
        (OVER_UDP / ANSWERED, "udp.port", [53, 9]),
        (Ether() / IP() / UDP(sport=67, dport=68) / BOOTP() / OFFER, "dhcp.option.router", [0x0A000001, 0x0A000002]),
        (Ether() / IP() / UDP(sport=67, dport=68) / BOOTP() / OFFER, "dhcp.option.dhcp", [2]),
        (Ether() / IP() / UDP(sport=67, dport=68) / BOOTP() / OFFER, "dhcp.option.hostname", ["box"]),
        (Ether() / IP() / TCP(flags="SE", reserved=1), "tcp.flags", [0x242]),
        (Ether() / IP() / TCP() / b"abc", "tcp.payload", [b"abc"]),
        (Ether(src="01:00:00:00:00:09") / IP(), "eth.src.ig", [1]),
        (Ether() / IPv6(src="fe80::1"), "ipv6.src", [0xFE80 << 112 | 1]),
        (Ether() / IP(tos=0xB8), "ip.dsfield.dscp", [46]),
        (Ether() / IP(src="1.1.1.1") / ICMP(type=3) / IPerror(src="2.2.2.2"), "ip.src", [0x01010101, 0x02020202]),
    ],
)
def test_values(packet, name: str, values: list[object]) -> None:
    field = fields()[name]
    layers = Layers(frame_of(bytes(packet)))
    assert layers.values(field.sources, field.kind.name) == values
    assert layers.holds(field.sources)


def test_a_header_that_was_cut_is_there_with_what_is_left_of_it() -> None:
    whole = bytes(Ether() / IP() / TCP(sport=5, dport=6, seq=7, ack=8))
    cut = Layers(frame_of(whole[: 14 + 20 + 10]))
    assert cut.holds(("TCP",))
    assert cut.values(("TCP.sport", "TCP.dport", "TCP.seq"), "u32") == [5, 6, 7]
    assert not cut.values(("TCP.ack", "TCP.window"), "u32")


@pytest.mark.parametrize(
    ("source", "ports"), [("DNS", {53, 5353}), ("HTTPRequest.Host", {80, 8080}), ("BOOTP", {67, 68}), ("NTP", {123})]
)
def test_gates_are_those_of_scapys_bindings(source: str, ports: set[int]) -> None:
    gates = gates_of((source,))
    assert ports <= gates.ports
    assert not gates.always


@pytest.mark.parametrize("source", ["IP", "TCP.sport", "Raw.load", "IPv6ExtHdrFragment", "CookedLinux", "AH"])
def test_what_may_be_anywhere_has_no_gate(source: str) -> None:
    assert gates_of((source,)).always


def test_columns_know_every_port_behind_which_scapy_looks_for_another_packet() -> None:
    inner = {"IP", "IPv6", "Ether", "Dot3", "IPv46"}
    ports = set()
    for values, kind in UDP.payload_guess:
        seen, waiting = set(), [kind]
        while waiting:
            each = waiting.pop()
            if isinstance(each, type) and each not in seen:
                seen.add(each)
                waiting += [bound for _, bound in each.payload_guess]
        if any(each.__name__ in inner for each in seen):
            ports |= {values[name] for name in ("sport", "dport") if name in values}
    assert ports <= set(TUNNEL_PORTS)
