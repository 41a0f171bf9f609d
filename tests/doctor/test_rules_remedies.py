"""Remedies are exact for the machine, come by reach, and are left out where they would not work."""

import errno
import shlex
import subprocess
from dataclasses import replace

import pytest
from machines import ROWS
from machines_common import AUTHORISED, BLUE, CUT, FULL, REFUSED, STRACE
from recorded import (
    ALL,
    BOTH,
    HOME_MOUNT,
    HOST,
    INTERPRETER,
    NET_ADMIN,
    NODE,
    PROBES,
    ROOT,
    TAP,
    capped,
    machine,
    peer,
    thread,
    watch,
)

from tapscope.attempt import Attempt, Step
from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.evidence import Destination, Elsewhere, Evidence, Holder, Holders, Place, Unseen
from tapscope.doctor.finding import Reach, Remedy
from tapscope.doctor.remedies import WAYS, remedies_for

BOBS = replace(TAP, owner=1001, owner_name="bob")


def remedies(evidence: Evidence) -> tuple[Remedy, ...]:
    return diagnose(evidence).findings[0].remedies


def commands(evidence: Evidence) -> str:
    return "\n".join(remedy.command for remedy in remedies(evidence))


def hosted(**changes: object) -> dict[str, object]:
    return {"host": replace(HOST, **changes)}


def test_a_plain_user_is_offered_the_smallest_first():
    offered = remedies(machine(REFUSED))
    assert [remedy.reach for remedy in offered] == [Reach.INTERFACE, Reach.SESSION, Reach.PROGRAM, Reach.SANDBOX]
    assert offered[0].command == "sudo ip tuntap add dev tap0 mode tap user alice && sudo ip link set tap0 up"


@pytest.mark.parametrize("evidence", [pytest.param(e, id=f"{c}: {why}") for c, why, e in ROWS])
def test_remedies_come_by_reach_and_name_their_price(evidence):
    for finding in diagnose(evidence).findings:
        ranks = [remedy.reach.rank for remedy in finding.remedies]
        assert ranks == sorted(ranks)
        for remedy in finding.remedies:
            assert remedy.effect
            assert remedy.cost
            assert "\n" not in remedy.command


@pytest.mark.parametrize("cause", WAYS)
def test_every_cause_can_be_mended_somewhere(cause):
    offered = [remedies_for(cause, evidence) for row, _, evidence in ROWS if row == cause]
    assert any(offered)


def test_every_command_is_a_shells():
    offered = {r.command for _, _, e in ROWS for finding in diagnose(e).findings for r in finding.remedies}
    script = "\n".join(sorted(offered))
    subprocess.run(["sh", "-n"], input=script, text=True, check=True, timeout=20)


def test_names_cannot_escape_from_a_command():
    nasty = "$(id);`id`'"
    evidence = machine(
        REFUSED,
        interface=nasty,
        credentials=replace(machine().credentials, user_name=nasty, group_name=nasty),
        **hosted(command=(f"/opt/{nasty}/tapscope",)),
    )
    offered = remedies(evidence)
    assert offered
    for remedy in offered:
        assert nasty in remedy.command or shlex.quote(nasty) in remedy.command
        assert not {"id", "$(id)", "`id`"} & set(shlex.split(remedy.command))


def test_a_name_with_control_characters_is_not_offered_for_pasting():
    assert remedies(machine(REFUSED, interface="a\x1b[2J")) == ()


SETCAP = {
    "the interpreter that others use": (
        machine(REFUSED),
        "setcap cap_net_admin,cap_net_raw=ep /opt/tapscope/bin/tapscope-python",
    ),
    "the private copy that runs": (
        machine(REFUSED, interpreter=replace(capped(1 << 7), places=INTERPRETER.places)),
        "setcap cap_net_admin,cap_net_raw=ep /opt/tapscope/bin/python3.11",
    ),
}


@pytest.mark.parametrize(("evidence", "expected"), SETCAP.values(), ids=SETCAP)
def test_setcap_is_for_a_private_copy(evidence, expected):
    assert expected in commands(evidence)
    assert "setcap cap_net_admin,cap_net_raw=ep /usr" not in commands(evidence)


