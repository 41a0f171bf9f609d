"""Packet sockets: the one place that opens them. The capture's ring and the doctor's attempt both go through here.

Source: ``net/packet/af_packet.c`` (``packet_create``, ``packet_do_bind``), packet(7). The capability is asked for when
the socket is made, of the calling thread, over its network namespace; nothing is asked later.
"""

import ctypes
import os
import socket
import struct

from tapscope.attempt import Attempt, AttemptFailed, Step

ETH_P_ALL = 0x0003
_ADDRESS = struct.Struct("=H2sIHBB8x")
"""``struct sockaddr_ll``: family, protocol in network order, index, and what is not asked for in a bind."""


def open_socket() -> socket.socket:
    """A raw packet socket that receives nothing until it is bound to a protocol. Raises ``AttemptFailed``.

    It blocks nobody (SOCK_NONBLOCK). Closing one waits for a grace period of RCU.
    """
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, 0)
    except OSError as error:
        raise AttemptFailed(Attempt(Step.PACKET_SOCKET, error.errno)) from error


def bind(channel: socket.socket, index: int, name: str, protocol: int = 0) -> None:
    """bind(2) to the interface with that index; ``name`` is what a failure says. Raises ``AttemptFailed``.

    By the number, as ``socket.bind`` takes no name that is not UTF-8. ``protocol`` 0 receives nothing.
    """
    address = _ADDRESS.pack(socket.AF_PACKET, protocol.to_bytes(2, "big"), index, 0, 0, 0)
    if ctypes.CDLL(None, use_errno=True).bind(channel.fileno(), address, len(address)):
        raise AttemptFailed(Attempt(Step.BIND, ctypes.get_errno(), name))


def link_of(channel: socket.socket) -> tuple[str, int]:
    """The bound interface's present name, empty when it is gone, and its ARPHRD_ number. Raises ``OSError``."""
    name, _protocol, _kind, hardware, _address = channel.getsockname()
    return os.fsdecode(name) if isinstance(name, bytes) else name, hardware
