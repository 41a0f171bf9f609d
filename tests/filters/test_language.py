"""What is a filter, what is none, and where the fault is said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.filters import FilterError, compile_filter

RIGHT = """
ip
!icmp
not arp and not dns
ip.addr == 10.0.0.2 && tcp.port in {80, 443, 8000..8100}
ip.addr in {10.0.0.0/8, 192.168.0.1 .. 192.168.0.9}
ip.ttl not in {1,2}
ip.src eq 10.0.0.1 or ip.dst ne 10.0.0.1
ip.addr != 10.0.0.1
ip.addr !== 10.0.0.1
ip.addr ~= 10.0.0.1
ip.addr === 10.0.0.1
ip.addr all_ne 10.0.0.1
any tcp.port > 1024
all tcp.port > 1024
1 < ip.ttl < 5
80 == tcp.port
ip.src == ip.dst
eth.src[0:3] == 52:54:00
eth.src[0:3] == 52-54-00
eth.src[:3] == 525400
eth.src[3:] == 12:34:56
eth.src[-1] == 01
eth.src[0-1] == 52:54
eth.src[0,2:2] == 52:00:12
eth.addr == 5254.0012.3456
frame[12:2] == 08:00
frame[-2:] == 1234
frame[0] == 1
tcp[13] & 2
tcp.flags & 0x02
tcp.flags & 0x12 == 0x02
tcp.flags.syn == 1
tcp.flags.syn == True
tcp.port == 0x50
frame contains "GET"
frame contains 47:45:54
frame contains "\\x00\\xff\\"\\n"
frame contains 'a'
frame matches "^.{12}\\x08\\x00"
http.host ~ "example\\.(com|org)"
dns.qry.name == example.com
dns.qry.name == "example.com"
frame matches "^GET\\s+/\\S*\\s+HTTP/\\d+\\.\\d+.*[.]*\\.+x"
frame.time == "2026-01-02 03:04:05"
frame.time >= "2026-01-02 03:04:05.123456789Z"
frame.time < "Jan  2, 2026 03:04:05"
frame.time_relative > 1.5
frame.time_relative > 200ms
frame.len > 1000 xor ip
direction == in
interface == vnet3
ipv6.addr == fe80::/10
ipv6.addr == ::1
len(dns.qry.name) > 30
count(ip.addr) > 2
lower(http.host) contains "example"
((ip) and (tcp or udp))
DNS.qd.qname contains "www"
IP.ttl == 64
DHCP.options
bootp.type == 1
"""

WRONG = [
    # text, the part that is at fault, what is said of it
    ("tcp.prot == 80", "tcp.prot", "did you mean tcp.port"),
    ("ip and ipp", "ipp", "did you mean ip"),
    ("TCP.port", "TCP.port", "did you mean TCP.sport"),
    ("IP.ttl2 == 1", "IP.ttl2", "did you mean IP.ttl"),
    ("tcp.port == 80.5", "80.5", "80.5 is no port"),
    ("tcp.port == 65536", "65536", "at most 65535"),
    ("tcp.port == http", "http", "cannot be compared"),
    ("tcp.port == x", "x", "x is no port"),
    ("ip.ttl == -1", "-1", "too small"),
    ('ip.ttl == "64"', '"64"', "is no number"),
    ("ip.addr == 1.2.3", "1.2.3", "is no IPv4 address: write 10.0.0.2"),
    ("ip.addr == 1.2.3.4/40", "1.2.3.4/40", "is no IPv4 address"),
    ("ipv6.addr == 10.0.0.1", "10.0.0.1", "is no IPv6 address"),
    ("eth.src == 52:54:00", "52:54:00", "eth.src[0:3] == 52:54:00"),
    ("frame contains GET", "GET", '"GET"'),
    ("ip.ttl contains 4", "ip.ttl", "use =="),
    ('ip.ttl matches "4"', "ip.ttl", "use =="),
    ("http.host matches x", "x", "in quotes"),
    ('http.host matches "["', '"["', "the expression is wrong"),
    ('frame matches "(a+)+b"', '"(a+)+b"', "may run for ever"),
    ('frame matches "a.*b.*c.+d"', '"a.*b.*c.+d"', "with and between"),
    ('frame contains ""', '""', "contains nothing"),
    ("tcp.port in {80 443}", "443", "a comma or }"),
    ("tcp.port in {80, 443", "{", "never closed"),
    ("tcp.port in 80", "80", "a set is wanted"),
    ("tcp.port in {90..80}", "90..80", "more than"),
    ("(ip or arp", "(", "never closed"),
    ("ip)", ")", "no ( before it"),
    ("ip arp", "arp", "one too many"),
    ("ip = 4", "=", "equal is =="),
    ("ip | arp", "|", "or is ||"),
    ("ip == $", "$", "means nothing"),
    ('http.host == "x', '"x', "no end"),
    ("tcp.port ==", "", "a field or a value is wanted"),
    ("ip and", "", "a field or a value is wanted"),
    ("ip and or arp", "or", "a field or a value is wanted"),
    ("tcp.port == in == 3", "in", "in is no port"),
    ("frame[] == 1", "[]", "a slice is wanted"),
    ("frame[x] == 1", "x", "is no slice"),
    ("frame[3:0] == 1", "3:0", "holds no byte"),
    ("tcp.port[0] == 1", "tcp.port[0]", "no parts to slice"),
    ("ip.src & 1", "ip.src", "& is for numbers"),
    ("lower(tcp.port) == 1", "tcp.port", "is for text"),
    ("max(ip.ttl) == 1", "max", "is no function"),
    ("len(ip.ttl) == 1", "ip.ttl", "is for text and bytes"),
    ("len(http.host)", "len(http.host)", "a comparison is wanted"),
    ("host 10.0.0.1", "10.0.0.1", "one too many"),
    ("tcp.seq == 1", "tcp.seq", "tcp.seq_raw"),
    ("tls", "tls", "not taken apart"),
    ('frame.time == "yesterday"', '"yesterday"', "2026-01-02 03:04:05"),
    ("1 == 2", "1", "1 is no field"),
    ("not " * 80 + "ip", "not", "within each other"),
    ("(" * 80 + "ip" + ")" * 80, "(", "within each other"),
]


@pytest.mark.parametrize("text", RIGHT.strip().splitlines())
def test_what_people_write_is_a_filter(text: str) -> None:
    assert compile_filter(text).text == text


def test_an_empty_text_is_a_filter_that_asks_nothing() -> None:
    assert not compile_filter("  ").deep


@pytest.mark.parametrize(("text", "part", "said"), WRONG)
def test_a_fault_has_a_place_and_words(text: str, part: str, said: str) -> None:
    with pytest.raises(FilterError) as fault:
        compile_filter(text)
    assert text[fault.value.at : fault.value.until] == part
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_fault_at_the_end_is_placed_there() -> None:
    with pytest.raises(FilterError) as fault:
        compile_filter("ip and ")
    assert (fault.value.at, fault.value.until) == (7, 7)


@pytest.mark.parametrize(
    ("text", "deep"),
    [("ip.addr == 10.0.0.1", False), ("frame contains 00", False), ("dns", True), ("!(arp or http.host)", True)],
)
def test_a_filter_knows_whether_it_wants_the_dissector(text: str, deep: bool) -> None:
    assert compile_filter(text).deep is deep


def fault_of(text: str) -> FilterError | None:
    try:
        compile_filter(text)
    except FilterError as fault:
        return fault
    return None


WORDS = st.sampled_from(
    [*"()[]{}!&|^=<>~,.-:/'\"\\ 0a", "ip", "tcp.port", "eth.src", "==", "in", "and", "not", "80..90"]
)


@given(st.lists(WORDS | st.characters(), max_size=30))
def test_any_text_is_a_filter_or_has_a_fault_within_it(words: list[str]) -> None:
    text = " ".join(words)
    fault = fault_of(text)
    assert fault is None or 0 <= fault.at <= fault.until <= len(text)
    assert fault is None or len(str(fault).splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["(" * 5000, "not " * 2000, "ip or " * 1300 + "ip", "a" * 8000, "ip.addr in {" + "1," * 4000]
)
def test_long_texts_are_answered(text: str) -> None:
    fault = fault_of(text)
    assert fault is None or fault.until <= len(text)
