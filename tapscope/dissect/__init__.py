"""scapy, kept in one room: bytes to summary row, layer tree with bit ranges, printable text.

Nothing here imports scapy until the first frame is looked at or ``load`` is called.
"""

from collections.abc import Iterator
from importlib import import_module

MOST = 9 * 1024
"""Bytes of a frame that are dissected: a DNS message of 64 KiB full of pointers takes scapy seconds, 9 KiB 4 ms."""

_ROOMS = ("rows", "nodes", "expression")


def load() -> None:
    """Import scapy and the layers that are decoded: about 300 ms, once. Any thread may call it."""
    for module in _ROOMS:
        import_module(f"{__name__}.{module}")


def load_further() -> Iterator[str]:
    """Import layers beyond the usual ones, a module a step, some 0.5 s in all; after the last frames may say more."""
    from tapscope.dissect import further  # noqa: PLC0415

    return further.load()
