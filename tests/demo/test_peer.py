"""The guest at the demo's other end: each answer follows from the frame that asks."""

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptPrefixInfo,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from tapscope.demo.network import (
    GUEST_ADDRESS,
    GUEST_ADDRESS6,
    GUEST_LINK_LOCAL,
    GUEST_MAC,
    GUEST_NAME,
    HOST_ADDRESS,
    MDNS_ADDRESS,
    MDNS_MAC,
    PREFIX6,
)
from tapscope.demo.peer import Peer

HOST_MAC = "02:00:00:00:00:01"
UNICAST = Ether(src=HOST_MAC, dst=GUEST_MAC) / IP(src=HOST_ADDRESS, dst=GUEST_ADDRESS)


def ask(packet: Packet) -> list[Packet]:
    return [Ether(answer) for answer in Peer().reply(bytes(packet))]


def test_who_has_is_answered_and_leads_to_no_ping() -> None:
    (answer,) = ask(Ether(src=HOST_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(psrc=HOST_ADDRESS, pdst=GUEST_ADDRESS))
    assert (answer[ARP].op, answer[ARP].hwsrc, answer.dst) == (2, GUEST_MAC, HOST_MAC)


def test_who_has_another_is_left_to_that_one() -> None:
    assert ask(Ether(src=HOST_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(psrc=HOST_ADDRESS, pdst="10.77.0.9")) == []


def test_a_ping_is_echoed_and_the_guest_looks_for_the_host() -> None:
    echo, question = ask(UNICAST / ICMP(id=7, seq=3) / Raw(b"abc"))
    assert (echo[ICMP].type, echo[ICMP].id, echo[ICMP].seq, bytes(echo[Raw])) == (0, 7, 3, b"abc")
    assert (question[ARP].op, question[ARP].pdst) == (1, HOST_ADDRESS)


def test_the_guest_pings_back_once_it_knows_the_host() -> None:
    peer = Peer()
    (ping,) = peer.reply(bytes(Ether(src=HOST_MAC, dst=GUEST_MAC) / ARP(op=2, hwsrc=HOST_MAC, psrc=HOST_ADDRESS)))
    assert (Ether(ping).dst, Ether(ping)[ICMP].type) == (HOST_MAC, 8)


@pytest.mark.parametrize(("name", "rcode", "answers"), [(GUEST_NAME, 0, 1), ("nobody.test", 3, 0)])
def test_names_are_known_or_not(name: str, rcode: int, answers: int) -> None:
    (answer,) = ask(UNICAST / UDP(sport=4000, dport=53) / DNS(id=9, qd=DNSQR(qname=name)))
    assert (answer[DNS].id, answer[DNS].rcode, answer[DNS].ancount, answer[UDP].dport) == (9, rcode, answers, 4000)


def test_the_whole_link_hears_an_mdns_answer() -> None:
    question = Ether(src=HOST_MAC, dst=MDNS_MAC) / IP(src=HOST_ADDRESS, dst=MDNS_ADDRESS) / UDP(sport=5353, dport=5353)
    (answer,) = ask(question / DNS(rd=0, qd=DNSQR(qname="guest.local")))
    assert (answer.dst, answer[DNS].qr, answer[DNS].qdcount, answer[DNS].an[0].rdata) == (MDNS_MAC, 1, 0, GUEST_ADDRESS)


@pytest.mark.parametrize(("asked", "told"), [("discover", 2), ("request", 5)])
def test_a_lease_is_offered_and_given(asked: str, told: int) -> None:
    client = Ether(src=HOST_MAC, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255")
    message = BOOTP(xid=77, chaddr=b"\x02\0\0\0\0\x01") / DHCP(options=[("message-type", asked), "end"])
    (answer,) = ask(client / UDP(sport=68, dport=67) / message)
    assert (answer[BOOTP].xid, answer[BOOTP].yiaddr, answer[DHCP].options[0]) == (
        77,
        HOST_ADDRESS,
        ("message-type", told),
    )


def test_web_pages_travel_in_frames_of_their_own() -> None:
    peer = Peer()

    def say(packet: Packet) -> list[Packet]:
        return [Ether(answer) for answer in peer.reply(bytes(packet))]

    (opened,) = say(UNICAST / TCP(sport=4000, dport=80, flags="S", seq=100))
    assert (opened.dst, opened[IP].dst, str(opened[TCP].flags)) == (HOST_MAC, HOST_ADDRESS, "SA")
    request = TCP(sport=4000, dport=80, flags="PA", seq=101, ack=opened[TCP].seq + 1)
    page = say(UNICAST / request / Raw(b"GET / HTTP/1.1\r\n\r\n"))
    assert [str(one[TCP].flags) for one in page] == ["PA", "PA", "FA"]
    assert bytes(page[0][TCP].payload).startswith(b"HTTP/1.1 200 OK")


def test_the_padding_of_a_short_frame_is_no_data() -> None:
    peer = Peer()
    (opened,) = peer.reply(bytes(UNICAST / TCP(sport=4000, dport=80, flags="S", seq=100)))
    padded = bytes(UNICAST / TCP(sport=4000, dport=80, flags="A", seq=101, ack=Ether(opened)[TCP].seq + 1)).ljust(
        60, b"\0"
    )
    assert peer.reply(padded) == []


@pytest.mark.parametrize("packet", [UNICAST / ICMP() / b"abc", UNICAST / TCP(sport=1, dport=80, flags="S")])
def test_checksums_and_lengths_are_right(packet: Packet) -> None:
    answer = Ether(Peer().reply(bytes(packet))[0])
    told = bytes(answer)
    for layer in (IP, ICMP, TCP):
        if layer in answer:
            del answer[layer].chksum
    del answer[IP].len
    assert bytes(answer) == told


def test_neighbours_find_it_and_an_address_being_tried_out_is_left_alone() -> None:
    for target in (GUEST_LINK_LOCAL, GUEST_ADDRESS6):
        asked = Ether(src=HOST_MAC, dst="33:33:ff:00:00:02") / IPv6(src="fe80::1", dst="ff02::1:ff00:2")
        (answer,) = ask(asked / ICMPv6ND_NS(tgt=target))
        assert (answer[ICMPv6ND_NA].tgt, answer[IPv6].src, answer[IPv6].hlim) == (target, target, 255)
        assert answer[ICMPv6NDOptDstLLAddr].lladdr == GUEST_MAC
    probe = Ether(src=HOST_MAC, dst="33:33:ff:00:00:02") / IPv6(src="::", dst="ff02::1:ff00:2")
    assert ask(probe / ICMPv6ND_NS(tgt=GUEST_LINK_LOCAL)) == []


def test_a_router_solicitation_gets_a_prefix() -> None:
    asked = Ether(src=HOST_MAC, dst="33:33:00:00:00:02") / IPv6(src="fe80::1", dst="ff02::2") / ICMPv6ND_RS()
    (answer,) = ask(asked)
    assert (answer[IPv6].src, answer[ICMPv6ND_RA].routerlifetime) == (GUEST_LINK_LOCAL, 0)
    assert answer[ICMPv6NDOptPrefixInfo].prefix == PREFIX6


def test_a_ping_over_ipv6_is_echoed() -> None:
    (answer,) = ask(
        Ether(src=HOST_MAC, dst=GUEST_MAC)
        / IPv6(src="fe80::1", dst=GUEST_ADDRESS6)
        / ICMPv6EchoRequest(id=5, seq=6, data=b"abc")
    )
    assert (answer[IPv6].src, answer[ICMPv6EchoReply].seq, answer[ICMPv6EchoReply].data) == (GUEST_ADDRESS6, 6, b"abc")


def test_nobody_listens_elsewhere() -> None:
    (reset,) = ask(UNICAST / TCP(sport=4000, dport=23, flags="S", seq=5))
    assert (str(reset[TCP].flags), reset[TCP].ack) == ("RA", 6)
    (unreachable,) = ask(UNICAST / UDP(sport=4000, dport=9))
    assert (unreachable[ICMP].type, unreachable[ICMP].code) == (3, 3)


@pytest.mark.parametrize(
    "frame", [b"", b"\0" * 5, b"\xff" * 60, bytes.fromhex(GUEST_MAC.replace(":", "")) + b"\x08" * 60]
)
def test_what_it_does_not_understand_is_met_with_silence(frame: bytes) -> None:
    assert Peer().reply(frame) == []


@given(binary(max_size=200))
def test_nothing_that_is_heard_can_stop_it(noise: bytes) -> None:
    Peer().reply(bytes.fromhex(GUEST_MAC.replace(":", "")) + noise)


@given(binary(max_size=60), integers(14, 60))
def test_damaged_questions_cannot_stop_it(noise: bytes, at: int) -> None:
    whole = bytes(UNICAST / UDP(sport=4000, dport=53) / DNS(id=9, qd=DNSQR(qname=GUEST_NAME)))
    Peer().reply(whole[:at] + noise + whole[at + len(noise) :])
