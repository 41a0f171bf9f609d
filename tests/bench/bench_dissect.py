"""What a row and a tree cost beside scapy's own reading of the same bytes, in the same run.

Run it with python; times are medians in microseconds, and only ratios of one run mean something.
"""

import statistics
import sys
import time
from collections.abc import Callable

import tapscope.dissect

BEGIN = time.perf_counter()
tapscope.dissect.load()
LOADED = time.perf_counter() - BEGIN

from scapy.layers.dhcp import BOOTP, DHCP  # noqa: E402  (loading is what is timed)
from scapy.layers.dns import DNS, DNSQR, DNSRR  # noqa: E402
from scapy.layers.inet import ICMP, IP, TCP, UDP  # noqa: E402
from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6  # noqa: E402
from scapy.layers.l2 import ARP, Ether  # noqa: E402

from tapscope.dissect.copying import scapy_expression  # noqa: E402
from tapscope.dissect.summary import summarize  # noqa: E402
from tapscope.dissect.tree import dissect  # noqa: E402
from tapscope.frame import Direction, Frame, Interface  # noqa: E402

MAC = "02:00:00:00:00:01"
ETHER = Ether(src=MAC, dst="02:00:00:00:00:02")
IPV4 = ETHER / IP(src="10.0.0.1", dst="10.0.0.2")
SYN_OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 2)), ("NOP", None), ("WScale", 7)]
RECORDS = [DNSRR(rrname="example.com", rdata="192.0.2.1")] * 3
FRAMES = {
    "ARP": ETHER / ARP(psrc="10.0.0.1"),
    "ICMP": IPV4 / ICMP(id=1, seq=1) / bytes(56),
    "TCP SYN": IPV4 / TCP(sport=39222, dport=443, options=SYN_OPTIONS),
    "TCP data": IPV4 / TCP(sport=443, dport=39222, flags="A") / bytes(1448),
    "TCP GSO": IPV4 / TCP(sport=443, dport=39222, flags="A") / bytes(60_000),
    "DNS answer": IPV4 / UDP(sport=53, dport=40000) / DNS(qr=1, qd=DNSQR(qname="example.com"), an=RECORDS),
    "DHCP": IPV4 / UDP(sport=68, dport=67) / BOOTP(xid=5) / DHCP(options=[("message-type", "discover"), "end"]),
    "ND": ETHER / IPv6(src="fe80::1", dst="fe80::2") / ICMPv6ND_NS(tgt="::1") / ICMPv6NDOptSrcLLAddr(lladdr=MAC),
}
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 300


def cost(action: Callable[[], object]) -> float:
    """The median of a call in microseconds."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6


def main() -> None:
    """Print the table."""
    print(f"load: {LOADED * 1000:.0f} ms")
    print(f"{'frame':12}{'bytes':>7}{'Ether(b)':>10}{'summary':>10}{'':>7}{'tree':>10}{'':>7}{'copy':>10}{'':>7}")
    for name, packet in FRAMES.items():
        data = bytes(packet)
        frame = Frame(1, 1, Direction.IN, len(data), data, Interface("tap0"))
        plain = cost(lambda data=data: Ether(data))
        line = f"{name:12}{len(data):7}{plain:10.0f}"
        for action in (summarize, dissect, scapy_expression):
            took = cost(lambda action=action, frame=frame: action(frame))
            line += f"{took:10.0f}{took / plain:6.1f}x"
        print(line)


if __name__ == "__main__":
    main()
