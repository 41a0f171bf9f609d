import os
import string

import pytest

from tapscope.attempt import AttemptFailed
from tapscope.capture.names import NameRefused, check_name
from tapscope.machine import tuntap

REFUSED = {
    "": "empty",
    "a" * 16: "16 bytes, the kernel would cut it to 'aaaaaaaaaaaaaaa'",
    "tap-für-die-küche": "the kernel would cut it to 'tap-für-die-k'",
    ".": "folder",
    "..": "folder",
    "all": "taken",
    "default": "taken",
    "tap%d": "number",
    "a/b": "'/'",
    "eth0:1": "':'",
    "tap 0": "white space",
    "tap\t0": "cannot be shown",
    "tap\x1b[2J": "cannot be shown",
    "tap\u202e0": "cannot be shown",
    "tap\udcff": "cannot be shown",
    "tap\N{LATIN SMALL LETTER A WITH GRAVE}": "white space",
}


@pytest.mark.parametrize(("name", "words"), REFUSED.items(), ids=ascii)
def test_refuses_in_one_line_that_names_the_reason(name, words):
    with pytest.raises(NameRefused) as refused:
        check_name(name)
    line = str(refused.value)
    assert words in line
    assert line.isprintable()
    assert ": " in line


@pytest.mark.parametrize("name", ["tap0", "a" * 15, "vm-1.red@x", "ü", "...", "-", "tap-für"])
def test_takes_what_the_kernel_takes(name):
    check_name(name)


def taken_by_kernel(name: str) -> bool:
    fd = tuntap.open_node()
    try:
        return tuntap.set_interface(fd, name, tuntap.IFF_TAP | tuntap.IFF_NO_PI) == name
    except AttemptFailed:
        return False
    finally:
        os.close(fd)


def taken_by_us(name: str) -> bool:
    try:
        check_name(name)
    except NameRefused:
        return False
    return True


@pytest.mark.private
def test_agrees_with_the_kernel_on_every_printable_character():
    names = [f"a{character}b" for character in string.printable if character.isprintable()]
    names += [name for name in REFUSED if name and name.isprintable()] + ["ü", "...", "a" * 15]
    differ = [name for name in names if taken_by_kernel(name) != taken_by_us(name)]
    assert not differ
