"""Network interfaces of this thread's network namespace, as rtnetlink tells them.

Not /sys/class/net: that shows the namespace of whoever mounted sysfs. Source: ``net/core/rtnetlink.c``
(``rtnl_fill_ifinfo``), for the TAP's own settings ``drivers/net/tun.c`` (``tun_fill_info``).
"""

import errno
import os
import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tapscope.machine import rtnetlink

IFF_UP = 0x1

_IFLA_ADDRESS = 1
_IFLA_IFNAME = 3
_IFLA_MTU = 4
_IFLA_MASTER = 10
_IFLA_OPERSTATE = 16
_IFLA_LINKINFO = 18
_IFLA_STATS64 = 23
_IFLA_CARRIER = 33
_IFLA_NEW_NETNSID = 45
_IFLA_PROP_LIST = 52
_IFLA_ALT_IFNAME = 53
_IFLA_INFO_KIND = 1
_IFLA_INFO_DATA = 2

_IFLA_TUN_OWNER = 1
_IFLA_TUN_GROUP = 2
_IFLA_TUN_TYPE = 3
_IFLA_TUN_PI = 4
_IFLA_TUN_VNET_HDR = 5
_IFLA_TUN_PERSIST = 6
_IFLA_TUN_MULTI_QUEUE = 7
_IFLA_TUN_NUM_QUEUES = 8

_IFA_ADDRESS = 1
_IFA_LOCAL = 2

_OPERSTATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
"""RFC 2863 in the kernel's order (``include/uapi/linux/if.h``)."""

_INTERFACE_MESSAGE = struct.Struct("=BxHiII")
_ADDRESS_MESSAGE = struct.Struct("=BBBBI")
_LONGEST_NAME = 15


@dataclass(frozen=True, slots=True)
class TapSettings:
    """What a tun device is set to. ``owner`` and ``group`` are ids in this user namespace, None when unset.

    ``queues`` is the number of attached queues, None for a single-queue device (the kernel does not say).
    """

    mode: Literal["tap", "tun"]
    owner: int | None = None
    group: int | None = None
    no_pi: bool = False
    vnet_hdr: bool = False
    multi_queue: bool = False
    persist: bool = False
    queues: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One interface. ``up`` is the administrative state; ``carrier`` is True while somebody is attached to a TAP.

    ``kind`` is the driver's rtnetlink name (``tun``, ``veth``, ``bridge``…), empty for most hardware.
    ``address`` is the MAC in colon form, empty where there is none. Counters are the kernel's 64-bit ones, seen
    from the host: ``tx`` is what its kernel sent into the device.
    """

    index: int
    name: str
    up: bool
    carrier: bool | None
    operstate: str
    mtu: int
    address: str
    kind: str
    tap: TapSettings | None
    master: int | None
    altnames: tuple[str, ...]
    rx_packets: int = 0
    tx_packets: int = 0
    rx_bytes: int = 0
    tx_bytes: int = 0
    rx_dropped: int = 0
    tx_dropped: int = 0


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """An interface appeared or changed (``new``), or left this namespace (``gone``): ``moved`` if for another."""

    kind: Literal["new", "gone"]
    link: Link
    moved: bool = False


def _text(payload: bytes) -> str:
    return payload.rstrip(b"\0").decode(errors="surrogateescape")


def _number(payload: bytes) -> int:
    return int.from_bytes(payload, sys.byteorder)


def _optional(table: Mapping[int, bytes], kind: int) -> int | None:
    return _number(table[kind]) if kind in table else None


def _tap_settings(info: Mapping[int, bytes]) -> TapSettings | None:
    if _text(info.get(_IFLA_INFO_KIND, b"")) != "tun" or _IFLA_INFO_DATA not in info:
        return None
    data = rtnetlink.attribute_table(info[_IFLA_INFO_DATA])

    def is_set(kind: int) -> bool:
        return bool(_number(data.get(kind, b"")))

    return TapSettings(
        mode="tap" if _optional(data, _IFLA_TUN_TYPE) == 2 else "tun",
        owner=_optional(data, _IFLA_TUN_OWNER),
        group=_optional(data, _IFLA_TUN_GROUP),
        no_pi=not is_set(_IFLA_TUN_PI),
        vnet_hdr=is_set(_IFLA_TUN_VNET_HDR),
        multi_queue=is_set(_IFLA_TUN_MULTI_QUEUE),
        persist=is_set(_IFLA_TUN_PERSIST),
        queues=_optional(data, _IFLA_TUN_NUM_QUEUES),
    )


def parse_link(payload: bytes) -> Link:
    """Decode the payload of ``RTM_NEWLINK`` or ``RTM_DELLINK`` (``struct ifinfomsg`` and attributes)."""
    _family, _type, index, flags, _change = _INTERFACE_MESSAGE.unpack_from(payload)
    table = rtnetlink.attribute_table(payload, _INTERFACE_MESSAGE.size)
    info = rtnetlink.attribute_table(table.get(_IFLA_LINKINFO, b""))
    operstate = _number(table.get(_IFLA_OPERSTATE, b""))
    statistics = table.get(_IFLA_STATS64, b"").ljust(64, b"\0")
    rx_packets, tx_packets, rx_bytes, tx_bytes, _, _, rx_dropped, tx_dropped = struct.unpack_from("=8Q", statistics)
    names = rtnetlink.attributes(table.get(_IFLA_PROP_LIST, b""))
    return Link(
        index=index,
        name=_text(table.get(_IFLA_IFNAME, b"")),
        up=bool(flags & IFF_UP),
        carrier=bool(_number(table[_IFLA_CARRIER])) if _IFLA_CARRIER in table else None,
        operstate=_OPERSTATES[operstate] if operstate < len(_OPERSTATES) else str(operstate),
        mtu=_number(table.get(_IFLA_MTU, b"")),
        address=table.get(_IFLA_ADDRESS, b"").hex(":"),
        kind=_text(info.get(_IFLA_INFO_KIND, b"")),
        tap=_tap_settings(info),
        master=_optional(table, _IFLA_MASTER),
        altnames=tuple(_text(name) for kind, name in names if kind == _IFLA_ALT_IFNAME),
        rx_packets=rx_packets,
        tx_packets=tx_packets,
        rx_bytes=rx_bytes,
        tx_bytes=tx_bytes,
        rx_dropped=rx_dropped,
        tx_dropped=tx_dropped,
    )


def list_links() -> list[Link]:
    """Every interface of this thread's network namespace, by index. Raises ``OSError``."""
    answers = rtnetlink.ask(rtnetlink.RTM_GETLINK, _INTERFACE_MESSAGE.pack(0, 0, 0, 0, 0), rtnetlink.NLM_F_DUMP)
    return [parse_link(payload) for kind, payload in answers if kind == rtnetlink.RTM_NEWLINK]


