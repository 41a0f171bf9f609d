"""The guest's web server: one page over TCP. RFC 9293, as far as a cable that loses nothing in it needs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scapy.layers.inet import TCP
from scapy.packet import Packet, Raw

PORT = 80
WINDOW = 64240
SEGMENT_BYTES = 1460
"""What fits an Ethernet frame, announced as the maximum segment size."""

_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10
_WRAP = 1 << 32
_MOST_CONNECTIONS = 64

_PAGE = (
    b"<!doctype html><title>demo</title><h1>Hello from the other end of the cable</h1>\n" + b"<p>Frame by frame.\n" * 90
)
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nServer: demo\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(_PAGE), _PAGE)
)
"""Two segments' worth."""


@dataclass(slots=True)
class _Connection:
    """``expected`` is the client's next sequence number, ``next`` ours; ``unacknowledged`` what may be sent again."""

    begun: int
    expected: int
    next: int
    request: bytes = b""
    unacknowledged: list[tuple[int, str, bytes]] = field(default_factory=list)

    def send(self, flags: str, data: bytes = b"") -> None:
        self.unacknowledged.append((self.next, flags, data))
        self.next = (self.next + len(data) + ("S" in flags or "F" in flags)) % _WRAP

    def acknowledge(self, number: int) -> None:
        """Forget what ends at or before ``number``."""
        self.unacknowledged = [sent for sent in self.unacknowledged if not _reaches(number, *sent)]


def _reaches(number: int, start: int, flags: str, data: bytes) -> bool:
    end = start + len(data) + ("S" in flags or "F" in flags)
    return (number - end) % _WRAP < _WRAP // 2


class WebServer:
    """Answers each segment at once, and sends again what was not acknowledged when the client asks again."""

    def __init__(self) -> None:
        self._connections: dict[tuple[str, int], _Connection] = {}

    def answer(self, client: str, tcp: Packet, data: bytes) -> Iterable[Packet]:
        """The TCP layers to send to ``client`` (its address) for a segment with ``data``."""
        flags = int(tcp.flags)
        key = (client, tcp.sport)
        if flags & _RST:
            self._connections.pop(key, None)
            return []
        if flags & _SYN and tcp.dport == PORT:
            return self._begin(key, tcp)
        connection = self._connections.get(key)
        if connection is None or tcp.dport != PORT:
            return [_refusal(tcp, data)]
        return _continue(connection, tcp, data)

    def _begin(self, key: tuple[str, int], tcp: Packet) -> list[Packet]:
        """SYN: a repeated one gets the same answer; another one begins anew and the oldest connection is forgotten."""
        connection = self._connections.get(key)
        if connection is None or connection.begun != tcp.seq:
            first = (tcp.sport << 16 ^ tcp.seq) % _WRAP
            connection = _Connection(tcp.seq, (tcp.seq + 1) % _WRAP, first)
            connection.send("SA")
            self._connections.pop(key, None)
            self._connections[key] = connection
            if len(self._connections) > _MOST_CONNECTIONS:
                del self._connections[next(iter(self._connections))]
        return _segments(connection, tcp)


def _continue(connection: _Connection, tcp: Packet, data: bytes) -> list[Packet]:
    flags = int(tcp.flags)
    if flags & _ACK:
        connection.acknowledge(tcp.ack)
    extent = len(data) + bool(flags & _FIN)
    if tcp.seq != connection.expected:
        return _segments(connection, tcp) or [_segment(connection, tcp, connection.next, "A")]
    connection.expected = (connection.expected + extent) % _WRAP
    before = len(connection.request)
    connection.request += data
    if b"\r\n\r\n" in connection.request and b"\r\n\r\n" not in connection.request[:before]:
        for start in range(0, len(RESPONSE), SEGMENT_BYTES):
            connection.send("PA", RESPONSE[start : start + SEGMENT_BYTES])
        connection.send("FA")
        return _segments(connection, tcp)
    return [_segment(connection, tcp, connection.next, "A")] if extent else []


def _segments(connection: _Connection, tcp: Packet) -> list[Packet]:
    return [_segment(connection, tcp, *sent) for sent in connection.unacknowledged]


def _segment(connection: _Connection, tcp: Packet, sequence: int, flags: str, data: bytes = b"") -> Packet:
    options = [("MSS", SEGMENT_BYTES)] if "S" in flags else []
    answer = TCP(
        sport=tcp.dport,
        dport=tcp.sport,
        seq=sequence,
        ack=connection.expected,
        flags=flags,
        window=WINDOW,
        options=options,
    )
    return answer / Raw(data) if data else answer


def _refusal(tcp: Packet, data: bytes) -> Packet:
    """Nobody listens, or nobody remembers: reset (RFC 9293, section 3.5.2)."""
    flags = int(tcp.flags)
    ports = {"sport": tcp.dport, "dport": tcp.sport}
    if flags & _ACK:
        return TCP(flags="R", seq=tcp.ack, window=0, **ports)
    end = (tcp.seq + len(data) + bool(flags & (_SYN | _FIN))) % _WRAP
    return TCP(flags="RA", seq=0, ack=end, window=0, **ports)
