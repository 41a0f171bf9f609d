"""How much memory is free, as this machine says it and as others did."""

import subprocess
import sys

import pytest

from tapscope.machine.memory import available, parse_available

KEEPING = """
from pathlib import Path
from tapscope.machine.memory import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

pieces = [bytearray(50_000) for _ in range(2000)]
stays = pieces[-1]
del pieces
before = resident()
give_back()
print(before - resident())
"""


def test_this_machine_says_how_much():
    free = available()
    assert free is not None
    assert 0 < free < 1 << 50


def test_the_line_among_others():
    assert parse_available("MemTotal:  100 kB\nMemAvailable:     42 kB\nBuffers: 7 kB\n") == 42 * 1024


def test_a_kernel_that_does_not_say():
    with pytest.raises(ValueError, match="no MemAvailable"):
        parse_available("MemTotal:  100 kB\n")


def test_what_was_freed_below_what_stays_goes_back_to_the_kernel():
    done = subprocess.run([sys.executable, "-c", KEEPING], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 10_000
