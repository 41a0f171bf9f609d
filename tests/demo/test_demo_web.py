"""The guest's TCP, segment by segment."""

import pytest
from scapy.layers.inet import TCP
from scapy.packet import Packet

from tapscope.demo.web import RESPONSE, SEGMENT_BYTES, WebServer

CLIENT = "10.77.0.1"
REQUEST = b"GET / HTTP/1.1\r\nHost: guest\r\n\r\n"
WRAP = 1 << 32


class Client:
    """The other end: says one segment, and reads the answers back from their bytes."""

    def __init__(self, first: int = 1000, port: int = 4000, server: WebServer | None = None) -> None:
        self.server = server or WebServer()
        self.port = port
        self.next = first
        self.seen = 0

    def say(self, flags: str, data: bytes = b"", *, at: int | None = None, ack: int | None = None) -> list[Packet]:
        sequence = self.next if at is None else at
        layer = TCP(
            sport=self.port, dport=80, flags=flags, seq=sequence % WRAP, ack=(self.seen if ack is None else ack) % WRAP
        )
        if at is None:
            self.next = (self.next + len(data) + ("S" in flags or "F" in flags)) % WRAP
        return [TCP(bytes(answer)) for answer in self.server.answer(CLIENT, TCP(bytes(layer)), data)]

    def open(self) -> "Client":
        (answer,) = self.say("S")
        self.seen = (answer.seq + 1) % WRAP
        assert self.say("A") == []
        return self

    def take(self, answers: list[Packet]) -> bytes:
        """Accept what comes in order."""
        whole = b""
        for answer in answers:
            assert answer.seq == self.seen
            data = bytes(answer.payload)
            self.seen = (self.seen + len(data) + ("F" in str(answer.flags))) % WRAP
            whole += data
        return whole


def told(answers: list[Packet]) -> list[tuple[str, int, int]]:
    return [(str(answer.flags), answer.seq, answer.ack) for answer in answers]


@pytest.mark.parametrize("first", [1000, WRAP - 1, WRAP - 20])
def test_a_whole_conversation(first):
    client = Client(first).open()
    page = client.say("PA", REQUEST)
    assert [str(answer.flags) for answer in page] == ["PA", "PA", "FA"]
    assert {answer.ack for answer in page} == {client.next}
    assert client.take(page) == RESPONSE
    assert client.say("A") == []
    assert told(client.say("FA")) == [("A", client.seen, client.next)]


def test_announces_what_it_takes():
    (answer,) = Client().say("S")
    assert ("MSS", SEGMENT_BYTES) in answer.options
    assert (str(answer.flags), answer.ack, answer.dport) == ("SA", 1001, 4000)


def test_a_repeated_syn_gets_the_same_answer():
    client = Client()
    first = client.say("S")
    assert told(client.say("S", at=1000)) == told(first)


def test_a_request_may_come_in_pieces_and_again():
    client = Client().open()
    assert told(client.say("PA", REQUEST[:10])) == [("A", client.seen, client.next)]
    assert told(client.say("PA", REQUEST[:10], at=client.next - 10)) == [("A", client.seen, client.next)]
    page = client.say("PA", REQUEST[10:])
    assert client.take(page) == RESPONSE
    assert client.say("A", ack=client.seen) == []


def test_a_piece_that_comes_too_early_is_asked_for_again():
    client = Client().open()
    assert told(client.say("PA", REQUEST[10:], at=client.next + 10)) == [("A", client.seen, client.next)]
    client.say("PA", REQUEST[:10])
    assert client.take(client.say("PA", REQUEST[10:])) == RESPONSE


def test_what_was_not_acknowledged_is_sent_again_when_the_request_comes_again():
    client = Client().open()
    page = client.say("PA", REQUEST)
    asked_at = client.next - len(REQUEST)
    assert told(client.say("PA", REQUEST, at=asked_at)) == told(page)
    once = (page[0].seq + SEGMENT_BYTES) % WRAP
    assert told(client.say("PA", REQUEST, at=asked_at, ack=once)) == told(page[1:])


def test_the_end_may_come_before_the_last_acknowledgement():
    """Both sides end at once: the client acknowledges the data but not yet the end."""
    client = Client().open()
    page = client.say("PA", REQUEST)
    client.take(page[:-1])
    assert told(client.say("FA")) == [("A", (client.seen + 1) % WRAP, client.next)]
    assert client.say("A", ack=client.seen + 1) == []


def test_a_repeated_end_is_acknowledged_again():
    client = Client().open()
    client.take(client.say("PA", REQUEST))
    answer = told(client.say("FA"))
    assert told(client.say("FA", at=client.next - 1)) == answer


def test_a_keepalive_is_answered():
    client = Client().open()
    assert told(client.say("A", at=client.next - 1)) == [("A", client.seen, client.next)]


def test_a_reset_is_the_end():
    client = Client().open()
    assert client.say("R") == []
    assert told(client.say("PA", REQUEST)) == [("R", client.seen, 0)]


def test_a_new_conversation_on_an_old_port_begins_anew():
    server = WebServer()
    Client(server=server).open().say("PA", REQUEST)
    again = Client(77_000, server=server).open()
    assert again.take(again.say("PA", REQUEST)) == RESPONSE


def test_the_oldest_of_many_connections_is_forgotten():
    server = WebServer()
    clients = [Client(port=port, server=server).open() for port in range(4000, 4065)]
    assert told(clients[0].say("PA", REQUEST)) == [("R", clients[0].seen, 0)]
    assert clients[1].take(clients[1].say("PA", REQUEST)) == RESPONSE


@pytest.mark.parametrize(
    ("flags", "data", "answer"),
    [("S", b"", [("RA", 0, 6)]), ("A", b"abc", [("R", 9, 0)]), ("F", b"abc", [("RA", 0, 9)]), ("R", b"", [])],
)
def test_nobody_listens_at_another_port(flags, data, answer):
    layer = TCP(bytes(TCP(sport=4000, dport=23, flags=flags, seq=5, ack=9)))
    assert told(list(WebServer().answer(CLIENT, layer, data))) == answer
