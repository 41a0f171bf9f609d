"""The Info column: scapy's own summary of the topmost message, without what the other columns say.

A few protocols have words of their own here, where scapy's summary leaves out what the list is read for.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from scapy.contrib.cdp import CDPMsgDeviceID, CDPMsgPortID, CDPv2_HDR
from scapy.contrib.lldp import LLDPDU, LLDPDUChassisID, LLDPDUPortID, LLDPDUSystemName
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRR_DISPATCHER
from scapy.layers.http import HTTPRequest, HTTPResponse
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import STP, Dot1Q, Dot3, Ether
from scapy.layers.sctp import SCTP
from scapy.packet import Packet

from tapscope.dissect.layers import chain
from tapscope.dissect.protocols import is_fragment, next_protocol, topmost_message
from tapscope.dissect.words import bytes_words, field_words, tcp_flags

_QUOTED = re.compile(r"b(['\"])(.*?)\1")
_MOST_RECORDS = 6
_FIRST_FIELDS = 4
_HOUSEKEEPING = frozenset(
    ("type", "code", "res", "reserved", "unused", "cksum", "chksum", "len", "length", "version", "msgtype")
)
"""Fields that say nothing to the reader of a list."""


def info(layers: Sequence[Packet]) -> str:
    """What the topmost message of ``layers`` says; ``layers`` run from the link up, without ``Raw``."""
    message = topmost_message(layers)
    return "" if message is None else described(message)


def described(layer: Packet) -> str:
    """What this one layer says. Never raises."""
    try:
        own = _OWN.get(type(layer))
        return own(layer) if own else _by_scapy(layer) or _by_fields(layer)
    except Exception as error:
        return f"{type(layer).__name__} (broken: {type(error).__name__})"


def _by_scapy(layer: Packet) -> str:
    """``mysummary`` without bytes' quotes, the protocol's name at its head, and the addresses of the carrier."""
    said: Any = layer.mysummary()
    text = said[0] if isinstance(said, tuple) else said
    text = _QUOTED.sub(r"\2", text)
    below = layer.underlayer
    if isinstance(below, IP | IPv6):
        text = text.replace(f"{below.src} > {below.dst} ", "")
    head, _, rest = text.partition(" ")
    return rest.strip() if rest and type(layer).__name__.startswith(head.rstrip(":")) else text.strip()


def _by_fields(layer: Packet) -> str:
    """The layer's name and its first fields: for layers that scapy has no summary of."""
    said = [
        f"{field.name}={field_words(layer, field, layer.fields[field.name])}"
        for field in layer.fields_desc
        if isinstance(layer.fields.get(field.name), int | str) and field.name not in _HOUSEKEEPING
    ]
    return " ".join([str(layer.name), *said[:_FIRST_FIELDS]])


def _word(layer: Packet, name: str) -> str:
    return field_words(layer, layer.get_field(name), layer.getfieldval(name))


def _name(layer: Packet, field: str) -> str:
    """The value's name alone, without its number."""
    return str(layer.get_field(field).i2repr(layer, layer.getfieldval(field)))


def _of_ethernet(layer: Packet) -> str:
    return f"Ethernet type {_word(layer, 'type')}, {len(layer.payload.original)} bytes"


def _of_ip(layer: Packet) -> str:
    if is_fragment(layer):
        offset = layer.frag * 8
        return f"Fragmented IP protocol (proto={_word(layer, 'proto')}, off={offset}, ID={layer.id:04x})"
    return f"IP protocol {_word(layer, 'proto')}, {len(layer.payload.original)} bytes"


def _of_ipv6(layer: Packet) -> str:
    return f"IPv6 next header {next_protocol(layer.nh) or layer.nh}, {len(layer.payload.original)} bytes"


def _missing(layer: Packet) -> int:
    """Bytes that the network layer below promises and that were not captured, or not given to scapy."""
    carrier = layer.underlayer
    while carrier is not None and not isinstance(carrier, IP | IPv6):
        carrier = carrier.underlayer
    if carrier is None:
        return 0
    promised = (carrier.plen or 0) + 40 if isinstance(carrier, IPv6) else carrier.len or 0
    return max(0, promised - len(carrier.original))


def _of_tcp(layer: Packet) -> str:
    flags = int(layer.flags)
    length = max(0, len(layer.original) - 4 * layer.dataofs) + _missing(layer)
    ack = f" Ack={layer.ack}" if flags & 0x10 else ""
    return f"{layer.sport} → {layer.dport} [{tcp_flags(flags)}] Seq={layer.seq}{ack} Win={layer.window} Len={length}"


