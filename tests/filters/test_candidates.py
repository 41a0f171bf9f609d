"""Which frames are left for the dissector, where a field's text must be in the frame as it is."""

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from tapscope.filters import Context, compile_filter
from tapscope.frame import Direction, Interface
from tapscope.store.batches import batch_of, frames_of

TAP = Interface("tap0")


def dns(name: str, *answers: DNSRR) -> bytes:
    message = DNS(qr=bool(answers), qd=[DNSQR(qname=name)], an=list(answers))
    return bytes(Ether() / IP() / UDP(sport=40000, dport=53) / message)


FRAMES = {
    "one": dns("host-0001.example.org"),
    "two": dns("host-0002.example.org"),
    "alias": dns("www.example.org", DNSRR(rrname="www.example.org", type="CNAME", rdata="host-0001.example.org")),
    "root": dns("."),
    "arp": bytes(Ether() / ARP()),
    "get": bytes(Ether() / IP() / TCP(dport=80) / Raw(b"GET / HTTP/1.1\r\nHost: host-0001.example.org\r\n\r\n")),
}
"""The alias' record points into the question for the end of its name (RFC 1035, 4.1.4)."""


@pytest.mark.parametrize(
    ("text", "left", "found"),
    [
        ('dns.qry.name == "host-0001.example.org"', {"one", "alias"}, {"one"}),
        ('dns.qry.name contains "0001.exa"', {"one", "alias"}, {"one"}),
        ('dns.cname == "host-0001.example.org"', {"one", "alias"}, {"alias"}),
        ('dns.qry.name == "<Root>"', {"one", "two", "alias", "root"}, {"root"}),
        ('dns.qry.name contains "."', {"one", "two", "alias", "root"}, {"one", "two", "alias"}),
        ('!(dns.qry.name == "host-0001.example.org")', {"one", "alias"}, {"two", "alias", "root", "arp", "get"}),
        ('http.host == "host-0001.example.org"', {"get"}, {"get"}),
    ],
)
def test_only_frames_with_a_word_of_it_are_left_for_the_dissector(text, left, found):
    batch = batch_of((data, 1, Direction.IN) for data in FRAMES.values())
    context = Context((TAP,))
    asked = compile_filter(text)
    verdicts = asked.judge(batch, 1, context)
    names = list(FRAMES)
    assert {name for name, unsure in zip(names, verdicts.unsure, strict=True) if unsure} == left
    sure = {name for name, yes in zip(names, verdicts.yes, strict=True) if yes}
    frames = dict(zip(names, frames_of(batch, [TAP]), strict=True))
    assert sure | {name for name in left if asked.matches(frames[name], context)} == found
