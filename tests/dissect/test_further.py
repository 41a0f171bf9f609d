"""Layers beyond the usual ones. In a process of their own: what is bound once is bound for all tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

AFTER = "from tapscope import dissect; dissect.load(); steps = sum(1 for _ in dissect.load_further());"

ROWS = """
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from dissect_kit import frame_of
from tapscope.dissect.summary import summarize
ip = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="10.0.0.1", dst="10.0.0.2")
for packet in (
    ip / TCP(sport=22, dport=40000, flags="PA") / b"SSH-2.0-OpenSSH_9.2\\r\\n",
    ip.copy() / TCP(sport=40000, dport=179, flags="PA") / bytes.fromhex("ff" * 16 + "001304"),
    ip / TCP(sport=40000, dport=443, flags="A"),
    ip / UDP(sport=40000, dport=53) / b"",
    Ether(src="02:00:00:00:00:01", dst="01:00:5e:00:00:05") / IP(src="10.0.0.1", dst="224.0.0.5", proto=89)
        / bytes.fromhex("0201002c0a000001000000000000000000000000000000 00ffffff00000a020100000028 0a0000010a000002"),
):
    print(summarize(frame_of(bytes(packet))).protocol)
"""


def run(code: str) -> list[str]:
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_they_name_what_was_tcp_or_a_number_and_leave_the_rest() -> None:
    assert run(ROWS) == ["TCP", "TCP", "TCP", "UDP", "OSPF"]
    assert run(AFTER + ROWS) == ["SSH", "BGP", "TCP", "UDP", "OSPF"]


def test_each_is_a_step_and_none_is_missing() -> None:
    code = (
        "import sys; from tapscope.dissect import further, load; load(); steps = [*further.load()];"
        "print(steps == further.modules(), *(module for module in steps if module not in sys.modules))"
    )
    assert run(code) == ["True"]


@pytest.mark.skipif(not os.environ.get("TAPSCOPE_CORPUS"), reason="TAPSCOPE_CORPUS names no folder of captures")
def test_with_them_the_corpus_comes_out_whole_too() -> None:
    assert run(AFTER + "import test_dissect_corpus as it; it.test_the_corpus_comes_out_whole()") == []


def test_in_none_of_them_lies_another_frame_that_the_columns_do_not_know_of() -> None:
    name = "test_columns_know_every_port_behind_which_scapy_looks_for_another_packet"
    assert run(AFTER + f"import test_fields as it; it.{name}()") == []