NO_SETCAP = {
    "nosuid everywhere": machine(
        REFUSED, interpreter=replace(capped(mount=HOME_MOUNT), places=(Place("/home/a", nosuid=True),))
    ),
    "no place is known": machine(REFUSED, interpreter=replace(INTERPRETER, places=())),
    "a place nobody looked at": machine(REFUSED, interpreter=replace(INTERPRETER, places=(Place("/opt"),))),
    "its own libpython, which AT_SECURE would lose": machine(
        REFUSED, interpreter=replace(INTERPRETER, shared_libpython="/home/a/lib/libpython3.11.so")
    ),
    "no setcap here": machine(REFUSED, **hosted(programs=("sudo", "ip"))),
    "no_file_caps": machine(REFUSED, process=replace(machine().process, no_file_caps=True)),
    "no_new_privs": machine(REFUSED, interpreter=capped(), process=CUT, thread=replace(thread(), no_new_privs=True)),
    "a tracer": machine(REFUSED, interpreter=capped(), process=replace(CUT, tracer=STRACE)),
    "the bounding set": machine(REFUSED, interpreter=capped(effective=False), thread=thread(B=ALL & ~NET_ADMIN)),
    "a network of another user namespace": machine(
        REFUSED, thread=thread(**FULL), namespaces=replace(machine().namespaces, net_owner="ancestor")
    ),
    "root": machine(REFUSED, credentials=ROOT, thread=thread(B=ALL & ~NET_ADMIN)),
}


@pytest.mark.parametrize("evidence", NO_SETCAP.values(), ids=NO_SETCAP)
def test_setcap_is_not_offered_where_it_would_do_nothing(evidence):
    assert "setcap" not in commands(evidence)


def test_a_nosuid_private_copy_is_not_capped_but_copied_elsewhere():
    elsewhere = replace(capped(mount=HOME_MOUNT), places=(Place("/home/a", nosuid=True), Place("/opt/t", nosuid=False)))
    offered = commands(machine(REFUSED, interpreter=elsewhere))
    assert "/opt/t/tapscope-python" in offered
    assert "=ep /opt/tapscope/bin/python3.11" not in offered


NO_AMBIENT = {
    "file capabilities would clear it": machine(REFUSED, interpreter=capped(1 << 7)),
    "the securebit forbids it": machine(REFUSED, thread=replace(thread(), securebits=1 << 6)),
    "the bounding set": machine(REFUSED, thread=thread(B=ALL & ~NET_ADMIN)),
    "neither setpriv nor capsh": machine(REFUSED, **hosted(programs=("sudo",))),
}


@pytest.mark.parametrize("evidence", NO_AMBIENT.values(), ids=NO_AMBIENT)
def test_ambient_is_not_offered_where_it_would_be_lost(evidence):
    assert "ambient" not in commands(evidence)
    assert "--iab" not in commands(evidence)


def test_ambient_works_beside_file_capabilities_that_are_not_read():
    assert "--ambient-caps" in commands(machine(REFUSED, interpreter=capped(mount=HOME_MOUNT)))


def test_setpriv_asks_for_the_inheritable_set_too():
    (command,) = [remedy.command for remedy in remedies(machine(REFUSED)) if remedy.reach is Reach.SESSION]
    assert "--inh-caps=+net_admin,+net_raw --ambient-caps=+net_admin,+net_raw" in command
    assert command.startswith("sudo setpriv --reuid=alice --regid=1000 --init-groups ")


def test_capsh_stands_in_and_sets_the_user_first():
    offered = commands(machine(REFUSED, **hosted(programs=("sudo", "capsh"))))
    assert "sudo capsh --user=alice --iab='^cap_net_admin,^cap_net_raw' -- -c" in offered


