"""Makes the sandbox's own kernel send: a thread with ordinary sockets, as any program of that host would have them."""

import contextlib
import fcntl
import http.client
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from threading import Thread

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP
from scapy.layers.inet6 import ICMPv6EchoRequest
from scapy.packet import Packet

from tapscope.capture.doorbell import Doorbell
from tapscope.demo.network import (
    GUEST_ADDRESS,
    GUEST_LINK_LOCAL,
    GUEST_NAME,
    HOST_ADDRESS,
    INTERFACE,
    MDNS_ADDRESS,
    MDNS_NAME,
    MDNS_PORT,
    NETMASK,
)

PATIENCE_S = 1.0
"""How long an answer may take."""

HTTP_PATIENCE_S = 0.25
"""The same where waiting cannot be broken off."""

FIRST_PAUSE_S = 0.05
PAUSE_S = 0.8
"""Between two deeds: in the first round, so that a fresh screen fills, and afterwards."""

_SIOCSIFADDR = 0x8916
_SIOCSIFNETMASK = 0x891C
_ADDRESS_REQUEST = struct.Struct("=16sHH4s16x")
_IPV6_CHECKSUM = 7
_UNUSED_PORT = 33434


class Stopped(Exception):
    """The traffic was told to stop."""


class Traffic:
    """Round after round of ARP, ping, DNS, mDNS, DHCP, HTTP and IPv6 neighbour discovery, until it is stopped.

    A deed that fails is left out: a demo goes on. ``stop`` returns when the thread has ended.
    """

    def __init__(self) -> None:
        self._bell = Doorbell()
        self._sequence = 0
        self._thread = Thread(target=self._run, name="demo traffic", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, in well under half a second whatever is being waited for."""
        self._bell.ring()
        self._thread.join()
        self._bell.close()

    def _run(self) -> None:
        with contextlib.suppress(Stopped):
            self._attempt(self._lease)
            self._attempt(lambda: set_address(INTERFACE, HOST_ADDRESS, NETMASK))
            pause = FIRST_PAUSE_S
            while True:
                for deed in self._deeds():
                    self._attempt(deed)
                    self._pause(pause)
                pause = PAUSE_S

    @staticmethod
    def _attempt(deed: Callable[[], None]) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            deed()

    def _deeds(self) -> Iterator[Callable[[], None]]:
        yield self._ping
        yield lambda: self._ask(GUEST_NAME, "A")
        yield self._browse
        yield lambda: self._ask(GUEST_NAME, "AAAA")
        yield self._ping6
        yield self._ask_the_link
        yield lambda: self._ask("2.0.77.10.in-addr.arpa", "PTR")
        yield self._ping
        yield lambda: self._ask("nobody.demo.test", "A")
        yield self._knock
        yield self._lease

    def _pause(self, seconds: float) -> None:
        if select.select([self._bell], [], [], seconds)[0]:
            raise Stopped

    def _answer(self, channel: socket.socket) -> bool:
        """Wait for something to receive, and receive it; False when nothing came in time."""
        ready = select.select([channel.fileno(), self._bell.fileno()], [], [], PATIENCE_S)[0]
        if self._bell.fileno() in ready:
            raise Stopped
        if ready:
            channel.recv(65535)
        return bool(ready)

    def _ping(self) -> None:
        self._sequence += 1
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as channel:
            channel.connect((GUEST_ADDRESS, 0))
            body = bytes(range(0x10, 0x40))
            channel.send(bytes(ICMP(id=os.getpid() & 0xFFFF, seq=self._sequence & 0xFFFF) / body))
            self._answer(channel)

    def _ping6(self) -> None:
        self._sequence += 1
        with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as channel:
            channel.setsockopt(socket.IPPROTO_RAW, _IPV6_CHECKSUM, 2)
            channel.connect((GUEST_LINK_LOCAL, 0, 0, socket.if_nametoindex(INTERFACE)))
            ping = ICMPv6EchoRequest(id=os.getpid() & 0xFFFF, seq=self._sequence & 0xFFFF, cksum=0, data=b"." * 48)
            channel.send(bytes(ping))
            self._answer(channel)

    def _ask(self, name: str, kind: str) -> None:
        self._sequence += 1
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.connect((GUEST_ADDRESS, 53))
            channel.send(bytes(DNS(id=self._sequence & 0xFFFF, rd=1, qd=DNSQR(qname=name, qtype=kind))))
            self._answer(channel)

    def _ask_the_link(self) -> None:
        """RFC 6762: asked from port 5353, to everybody."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            channel.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(HOST_ADDRESS))
            channel.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            group = socket.inet_aton(MDNS_ADDRESS) + socket.inet_aton(HOST_ADDRESS)
            channel.bind(("", MDNS_PORT))
            channel.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
            channel.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
            channel.sendto(bytes(DNS(id=0, rd=0, qd=DNSQR(qname=MDNS_NAME, qtype="A"))), (MDNS_ADDRESS, MDNS_PORT))
            self._answer(channel)

    def _browse(self) -> None:
        connection = http.client.HTTPConnection(GUEST_ADDRESS, 80, timeout=HTTP_PATIENCE_S)
        with contextlib.closing(connection):
            connection.request("GET", "/", headers={"Host": GUEST_NAME, "User-Agent": "tapscope-demo"})
            connection.getresponse().read()

    def _knock(self) -> None:
        """At a port where nobody listens: the guest answers with an ICMP error."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.connect((GUEST_ADDRESS, _UNUSED_PORT))
            channel.send(b"anybody there?")
            self._answer(channel)

    def _lease(self) -> None:
        """DISCOVER, OFFER, REQUEST, ACK on the link's broadcast address (RFC 2131, section 3.1)."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, INTERFACE.encode())
            channel.bind(("", 68))
            transaction = int(time.monotonic() * 1000) & 0xFFFFFFFF
            channel.sendto(bytes(_dhcp("discover", transaction)), ("255.255.255.255", 67))
            self._answer(channel)
            wanted = [("requested_addr", HOST_ADDRESS), ("server_id", GUEST_ADDRESS)]
            channel.sendto(bytes(_dhcp("request", transaction, *wanted)), ("255.255.255.255", 67))
            self._answer(channel)


def _dhcp(kind: str, transaction: int, *options: tuple[str, str]) -> Packet:
    hardware = _hardware_address(INTERFACE)
    said = [("message-type", kind), ("hostname", b"host"), ("param_req_list", [1, 3, 6, 15]), *options, "end"]
    return BOOTP(op=1, xid=transaction, flags="B", chaddr=hardware.ljust(16, b"\0")) / DHCP(options=said)


def _hardware_address(interface: str) -> bytes:
    """SIOCGIFHWADDR, netdevice(7). Raises ``OSError``."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        request = struct.pack("=16s24x", interface.encode())
        return fcntl.ioctl(channel, 0x8927, request)[18:24]


def set_address(interface: str, address: str, netmask: str) -> None:
    """Give an interface of this network namespace an IPv4 address; netdevice(7). Raises ``OSError``."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        for call, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, netmask)):
            coded = _ADDRESS_REQUEST.pack(interface.encode(), socket.AF_INET, 0, socket.inet_aton(value))
            fcntl.ioctl(channel, call, coded)
