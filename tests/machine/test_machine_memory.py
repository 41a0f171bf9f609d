"""How much memory is free, as this machine says it and as others did."""

import pytest

from tapscope.machine.memory import available, parse_available


def test_this_machine_says_how_much():
    free = available()
    assert free is not None
    assert 0 < free < 1 << 50


def test_the_line_among_others():
    assert parse_available("MemTotal:  100 kB\nMemAvailable:     42 kB\nBuffers: 7 kB\n") == 42 * 1024


def test_a_kernel_that_does_not_say():
    with pytest.raises(ValueError, match="no MemAvailable"):
        parse_available("MemTotal:  100 kB\n")
