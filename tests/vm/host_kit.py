"""The host's side of a guest's TAP: a network namespace of its own, and the servers that the guest asks there."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from guest_kit import BUSYBOX, GUEST_MAC

HERE = Path(__file__).parent
ADDRESS, GUEST_ADDRESS = "10.0.2.2", "10.0.2.15"
PAGE = "served by the host\n"

NETWORK = f"""
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip link set lo up && ip tuntap add dev vnet3 mode tap && ip address add {ADDRESS}/24 dev vnet3 || exit 1
ip link set vnet3 up || exit 1
"""
"""A TAP for the guest. The host's own IPv6 chatter would wait in the TAP until the guest's driver is there."""

LEASES = """
interface vnet3
lease_file {folder}/leases
pidfile {folder}/udhcpd.pid
static_lease {mac} {address}
option subnet 255.255.255.0
option router {host}
option dns {host}
"""
PORTS = {"udp": (53, 67), "tcp": (80,)}


@contextmanager
def host() -> Iterator[tuple[str, ...]]:
    """A namespace with a persistent TAP; yields the words that enter it."""
    command = ["unshare", "-n", "--kill-child", "--fork", "sh", "-c", f"{NETWORK} echo ready; exec cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdin
        assert shell.stdout
        assert shell.stdout.readline() == "ready\n"
        inside = Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text().split()[0]
        yield "nsenter", "-n", "-t", inside
        shell.terminate()


@contextmanager
def servers(enter: Sequence[str], folder: Path) -> Iterator[None]:
    """DHCP and HTTP by busybox, and names; each is listening when this begins."""
    (folder / "index.html").write_text(PAGE)
    leases = folder / "udhcpd.conf"
    leases.write_text(LEASES.format(folder=folder, mac=GUEST_MAC, address=GUEST_ADDRESS, host=ADDRESS))
    (folder / "leases").touch()
    busybox = BUSYBOX or ""
    commands = (
        [busybox, "udhcpd", "-f", str(leases)],
        [busybox, "httpd", "-f", "-p", f"{ADDRESS}:80", "-h", str(folder)],
        [sys.executable, str(HERE / "names.py"), ADDRESS],
    )
    with ExitStack() as stack:
        for command in commands:
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            server = stack.enter_context(subprocess.Popen([*enter, *command], **quiet))
            stack.callback(server.kill)
        _wait_until_they_listen(enter)
        yield


def _wait_until_they_listen(enter: Sequence[str], patience: float = 20.0) -> None:
    until = time.monotonic() + patience
    for kind, ports in PORTS.items():
        wanted = {f"{port:04X}" for port in ports}
        while missing := wanted - _ports(enter, kind):
            assert time.monotonic() < until, f"nobody listens at the {kind} ports {missing}"
            time.sleep(0.02)


def _ports(enter: Sequence[str], kind: str) -> set[str]:
    command = [*enter, "cat", f"/proc/net/{kind}"]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^ *\d+: [0-9A-F]{8}:([0-9A-F]{4}) ", table, re.MULTILINE))
