"""The layers and fields of one frame, with the bits that each was read from.

scapy is imported at the first call of ``dissect``, not with this module: see ``tapscope.dissect.load``.
"""

from tapscope.dissect.about import frame_node, notes
from tapscope.dissect.node import Dissection, Node, node
from tapscope.frame import Frame

__all__ = ["Dissection", "Node", "dissect"]


def dissect(frame: Frame) -> Dissection:
    """The tree of ``frame``, from its first 9 KiB. Never raises: a field that cannot be shown says so."""
    from tapscope.dissect import nodes  # noqa: PLC0415  scapy takes 300 ms

    try:
        layers = nodes.layers(frame)
    except Exception as error:
        layers = [node("Raw", f"could not be dissected ({type(error).__name__})", 0, len(frame.data) * 8)]
    return Dissection((frame_node(frame), *layers, *notes(frame)))
