"""Other network namespaces: what a word means, who owns them, and the way in."""

import errno
import shlex
import sys

import pytest

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.machine import namespaces, netns
from tapscope.machine.netns import Owner, Place

ENTER = """
import sys
from tapscope.machine import links, namespaces, netns
before = namespaces.own_net(), namespaces.own_user()
netns.enter(netns.place_of(sys.argv[1]))
after = namespaces.own_net(), namespaces.own_user()
print(*(a == b for a, b in zip(before, after)), netns.entered().with_user, *(link.name for link in links.list_links()))
"""


def entering(word):
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(ENTER)} {word}"


@pytest.fixture
def named(tmp_path, monkeypatch):
    monkeypatch.setattr(namespaces, "NAMED", tmp_path)
    for name in ("blue", "42"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("word", "name", "pid", "brief"),
    [
        ("blue", "blue", None, "netns blue"),
        ("red", "red", None, "netns red"),
        ("42", "42", None, "netns 42"),
        ("43", None, 43, "netns of 43"),
        ("043", None, 43, "netns of 43"),
        ("9" * 5000, "9" * 5000, None, f"netns {'9' * 5000}"),
        ("²", "²", None, "netns ²"),
        ("/proc/43/ns/net", None, 43, "netns of 43"),
        ("/proc/42/ns/net", None, None, "netns /proc/42/ns/net"),
        ("/run/docker/netns/x", None, None, "netns /run/docker/netns/x"),
    ],
)
def test_a_name_else_a_process_else_a_path(named, word, name, pid, brief):
    place = netns.place_of(word)
    assert (place.name, place.pid, place.brief) == (name, pid, brief)
    assert netns.place_at(place.path) == place
    assert netns.place_of(place.word) == place


def test_the_path_of_a_name_is_the_name(named):
    assert netns.place_of(f"{named}/blue") == Place(f"{named}/blue", name="blue")
    assert namespaces.names() == ("42", "blue")


def test_no_names_where_there_is_no_such_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(namespaces, "NAMED", tmp_path / "nosuch")
    assert namespaces.names() == ()


@pytest.mark.parametrize(
    ("path", "attempt"),
    [
        ("/nosuch", Attempt(Step.OPEN_NAMESPACE, errno.ENOENT, "/nosuch")),
        ("/dev/null", Attempt(Step.SET_NAMESPACE, errno.EINVAL, "/dev/null")),
        ("/proc/self/ns/uts", Attempt(Step.SET_NAMESPACE, errno.EINVAL, "/proc/self/ns/uts")),
    ],
)
def test_what_is_no_network_namespace_is_not_entered(path, attempt):
    with pytest.raises(AttemptFailed) as raised:
        netns.enter(netns.place_at(path))
    assert raised.value.attempt == attempt
    assert netns.entered() is None


def test_a_process_is_followed_into_its_namespace(private_network, unique, run, children):
    def work():
        child = children("unshare", "-n", "sh", "-c", f"ip tuntap add dev {unique} mode tap && echo made && read line")
        assert child.stdout.readline() == "made\n"
        return run(entering(child.pid)), netns.owner_of(f"/proc/{child.pid}/ns/net")

    said, owner = private_network(work)
    assert said.split() == ["False", "True", "False", "lo", unique]
    assert owner == Owner("mine")


def test_who_made_a_user_namespace_goes_into_it_without_privilege(private_network, unique, run, children):
    """Root without any capability stands for a plain user: it is who made the namespace that counts."""

    def work():
        make = f"ip tuntap add dev {unique} mode tap && echo $$ && exec cat"
        child = children("unshare", "-Urn", "sh", "-c", make)
        pid = int(child.stdout.readline())
        powerless = "setpriv --inh-caps=-all --bounding-set=-all --securebits=+noroot"
        path = f"/proc/{pid}/ns/net"
        return run(f"{powerless} {entering(pid)}"), netns.owner_of(path), netns.is_owned(path)

    said, owner, owned = private_network(work)
    assert said.split() == ["False", "False", "True", "lo", unique]
    assert (owner.relation, owned) == ("child", True)
