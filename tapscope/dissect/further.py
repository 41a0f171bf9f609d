"""Layers beyond the usual ones: they take longer to import than all else, so they come behind the first screen."""

import contextlib
import warnings
from collections.abc import Iterator
from importlib import import_module

from scapy.config import conf

from tapscope.dissect.layers import silence

_LAYERS = ("quic", "ssh", "smb", "smb2", "ldap", "kerberos", "rtp", "mgcp", "pptp", "mobileip", "lltd")
_WITH_CRYPTOGRAPHY = ("tls.all",)
"""They want that package, which is none of ours."""

_CONTRIB = (
    *("ospf", "bgp", "eigrp", "pim", "isis", "rsvp", "ldp", "bfd", "ripng", "vtp", "dtp", "vqp"),
    *("mqtt", "coap", "modbus", "enipTCP", "knx", "homeplugav", "stun", "tacacs", "diameter", "rtcp", "rtsp"),
    *("gtp", "pfcp", "roce", "portmap", "postgres"),
)
"""None in which frames may lie where header columns, by which filters answer, know of none: ERSPAN, NSH, EtherIP."""


def modules() -> list[str]:
    """What there is to import."""
    own = (*_LAYERS, *_WITH_CRYPTOGRAPHY) if conf.crypto_valid else _LAYERS
    return [*(f"scapy.layers.{name}" for name in own), *(f"scapy.contrib.{name}" for name in _CONTRIB)]


def load() -> Iterator[str]:
    """Import them one by one, each a step that names it and takes up to a tenth of a second. Any thread may go on.

    What another version of scapy lacks is left out. After the last, frames dissected before may have more to say.
    """
    for module in modules():
        with warnings.catch_warnings(), contextlib.suppress(Exception):
            warnings.simplefilter("ignore")  # as in layers
            import_module(module)
        silence()
        yield module
