"""Who holds a TAP, and which virtual machine that is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tapscope.machine import descriptors, holders, links, tuntap
from tapscope.machine.descriptors import parse_iff
from tapscope.machine.guests import parse_machine

QEMU = "qemu-system-x86_64 -enable-kvm {} -netdev tap,id=n0,ifname=tap0,script=no"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (QEMU.format("-name guest=web1,debug-threads=on"), "web1"),
        (QEMU.format("-name web1"), "web1"),
        (QEMU.format("-name web1,process=web"), "web1"),
        (QEMU.format("-name debug-threads=on,guest=web1"), "web1"),
        (QEMU.format("-name guest=a,,b"), "a,b"),
        (QEMU.format("-m 512"), None),
        (QEMU.format("-name debug-threads=on"), None),
        ("/usr/bin/kvm -name old", "old"),
        ("/usr/bin/firecracker --api-sock /run/f.sock --id vm-7", "vm-7"),
        ("/usr/bin/firecracker --id=vm-7", "vm-7"),
        ("/usr/bin/firecracker --id", None),
        ("cloud-hypervisor --api-socket path=/run/ch/db.sock --net tap=tap0", "db"),
        ("cloud-hypervisor --net tap=tap0", None),
        ("crosvm run --name guest vm.img", "guest"),
        ("/usr/lib/virtualbox/VBoxHeadless --comment Windows --startvm 0", "Windows"),
        ("openvpn --name x --dev tap0", None),
        ("", None),
    ],
)
def test_the_machines_name_in_a_command_line(line, name):
    assert parse_machine(line.split()) == name


@pytest.mark.parametrize(
    ("text", "interface"),
    [
        ("pos:\t0\nflags:\t0104002\nmnt_id:\t25\nino:\t10\niff:\ttap0\n", "tap0"),
        ("pos:\t0\nflags:\t0104002\nmnt_id:\t25\niff:\t\n", None),
        ("pos:\t0\nflags:\t02\nmnt_id:\t25\n", None),
    ],
)
def test_the_interface_in_fdinfo(text, interface):
    assert parse_iff(text) == interface


def test_this_process_is_found_as_the_holder(private_network, unique):
    def work():
        attached = tuntap.attach(unique)
        held = holders.find_holders(unique), holders.find_holders("nosuch")
        os.close(attached.fd)
        return *held, holders.find_holders(unique)

    held, other, after = private_network(work)
    assert [(holder.pid, holder.uid) for holder in held.found] == [(os.getpid(), os.geteuid())]
    assert held.candidates == ()
    assert other.found == after.found == ()


HOLD = """
import sys
from pathlib import Path
from tapscope.machine import tuntap
tuntap.attach(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_a_machine_that_holds_is_named(private_network, unique, children):
    def work():
        # With its folder, or the interpreter looks for its library beside a QEMU that is installed.
        program = str(Path(sys.executable).with_name("qemu-system-x86_64"))
        child = children(program, "-c", HOLD, unique, "-name", "guest=web1", executable=sys.executable)
        assert child.stdout.readline() == "held\n"
        return child.pid, holders.find_holders(unique).found

    pid, found = private_network(work)
    assert found == (holders.Holder(pid, "qemu-system-x86_64", os.geteuid(), "web1"),)


def test_the_holder_of_a_tap_of_the_same_name_in_another_namespace_is_not_ours(private_network, unique, children, run):
    def work():
        run(f"ip tuntap add dev {unique} mode tap")
        elsewhere = children("unshare", "-n", sys.executable, "-c", HOLD, unique)
        assert elsewhere.stdout.readline() == "held\n"
        nobody = holders.find_holders(unique).found
        nearby = children(sys.executable, "-c", HOLD, unique)
        assert nearby.stdout.readline() == "held\n"
        return nobody, nearby.pid, holders.find_holders(unique).found

    nobody, pid, found = private_network(work)
    assert nobody == ()
    assert [holder.pid for holder in found] == [pid]


def test_a_holder_that_went_to_another_namespace_still_holds_ours(private_network, unique, children):
    leave = HOLD.replace("print(", "import ctypes; ctypes.CDLL(None).unshare(0x40000000); print(")

    def work():
        child = children(sys.executable, "-c", leave, unique)
        assert child.stdout.readline() == "held\n"
        return child.pid, holders.find_holders(unique).found

    pid, found = private_network(work)
    assert [holder.pid for holder in found] == [pid]


def held_elsewhere(unique, children, run):
    """A holder that stands here, whose TAP went to another namespace; a new one of the same name was made here."""
    elsewhere = children("unshare", "-n", "sh", "-c", "echo there; read line")
    assert elsewhere.stdout.readline() == "there\n"
    holder = children(sys.executable, "-c", HOLD, unique)
    assert holder.stdout.readline() == "held\n"
    run(f"ip link set {unique} netns {elsewhere.pid}; ip tuntap add dev {unique} mode tap")


def test_whose_tap_went_to_another_namespace_holds_none_of_ours(private_network, unique, children, run):
    def work():
        held_elsewhere(unique, children, run)
        nobody = holders.find_holders(unique).found
        nearby = children(sys.executable, "-c", HOLD, unique)
        assert nearby.stdout.readline() == "held\n"
        return nobody, nearby.pid, holders.find_holders(unique).found

    nobody, pid, found = private_network(work)
    assert nobody == ()
    assert [holder.pid for holder in found] == [pid]


def test_who_went_where_there_is_one_of_the_same_name_still_holds_ours(private_network, unique, children, run):
    leave = HOLD.replace("print(", "import ctypes; ctypes.CDLL(None).unshare(0x40000000); print(")

    def work():
        child = children(sys.executable, "-c", leave, unique)
        assert child.stdout.readline() == "held\n"
        run(f"nsenter --net=/proc/{child.pid}/ns/net ip tuntap add dev {unique} mode tap")
        return child.pid, holders.find_holders(unique).found

    pid, found = private_network(work)
    assert [holder.pid for holder in found] == [pid]


def test_where_the_kernel_may_not_be_asked_the_carrier_decides(private_network, unique, children, run, monkeypatch):
    monkeypatch.setattr(holders, "net_of", lambda end: None)

    def work():
        held_elsewhere(unique, children, run)
        return holders.find_holders(unique).found

    assert private_network(work) == ()


def test_where_the_kernel_may_not_be_asked_the_names_decide(private_network, unique, children, run, monkeypatch):
    monkeypatch.setattr(holders, "net_of", lambda end: None)
    test_a_holder_that_went_to_another_namespace_still_holds_ours(private_network, unique, children)
    other = f"{unique}o"
    test_the_holder_of_a_tap_of_the_same_name_in_another_namespace_is_not_ours(private_network, other, children, run)


def test_a_renamed_tap_is_still_held(private_network, unique, children, run):
    def work():
        child = children(sys.executable, "-c", HOLD, unique)
        assert child.stdout.readline() == "held\n"
        run(f"ip link set {unique} name {unique}b")
        return child.pid, holders.find_holders(f"{unique}b").found, holders.find_holders(unique).found

    pid, found, by_old_name = private_network(work)
    assert [holder.pid for holder in found] == [pid]
    assert by_old_name == ()


MACVTAP = """
import os, sys
os.open(sys.argv[1], os.O_RDWR)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("sees_sysfs", [True, False])
def test_the_holder_of_a_macvtap_is_found_by_its_node(private_network, unique, children, run, sees_sysfs, monkeypatch):
    # One node of that name in /dev for all namespaces, and one that is going may still be there.
    index = 1_000_000 + 2 * os.getpid() + sees_sysfs

    def work():
        run(f"ip link add {unique}v type veth peer name {unique}w")
        added = f"ip link add link {unique}v name {unique} index {index} type macvtap"
        if subprocess.run(added, shell=True, check=False, capture_output=True).returncode:
            pytest.skip("this kernel has no macvtap")
        number = run(f"unshare -m sh -c 'mount -t sysfs none /sys; cat /sys/class/net/{unique}/tap{index}/dev'").strip()
        if sees_sysfs:
            device = os.makedev(*map(int, number.split(":")))
            monkeypatch.setattr(descriptors, "_device_number", lambda link: device if link.name == unique else None)
        before = holders.find_holders(unique)
        child = children(sys.executable, "-c", MACVTAP, f"/dev/tap{index}")
        assert child.stdout.readline() == "held\n"
        return before.found, child.pid, holders.find_holders(unique).found, holders.find_holders(f"{unique}v").found

    before, pid, found, of_the_lower = private_network(work)
    assert before == of_the_lower == ()
    assert [holder.pid for holder in found] == [pid]


def test_the_number_of_a_macvtaps_node_is_read_where_sysfs_is_ours(private_network, unique, run):
    index = 20_000_000 + os.getpid()
    look = (
        f"{sys.executable} -c 'import sys; from tapscope.machine import descriptors, links;"
        f"print(descriptors._device_number(links.find_link(sys.argv[1])) is None)' {unique}"
    )

    def work():
        run(f"ip link add {unique}v type veth peer name {unique}w")
        added = f"ip link add link {unique}v name {unique} index {index} type macvtap"
        if subprocess.run(added, shell=True, check=False, capture_output=True).returncode:
            pytest.skip("this kernel has no macvtap")
        return run(look), run(f"unshare -m sh <<'END'\nmount -t sysfs none /sys; {look}\nEND")

    assert private_network(work) == ("True\n", "False\n")


def tap(index, name, *, altnames=()):
    settings = links.TapSettings("tap")
    return links.Link(index, name, True, True, "up", 1500, "", "tun", settings, None, altnames)


def test_those_that_may_not_be_looked_into_are_counted_and_the_likely_one_is_named(monkeypatch):
    lines = {
        11: ["sshd"],
        12: ["qemu-system-x86_64", "-netdev", "tap,ifname=tap0,id=n0"],
        13: ["openvpn", "--dev", "tun9"],
        15: ["sh", "-c", "watch ip link show tap0 up"],
    }

    def closed(pid):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(holders, "process_ids", lambda: [*lines, 14])
    monkeypatch.setattr(holders, "descriptors_of", closed)
    monkeypatch.setattr(holders, "read_command_line", lambda pid: lines[pid])
    monkeypatch.setattr(
        holders, "read_status", lambda pid: {"Name": "x", "Uid": "0 0 0 0", "State": "Z" if pid == 14 else "S"}
    )
    found = holders.search([tap(1, "tap0"), tap(2, "tap1"), tap(3, "web0", altnames=("tap0",))])
    named = found[1]
    assert (named.found, [one.pid for one in named.candidates], named.hidden) == ((), [12], 4)
    assert [one.pid for one in found[2].candidates] == [12, 13]
    assert [one.pid for one in found[3].candidates] == [12]
