"""What opening an interface would come to, on recorded machines."""

import errno
from dataclasses import replace

from machines_common import AUTHORISED, FULL
from recorded import NODE, PROBES, ROOT, TAP, machine, thread

from tapscope.doctor.evidence import Holder, Holders, Unseen
from tapscope.doctor.prospects import Prospect, foresee

NOBODY = Holders((), (), 0)
QEMU = Holders((Holder(4300, "qemu-system-x86", 1000, "alice", "web1"),), (), 0)
HELD = replace(TAP, carrier=True)
BRIDGE = replace(TAP, name="br0", kind="bridge", mode=None, owner=None, multi_queue=None)

ALICE = machine()
WATCHER = machine(thread=thread(P=1 << 13, E=1 << 13), probes=replace(PROBES, packet_socket=None))
OMNIPOTENT = machine(credentials=ROOT, thread=thread(**FULL), probes=AUTHORISED)


def test_ones_own_tap_is_attached_to():
    assert foresee(ALICE, TAP, NOBODY) == Prospect("peer")


OTHER = "there is CAP_NET_RAW, but the TAP asks for CAP_NET_ADMIN"
BOBS = "tap0 belongs to bob (uid 1001), not to alice (uid 1000)"


def test_anothers_tap_says_whose_it_is_and_what_watching_would_need():
    bobs = replace(HELD, owner=1001, owner_name="bob")
    lacks = f"{BOBS}; watching asks for CAP_NET_RAW, which this thread does not have"
    assert foresee(ALICE, bobs, NOBODY) == Prospect(None, lacks)
    assert foresee(WATCHER, bobs, NOBODY) == Prospect("watch", f"{OTHER}; {BOBS}")


def test_watching_a_tap_that_nobody_holds_is_no_way_out():
    bobs = replace(TAP, owner=1001, owner_name="bob")
    assert foresee(ALICE, bobs, NOBODY) == Prospect(None, BOBS)
    assert foresee(WATCHER, bobs, NOBODY) == Prospect(None, f"{OTHER}; {BOBS}")


def test_a_held_tap_is_watched_and_says_by_whom_it_is_held():
    held = "tap0 is held by qemu-system-x86 (pid 4300, alice, virtual machine web1)"
    assert foresee(WATCHER, HELD, QEMU) == Prospect("watch", held)
    assert foresee(OMNIPOTENT, HELD, QEMU) == Prospect("watch", held)


def test_a_hidden_holder_is_told_as_one():
    found = foresee(ALICE, HELD, Holders((), (), 9))
    assert found.door is None
    assert found.why.startswith("tap0 is held by a process you may not look into; ")


def test_a_queue_beside_the_holders_could_be_had_but_is_not_taken():
    shared = replace(HELD, multi_queue=True, queues=2)
    held = "tap0 is held by qemu-system-x86 (pid 4300, alice, virtual machine web1)"
    assert foresee(OMNIPOTENT, shared, QEMU) == Prospect("watch", held)
    lacks = "watching asks for CAP_NET_RAW, which this thread does not have"
    assert foresee(ALICE, shared, QEMU) == Prospect(None, f"{held}; {lacks}")
    assert foresee(OMNIPOTENT, replace(shared, carrier=False, queues=0), NOBODY) == Prospect("peer")


def test_what_is_no_tap_is_watched_without_excuse():
    assert foresee(OMNIPOTENT, BRIDGE, NOBODY) == Prospect("watch")


def test_what_is_no_tap_and_may_not_be_watched_says_only_why_not():
    lacks = "watching asks for CAP_NET_RAW, which this thread does not have"
    assert foresee(ALICE, BRIDGE, NOBODY) == Prospect(None, lacks)


def test_what_cannot_be_told_is_said_to_be_so():
    unseen = replace(PROBES, open_node=Unseen("EMFILE"))
    blind = machine(node=replace(NODE, accessible=Unseen("EIO")), probes=unseen)
    found = foresee(blind, HELD, NOBODY)
    assert found.door is None
    assert found.why.startswith("cannot be predicted from what may be seen: not tried; watching asks")


def test_a_node_that_may_not_be_opened_is_the_reason_for_every_tap():
    shut = machine(probes=replace(PROBES, open_node=errno.EACCES), node=replace(NODE, accessible=False, mode=0o20600))
    assert foresee(shut, TAP, NOBODY).why.startswith("/dev/net/tun may not be opened by alice (uid 1000)")