def _of_udp(layer: Packet) -> str:
    return f"{layer.sport} → {layer.dport} Len={max(0, layer.len - 8) if layer.len else len(layer.original) - 8}"


def _of_icmp(layer: Packet) -> str:
    said = _name(layer, "type")
    code = _name(layer, "code")
    if code != "0":
        said += f" {code}"
    if "seq" in layer.fields:
        said += f" id=0x{layer.id:04x} seq={layer.seq}"
    for field in ("gw", "nexthopmtu"):
        if layer.fields.get(field):
            said += f" {field}={_word(layer, field)}"
    return said


def _of_sctp(layer: Packet) -> str:
    chunks = [type(chunk).__name__ for chunk in chain(layer.payload) if type(chunk).__name__.startswith("SCTPChunk")]
    return f"{layer.sport} → {layer.dport} {', '.join(chunk.removeprefix('SCTPChunk') for chunk in chunks)}"


def _of_dns(layer: Packet) -> str:
    said = ["Answer" if layer.qr else "Query"]
    if layer.opcode:
        said.append(_name(layer, "opcode"))
    if layer.id:
        said.append(f"0x{layer.id:04x}")
    said += [described(question) for question in layer.qd[:_MOST_RECORDS]]
    if layer.rcode:
        said.append(_name(layer, "rcode"))
    answers = [described(record) for record in layer.an[:_MOST_RECORDS]]
    if len(layer.an) > _MOST_RECORDS:
        answers.append(f"… {len(layer.an) - _MOST_RECORDS} more")
    return " ".join(said) + (f": {', '.join(answers)}" if answers else "")


def _of_question(layer: Packet) -> str:
    return f"{_name(layer, 'qtype')} {_domain(layer.qname)}"


def _of_record(layer: Packet) -> str:
    data = next((layer.fields[name] for name in ("rdata", "target", "exchange") if name in layer.fields), layer.rrname)
    return f"{_name(layer, 'type')} {_domain(data) if isinstance(data, bytes) else _word(layer, 'rdata')}"


def _domain(name: bytes) -> str:
    """A domain name without the root's dot."""
    return bytes_words(name).removesuffix(".") or "."


def _of_dhcp(layer: Packet) -> str:
    carrier = layer.underlayer
    said = _by_scapy(layer) or "options"
    if isinstance(carrier, BOOTP):
        said += f" - Transaction ID 0x{carrier.xid:x}"
        said += f" {carrier.yiaddr}" if carrier.yiaddr != "0.0.0.0" else ""  # noqa: S104  an address, not a bind
    return said


def _of_request(layer: Packet) -> str:
    return " ".join(bytes_words(part) for part in (layer.Method, layer.Path, layer.Http_Version) if part)


def _of_response(layer: Packet) -> str:
    said = " ".join(bytes_words(part) for part in (layer.Http_Version, layer.Status_Code, layer.Reason_Phrase) if part)
    return f"{said} ({bytes_words(layer.Content_Type)})" if layer.Content_Type else said


def _of_spanning_tree(layer: Packet) -> str:
    if layer.bpdutype == 0x80:
        return "Topology change notification"
    return (
        f"Root {layer.rootid}/{layer.rootmac} cost {layer.pathcost} "
        f"bridge {layer.bridgeid}/{layer.bridgemac} port 0x{layer.portid:04x}"
    )


def _of_cdp(layer: Packet) -> str:
    parts = ((CDPMsgDeviceID, "val"), (CDPMsgPortID, "iface"))
    return " ".join(_word(each, field) for kind, field in parts for each in layer.msg if isinstance(each, kind))


def _of_lldp(layer: Packet) -> str:
    parts = ((LLDPDUChassisID, "id"), (LLDPDUPortID, "id"), (LLDPDUSystemName, "system_name"))
    return " ".join(_word(layer[kind], field) for kind, field in parts if kind in layer)


_OWN: dict[type[Packet], Callable[[Packet], str]] = {
    Ether: _of_ethernet,
    Dot1Q: _of_ethernet,
    Dot3: lambda layer: f"802.3, {layer.len} bytes",
    IP: _of_ip,
    IPv6: _of_ipv6,
    TCP: _of_tcp,
    UDP: _of_udp,
    ICMP: _of_icmp,
    DNS: _of_dns,
    DNSQR: _of_question,
    DNSRR: _of_record,
    **dict.fromkeys(DNSRR_DISPATCHER.values(), _of_record),
    DHCP: _of_dhcp,
    HTTPRequest: _of_request,
    HTTPResponse: _of_response,
    STP: _of_spanning_tree,
    LLDPDU: _of_lldp,
    CDPv2_HDR: _of_cdp,
    SCTP: _of_sctp,
}
