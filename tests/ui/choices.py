"""Interfaces as the picker shows them, recorded; and a lister that tells of them when the test says so."""

import queue
from collections.abc import Iterator
from dataclasses import replace

from sources import link

from tapscope.doctor.prospects import Prospect
from tapscope.listing.choices import Choice, Choices
from tapscope.machine.holders import Holder, Search
from tapscope.machine.inventory import Entry, Rate
from tapscope.machine.links import TapSettings

QEMU = "qemu-system-x86_64"
FREE = TapSettings("tap", owner=0, no_pi=True, persist=True)
GUESTS = TapSettings("tap", no_pi=True, vnet_hdr=True)
NEEDS = "watching asks for CAP_NET_RAW, which this thread does not have"


def device(index: int, name: str, kind: str = "", **facts: object) -> Choice:
    """Something that is no TAP, which would be watched."""
    plain = {"index": index, "name": name, "kind": kind, "tap": None, "address": f"0a:00:00:00:01:{index:02x}"}
    return Choice(Entry(link(**plain | facts), None, Search(), Rate(0, 0, 0, 0)), Prospect("watch"))


def tap(index: int, name: str, holder: Holder | None = None, **facts: object) -> Choice:
    """A TAP: free, or held and then watched."""
    settings = {"tap": GUESTS if holder else FREE, "kind": "tun", "carrier": holder is not None}
    entry = replace(device(index, name, **settings | facts).entry, port_of="br0" if holder else None)
    if holder is None:
        return Choice(entry, Prospect("peer"))
    why = f"{name} is held by {holder.program} (pid {holder.pid}, root, virtual machine {holder.machine})"
    rate = Rate(812 + index, 97_000 + 531 * index, 1_204, 1_210_000)
    return Choice(replace(entry, search=Search((holder,)), rate=rate), Prospect("watch", why))


def hidden(index: int, name: str, *likely: Holder) -> Choice:
    """A TAP of somebody's whose holder may not be seen."""
    free = tap(index, name, carrier=True, tap=replace(FREE, multi_queue=True, queues=2))
    entry = replace(free.entry, search=Search((), likely, 214))
    return Choice(entry, Prospect(None, f"{name} is held by a process you may not look into; {NEEDS}"))


WEB1, DB2 = Holder(4242, QEMU, 0, "web1"), Holder(4318, QEMU, 0, "db2")
MACHINE: Choices = (
    tap(9, "tap0"),
    hidden(12, "tap1", Holder(977, "openvpn", 0, None)),
    tap(7, "vnet2", WEB1),
    tap(8, "vnet10", DB2),
    Choice(
        replace(device(11, "macvtap0", "macvtap").entry, search=Search((Holder(5120, "firecracker", 0, "edge"),))),
        Prospect("watch"),
    ),
    device(3, "br0", "bridge"),
    device(2, "eth0"),
    device(1, "lo", mtu=65536, address="00:00:00:00:00:00"),
)
"""Two guests of QEMU's on a bridge, one of Firecracker's, a TAP that is free, and one that is somebody else's."""


class Lister:
    """Tells what it is told to tell."""

    def __init__(self, *looks: Choices | OSError) -> None:
        self._looks: queue.SimpleQueue[Choices | OSError | None] = queue.SimpleQueue()
        self.stopped = False
        for look in looks:
            self.tell(look)

    def tell(self, look: Choices | OSError) -> None:
        self._looks.put(look)

    def looks(self) -> Iterator[Choices]:
        while (look := self._looks.get()) is not None:
            if isinstance(look, OSError):
                raise look
            yield look

    def stop(self) -> None:
        self.stopped = True
        self._looks.put(None)
