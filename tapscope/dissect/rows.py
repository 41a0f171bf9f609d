"""A frame's row from scapy's layers: addresses, protocol, Info, tint."""

from collections.abc import Sequence

from scapy.layers.dot11 import Dot11
from scapy.layers.inet import IP, IPerror
from scapy.layers.inet6 import IPerror6, IPv6
from scapy.layers.l2 import CookedLinux, Dot3, Ether
from scapy.packet import Packet, Padding, Raw

from tapscope.dissect.infos import info
from tapscope.dissect.layers import chain, link_layer, parse, refused_by
from tapscope.dissect.protocols import is_fragment, protocol
from tapscope.dissect.summary import Summary
from tapscope.dissect.tints import tint
from tapscope.frame import Frame


def row(frame: Frame) -> Summary:
    """The row; may raise what scapy raises, and its texts are as the wire has them."""
    layers = chain(parse(frame.data, frame.interface.link_type))
    own = _own(layers)
    source, destination = _addresses(own)
    info = " ".join(filter(None, (_info(frame, own, layers), frame.offload.badges)))
    summary = Summary(source, destination, protocol(own), info, tint(own))
    for layer in layers:  # each knows the one below, which knows it: garbage that only a search would find
        layer.underlayer = None
    return summary


def _own(layers: Sequence[Packet]) -> list[Packet]:
    """The layers that are the frame's: not the packet that an ICMP error quotes, not a fragment's torn upper layers."""
    own: list[Packet] = []
    for layer in layers:
        if isinstance(layer, IPerror | IPerror6 | Raw):
            break
        if not isinstance(layer, Padding):
            own.append(layer)
        if is_fragment(layer):
            break
    return own


def _info(frame: Frame, own: Sequence[Packet], layers: Sequence[Packet]) -> str:
    if not own:
        known = link_layer(frame.interface.link_type) is not Raw
        return f"{len(frame.data)} bytes" + ("" if known else f" of link type {frame.interface.link_type}, not decoded")
    refused = refused_by(layers[len(own)]) if len(own) < len(layers) and not is_fragment(own[-1]) else ""
    return f"{info(own)} [{refused} could not be decoded]" if refused else info(own)


def _addresses(own: Sequence[Packet]) -> tuple[str, str]:
    """Source and destination of the topmost layer that has them, a tunnel's inner ones before its outer ones."""
    for layer in reversed(own):
        if isinstance(layer, IP | IPv6 | Ether | Dot3):
            return str(layer.src), str(layer.dst)
        if isinstance(layer, Dot11):
            return layer.addr2 or "", layer.addr1 or ""
        if isinstance(layer, CookedLinux):
            return layer.src[:6].hex(":") if layer.lladdrlen == 6 else "", ""
    return "", ""
