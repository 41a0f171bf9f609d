"""Mounts, namespaces and device nodes: recorded text, and this machine."""

import os
import shlex
import stat
import struct
import sys
from pathlib import Path

import pytest

from tapscope.attempt import Attempt, Step
from tapscope.machine import devices, links, mounts, namespaces, sandbox
from tapscope.machine.namespaces import OtherNamespace

MOUNTINFO = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
97 22 0:41 / /home/a\040b rw,nosuid,nodev,relatime shared:52 master:3 - tmpfs my\134disk rw,size=1024k
98 22 0:42 / /x rw - overlay overlay rw,lowerdir=/a
garbage
""".lstrip()


def test_mountinfo_with_escapes_and_optional_fields():
    entries = mounts.parse_mountinfo(MOUNTINFO)
    assert set(entries) == {22, 97, 98}
    assert entries[97] == mounts.MountEntry(97, "/home/a b", ("rw", "nosuid", "nodev", "relatime"), "tmpfs", r"my\disk")
    assert entries[98].file_system == "overlay"


def test_the_mount_is_found_by_descriptor_not_by_prefix():
    assert mounts.mount_of("/proc/self/status").file_system == "proc"
    assert mounts.mount_of("/proc/self/cwd/.").mount_point != "/proc"
    with pytest.raises(FileNotFoundError):
        mounts.mount_of("/nosuch")


def test_an_id_that_is_not_listed_is_a_foreign_mount(monkeypatch):
    monkeypatch.setattr(mounts, "parse_mountinfo", lambda text: {})
    assert mounts.mount_of("/") is None


def test_the_mounts_of_this_namespace():
    assert {"/", "/proc"} <= mounts.mount_points()


def test_the_namespaces_that_a_container_would_have_of_its_own(private_network, run):
    ask = f"{sys.executable} -c 'from tapscope.machine import namespaces; print(namespaces.are_the_first())'"
    assert run(ask) == f"{Path('/proc/self/ns/pid').readlink() == Path('pid:[4026531836]')}\n"
    for own in ("--uts", "--ipc", "--pid --fork"):
        assert private_network(lambda own=own: run(f"unshare {own} {ask}")) == "False\n"


def test_fdinfo_without_a_mount_id_is_an_error():
    assert mounts.parse_mount_id("pos:\t0\nmnt_id:\t25\n") == 25
    with pytest.raises(ValueError, match="no mnt_id"):
        mounts.parse_mount_id("pos:\t0\n")


def test_the_owner_of_a_network_namespace(private_network):
    assert private_network(namespaces.net_owner) == namespaces.net_owner() == "mine"
    assert private_network(namespaces.own_net) != namespaces.own_net()
    assert private_network(namespaces.own_user) == namespaces.own_user()


def owner_after(run, *options):
    program = "from tapscope.machine import namespaces as n; print(n.net_owner(), n.maps_every_id(n.uid_map()))"
    return run(f'unshare {" ".join(options)} {shlex.quote(sys.executable)} -c "{program}"').split()


def test_the_network_of_an_ancestor_is_told_by_eperm(private_network, run):
    assert owner_after(run, "-Ur") == ["ancestor", "False"]
    assert owner_after(run, "-Urn") == ["mine", "False"]


def test_an_interface_in_another_namespace_is_found_by_a_process_in_it(private_network, unique, run, children):
    def work():
        # The namespace is made by the child, the interface in it by ip in the child.
        script = f"ip tuntap add dev {unique} mode tap && echo made && read line"
        child = children("unshare", "-n", "sh", "-c", script)
        assert child.stdout.readline() == "made\n"
        return child.pid, namespaces.elsewhere(unique), namespaces.elsewhere("nosuch")

    pid, found, nowhere = private_network(work)
    assert found == [OtherNamespace(None, pid)]
    assert nowhere == []


def test_what_is_here_is_not_elsewhere(private_network, unique, run):
    def work():
        run(f"ip tuntap add dev {unique} mode tap")
        return namespaces.elsewhere(unique), links.find_link(unique)

    found, link = private_network(work)
    assert found == []
    assert link is not None


def test_a_named_namespace_without_a_process_is_entered_to_look(private_network, unique, run, tmp_path, monkeypatch):
    monkeypatch.setattr(namespaces, "NAMED", tmp_path)

    def work():
        child = f"touch blue; unshare --net=blue ip tuntap add dev {unique} mode tap"
        run(f"cd {tmp_path}; {child}")
        try:
            return namespaces.elsewhere(unique), links.find_link(unique)
        finally:
            run(f"umount {tmp_path}/blue")

    found, here = private_network(work)
    assert found == [OtherNamespace("blue", None)]
    assert here is None


def test_net_dev_and_uid_map_texts():
    text = "Inter-|   Receive\n face |bytes\n    lo:       0       0\neth0.1: 5 6\n"
    assert namespaces.parse_net_dev(text) == ("lo", "eth0.1")
    assert namespaces.parse_uid_map("         0       1000          1\n") == ("0 1000 1",)
    assert namespaces.maps_every_id(("0 0 4294967295",))
    assert not namespaces.maps_every_id(("0 0 4294967295", "1 1 1"))
    assert not namespaces.maps_every_id(())


def test_nodes_of_every_kind(tmp_path):
    (tmp_path / "file").touch(mode=0o640)
    os.mkfifo(tmp_path / "pipe")
    null = Path("/dev/null").stat()  # its owner and mode are this machine's; Linux gives it the number 1:3
    seen = devices.NodeState("character", 1, 3, stat.S_IMODE(null.st_mode), null.st_uid, null.st_gid)
    assert devices.node_state("/dev/null") == seen
    assert devices.node_state(str(tmp_path / "file")).kind == "file"
    assert devices.node_state(str(tmp_path / "pipe")).kind == "fifo"
    assert devices.node_state(str(tmp_path)).kind == "directory"
    assert devices.node_state(str(tmp_path / "nosuch")) is None


def test_the_first_directory_in_the_way(tmp_path):
    (tmp_path / "file").touch()
    assert devices.blocked_by(str(tmp_path / "file")) is None
    assert devices.blocked_by(str(tmp_path / "a/b/tun")) == str(tmp_path / "a")
    assert devices.blocked_by(str(tmp_path / "file/tun")) == str(tmp_path / "file")


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_an_acl_is_told_as_getfacl_prints_it():
    nobody = 0xFFFFFFFF
    named = [(2, 6, 0), (2, 4, 54321), (4, 4, nobody), (8, 1, 0)]
    value = acl((1, 6, nobody), *named, (0x10, 6, nobody), (0x20, 0, nobody))
    first, rest = ("user::rw-", "user:root:rw-", "user:54321:r--"), ("group::r--", "group:root:--x")
    assert devices.parse_acl(value) == (*first, *rest, "mask::rw-", "other::---")
    for broken in (b"", b"\1\0\0\0", value[:-1]):
        with pytest.raises(ValueError, match="ACL"):
            devices.parse_acl(broken)


def test_an_acl_that_setfacl_wrote(tmp_path, run):
    file = tmp_path / "node"
    file.touch(mode=0o600)
    assert devices.acl_of(str(file)) is None
    run(f"setfacl -m u:54321:rw {file}")
    assert "user:54321:rw-" in devices.acl_of(str(file))


def test_misc_devices_and_names():
    assert devices.parse_misc("200 tun\n 10 evdev\n231 snapshot\n\n") == {200: "tun", 10: "evdev", 231: "snapshot"}
    assert devices.tun_is_registered()
    assert (devices.user_name(0), devices.group_name(0)) == ("root", "root")
    assert (devices.user_name(3999999), devices.group_name(3999999)) == (None, None)
    assert devices.is_listed_in_group(0, 0)
    assert not devices.is_listed_in_group(0, 3999999)


def test_a_sandbox_is_tried_in_a_child(private_network):
    def work():
        before = namespaces.own_user(), namespaces.own_net()
        answer = sandbox.Probe().answer()
        return before == (namespaces.own_user(), namespaces.own_net()), answer

    assert private_network(work) == (True, Attempt(Step.SET_INTERFACE, None, "tap0"))


def test_a_sandbox_is_refused_where_user_namespaces_are_used_up(private_network, run):
    program = "from tapscope.machine import sandbox as s; print(s.try_inside())"
    told = run(f"unshare -Ur sh -c \"echo 0 > /proc/sys/user/max_user_namespaces; {sys.executable} -c '{program}'\"")
    assert sandbox.parse_answer(told) == Attempt(Step.UNSHARE, 28, "user and network namespace")


def test_a_child_that_says_nothing_is_an_error(monkeypatch):
    monkeypatch.setattr(sandbox, "_PROBE", "pass")
    with pytest.raises(OSError, match="did not answer"):
        sandbox.Probe().answer()