def test_without_sudo_su_is_used_and_root_needs_neither():
    offered = commands(machine(REFUSED, **hosted(programs=("ip",))))
    assert offered.startswith("su -c 'ip tuntap add dev tap0 mode tap user alice && ip link set tap0 up'")
    down = machine(peer(None), tap=replace(TAP, up=False), credentials=ROOT, thread=thread(**FULL))
    assert commands(down) == "ip link set tap0 up"


def test_under_sudo_the_tap_is_for_who_called():
    called = machine(
        peer(None),
        tap=replace(TAP, owner=None),
        credentials=ROOT,
        thread=thread(**FULL),
        **hosted(sudo_user=("carol", 1002)),
    )
    assert "mode tap user carol" in commands(called)


HELD = {
    "it has a carrier": replace(BOBS, carrier=True),
    "it is not persistent": replace(BOBS, persist=False),
    "it is a bridge": replace(BOBS, kind="bridge", mode=None),
}


@pytest.mark.parametrize("tap", HELD.values(), ids=HELD)
def test_a_tap_that_is_in_use_is_not_made_anew(tap):
    assert "ip tuntap" not in commands(machine(REFUSED, tap=tap))


def test_a_multi_queue_tap_is_deleted_as_such():
    offered = commands(machine(REFUSED, tap=replace(BOBS, multi_queue=True)))
    assert "ip tuntap del dev tap0 mode tap multi_queue" in offered


def test_watching_is_offered_beside_a_holder():
    held = machine(peer(errno.EBUSY), tap=replace(TAP, carrier=True), holders=Holders((Holder(7),)))
    (watching,) = remedies(held)
    assert watching.command == "sudo -v && sudo tcpdump -i tap0 -U -w - | /opt/tapscope/bin/tapscope -"


def test_a_hidden_holder_can_be_asked_for():
    hidden = machine(peer(errno.EBUSY), tap=TAP, holders=Holders((), (), 12))
    assert "/proc/[0-9]*/fdinfo/*" in commands(hidden)
    assert "grep" not in commands(machine(peer(errno.EBUSY), tap=TAP, holders=Holders((Holder(7),))))


def test_the_sandbox_is_offered_only_where_it_was_seen_to_work():
    refused = Attempt(Step.UNSHARE, errno.EPERM)
    assert "unshare -Urn" in commands(machine(REFUSED))
    assert "unshare" not in commands(machine(REFUSED, probes=replace(PROBES, sandbox=refused)))
    assert "unshare" not in commands(machine(REFUSED, probes=replace(PROBES, sandbox=Unseen())))


def test_under_no_new_privs_nothing_that_needs_sudo_is_to_be_typed_here():
    evidence = machine(REFUSED, interpreter=capped(), process=CUT, thread=replace(thread(), no_new_privs=True))
    offered = remedies(evidence)
    assert offered
    assert not [remedy for remedy in offered if remedy.here and "sudo" in remedy.command]


def test_a_container_is_changed_from_its_host():
    inside = machine(
        REFUSED,
        credentials=ROOT,
        thread=thread(B=ALL & ~NET_ADMIN),
        probes=Evidence().probes,
        **hosted(container="podman"),
    )
    (remedy,) = remedies(inside)
    assert remedy.command.startswith("podman run -it --cap-add=NET_ADMIN --device=/dev/net/tun IMAGE ")
    assert (remedy.reach, remedy.here) == (Reach.SERVICE, False)
    neither = remedies(replace(inside, thread=thread(B=ALL & ~BOTH)))
    assert neither[0].command.startswith("podman run -it --cap-add=NET_ADMIN --cap-add=NET_RAW --device=/dev/net/tun ")


def test_who_is_not_root_in_a_container_must_be_to_have_what_is_added():
    inside = commands(machine(REFUSED, thread=thread(B=ALL & ~NET_ADMIN), **hosted(container="docker")))
    assert "docker run -it --user=root --cap-add=NET_ADMIN --device=/dev/net/tun IMAGE " in inside


SYSTEMD = hosted(service="tapscope.service", programs=(*(HOST.programs or ()), "systemctl"))


def test_a_service_gets_a_drop_in():
    offered = commands(machine(REFUSED, **SYSTEMD))
    assert "AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW" in offered
    assert "/etc/systemd/system/tapscope.service.d/tapscope.conf" in offered