def find_link(name: str) -> Link | None:
    """The interface called ``name``; alternative names count, as they do in ``__dev_get_by_name``.

    None when this thread's network namespace has none. Raises ``OSError`` when the kernel cannot be asked.
    """
    coded = os.fsencode(name)
    attribute = _IFLA_IFNAME if len(coded) <= _LONGEST_NAME else _IFLA_ALT_IFNAME
    payload = _INTERFACE_MESSAGE.pack(0, 0, 0, 0, 0) + rtnetlink.attribute(attribute, coded + b"\0")
    if not coded or b"\0" in coded:
        return None
    try:
        answers = rtnetlink.ask(rtnetlink.RTM_GETLINK, payload)
    except OSError as error:
        if error.errno in {errno.ENODEV, errno.EINVAL, errno.ERANGE}:
            return None
        raise
    return next((parse_link(answer) for kind, answer in answers if kind == rtnetlink.RTM_NEWLINK), None)


def addresses(index: int) -> list[str]:
    """The interface's IPv4 and IPv6 addresses with prefix length, e.g. ``10.0.0.1/24``. Raises ``OSError``."""
    found: list[str] = []
    payload = _ADDRESS_MESSAGE.pack(0, 0, 0, 0, 0)
    for kind, answer in rtnetlink.ask(rtnetlink.RTM_GETADDR, payload, rtnetlink.NLM_F_DUMP):
        family, prefix, _flags, _scope, owner = _ADDRESS_MESSAGE.unpack_from(answer)
        if kind != rtnetlink.RTM_NEWADDR or owner != index or family not in {socket.AF_INET, socket.AF_INET6}:
            continue
        table = rtnetlink.attribute_table(answer, _ADDRESS_MESSAGE.size)
        coded = table.get(_IFA_LOCAL) or table.get(_IFA_ADDRESS)
        if coded:
            found.append(f"{socket.inet_ntop(family, coded)}/{prefix}")
    return found


class LinkMonitor:
    """Tells of every interface that appears, changes or goes in the namespace of the thread that made it.

    Non-blocking; poll ``fileno()`` for reading. Where the kernel had to drop messages (``ENOBUFS``) ``read`` ends with
    what is there now, and with what has gone since: the last that is told of an interface is always true.
    """

    def __init__(self) -> None:
        """Raises ``OSError``."""
        kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE)
        try:
            self._socket.bind((0, rtnetlink.RTMGRP_LINK))
            self._known = {link.index: link for link in list_links()}
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """The descriptor to poll."""
        return self._socket.fileno()

    def read(self) -> list[LinkEvent]:
        """Everything that waits now, oldest first; empty when nothing does. Raises ``OSError``."""
        events: list[LinkEvent] = []
        lost = False
        while True:
            try:
                data = self._socket.recv(1 << 17)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                lost = True
                continue
            events += filter(None, map(_event, rtnetlink.messages(data)))
        self._known |= {event.link.index: event.link for event in events if event.kind == "new"}
        events += self._missed() if lost else []
        for event in events:
            if event.kind == "gone":
                self._known.pop(event.link.index, None)
        return events

    def _missed(self) -> list[LinkEvent]:
        now = {link.index: link for link in list_links()}
        gone = [LinkEvent("gone", link) for index, link in self._known.items() if index not in now]
        self._known |= now
        return [*gone, *(LinkEvent("new", link) for link in now.values())]

    def close(self) -> None:
        """Release the socket."""
        self._socket.close()


def _event(message: tuple[int, bytes]) -> LinkEvent | None:
    """An interface's own message; those of other families (bridge ports, ``AF_BRIDGE``) tell of something else."""
    kind, payload = message
    if kind not in {rtnetlink.RTM_NEWLINK, rtnetlink.RTM_DELLINK} or payload[:1] != b"\0":
        return None
    if kind == rtnetlink.RTM_NEWLINK:
        return LinkEvent("new", parse_link(payload))
    moved = _IFLA_NEW_NETNSID in rtnetlink.attribute_table(payload, _INTERFACE_MESSAGE.size)
    return LinkEvent("gone", parse_link(payload), moved)
