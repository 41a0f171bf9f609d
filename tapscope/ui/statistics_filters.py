"""The display filter that a line of the statistics stands for."""

from collections.abc import Sequence

from tapscope.store.hosts import Hosts, Level
from tapscope.store.protocols import OVER_TCP, OVER_UDP

_FIELDS = {Level.ETHERNET: "eth", Level.TCP: "tcp", Level.UDP: "udp"}
_IP = {0: "eth", 4: "ip", 6: "ipv6"}
"""By a host's family, the word that its address is asked for by."""

_UNDISSECTED = ("TLS", "SSH", "FTP", "TELNET", "SMTP", "BGP")
"""Over TCP: no dissector here knows them but by their ports."""
_WORDS = {
    "802.11": "wlan",
    "SLL": "sll",
    "Null": "null",
    "Ethernet": "eth",
    "VLAN": "vlan",
    "IPv4": "ip",
    "IPv6": "ipv6",
    "MAC CTRL": "macc",
    "802_1AE": "eth.type == 0x88e5",
    "RARP": "eth.type == 0x8035",
    "PTP": "eth.type == 0x88f7",
    "WireGuard": "wg",
    "NBT": "(nbss || nbdgm)",
    **{name: f"tcp.port in {{{', '.join(map(str, OVER_TCP[name]))}}}" for name in _UNDISSECTED},
}
"""Those that are not asked for by their names in small letters."""
_NUMBERS = {"DCCP": 33, "RSVP": 46, "EIGRP": 88, "OSPF": 89, "PIM": 103, "IPCOMP": 108, "UDPLITE": 136}
"""IP protocols that have no word."""
_SMALL = frozenset(
    (
        *("PPP", "ARP", "LACP", "LLC", "STP", "CDP", "LLDP", "EAPOL", "MPLS", "PPPoED", "PPPoES"),
        *("ICMP", "ICMPv6", "IGMP", "GRE", "ESP", "AH", "VRRP", "TCP", "UDP", "SCTP", "HTTP", *OVER_UDP),
    )
)
_TAGS = frozenset({"VLAN", "IPv4", "IPv6"})
"""What stays in the filter of those above it."""


def protocol_filter(path: Sequence[str]) -> str:
    """Of a layer of the hierarchy; empty where no filter says it."""
    words = [_WORDS[name] for name in path[:-1] if name in _TAGS]
    last = _word(path)
    return " && ".join([*words, last]) if last else ""


def _word(path: Sequence[str]) -> str:
    name = path[-1]
    if name in _NUMBERS:
        return f"{'ipv6.nxt' if 'IPv6' in path else 'ip.proto'} == {_NUMBERS[name]}"
    return _WORDS.get(name) or (name.lower() if name in _SMALL else "")


def endpoint_filter(host: Hosts, row: int, level: Level) -> str:
    """Of one host; where the level has ports of its one port, which may also be another host's in the same frame."""
    word, address = _IP[int(host.family[row])], host.address(row)
    if not level.has_ports:
        return f"{word}.addr == {address}"
    field, port = _FIELDS[level], host.port[row]
    sides = (("src", "srcport"), ("dst", "dstport"))
    return " || ".join(f"({word}.{side} == {address} && {field}.{end} == {port})" for side, end in sides)


def conversation_filter(one: Hosts, other: Hosts, row: int, level: Level) -> str:
    """Of two hosts, both ways. Where both have the same address or port, each end is asked for it."""
    word = _IP[int(one.family[row])]
    here, there = one.address(row), other.address(row)
    names = ("src", "dst") if here == there else ("addr", "addr")
    words = [f"{word}.{names[0]} == {here}", f"{word}.{names[1]} == {there}"]
    if level.has_ports:
        ports = int(one.port[row]), int(other.port[row])
        names = ("srcport", "dstport") if ports[0] == ports[1] else ("port", "port")
        words += [f"{_FIELDS[level]}.{name} == {port}" for name, port in zip(names, ports, strict=True)]
    return " && ".join(words)
