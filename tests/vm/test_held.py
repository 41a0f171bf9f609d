"""Devices that real processes hold, listed and opened: several holders, hidden ones, renamed and moved devices."""

import subprocess
from collections.abc import Iterator, Sequence

import pytest
from allowed import SANDBOX, SECOND_USER, needs
from holder_kit import FOR_TWO_USERS, Holder, Network
from scope_kit import TAPSCOPE, Dump

HERE, THERE = "10.9.9.1", "10.9.9.2"
SOMEBODY = ("setpriv", "--reuid=4242", "--regid=4242", "--clear-groups")
WATCHER = (*SOMEBODY, "--inh-caps=+net_raw", "--ambient-caps=+net_raw")
QEMU = "qemu-system-x86_64"


@pytest.fixture
def network() -> Iterator[Network]:
    with Network() as there:
        yield there


@pytest.fixture
def two_users() -> Iterator[Network]:
    with Network(FOR_TWO_USERS) as there:
        yield there


def tap(network: Network, name: str, kind: str = "") -> None:
    network.run(f"ip tuntap add dev {name} mode tap {kind}; ip address add {HERE}/24 dev {name}; ip link set {name} up")


def guest(network: Network, end: str, name: str = "web1", within: Sequence[str] = ()) -> Holder:
    return network.hold(end, "-name", f"guest={name},debug-threads=on", called=QEMU, within=within)


def see_both_ways(network: Network, dump: Dump, *holders: Holder, back: str = "in") -> None:
    """A frame of each holder's, and the host's question for a neighbour."""
    network.run(f"ping -c 1 -W 0.1 {THERE} || true")
    for number, holder in enumerate(holders):
        holder.send(100 + number)
    dump.wait_for(f"who has {THERE}", *(f'"0x88b5", "length": {100 + n}' for n in range(len(holders))))
    ways = {'"ARP"': "out", '"0x88b5"': back}
    lines = [(line, way) for line in dump.lines for word, way in ways.items() if word in line]
    assert all(f'"direction": "{way}"' in line for line, way in lines)


@needs(SANDBOX)
def test_two_hold_one_of_many_queues_and_lose_no_frame_to_us(network: Network) -> None:
    tap(network, "mq0", "multi_queue")
    one, other = guest(network, "mq0"), network.hold("mq0")
    assert network.holders("mq0") == {(one.pid, "web1"), (other.pid, None)}
    assert network.row("mq0")["opens"] == "watch"
    with Dump(None, "mq0", "--json", before=network.enter) as dump:
        dump.wait_for(f"watch mq0: held by {QEMU} (pid {one.pid}, guest web1), ", f"(pid {other.pid})")
        assert network.row("mq0")["queues"] == 2
        see_both_ways(network, dump, one, other)


MACHINES = {
    (QEMU, "-name guest=web1,debug-threads=on -S -netdev tap,fd=33,vhost=on,vhostfd=35,id=hostnet0"): "web1",
    ("kvm", "-id 100 -name web2,debug-threads=on -netdev type=tap,id=net0,ifname=tap100i0"): "web2",
    ("firecracker", "--id vm-7 --start-time-us 91 --start-time-cpu-us 92 --parent-cpu-time-us 93"): "vm-7",
    ("cloud-hypervisor", "--api-socket path=/run/ch/db.sock --net fd=3,num_queues=4"): "db",
    ("crosvm", "run --name edge --net tap-fd=5"): "edge",
}
"""What libvirt, Proxmox, Firecracker's jailer and others start; none but the second says which TAP it holds."""


@needs(SANDBOX)
def test_each_kind_of_machine_is_named_by_its_own_option(network: Network) -> None:
    tap(network, "mq0", "multi_queue")
    held = {(network.hold("mq0", *line.split(), called=name).pid, said) for (name, line), said in MACHINES.items()}
    assert network.holders("mq0") == held


@needs(SANDBOX)
def test_a_renamed_tap_is_found_by_its_new_name(network: Network) -> None:
    tap(network, "vnet3")
    holder = guest(network, "vnet3")
    network.run("ip link set vnet3 down; ip link set vnet3 name web0 up")
    assert network.holders("web0") == {(holder.pid, "web1")}
    with Dump(None, "web0", "--json", before=network.enter) as dump:
        dump.wait_for(f"watch web0: held by {QEMU} (pid {holder.pid}, guest web1)")
        see_both_ways(network, dump, holder)


