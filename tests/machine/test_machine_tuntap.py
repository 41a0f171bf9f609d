"""The TAP node: what is asked, what is granted, what is refused."""

import errno
import os
from pathlib import Path

import pytest

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.machine import links, tuntap


def test_a_missing_tap_is_created_and_goes_with_the_descriptor(private_network):
    def work():
        attached = tuntap.attach("tap0")
        there = links.find_link("tap0")
        blocking = os.get_blocking(attached.fd)
        inherited = os.get_inheritable(attached.fd)
        os.close(attached.fd)
        return attached, there, links.find_link("tap0"), blocking, inherited

    attached, there, after, blocking, inherited = private_network(work)
    assert (attached.name, attached.created, attached.flags) == ("tap0", True, tuntap.IFF_TAP | tuntap.IFF_NO_PI)
    assert there is not None
    assert after is None
    assert (blocking, inherited) == (False, False)


@pytest.mark.parametrize(
    "options", ["mode tap", "mode tap pi", "mode tap vnet_hdr", "mode tap multi_queue", "mode tun pi"]
)
def test_attaching_rewrites_nothing(private_network, run, options):
    def work():
        run(f"ip tuntap add dev tap0 {options}")
        before = links.find_link("tap0").tap
        attached = tuntap.attach("tap0")
        os.close(attached.fd)
        return attached, before, links.find_link("tap0").tap

    attached, before, after = private_network(work)
    assert not attached.created
    assert before == after


def test_iff_napi_is_kept_where_sysfs_shows_this_namespace(monkeypatch, tmp_path):
    folder = tmp_path / "tap0"
    folder.mkdir()
    for name, value in (("ifindex", "7"), ("address", "02:00:00:00:00:01"), ("tun_flags", "0x1812")):
        (folder / name).write_text(value + "\n")
    monkeypatch.setattr(tuntap, "Path", lambda path: tmp_path if path == "/sys/class/net" else Path(path))
    link = links.Link(
        7, "tap0", False, False, "down", 1500, "02:00:00:00:00:01", "tun", links.TapSettings("tap"), None, ()
    )
    assert tuntap.flags_to_ask(link) == tuntap.IFF_TAP | tuntap.IFF_NAPI
    (folder / "ifindex").write_text("8\n")
    assert tuntap.flags_to_ask(link) == tuntap.IFF_TAP


def test_an_altname_attaches_to_the_interface_itself(private_network, run):
    def work():
        run("ip tuntap add dev tap0 mode tap; ip link property add dev tap0 altname the_tap_of_the_first_guest")
        attached = tuntap.attach("the_tap_of_the_first_guest")
        os.close(attached.fd)
        return attached, [link.name for link in links.list_links()]

    attached, names = private_network(work)
    assert (attached.name, attached.created) == ("tap0", False)
    assert set(names) == {"lo", "tap0"}


def test_a_refusal_carries_the_call_and_leaves_no_descriptor(private_network):
    def work():
        first = tuntap.attach("tap0")
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        with pytest.raises(AttemptFailed) as raised:
            tuntap.attach("tap0")
        assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
        os.close(first.fd)
        return raised.value.attempt

    assert private_network(work) == Attempt(Step.SET_INTERFACE, errno.EBUSY, "tap0")


def test_a_missing_node_is_told_as_the_open_that_failed(tmp_path):
    with pytest.raises(AttemptFailed) as raised:
        tuntap.open_node(str(tmp_path / "tun"))
    assert raised.value.attempt == Attempt(Step.OPEN, errno.ENOENT, str(tmp_path / "tun"))


def test_setting_up_raises_the_link_once(private_network):
    def work():
        attached = tuntap.attach("tap0")
        tuntap.set_up("tap0")
        tuntap.set_up("tap0")
        link = links.find_link("tap0")
        os.close(attached.fd)
        with pytest.raises(AttemptFailed) as raised:
            tuntap.set_up("tap0")
        return link.up, raised.value.attempt

    assert private_network(work) == (True, Attempt(Step.SET_UP, errno.ENODEV, "tap0"))


def test_the_descriptor_knows_its_interface_until_it_is_deleted(private_network, run):
    def work():
        attached = tuntap.attach("tap0")
        name, flags = tuntap.get_interface(attached.fd)
        run("ip link set tap0 name other")
        renamed = tuntap.get_interface(attached.fd)[0]
        run("ip link del other")
        with pytest.raises(AttemptFailed) as raised:
            tuntap.get_interface(attached.fd)
        os.close(attached.fd)
        return name, flags & tuntap.IFF_TAP, renamed, raised.value.attempt.errno_name

    assert private_network(work) == ("tap0", tuntap.IFF_TAP, "other", "EBADFD")


def test_the_probes_change_nothing(private_network):
    def work():
        fd = tuntap.open_node()
        answers = tuntap.probe_reach(fd), tuntap.probe_create(fd), tuntap.probe_net_admin()
        os.close(fd)
        return answers, [link.name for link in links.list_links()]

    assert private_network(work) == ((errno.EFAULT, errno.EINVAL, None), ["lo"])


def test_a_device_that_is_not_tun_answers_enotty():
    fd = tuntap.open_node("/dev/null")
    try:
        assert tuntap.probe_reach(fd) == errno.ENOTTY
    finally:
        os.close(fd)
