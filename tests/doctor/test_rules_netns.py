"""Remedies around other network namespaces: how to get there, and commands that act there."""

import errno
from dataclasses import replace

import pytest
from machines import ROWS
from machines_common import BLUE, FULL, REFUSED
from recorded import TAP, machine, peer, thread

from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.evidence import Destination, Elsewhere, Evidence
from tapscope.doctor.finding import Remedy
from tapscope.machine.netns import Netns


def remedies(evidence: Evidence) -> tuple[Remedy, ...]:
    return diagnose(evidence).findings[0].remedies


def commands(evidence: Evidence) -> str:
    return "\n".join(remedy.command for remedy in remedies(evidence))


def test_the_other_namespace_is_entered_by_name_or_by_process():
    assert commands(machine(REFUSED, elsewhere=BLUE)).startswith("sudo /opt/tapscope/bin/tapscope tap0 --netns blue")
    by_pid = Elsewhere("the network namespace of process 77", pid=77)
    assert commands(machine(REFUSED, elsewhere=(by_pid,))).startswith("sudo /opt/tapscope/bin/tapscope tap0 --netns 77")
    owned = (*BLUE, replace(by_pid, owned=True))
    assert commands(machine(REFUSED, elsewhere=owned)).startswith("/opt/tapscope/bin/tapscope tap0 --netns 77")


def test_who_may_not_go_there_does_so_by_root_or_lets_root_take_the_step():
    first, second = remedies(next(evidence for cause, why, evidence in ROWS if why == "alice, by name"))
    assert first.command == "sudo /opt/tapscope/bin/tapscope tap0 --netns blue"
    assert second.command.startswith("sudo ip netns exec blue setpriv --reuid=alice ")
    assert second.command.endswith("--ambient-caps=+net_raw -- /opt/tapscope/bin/tapscope tap0")
    (hidden, *_) = remedies(next(evidence for cause, why, evidence in ROWS if why == "a guest's, by process"))
    assert hidden.command == "sudo /opt/tapscope/bin/tapscope tap0 --netns 77"
    nameless = remedies(next(evidence for cause, why, evidence in ROWS if why.startswith("of bob's making")))
    assert [remedy.command for remedy in nameless] == ["sudo /opt/tapscope/bin/tapscope --netns blue"]


PLACES = {
    "ip netns exec blue ": Netns("/run/netns/blue", name="blue"),
    "nsenter -t 77 -n ": Netns("/proc/77/ns/net", pid=77),
    "nsenter -t 77 -U --preserve-credentials -n ": Netns("/proc/77/ns/net", pid=77, with_user=True),
    "nsenter --net=/run/docker/netns/x ": Netns("/run/docker/netns/x"),
}


@pytest.mark.parametrize(("prefix", "place"), PLACES.items(), ids=PLACES)
def test_where_tapscope_went_its_commands_go_too(prefix, place):
    (making, *others) = remedies(machine(REFUSED, destination=Destination(place)))
    assert making.command.startswith(f"sudo {prefix}ip tuntap add dev tap0 mode tap user alice && sudo {prefix}ip link")
    assert making.here is not place.with_user
    assert [other.command for other in others if "setcap" in other.command] == []
    assert others[-1].command == "unshare -Urn /opt/tapscope/bin/tapscope tap0"
    busy = machine(peer(errno.EBUSY), tap=replace(TAP, up=False), destination=Destination(place))
    assert f"sudo {prefix}tcpdump -i tap0 -U -w - | /opt/tapscope/bin/tapscope -" in commands(busy)
    down = machine(peer(None), tap=replace(TAP, up=False), thread=thread(**FULL), destination=Destination(place))
    assert f"{prefix}ip link set tap0 up" in commands(down)