def test_a_service_keeps_the_capabilities_and_the_socket_families_that_it_has():
    """CapabilityBoundingSet= and RestrictAddressFamilies= in a unit that had none would take away all others."""
    assert "CapabilityBoundingSet" not in commands(machine(REFUSED, **SYSTEMD))
    bounded = machine(REFUSED, interpreter=capped(), thread=thread(B=ALL & ~NET_ADMIN), **SYSTEMD)
    assert "CapabilityBoundingSet=CAP_NET_ADMIN" in commands(bounded)
    filtered = machine(
        watch(errno.EAFNOSUPPORT),
        thread=replace(thread(P=BOTH, E=BOTH), seccomp=2, seccomp_filters=1),
        **SYSTEMD,
    )
    assert "SystemCallFilter=\\nRestrictAddressFamilies=\\n" in commands(filtered)


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
    "ip netns exec blue ": Destination("blue", "", "/run/netns/blue", netns="blue"),
    "nsenter -t 77 -n ": Destination("77", "", "/proc/77/ns/net", pid=77),
    "nsenter -t 77 -U --preserve-credentials -n ": Destination("77", "", "/proc/77/ns/net", pid=77, with_user=True),
    "nsenter --net=/run/docker/netns/x ": Destination("/run/docker/netns/x", "", "/run/docker/netns/x"),
}


@pytest.mark.parametrize(("prefix", "place"), PLACES.items(), ids=PLACES)
def test_where_tapscope_went_its_commands_go_too(prefix, place):
    (making, *others) = remedies(machine(REFUSED, destination=place))
    assert making.command.startswith(f"sudo {prefix}ip tuntap add dev tap0 mode tap user alice && sudo {prefix}ip link")
    assert making.here is not place.with_user
    assert [other.command for other in others if "setcap" in other.command] == []
    assert others[-1].command == "unshare -Urn /opt/tapscope/bin/tapscope tap0"
    busy = machine(peer(errno.EBUSY), tap=replace(TAP, up=False), destination=place)
    assert f"sudo {prefix}tcpdump -i tap0 -U -w - | /opt/tapscope/bin/tapscope -" in commands(busy)
    down = machine(peer(None), tap=replace(TAP, up=False), thread=thread(**FULL), destination=place)
    assert f"{prefix}ip link set tap0 up" in commands(down)


def test_a_stale_session_takes_the_group_up_first():
    node = replace(NODE, mode=0o20660, group=108, group_name="kvm", accessible=False, listed_in_group=True)
    offered = remedies(machine(peer(errno.EACCES, Step.OPEN), node=node))
    assert offered[0].command == "sg kvm -c '/opt/tapscope/bin/tapscope tap0'"
    not_listed = remedies(machine(peer(errno.EACCES, Step.OPEN), node=replace(node, listed_in_group=False)))
    assert [remedy.command.split()[1] for remedy in not_listed] == ["setfacl", "usermod", "chmod"]


def test_devices_are_not_made_in_a_user_namespace_or_a_container():
    missing = peer(errno.ENOENT, Step.OPEN)
    node = replace(NODE, kind=None)
    assert "mknod" in commands(machine(missing, node=node))
    inside = replace(machine().namespaces, user_initial=False)
    assert "mknod" not in commands(machine(missing, node=node, namespaces=inside))
    assert "mknod" not in commands(machine(missing, node=node, **hosted(container="docker")))


def test_a_long_name_is_answered_with_one_that_fits():
    (remedy,) = remedies(machine(replace(peer(None), attempts=(), tried=False), interface="my very long tap name"))
    assert remedy.command == "/opt/tapscope/bin/tapscope myverylongta"


def test_watching_needs_no_capability_of_ones_own_process():
    evidence = machine(
        watch(errno.EPERM), tap=BOBS, thread=thread(P=BOTH & NET_ADMIN, E=BOTH & NET_ADMIN), probes=AUTHORISED
    )
    assert remedies(evidence)[0].reach is Reach.WATCH
