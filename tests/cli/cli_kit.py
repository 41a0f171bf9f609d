"""Runs the real command, as a shell would."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from struct import pack
from typing import Any

from tapscope.frame import Direction, Frame, Interface
from tapscope.store.export import save

COMMAND = (sys.executable, "-m", "tapscope")
PRIVATE = ("unshare", "--user", "--map-root-user", "--net")
SECOND = 1_000_000_000

ARP = bytes.fromhex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002")


def run(*words: str, before: Sequence[str] = (), **options: Any) -> subprocess.CompletedProcess[bytes]:
    pipes = {"input": b"", "capture_output": True} if "stdout" not in options else {}
    return subprocess.run([*before, *COMMAND, *words], **(pipes | options), timeout=60, check=False)


def rows(*words: str, **options: Any) -> list[dict[str, Any]]:
    """What ``--json`` prints; fails the test where the command fails."""
    done = run(*words, "--json", **options)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def frames(*pieces: bytes, first: int = 0, direction: Direction = Direction.UNKNOWN) -> list[Frame]:
    """One frame a millisecond, from the second ``first`` on."""
    return [
        Frame(number, first * SECOND + (number - 1) * 1_000_000, direction, len(data), data, Interface("tap0"))
        for number, data in enumerate(pieces, 1)
    ]


def capture(path: Path, *pieces: bytes, **options: Any) -> str:
    save(path, frames(*pieces, **options), [Interface("tap0")])
    return str(path)


def dns_query(name: bytes) -> bytes:
    """An Ethernet frame with a DNS query for one label of these very bytes."""
    dns = bytes.fromhex("000101000001000000000000") + bytes([len(name)]) + name + b"\x04test\0\0\x01\0\x01"
    return _in_ip(17, pack(">4H", 40000, 53, 8 + len(dns), 0) + dns)


def http_request(path: bytes) -> bytes:
    return _in_ip(
        6, pack(">HHIIBBHHH", 40000, 80, 1, 1, 0x50, 0x18, 1000, 0, 0) + b"GET " + path + b" HTTP/1.1\r\n\r\n"
    )


def _in_ip(protocol: int, payload: bytes) -> bytes:
    addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    header = pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + addresses
    return bytes.fromhex("020000000002 020000000001 0800") + header + payload
