"""scapy as this room uses it: the layers that are imported, the class that a link type starts with, and silence.

Importing a layer's module binds it below its carrier; what is not imported dissects to ``Raw`` without a word.
"""

import logging
import warnings
from importlib import import_module

from tapscope.dissect import MOST

_LAYERS = (
    *("l2", "inet", "inet6", "dns", "llmnr", "dhcp", "dhcp6", "ntp", "tftp", "snmp", "radius", "rip", "igmp", "vrrp"),
    *("hsrp", "netbios", "vxlan", "l2tp", "ppp", "sctp", "eap", "isakmp", "http"),
)
_CONTRIB = ("http2", "lldp", "cdp", "lacp", "mpls", "geneve", "wireguard", "mac_control")

with warnings.catch_warnings():
    # cryptography, where it is installed, warns about ciphers that scapy names: that would paint over the screen.
    warnings.simplefilter("ignore")
    from scapy.config import conf
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import CookedLinux, Dot1AD, Dot1Q, Ether, Loopback
    from scapy.packet import NoPayload, Packet, Padding, Raw, bind_bottom_up

    for _module in _LAYERS:
        import_module(f"scapy.layers.{_module}")
    for _module in _CONTRIB:
        import_module(f"scapy.contrib.{_module}")
    from scapy.contrib.mpls import MPLS
    from scapy.layers.ppp import PPP

_LINK_LAYERS = {
    0: ("l2", "Loopback"),
    1: ("l2", "Ether"),
    9: ("ppp", "PPP"),
    12: ("inet6", "IPv46"),
    14: ("inet6", "IPv46"),
    50: ("ppp", "HDLC"),
    51: ("ppp", "PPPoE"),
    101: ("inet6", "IPv46"),
    105: ("dot11", "Dot11"),
    108: ("l2", "LoopbackOpenBSD"),
    113: ("l2", "CookedLinux"),
    119: ("dot11", "PrismHeader"),
    127: ("dot11", "RadioTap"),
    192: ("ppi", "PPI"),
    195: ("dot15d4", "Dot15d4FCS"),
    204: ("ppp", "DIR_PPP"),
    227: ("can", "CAN"),
    228: ("inet6", "IPv46"),
    229: ("inet6", "IPv46"),
    230: ("dot15d4", "Dot15d4"),
    276: ("l2", "CookedLinuxV2"),
}
"""LINKTYPE_ number of https://www.tcpdump.org/linktypes.html -> module of ``scapy.layers``, class."""

_OLD_TAG = 0x9100
"""What stacked VLAN tags had for an ethertype before IEEE 802.1ad gave them one."""
_MPLS_IN_PPP = (0x0281, 0x0283)
"""RFC 3032, section 4.3."""
_IPV6_ELSEWHERE = (24, 28, 30)
"""AF_INET6 of NetBSD and OpenBSD, FreeBSD, and macOS, as their loopback devices write it."""


def silence() -> None:
    """Take scapy's handler off the terminal, and keep Python's last-resort handler from standing in for it."""
    logger = logging.getLogger("scapy")
    for handler in tuple(logger.handlers):
        logger.removeHandler(handler)
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.CRITICAL)
    logger.propagate = False


def _configure() -> None:
    conf.debug_dissector = False
    # Bytes stay where they are on the wire, and no gzip bomb is unpacked.
    conf.contribs["http"].update(auto_compression=False, auto_chunk=False)
    # Strict, it drops the whole frame where one TLV of it is not to the letter.
    conf.contribs["LLDP"].strict_mode_disable()
    # What a later fragment begins with is no header.
    IP.payload_guess = [({**values, "frag": 0}, layer) for values, layer in IP.payload_guess]
    for carrier in (Ether, Dot1Q, Dot1AD, CookedLinux):
        bind_bottom_up(carrier, Dot1Q, **{"proto" if carrier is CookedLinux else "type": _OLD_TAG})
    for protocol in _MPLS_IN_PPP:
        bind_bottom_up(PPP, MPLS, proto=protocol)
    for family in _IPV6_ELSEWHERE:
        bind_bottom_up(Loopback, IPv6, type=family)


silence()
_configure()


def link_layer(link_type: int) -> type[Packet]:
    """The scapy class that a frame of this LINKTYPE_ starts with; ``Raw`` where there is none."""
    known = _LINK_LAYERS.get(link_type)
    if known is None:
        return Raw
    module, name = known
    layer: type[Packet] = getattr(import_module(f"scapy.layers.{module}"), name)
    silence()
    return layer


def link_layers() -> frozenset[str]:
    """The names of the classes that a frame may start with."""
    return frozenset(name for _, name in _LINK_LAYERS.values())


def parse(data: bytes, link_type: int) -> Packet:
    """The first ``MOST`` bytes of a frame as scapy layers. What scapy refuses whole (short frames) is ``Raw``."""
    head = data[:MOST]
    if not head:
        return NoPayload()
    try:
        return link_layer(link_type)(head)
    except Exception:  # any of a hundred dissectors may fail in any way on hostile bytes
        return Raw(head)


def chain(packet: Packet) -> list[Packet]:
    """The layers from the link layer up, without recursion."""
    layers = []
    while not isinstance(packet, NoPayload):
        layers.append(packet)
        packet = packet.payload
    return layers


def refused_by(layer: Packet) -> str:
    """Name of the layer that scapy tried on these ``Raw`` bytes and gave up on; empty where it tried none."""
    below = layer.underlayer
    if type(layer) is not Raw or below is None:
        return ""
    try:
        tried = below.guess_payload_class(layer.original)
    except Exception:
        return ""
    if not isinstance(tried, type) or issubclass(tried, Raw | Padding | NoPayload):
        return ""
    return tried.__name__