@needs(SANDBOX)
def test_a_tap_of_the_same_name_elsewhere_is_not_taken_for_this_one(network: Network) -> None:
    tap(network, "vnet3")
    elsewhere = guest(network, "vnet3", "db2", within=("unshare", "-n"))
    assert network.row("vnet3").items() >= {"held": False, "holders": [], "opens": "attach"}.items()
    holder = guest(network, "vnet3")
    assert network.holders("vnet3") == {(holder.pid, "web1")}
    with Dump(None, "vnet3", "--json", before=network.enter) as dump:
        dump.wait_for(f"watch vnet3: held by {QEMU} (pid {holder.pid}, guest web1)")
        elsewhere.send(99)
        see_both_ways(network, dump, holder)
        assert not any('"length": 99' in line for line in dump.lines)


@needs(SECOND_USER)
def test_who_may_not_look_is_told_that_the_holder_is_hidden(two_users: Network) -> None:
    tap(two_users, "vnet3")
    holder = guest(two_users, "vnet3")
    row = two_users.row("vnet3", SOMEBODY)
    assert row.items() >= {"held": True, "holders": [], "opens": None}.items()
    assert row["why"].startswith("vnet3 is held by a process you may not look into; watching asks for CAP_NET_RAW")
    assert (holder.pid, "web1") in {(likely["pid"], likely["guest"]) for likely in row["likely_holders"]}
    table = two_users.run(f"{' '.join([*SOMEBODY, *TAPSCOPE])} list | grep vnet3")
    assert "web1?" in table
    assert "holder hidden, likely " in table
    refused = [*two_users.enter, *SOMEBODY, *TAPSCOPE, "dump", "vnet3"]
    done = subprocess.run(refused, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr.startswith("tapscope: vnet3 is held by a process you may not look into\n")


@needs(SECOND_USER)
def test_who_may_watch_and_not_look_sees_the_traffic_of_a_hidden_holder(two_users: Network) -> None:
    tap(two_users, "vnet3")
    holder = two_users.hold("vnet3", "-name", "guest=web1", "-netdev", "tap,id=t0,ifname=vnet3", called=QEMU)
    assert two_users.row("vnet3", WATCHER)["opens"] == "watch"
    with Dump(None, "vnet3", "--json", before=(*two_users.enter, *WATCHER)) as dump:
        dump.wait_for("watch vnet3: held by a process that may not be looked into")
        see_both_ways(two_users, dump, holder)


@needs(SECOND_USER)
def test_a_macvtap_is_watched_and_its_holder_found_by_its_node(two_users: Network) -> None:
    """There the guest is who sends out: the interface is its own card."""
    index = two_users.free_index
    two_users.run("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up")
    made = two_users.run(f"ip link add link v0 name mv0 index {index} type macvtap mode bridge || echo refused")
    if made:
        pytest.skip("this kernel has no macvtap")
    two_users.run(f"ip link set mv0 up; ip address add {HERE}/24 dev v1")
    two_users.run("until ip link show v1 | grep -q 'state UP'; do sleep 0.01; done")
    holder = guest(two_users, f"/dev/tap{index}")
    assert two_users.holders("mv0") == {(holder.pid, "web1")}
    assert two_users.row("mv0").items() >= {"mode": "macvtap", "held": True, "opens": "watch"}.items()
    with Dump(None, "mv0", "--json", before=two_users.enter) as dump:
        dump.wait_for(f"watch mv0: macvtap, held by {QEMU} (pid {holder.pid}, guest web1)")
        holder.send(100)
        two_users.run(f"ping -c 1 -W 0.1 {THERE} || true")
        dump.wait_for(f"who has {THERE}", '"length": 100')
    assert '"direction": "in"' in next(line for line in dump.lines if f"who has {THERE}" in line)
    assert '"direction": "out"' in next(line for line in dump.lines if '"length": 100' in line)


@needs(SANDBOX)
def test_a_bridge_shows_what_comes_through_its_ports_and_a_veth_both_its_directions(network: Network) -> None:
    network.run("ip link add br0 type bridge; ip link set br0 up; ip link add v0 type veth peer name v1")
    network.run(f"ip address add {HERE}/24 dev br0; ip tuntap add dev vnet3 mode tap")
    network.run("for port in vnet3 v0; do ip link set $port master br0 up; done; ip link set v1 up")
    holder = guest(network, "vnet3")
    network.run("until [ $(bridge link | grep -c 'state forwarding') = 2 ]; do sleep 0.01; done")
    assert network.row("vnet3")["bridge"] == network.row("v0")["bridge"] == "br0"
    for name, kind in (("br0", "bridge"), ("v0", "veth"), ("v1", "veth")):
        assert network.row(name).items() >= {"mode": kind, "held": None, "opens": "watch", "why": None}.items()
    with Dump(None, "br0", "--json", before=network.enter) as bridge, Dump(None, "v1", before=network.enter) as veth:
        bridge.wait_for("watch br0: bridge, no TAP")
        veth.wait_for("watch v1: veth, no TAP")
        see_both_ways(network, bridge, holder)
        veth.wait_for(f"who has {THERE}", "0x88b5")
