"""``tapscope doctor`` as a command: exit codes, streams, what it loads, and the attempts' manners."""

import json
import os
import subprocess
import sys

import pytest

from tapscope.doctor.causes import CAUSES
from tapscope.machine.capabilities import CAP_SYS_ADMIN, own_sets

NETWORK = pytest.mark.skipif(
    not own_sets().effective >> CAP_SYS_ADMIN & 1 or not os.access("/dev/net/tun", os.W_OK),
    reason="needs CAP_SYS_ADMIN for a private network namespace, and /dev/net/tun",
)
DOCTOR = f"{sys.executable} -m tapscope doctor"


def sh(script, **more):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | more
    command = ["unshare", "-n", "sh", "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def plain(*arguments, **more):
    command = [sys.executable, "-m", "tapscope", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **more)


def test_it_needs_neither_textual_nor_scapy_nor_numpy():
    program = (
        "import sys, tapscope.cli, tapscope.doctor.command as c, tapscope.doctor.examine as e; e.examine('nosuch', "
        "try_it=False); print(sorted({'textual', 'rich', 'scapy', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_every_cause_can_be_explained():
    listed = plain("--explain").stdout
    assert [line.split()[0] for line in listed.splitlines()] == list(CAUSES)
    told = plain("--explain", "filecaps-nosuid")
    assert told.returncode == 0
    assert "mnt_may_suid" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--explain", "filecap-nosuid"], "did you mean filecaps-nosuid"),
        (["--explain", "xyzzy"], "--explain alone lists them all"),
        ([""], "NAME is empty"),
        (["--peer", "--watch", "tap0"], "not allowed with"),
    ],
)
def test_misuse_is_one_clear_line_and_exit_code_2(arguments, line):
    done = plain(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert line in done.stderr
    assert "Traceback" not in done.stderr


@NETWORK
def test_the_exit_code_is_of_the_door_that_was_asked_for():
    made = "ip tuntap add dev tap0 mode tap; "
    assert sh(f"{made}{DOCTOR} tap0").returncode == 0
    assert sh(f"{DOCTOR} tap0 --watch").returncode == 1
    assert sh(f"{made}{DOCTOR} --watch tap0").returncode == 0
    assert sh(f"ip link add tap0 type bridge; {DOCTOR} tap0").returncode == 1
    assert sh(f"ip link add tap0 type bridge; {DOCTOR} tap0 --watch").returncode == 0
    assert sh(DOCTOR).returncode == 0


@NETWORK
def test_the_json_is_one_object_of_schema_1():
    done = sh(f"{DOCTOR} tap0 --json")
    document = json.loads(done.stdout)
    assert (document["schema"], document["interface"]) == (1, "tap0")
    assert [attempt["mode"] for attempt in document["attempts"]] == ["peer", "watch"]
    assert done.stderr == ""


@NETWORK
def test_a_device_that_had_to_be_made_is_gone_again_and_that_is_said():
    done = sh(f"{DOCTOR} tap0; ip -o link")
    assert "gone again" in done.stdout
    assert "2:" not in done.stdout.split("\n\n")[-1]


@NETWORK
def test_the_attempt_rewrites_nothing_of_the_device():
    look = "ip -d -j link show tap0"
    made = "ip tuntap add dev tap0 mode tap user 7 group 8 multi_queue vnet_hdr pi"
    script = f"{made}; {look}; {DOCTOR} tap0 > /dev/null; {look}"
    before, after = (json.loads(line)[0] for line in sh(script).stdout.splitlines())
    assert before == after
    assert before["linkinfo"]["info_data"]["vnet_hdr"]


@NETWORK
def test_no_try_touches_nothing_and_says_that_it_predicts():
    watch = "ip monitor link > told & monitor=$!; until ip link show lo > /dev/null; do :; done; "
    made = "ip tuntap add dev tap0 mode tap; "
    quiet = sh(f"cd $(mktemp -d); {made}{watch}{DOCTOR} tap0 --no-try; kill $monitor; wait; cat told; rm -r $PWD")
    assert "predicted" in quiet.stdout
    assert "tap0: <" not in quiet.stdout
    document = json.loads(sh(f"{DOCTOR} tap0 --json --no-try").stdout)
    assert {attempt["verdict"] for attempt in document["attempts"]} == {"predicted-ok", "predicted-refused"}


@NETWORK
def test_a_closed_pipe_is_quiet():
    done = sh(f"{DOCTOR} tap0 | true; {DOCTOR} --explain | head -n 1")
    assert done.stderr == ""


@NETWORK
@pytest.mark.parametrize("name", ["\x1b[2Jx", "\udcff\udcfe", "[/x]", "ü", "a\nb"])
def test_a_hostile_name_is_printed_harmlessly(name):
    for options in ([], ["--json"], ["-v"]):
        arguments = ["unshare", "-n", sys.executable, "-m", "tapscope", "doctor", *options, "--", name]
        for locale in ("C.UTF-8", "POSIX"):
            environment = {"PATH": os.environ["PATH"], "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
            done = subprocess.run(arguments, env=environment, capture_output=True, timeout=60, check=False)
            assert done.returncode in {0, 1}, done.stderr
            assert done.stderr == b""
            assert b"\x1b" not in done.stdout
            done.stdout.decode("utf-8" if locale == "C.UTF-8" else "ascii")


@NETWORK
@pytest.mark.parametrize(
    "condition",
    [
        "unset PATH HOME TERM; cd /",
        "mkdir gone; cd gone; rmdir ../gone",
        "exec < /dev/null",
        "exec <&- 2>&-",
        "mount -t tmpfs none /proc",
        "mount -t proc -o hidepid=2 none /proc",
        "mount -t tmpfs none /sys",
        "mount -t tmpfs none /etc",
        "ulimit -n 12",
    ],
)
def test_it_answers_in_a_bare_world(condition):
    script = f"mount -t tmpfs none /mnt; cd /mnt; {condition}; {DOCTOR} tap0; {DOCTOR} tap0 --json"
    command = ["unshare", "-mn", "--propagation", "private", "/bin/sh", "-c", script]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    text, _, document = done.stdout.partition("\n{")
    assert "peer" in text
    assert json.loads("{" + document)["attempts"][0]["verdict"] == "ok"
    assert done.stderr == ""


@NETWORK
def test_the_errno_of_a_call_that_was_made_is_not_asked_for_again():
    program = """
import errno
from tapscope.attempt import Attempt, Step
from tapscope.doctor.examine import examine
from tapscope.machine import links
diagnosis = examine("tap0", failed=Attempt(Step.SET_INTERFACE, errno.EBUSY, "tap0"))
monitor = links.LinkMonitor()
peer, watch = diagnosis.doors
print(peer.verdict, peer.call.errno_name, watch.verdict)
diagnosis = examine("tap0", failed=Attempt(Step.BIND, errno.ENETDOWN, "tap0"), try_it=False)
print(diagnosis.doors[0].verdict, diagnosis.doors[1].call.errno_name, monitor.read())
monitor.close()
"""
    command = ["unshare", "-n", sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["refused EBUSY refused", "predicted-ok ENETDOWN []"]
