"""tshark's tables of a file, read."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TABLES = {"eth": "Ethernet", "ip": "IPv4", "ipv6": "IPv6", "tcp": "TCP", "udp": "UDP"}
_AMOUNT = re.compile(r"(\d+) (\d+) (?:bytes|kB|MB)")
_LAYER = re.compile(r"( *)(\S+) +frames:(\d+) bytes:(\d+)")


class Tables(NamedTuple):
    """By level: what each pair of hosts said to each other, and what each host took part in.

    ``conversations``  (host, other) -> frames there, frames back, seconds as tshark writes them
    ``endpoints``      host -> frames sent, bytes sent, frames received, bytes received
    ``layers``         path -> frames, bytes
    """

    conversations: dict[str, dict[tuple[str, str], tuple[int, int, str]]]
    endpoints: dict[str, dict[str, tuple[int, int, int, int]]]
    layers: dict[tuple[str, ...], tuple[int, int]]


def tshark_tables(path: Path) -> Tables:
    """All of them, of one run."""
    wanted = [f"{kind},{name}" for kind in ("conv", "endpoints") for name in _TABLES]
    words = [word for name in [*wanted, "io,phs"] for word in ("-z", name)]
    done = subprocess.run(["tshark", "-n", "-q", "-r", path, *words], capture_output=True, text=True, check=False)
    tables = Tables({}, {}, dict(_layers(done.stdout)))
    for block in re.split(r"={20,}\n", done.stdout):
        title, *lines = block.splitlines() or [""]
        level, _, kind = title.partition(" ")
        if kind == "Conversations":
            tables.conversations[level] = dict(map(_conversation, lines[3:]))
        elif kind == "Endpoints":
            tables.endpoints[level] = dict(_endpoint(line, "Port" in lines[1]) for line in lines[2:])
    return tables


def _conversation(line: str) -> tuple[tuple[str, str], tuple[int, int, str]]:
    one, _, other, *_ = line.split()
    (back, _), (there, _), _ = _AMOUNT.findall(line)
    return (one, other), (int(there), int(back), line.rsplit(maxsplit=1)[-1])


def _endpoint(line: str, has_port: bool) -> tuple[str, tuple[int, int, int, int]]:
    host, *numbers = line.split()
    port = f":{numbers.pop(0)}" if has_port else ""
    _, _, sent, octets_sent, received, octets_received = map(int, numbers)
    return host + port, (sent, octets_sent, received, octets_received)


def _layers(text: str) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    path: list[str] = []
    for spaces, name, frames, octets in _LAYER.findall(text):
        path[len(spaces) // 2 :] = [name]
        yield tuple(path), (int(frames), int(octets))
