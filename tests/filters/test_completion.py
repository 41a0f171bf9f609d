"""What may be typed next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapscope.filters import FilterError, compile_filter, complete
from tapscope.filters.catalogue import fields


def offered(text: str) -> list[str]:
    return [each.text for each in complete(text, len(text))]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tcp.po", "tcp.port"),
        ("ip and tcp.fl", "tcp.flags"),
        ("!(dn", "dns"),
        ("tcp.flags.s", "tcp.flags.syn"),
        ("direction == ", "in"),
        ("direction == o", "out"),
        ("tcp.flags.syn == ", "1"),
        ("ip.ttl ", "=="),
        ("ip.ttl == 4 ", "and"),
        ("ip.ttl == 4 a", "and"),
        ("DHCP6_Sol", "DHCP6_Solicit"),
        ("IP.tt", "IP.ttl"),
        ("lower", "lower("),
    ],
)
def test_the_likeliest_comes_first(text: str, first: str) -> None:
    assert offered(text)[0] == first


@pytest.mark.parametrize(
    ("text", "wanted"), [("port", "tcp.port"), ("qry", "dns.qry.name"), ("ip", "ipv6.addr"), ("", "arp")]
)
def test_what_only_has_it_in_its_name_is_offered_too(text: str, wanted: str) -> None:
    assert wanted in offered(text)


@pytest.mark.parametrize(
    ("text", "unwanted"), [("ip.ttl ", "contains"), ("http.host ", ">"), ("ip.ttl == ", "ip"), ('ip == "d', "dns")]
)
def test_what_would_be_a_fault_is_not_offered(text: str, unwanted: str) -> None:
    assert unwanted not in offered(text)


def test_each_says_what_it_is() -> None:
    (found,) = [each for each in complete("x or tcp.po and y", 11) if each.text == "tcp.port"]
    assert (found.start, found.kind, found.help) == (5, "port", "Source or destination port")


@given(st.text(alphabet="ipdns.tc=!<>&|()[]{}\"'~ 0aD_", max_size=30), st.integers(0, 30))
def test_any_text_is_answered(text: str, cursor: int) -> None:
    for each in complete(text, min(cursor, len(text))):
        assert 0 <= each.start <= cursor


def test_every_name_that_is_offered_is_a_field() -> None:
    for each in complete("", 0):
        try:
            compile_filter(each.text)
        except FilterError as fault:
            pytest.fail(f"{each.text}: {fault}")
    assert len(fields()) > 400
