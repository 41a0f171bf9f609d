"""What this machine allows: tried for real, once a run. Tests that need what is refused skip, and say what that was."""

import functools
import subprocess
from typing import NamedTuple

import pytest


class Need(NamedTuple):
    """What a test needs, and a shell command that succeeds where it is there."""

    what: str
    command: str


_TAP = "ip tuntap add dev tap0 mode tap"
_SANDBOX = f"unshare --user --map-root-user --net {_TAP}"
_NODE = "mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200"
_NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"

USER_NAMESPACE = Need("a user namespace", "unshare --user --map-root-user true")
HIDDEN_NODE = Need("a private mount", "unshare --user --map-root-user --mount mount -t tmpfs tmpfs /dev/net")
SANDBOX = Need("a TAP in a user namespace", _SANDBOX)
LIVE_DEMO = Need("a TAP in a network namespace", f"unshare --net {_TAP} || {_SANDBOX}")
SECOND_USER = Need(
    "root, for a second user beside a node of its own",
    f'unshare --net --mount sh -ec "{_NODE} && {_TAP} && {_NOBODY} true"',
)
SECOND_USERS_SANDBOX = Need(
    "root, for a second user's TAP in a user namespace",
    f'unshare --mount sh -ec "{_NODE} && {_NOBODY} {_SANDBOX}"',
)


@functools.cache
def refusal(need: Need) -> str:
    """Why a test is skipped; empty where it need not be."""
    done = subprocess.run(["sh", "-c", need.command], capture_output=True, text=True, check=False)
    said = "; ".join(done.stderr.splitlines()) or f"{need.command}: exit code {done.returncode}"
    return f"needs {need.what}: {said}" if done.returncode else ""


def needs(need: Need) -> pytest.MarkDecorator:
    """Skip where it is not to be had."""
    return pytest.mark.skipif(bool(refusal(need)), reason=refusal(need))
