"""What is said of an interface over which nothing goes, or only what its host says of its own accord."""

from dataclasses import replace

import pytest
from sources import link
from ui_kit import batch as some

from tapscope.frame import Direction
from tapscope.store.batches import batch_of
from tapscope.ui.silence import is_chatter, why_silent

ROUTER_SOLICITATION = bytes.fromhex("333300000002 0a0000000001 86dd") + bytes(40)
MDNS = bytes.fromhex("01005e0000fb 0a0000000001 0800") + bytes(40)
ARP = bytes.fromhex("ffffffffffff 0a0000000001 0806") + bytes(28)


@pytest.mark.parametrize(
    ("frames", "chatter"),
    [
        ([(ROUTER_SOLICITATION, Direction.OUT), (MDNS, Direction.OUT)], True),
        ([(ROUTER_SOLICITATION, Direction.OUT), (ARP, Direction.OUT)], False),
        ([(ROUTER_SOLICITATION, Direction.IN)], False),
        ([(b"3", Direction.OUT)], False),
        ([], True),
    ],
)
def test_what_a_host_says_of_its_own_accord(frames, chatter):
    assert is_chatter(batch_of([(data, 1, way) for data, way in frames])) is chatter


@pytest.mark.parametrize(
    ("addresses", "bridge", "attached", "words"),
    [
        ((), "", True, "tap0 is up, this process is attached to it, and nothing was sent so far: it is in no bridge"),
        (("fe80::1/64",), "", True, "has no address, so this host has nothing to send into it. For one: sudo ip addr"),
        (
            ("fe80::1/64", "10.0.0.1/24"),
            "",
            False,
            "somebody is attached to it, and nothing was sent so far: it has 10",
        ),
        (("10.0.0.1/24",), "br0", False, "it belongs to the bridge br0, which has had nothing to forward."),
    ],
)
def test_why_a_tap_is_silent(addresses, bridge, attached, words):
    assert words in why_silent(link(), addresses, bridge, attached=attached)


def test_what_is_no_tap_has_nobody_attached():
    assert why_silent(replace(link(), name="v0", tap=None), (), "", attached=False).startswith("v0 is up, and nothing")


def test_one_frame_from_elsewhere_ends_the_chatter():
    assert not is_chatter(some(3))
