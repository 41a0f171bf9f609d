"""Into a private network and no further: each way in is tried in a child first, since there is no way back.

Nothing is imported here that starts a thread (numpy does): a process with threads cannot enter a user namespace.
"""

import ctypes
import errno
import json
import os
from collections.abc import Callable

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.demo.network import INTERFACE
from tapscope.machine import sandbox, tuntap

_NETWORK = "network namespace"


def enter() -> None:
    """Move this process into a new network namespace in which a TAP can be had; touches nothing outside.

    By way of a user namespace, which needs no privilege; root, where those are not allowed, without one. Must be
    called while the process has one thread. Raises ``AttemptFailed`` with the first refusal; the process is then
    where it was.
    """
    ways = (sandbox.enter, enter_network) if os.geteuid() == 0 else (sandbox.enter,)
    refusals = []
    for way in ways:
        attempt = rehearse(way)
        if attempt.ok:
            way()
            tuntap.set_up("lo")
            return
        refusals.append(attempt)
    raise AttemptFailed(refusals[0])


def enter_network() -> None:
    """Move this process into a new network namespace only, which needs CAP_SYS_ADMIN. Raises ``AttemptFailed``."""
    if ctypes.CDLL(None, use_errno=True).unshare(sandbox.CLONE_NEWNET):
        raise AttemptFailed(Attempt(Step.UNSHARE, ctypes.get_errno(), _NETWORK))


def rehearse(way: Callable[[], None]) -> Attempt:
    """Go that way in a child and make a TAP there; the last call that was made. Raises ``OSError`` without a child."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writer, json.dumps(_last_attempt(way)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        told = answer.read()
    os.waitpid(child, 0)
    if not told:  # a filter that kills leaves no errno
        return Attempt(Step.UNSHARE, errno.EPERM, _NETWORK)
    step, number, target = json.loads(told)
    return Attempt(Step(step), number, target)


def _last_attempt(way: Callable[[], None]) -> tuple[str, int | None, str]:
    try:
        way()
        fd = tuntap.open_node()
        tuntap.set_interface(fd, INTERFACE, tuntap.flags_to_ask(None))
    except AttemptFailed as failed:
        return failed.attempt.step, failed.attempt.errno, failed.attempt.target
    return Step.SET_INTERFACE, None, INTERFACE
