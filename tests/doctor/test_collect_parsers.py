"""What the collector makes of recorded text and of a machine's marks."""

import errno
from pathlib import Path

import pytest

from tapscope.attempt import Attempt, Step
from tapscope.doctor import attempts, collect_files, collect_host
from tapscope.doctor.collect import tap_of
from tapscope.doctor.collect_look import look
from tapscope.doctor.evidence import Tap, Unseen
from tapscope.machine.links import Link, TapSettings


def raises(error):
    raise error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "EACCES"),
        (OSError(0, "the child process did not answer"), "the child process did not answer"),
        (OSError("no number"), "no number"),
        (ValueError("bad"), "not understood"),
        (KeyError("Uid"), "not understood"),
    ],
)
def test_what_cannot_be_looked_at_is_unseen_with_its_reason(error, reason):
    assert look(raises, error) == Unseen(reason)


def test_absent_is_not_unseen():
    assert look(lambda: None) is None


def test_a_tap_keeps_what_netlink_said():
    link = Link(
        7, "tap0", True, False, "down", 1500, "02:00:00:00:00:01", "tun",
        TapSettings("tap", owner=0, no_pi=True, multi_queue=True, queues=3), None, ("long_name",),
    )  # fmt: skip
    tap = tap_of(link, "long_name")
    assert tap == Tap(
        "tap0", index=7, kind="tun", asked_by_altname=True, mode="tap", owner=0, group=None, owner_name="root",
        group_name=None, no_pi=True, vnet_hdr=False, multi_queue=True, persist=False, queues=3, up=True,
        carrier=False, operstate="down",
    )  # fmt: skip


def test_a_device_that_is_no_tun_has_no_settings_but_was_looked_at():
    tap = tap_of(Link(2, "eth0", True, None, "up", 1500, "", "", None, None, ()), "eth0")
    assert (tap.kind, tap.mode, tap.owner, tap.multi_queue, tap.queues, tap.carrier) == (None,) * 6
    assert tap.asked_by_altname is False


MAPS = """\
55d0c0000000-55d0c0001000 r--p 00000000 fe:00 1 /opt/a b/bin/python3.11
7f0000000000-7f0000200000 r-xp 00000000 fe:00 2                  /opt/a b/lib/libpython3.11.so.1.0
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                  [stack]
"""


def test_the_libpython_that_is_mapped():
    assert collect_files.parse_libpython(MAPS) == "/opt/a b/lib/libpython3.11.so.1.0"
    assert collect_files.parse_libpython(MAPS.replace("libpython", "libruby")) is None


def test_versions_come_from_the_folders_names():
    names = ["textual-8.2.8.dist-info", "python_prctl-1.8.1.dist-info", "scapy", "x.dist-info", "a-b.egg-info"]
    assert collect_host.parse_distributions(names) == {"textual": "8.2.8", "python-prctl": "1.8.1"}
    first_wins = ["a-1.dist-info", "a-2.dist-info"]
    assert collect_host.parse_distributions(first_wins) == {"a": "1"}


@pytest.mark.parametrize(
    ("cgroup", "service"),
    [
        ("0::/system.slice/tapscope.service\n", "tapscope.service"),
        ("5:devices:/\n1:name=systemd:/system.slice/vm.service\n0::/\n", "vm.service"),
        ("0::/user.slice/user-1000.slice/session-2.scope\n", None),
        ("0::/user.slice/user-1000.slice/user@1000.service\n", None),
        ("4:memory:/system.slice/other.service\n0::/\n", None),
        ("", None),
    ],
)
def test_the_service_in_a_cgroup_path(cgroup, service):
    assert collect_host.parse_service(cgroup) == service


