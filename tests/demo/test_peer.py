"""The guest at the demo's other end: each answer follows from the frame that asks."""

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from tapscope.demo.network import GUEST_ADDRESS, GUEST_MAC, GUEST_NAME, HOST_ADDRESS, MDNS_ADDRESS, MDNS_MAC
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


def test_a_connection_from_syn_to_fin() -> None:
    (opened,) = ask(UNICAST / TCP(sport=4000, dport=80, flags="S", seq=100))
    assert (str(opened[TCP].flags), opened[TCP].ack) == ("SA", 101)
    request = {"sport": 4000, "dport": 80, "seq": 101, "ack": opened[TCP].seq + 1}
    (page,) = ask(UNICAST / TCP(flags="PA", **request) / Raw(b"GET / HTTP/1.1\r\n\r\n"))
    assert bytes(page[TCP].payload).startswith(b"HTTP/1.1 200 OK")
    assert (str(page[TCP].flags), page[TCP].seq, page[TCP].ack) == ("FPA", request["ack"], 101 + 18)
    (closed,) = ask(UNICAST / TCP(sport=4000, dport=80, flags="FA", seq=119, ack=page[TCP].seq + 300))
    assert (str(closed[TCP].flags), closed[TCP].ack) == ("A", 120)


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
