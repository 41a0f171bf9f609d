"""Tests that need the kernel run in a forked child, in namespaces of its own: nothing of the host is touched.

``@pytest.mark.private``          a new user and network namespace
``@pytest.mark.private("user")``  the same, entered by a user who is not root, with a /dev/net/tun open to everybody
``@pytest.mark.private("root")``  the user's own ids, all capabilities, a new network and mount namespace in which
                                  everybody may open /dev/net/tun: for what needs a second user

Each is skipped where the machine does not allow it.
"""

import ctypes
import gc
import os
import subprocess
import sys
import threading
import traceback
import warnings

import pytest
from allowed import SANDBOX, SECOND_USER, SECOND_USERS_SANDBOX, refusal
from capture_kit import become

from tapscope.machine import sandbox

CLONE_NEWNS = 0x00020000
PRIVATE_NODE = """
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /dev/net
mknod -m 666 /dev/net/tun c 10 200
"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "private(how): run in a forked child in namespaces of its own")


NOBODY = 65534


def _enter_as_user() -> None:
    _enter_as_root()
    become(NOBODY)
    sandbox.enter()


def _enter_as_root() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | sandbox.CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["sh", "-ec", PRIVATE_NODE], check=True)


def _run(test, arguments, enter) -> str:
    """What went wrong with the test, or what it left behind; empty when all is well."""
    unraisable: list[str] = []
    sys.unraisablehook = lambda hook: unraisable.append(f"{hook.err_msg}: {hook.exc_value!r}")
    threading.excepthook = lambda hook: unraisable.append("".join(traceback.format_exception(hook.exc_value)))
    try:
        enter()
        test(**arguments)
    except BaseException:
        return traceback.format_exc()
    gc.collect()
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    return "\n".join([*unraisable, *(f"left running: {name}" for name in left)])


def _fork(test, arguments, enter) -> str:
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pytest-xdist has a thread, which the child does not need
        child = os.fork()
    if not child:
        os.close(reader)
        with os.fdopen(writer, "w") as report:
            report.write(_run(test, arguments, enter))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as report:
        problem = report.read()
    _, status = os.waitpid(child, 0)
    return problem or (f"the child ended with wait status {status}" if status else "")


HOW = {
    (): (sandbox.enter, SANDBOX),
    ("user",): (_enter_as_user, SECOND_USERS_SANDBOX),
    ("root",): (_enter_as_root, SECOND_USER),
}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    mark = pyfuncitem.get_closest_marker("private")
    if mark is None:
        return None
    enter, needed = HOW[mark.args]
    if reason := refusal(needed):
        pytest.skip(reason)
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    problem = _fork(pyfuncitem.obj, arguments, enter)
    if problem:
        pytest.fail(problem, pytrace=False)
    return True