def test_what_hints_at_a_container(tmp_path):
    assert collect_host.container_hint({}, tmp_path) is None
    assert collect_host.container_hint({"container": "lxc"}, tmp_path) == "lxc"
    assert collect_host.container_hint({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, tmp_path) == "kubernetes"
    (tmp_path / "run").mkdir()
    (tmp_path / "run/.containerenv").touch()
    assert collect_host.container_hint({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, tmp_path) == "podman"
    (tmp_path / ".dockerenv").touch()
    assert collect_host.container_hint({}, tmp_path) == "docker"


@pytest.mark.parametrize(
    ("hint", "at_home", "mount_points", "found"),
    [
        (None, False, {"/", "/etc/hosts"}, None),
        ("docker", True, {"/"}, None),
        ("docker", True, {"/", "/etc/hosts"}, None),
        ("docker", False, {"/"}, None),
        ("docker", False, {"/", "/etc/resolv.conf"}, "docker"),
        ("kubernetes", False, {"/", "/etc/hostname"}, "kubernetes"),
        ("lxc", False, {"/"}, "lxc"),
        ("lxc", True, {"/"}, None),
    ],
)
def test_a_hint_is_a_container_only_with_namespaces_and_mounts_as_its_engine_makes_them(
    hint, at_home, mount_points, found
):
    assert collect_host.container(hint, at_home=at_home, mount_points=mount_points) == found


@pytest.mark.parametrize(
    ("environment", "number"),
    [
        ({}, None),
        ({"TERM": "dumb"}, 2),
        ({"TERM": "xterm"}, 8),
        ({"TERM": "screen-256color"}, 256),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, 1 << 24),
    ],
)
def test_the_colours_a_terminal_says_it_has(environment, number):
    assert collect_host.colours(environment) == number


def test_the_command_is_absolute_and_survives_a_lost_working_directory(monkeypatch, tmp_path):
    script = tmp_path / "tapscope"
    script.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["./tapscope", "tap0"])
    assert collect_host.command() == (str(script),)
    monkeypatch.setattr("sys.argv", ["/x/tapscope/__main__.py"])
    assert collect_host.command()[1:] == ("-m", "tapscope")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr("sys.argv", ["tapscope"])
    assert collect_host.command()[1:] == ("-m", "tapscope")


def test_a_name_of_sixteen_bytes_is_cut_and_of_fifteen_is_not():
    assert not attempts.is_cut("x" * 15)
    assert attempts.is_cut("x" * 16)
    assert attempts.is_cut("é" * 8)


def test_the_calls_that_led_to_a_refusal_stand_before_it():
    def steps(step):
        return [call.step for call in attempts.calls_up_to(Attempt(step, errno.EPERM, "tap0"))]

    assert steps(Step.OPEN) == [Step.OPEN]
    assert steps(Step.SET_INTERFACE) == [Step.OPEN, Step.SET_INTERFACE]
    assert steps(Step.SET_UP) == [Step.OPEN, Step.SET_INTERFACE, Step.SET_UP]
    assert steps(Step.BIND) == [Step.PACKET_SOCKET, Step.BIND]
    assert steps(Step.UNSHARE) == [Step.UNSHARE]
    first = attempts.calls_up_to(Attempt(Step.SET_INTERFACE, errno.EPERM, "tap0"))[0]
    assert first == Attempt(Step.OPEN, None, "/dev/net/tun")


def test_the_node_of_this_machine_and_one_that_is_not_there(tmp_path):
    node = collect_files.node("/dev/null")
    assert (node.kind, node.major, node.minor, node.mode, node.blocked_by) == ("character", 1, 3, 0o666, None)
    assert node.mount.listed is True
    missing = collect_files.node(str(tmp_path / "a/tun"))
    assert (missing.kind, missing.blocked_by) == (None, str(tmp_path / "a"))
    assert isinstance(missing.mode, Unseen)


def test_this_interpreter():
    found = collect_files.interpreter()
    assert found.program.path == str(Path("/proc/self/exe").readlink())
    assert found.program.caps is None
    assert found.program.caps_of_other_root is False
    assert found.private_copy in {True, False}


def test_capabilities_for_a_root_without_an_id_here_are_told_as_anothers(monkeypatch):
    def refuse(path):
        raise OSError(errno.EOVERFLOW, "Value too large")

    monkeypatch.setattr(collect_files, "file_capabilities", refuse)
    found = collect_files.program("/proc/self/exe")
    assert (found.caps, found.caps_of_other_root) == (Unseen("EOVERFLOW"), True)
