"""TAPs for the benchmarks, in a network namespace of this process's own, without a frame of the kernel's on them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tapscope.attempt import AttemptFailed
from tapscope.demo.sandbox import enter_network
from tapscope.machine import tuntap

NAME = "tap0"


def enter() -> None:
    """Into the namespace. As tcpdump changes its user id, a user namespace would not do: without root, ends here."""
    try:
        enter_network()
    except AttemptFailed as failed:
        print(f"only root can measure this: {failed}")
        sys.exit()


@contextmanager
def held() -> Iterator[None]:
    """A TAP that this process holds and never reads: the kernel shows every frame to the sniffers, then drops it."""
    holder = tuntap.attach(NAME)
    _be_silent()
    yield
    os.close(holder.fd)


@contextmanager
def free() -> Iterator[None]:
    """A TAP that is there, up, and nobody's."""
    subprocess.run(["ip", "tuntap", "add", "dev", NAME, "mode", "tap"], check=True)
    _be_silent()
    yield
    subprocess.run(["ip", "link", "delete", NAME], check=True)


def _be_silent() -> None:
    """The kernel looks for IPv6 neighbours and routers on what comes up."""
    Path(f"/proc/sys/net/ipv6/conf/{NAME}/disable_ipv6").write_text("1")
    tuntap.set_up(NAME)
