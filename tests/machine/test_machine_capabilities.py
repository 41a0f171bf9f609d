"""Capability sets of threads, raising what is held, and what files carry."""

import builtins
import errno
import os
import struct
import sys
import threading

import prctl
import pytest

from tapscope.machine import capabilities as caps
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_NET_RAW, CapabilitySets, FileCapabilities

STATUS = """\
Name:\tpython3
Uid:\t1000\t1000\t1000\t1000
CapInh:\t0000000000003000
CapPrm:\t0000000000001000
CapEff:\t0000000000000000
CapBnd:\t000001ffffffffff
CapAmb:\t0000000000002000
NoNewPrivs:\t0
"""


def test_the_sets_in_a_status_text():
    assert caps.parse_status(STATUS) == CapabilitySets(
        permitted=1 << 12, effective=0, inheritable=3 << 12, bounding=(1 << 41) - 1, ambient=1 << 13
    )


def test_a_kernel_without_an_ambient_set_has_an_empty_one():
    assert caps.parse_status("CapPrm:\t0000000000001000\n") == CapabilitySets(permitted=1 << 12)


def test_names_and_numbers_that_have_no_name_yet():
    assert caps.name_of(CAP_NET_ADMIN) == "CAP_NET_ADMIN"
    assert caps.NAMES[40] == "checkpoint_restore"
    assert caps.names_in(1 << 12 | 1 << 45) == ["CAP_NET_ADMIN", "CAP_45"]
    assert caps.names_in(0) == []


@pytest.fixture
def without_prctl(monkeypatch):
    """Headers newer than python-prctl knows make its import end in a NameError."""
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name == "prctl":
            raise NameError("name 'warnings' is not defined")
        return real(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "prctl", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)


def test_python_prctl_and_proc_tell_the_same(without_prctl, monkeypatch):
    by_proc = caps.own_sets()
    monkeypatch.undo()
    assert caps.own_sets() == by_proc == caps.thread_sets(os.getpid(), threading.get_native_id())


def test_what_prctls_headers_do_not_know_comes_from_proc(monkeypatch):
    text = STATUS.replace("CapPrm:\t0000", "CapPrm:\t8000").replace("CapBnd:\t0000", "CapBnd:\t8000")
    monkeypatch.setattr(caps.Path, "read_text", lambda self: text)
    sets = caps.own_sets()
    assert (sets.permitted >> 63, sets.bounding >> 63, sets.effective >> 63, sets.ambient) == (1, 1, 0, 1 << 13)


def test_a_kernel_older_than_the_headers_has_no_such_bounding_capability(monkeypatch):
    real = prctl.capbset_read

    def read(number):
        if number == 40:
            raise OSError(errno.EINVAL, "Invalid argument")
        return real(number)

    before = caps.own_sets()
    monkeypatch.setattr(prctl, "capbset_read", read)
    assert caps.own_sets().bounding == before.bounding & ~(1 << 40)


def in_thread(work):
    """capset(2) acts on one thread: what is lowered there does not reach the test runner's own."""
    answer = []
    thread = threading.Thread(target=lambda: answer.append(work()))
    thread.start()
    thread.join()
    return answer[0]


def lower(*numbers):
    for number in numbers:
        prctl.set_caps(([number], [prctl.CAP_EFFECTIVE], False))


needs_net_admin = pytest.mark.skipif(
    not caps.own_sets().effective >> CAP_NET_ADMIN & 1, reason="needs CAP_NET_ADMIN to lower and raise it"
)


def lower_and_raise():
    lower(CAP_NET_ADMIN, CAP_NET_RAW)
    lowered = caps.own_sets()
    raised = caps.raise_effective(CAP_NET_ADMIN)
    return lowered, raised, caps.own_sets(), caps.thread_sets(os.getpid())


def check_raised(lowered, raised, after, main):
    assert not lowered.effective >> CAP_NET_ADMIN & 1
    assert raised == (CAP_NET_ADMIN,)
    assert after.effective == lowered.effective | 1 << CAP_NET_ADMIN
    assert main.effective >> CAP_NET_RAW & 1


@needs_net_admin
def test_what_is_permitted_is_raised_in_this_thread_alone():
    check_raised(*in_thread(lower_and_raise))


@needs_net_admin
def test_what_is_permitted_is_raised_through_libc_without_python_prctl():
    def work():
        lower(CAP_NET_ADMIN, CAP_NET_RAW)
        lowered = caps.own_sets()
        sys.modules["prctl"] = None
        try:
            return lowered, caps.raise_effective(CAP_NET_ADMIN), caps.own_sets(), caps.thread_sets(os.getpid())
        finally:
            sys.modules["prctl"] = prctl

    check_raised(*in_thread(work))


def test_what_is_effective_or_not_held_is_not_raised():
    sets = caps.own_sets()
    held = [number for number in range(41) if sets.effective >> number & 1]
    assert caps.raise_effective(*held, 63) == ()
    assert caps.own_sets() == sets


def words(*values):
    return struct.pack(f"<{len(values)}I", *values)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (words(0x01000001, 1 << 12, 0), FileCapabilities(1, 1 << 12, 0, True)),
        (words(0x02000000, 1 << 12, 1 << 13, 1 << 8, 0), FileCapabilities(2, 1 << 12 | 1 << 40, 1 << 13, False)),
        (words(0x03000001, 3 << 12, 0, 0, 0, 100000), FileCapabilities(3, 3 << 12, 0, True, 100000)),
        (words(0x03000001, 3 << 12, 0, 0, 0), None),
        (words(0x04000001, 3 << 12, 0, 0, 0, 0), None),
        (words(0x02000001, 3 << 12, 0, 0, 0) + b"\0", None),
        (b"", None),
    ],
)
def test_the_three_versions_of_the_attribute(value, told):
    assert caps.parse_file_capabilities(value) == told


def test_a_file_without_capabilities_has_none(tmp_path):
    file = tmp_path / "program"
    file.touch()
    assert caps.file_capabilities(file) is None
    with pytest.raises(FileNotFoundError):
        caps.file_capabilities(tmp_path / "nosuch")


@pytest.mark.skipif(not caps.own_sets().effective >> 31 & 1, reason="needs CAP_SETFCAP")
def test_what_setcap_wrote_is_read_through_a_link_and_without_read_permission(tmp_path, run):
    file, link = tmp_path / "program", tmp_path / "link"
    file.touch()
    link.symlink_to(file)
    run(f"setcap cap_net_admin,cap_checkpoint_restore=ep {file}")
    file.chmod(0)
    told = FileCapabilities(2, 1 << 12 | 1 << 40, 0, True)
    assert caps.file_capabilities(link) == told
    run(f"setcap cap_net_admin=i {file}")
    assert caps.file_capabilities(file) == FileCapabilities(2, 0, 1 << 12, False)
    run(f"setcap -n 100000 cap_net_admin=ep {file}")
    assert caps.file_capabilities(file) == FileCapabilities(3, 1 << 12, 0, True, 100000)


def test_the_attribute_of_a_root_without_an_id_here_is_an_error_not_an_absence(monkeypatch):
    def refuse(path, name):
        raise OSError(errno.EOVERFLOW, os.strerror(errno.EOVERFLOW))

    monkeypatch.setattr(os, "getxattr", refuse)
    with pytest.raises(OSError, match="too large") as raised:
        caps.file_capabilities("/proc/self/exe")
    assert raised.value.errno == errno.EOVERFLOW
