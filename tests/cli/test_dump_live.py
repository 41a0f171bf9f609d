"""``tapscope dump`` on real TAPs, each in a network namespace of its own."""

import json
import os
import signal
import subprocess

import pytest
from allowed import SANDBOX, needs
from cli_kit import COMMAND, PRIVATE, rows, run

pytestmark = needs(SANDBOX)

WITHOUT_NET_ADMIN = (*PRIVATE, "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin")


class Live:
    """One ``tapscope dump`` in a private network, with its pipes."""

    def __init__(self, *words):
        command = [*PRIVATE, *COMMAND, "dump", *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, **pipes)

    def inside(self, *command):
        """Run a command in the same namespaces."""
        enter = ["nsenter", "--target", str(self.process.pid), "--user", "--net", "--preserve-credentials"]
        return subprocess.run([*enter, *command], capture_output=True, text=True, timeout=60, check=False)

    def wait_for(self, word, stream):
        """The first line that has ``word``; fails when the stream ends before."""
        for line in stream:
            if word in line:
                return line
        raise AssertionError(f"{word!r} never came")


@pytest.fixture
def live():
    started = []

    def start(*words):
        started.append(Live(*words))
        started[-1].wait_for("created", started[-1].process.stderr)
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def asks_for(live, address):
    """Let the kernel send ARP requests into the TAP."""
    assert live.inside("ip", "address", "add", "10.99.0.1/24", "dev", "tap0").returncode == 0
    live.inside("ping", "-c", "1", "-W", "1", address)


def test_a_frame_is_printed_as_it_comes(live):
    dump = live("tap0")
    asks_for(dump, "10.99.0.2")
    line = dump.wait_for("ARP", dump.process.stdout)
    assert line.split()[2] == "out"
    assert "who has 10.99.0.2" in line
    assert dump.process.poll() is None


def test_control_c_is_quiet_and_leaves_a_whole_capture(live, tmp_path):
    path = str(tmp_path / "live.pcapng")
    dump = live("tap0", "-w", path)
    asks_for(dump, "10.99.0.2")
    dump.wait_for("ARP", dump.process.stdout)
    dump.process.send_signal(signal.SIGINT)
    _, err = dump.process.communicate(timeout=20)
    assert dump.process.returncode == 130
    assert [line for line in err.splitlines() if not line.startswith("tapscope: frames dropped")] == []
    assert {"out"} == {row["direction"] for row in rows("dump", path)}
    assert "ARP" in {row["protocol"] for row in rows("dump", path)}


def test_the_device_is_deleted(live):
    dump = live("tap0")
    assert dump.inside("ip", "link", "delete", "tap0").returncode == 0
    _, err = dump.process.communicate(timeout=20)
    assert dump.process.returncode == 74
    assert "tapscope: tap0 is gone: the device was deleted" in err.splitlines()


def test_down_and_up_again(live):
    dump = live("tap0")
    dump.inside("ip", "link", "set", "tap0", "down")
    assert dump.wait_for("down", dump.process.stderr) == "tapscope: tap0 is down: nothing comes until it is up\n"
    dump.inside("ip", "link", "set", "tap0", "up")
    assert dump.wait_for("up", dump.process.stderr) == "tapscope: tap0 is up\n"
    asks_for(dump, "10.99.0.2")
    dump.wait_for("ARP", dump.process.stdout)


def test_busy(live):
    dump = live("tap0")
    second = dump.inside("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", *COMMAND, "dump", "tap0")
    assert (second.returncode, second.stdout) == (69, "")
    assert second.stderr.startswith("tapscope: ")
    assert f"pid {dump.process.pid}" in second.stderr
    assert "EBUSY" in second.stderr


def test_refused():
    done = run("dump", "tap0", before=WITHOUT_NET_ADMIN)
    assert (done.returncode, done.stdout) == (77, b"")
    text = done.stderr.decode()
    assert "TUNSETIFF tap0: EPERM (Operation not permitted)" in text
    assert "  fix: " in text
    assert text.endswith("tapscope doctor tap0\n")


def test_a_held_tap_is_watched(live):
    dump = live("tap0")
    command = [*COMMAND, "dump", "tap0", "-c", "3", "--json"]
    assert dump.inside("ip", "address", "add", "10.99.0.1/24", "dev", "tap0").returncode == 0
    asking = "for last in $(seq 2 60); do ping -c 1 -W 0.1 10.99.0.$last; done > /dev/null &"
    second = dump.inside("sh", "-c", f'{asking} "$@"', "sh", *command)
    assert second.returncode == 0, second.stderr
    assert "tapscope: watch tap0: held by python" in second.stderr


