"""A frame as a scapy expression, proven before it is handed out.

scapy writes the expression (``Packet.command``) from values that came from the wire, and whoever copies it pastes it
into a prompt. So it is read back here as a syntax tree in which nothing is allowed but calls of scapy's classes with
literals, built from that tree without ``eval``, and compared with the frame byte for byte. A layer that fails is
written as the bytes it was read from.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache, reduce
from operator import truediv
from typing import Any

from scapy.config import conf
from scapy.packet import Packet

from tapscope.dissect.layers import chain, parse
from tapscope.dissect.places import Place, locate

_MOST_LAYERS = 32


def expression_of(data: bytes, link_type: int) -> str:
    """Text that evaluates to a packet of exactly ``data`` wherever ``from scapy.all import *`` was said."""
    layers = list(_written(data, link_type))
    for count in range(len(layers), 0, -1):
        texts = [text for text, _ in layers[:count]]
        rest = data[layers[count - 1][1] :]
        for words in (texts, [*texts, f"Raw(load={rest!r})"]):
            if _builds(words, data):
                return "/".join(words)
    return f"Raw(bytes.fromhex('{data.hex()}'))"


def _written(data: bytes, link_type: int) -> Iterator[tuple[str, int]]:
    """Each layer's own expression, and the byte behind the layer; up to the first that has none."""
    stack = chain(parse(data, link_type))[:_MOST_LAYERS]
    for layer in locate(stack, Place(0, (0, len(data) * 8)), data):
        payload = layer.payload.at
        try:
            text = layer.packet.clone_with(**layer.packet.fields).command()
        except Exception:  # a field's name or value that scapy cannot write
            return
        if payload is None or not text.isascii() or not text.isprintable():
            return
        yield text, payload


def _builds(words: list[str], data: bytes) -> bool:
    """True if the layers of ``words`` make exactly ``data``; False also where one is not allowed or cannot be built."""
    try:
        packet = reduce(truediv, [_packet(ast.parse(text, mode="eval").body) for text in words])
        return bytes(packet) == data
    except Exception:  # scapy building hostile values may fail in any way
        return False


def _packet(tree: ast.expr) -> Packet:
    """The layer that a call such as ``IP(ttl=64)`` makes, or several with ``/`` between; ValueError for all else."""
    match tree:
        case ast.BinOp(left, ast.Div(), right):
            stacked: Packet = _packet(left) / _packet(right)
            return stacked
        case ast.Call(ast.Name(name), [], keywords):
            values = {word.arg: _value(word.value) for word in keywords if word.arg is not None}
            if len(values) == len(keywords):  # no ** among them
                return _exported(name)(**values)
    raise ValueError(ast.dump(tree))


def _value(tree: ast.expr) -> Any:
    """A literal, also with layers within."""
    match tree:
        case ast.Constant(value):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)):
            return -value
        case ast.List(items):
            return [_value(item) for item in items]
        case ast.Tuple(items):
            return tuple(_value(item) for item in items)
        case ast.Dict(keys, values):
            return {_value(key): _value(value) for key, value in zip(keys, values, strict=True) if key is not None}
    return _packet(tree)


@cache
def _exported(name: str) -> type[Packet]:
    """The one class of this name that ``scapy.all`` has; ValueError where there is none, or no one."""
    names = ("packet", *(f"layers.{layer}" for layer in conf.load_layers))
    modules = [sys.modules.get(f"scapy.{module}") for module in names]
    found = {
        getattr(module, name)
        for module in modules
        if module is not None and name in getattr(module, "__all__", dir(module))
    }
    kinds = [kind for kind in found if isinstance(kind, type) and issubclass(kind, Packet)]
    if len(kinds) != 1 or name.startswith("_"):
        raise ValueError(name)
    return kinds[0]
