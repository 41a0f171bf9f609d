"""A network namespace with devices that processes hold: machines only by their names and command lines."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scope_kit import TAPSCOPE

HOLD = str(Path(__file__).with_name("hold.py"))
PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
SANDBOX = ("unshare", "--user", "--map-root-user", "--net")
NODE = "mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 &&"
FOR_TWO_USERS = ("unshare", "--net", "--mount")
"""With a /dev/net/tun that others may open."""


class Holder:
    """A process at the other end of a device."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        self._process = process
        self.pid = process.pid

    def send(self, length: int) -> None:
        """Send a frame that is so long."""
        assert self._process.stdin
        print(length, file=self._process.stdin, flush=True)


class Network:
    """The namespace, the ways into it, and what holds devices there."""

    def __init__(self, unshare: Sequence[str] = SANDBOX) -> None:
        self._stack = ExitStack()
        script = f"{NODE if unshare is FOR_TWO_USERS else ''} ip link set lo up && echo ready && exec cat"
        self._begun = self._start([*unshare, "sh", "-c", script])
        assert self._begun.stdout
        assert self._begun.stdout.readline() == "ready\n"
        places = ("-m",) if unshare is FOR_TWO_USERS else ("-U", "--preserve-credentials")
        self.enter = ("nsenter", "-t", str(self._begun.pid), "-n", *places)

    @property
    def free_index(self) -> int:
        """Of an interface with a node: all namespaces have one /dev, where it is called by this number."""
        return 30_000_000 + self._begun.pid

    def __enter__(self) -> "Network":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, command: Sequence[str], **options: Any) -> "subprocess.Popen[str]":
        process = self._stack.enter_context(subprocess.Popen(command, **PIPES, **options))
        self._stack.callback(process.kill)
        return process

    def run(self, script: str) -> str:
        """What a shell prints in there."""
        command = [*self.enter, "sh", "-ec", script]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout

    def hold(self, end: str, *line: str, called: str = sys.executable, within: Sequence[str] = ()) -> Holder:
        """Start what holds ``end``, under another name and with a further command line; ``within`` runs before it."""
        # With a folder, or the interpreter looks for its library beside what is installed under that name.
        program = called if "/" in called else str(Path(sys.executable).with_name(called))
        rename = ["bash", "-c", 'exec -a "$0" "$@"', program, sys.executable, HOLD, end, *line]
        return Holder(self._start([*self.enter, *within, *rename]))

    def row(self, name: str, before: Sequence[str] = ()) -> dict[str, Any]:
        """What ``tapscope list --json`` says of an interface."""
        command = [*self.enter, *before, *TAPSCOPE, "list", "--json"]
        told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
        return {row["name"]: row for row in map(json.loads, told.splitlines())}[name]

    def holders(self, name: str) -> set[tuple[int, str | None]]:
        """The process ids and the guests of those that hold it, by the list."""
        return {(holder["pid"], holder["guest"]) for holder in self.row(name)["holders"]}