def test_peer_is_busy_where_watching_would_do(live):
    second = live("tap0").inside(*COMMAND, "dump", "--peer", "tap0")
    assert (second.returncode, second.stdout) == (69, "")


def test_an_interface_that_is_no_tap():
    script = 'ip link set lo up; ping -i 0.1 -w 30 127.0.0.1 > /dev/null 2>&1 & exec "$@"'
    done = run("dump", "lo", "-c", "2", before=(*PRIVATE, "sh", "-c", script, "sh"))
    assert done.returncode == 0
    assert "tapscope: watch lo: a device, no TAP" in done.stderr.decode()
    assert done.stdout.count(b"ICMP") == 2


def test_an_interface_that_is_no_tap_without_net_raw():
    without = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
    done = run("dump", "lo", before=(*PRIVATE, *without))
    assert (done.returncode, done.stdout) == (77, b"")
    assert "CAP_NET_RAW" in done.stderr.decode()


TWO = "ip link set lo up; ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up;"
TWO += "ip address add 10.9.0.1/24 dev v0;"
PINGS = "ping -i 0.05 -w 20 127.0.0.1 & ping -i 0.05 -w 20 -I v0 10.9.0.9 &"


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_several_interfaces_in_one_capture(tmp_path, words):
    path = tmp_path / "several.pcapng"
    before = (*PRIVATE, "sh", "-c", f'{TWO} {{ {PINGS} }} > /dev/null 2>&1; exec "$@"', "sh")
    done = run("dump", "lo", "v0", "v1", "-c", "60", "-w", str(path), *words, before=before)
    assert done.returncode == 0, done.stderr
    opened = "tapscope: merged lo v0 v1: lo watch: a device, no TAP; v0 watch: veth, no TAP; v1 watch: veth, no TAP"
    assert opened in done.stderr.decode().splitlines()
    lines = done.stdout.decode().splitlines()
    names = [json.loads(line)["interface"] if words else line.split()[2] for line in lines]
    assert set(names) == {"lo", "v0", "v1"}
    fields = ["-T", "fields", "-e", "frame.interface_name", "-e", "frame.time_epoch"]
    told = subprocess.run(["tshark", "-r", path, *fields], capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in told.splitlines()] == names
    assert [line.split()[1] for line in told.splitlines()] == sorted(line.split()[1] for line in told.splitlines())


def test_several_of_which_one_is_refused():
    without = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
    done = run("dump", "tap0", "lo", before=(*PRIVATE, *without))
    assert (done.returncode, done.stdout) == (77, b"")
    assert "CAP_NET_RAW" in done.stderr.decode()
    assert done.stderr.decode().endswith("tapscope doctor lo\n")


def test_one_device_by_two_names():
    script = 'ip link property add dev lo altname here; exec "$@"'
    done = run("dump", "lo", "here", before=(*PRIVATE, "sh", "-c", script, "sh"))
    assert done.returncode == 2
    assert done.stderr == b"tapscope: here is lo by another name: once is enough\n"


def test_the_demo_needs_neither_terminal_nor_root():
    found = rows("demo", "--headless", "-c", "40")
    assert [row["number"] for row in found] == list(range(1, 41))
    assert {"in", "out"} == {row["direction"] for row in found}
    assert {"ARP", "ICMP", "DHCP"} <= {row["protocol"] for row in found}


def test_the_demo_where_no_namespace_is_to_be_had():
    """A namespace may hold so many more; with none, the demo replays a recording and says why."""
    script = 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"'
    done = run("demo", "-c", "5", before=(*PRIVATE, "sh", "-c", script, "sh"))
    assert (done.returncode, done.stdout.count(b"\n")) == (0, 5)
    text = done.stderr.decode()
    assert "replaying a recording" in text
    assert os.strerror(28) in text


def test_options_may_stand_between_the_names():
    script = 'ip link set lo up; ping -i 0.1 -w 30 127.0.0.1 > /dev/null 2>&1 & exec "$@"'
    done = run("dump", "lo", "-c", "2", "tap0", before=(*PRIVATE, "sh", "-c", script, "sh"))
    assert done.returncode == 0, done.stderr
    assert "tapscope: merged lo tap0" in done.stderr.decode()
