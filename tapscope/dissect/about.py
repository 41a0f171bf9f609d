"""The tree's nodes that no dissector makes: the frame itself, and what the tree leaves out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tapscope.dissect import MOST
from tapscope.dissect.node import Node, node
from tapscope.frame import Frame, Offload

NOT_FILLED_IN = "left to the hardware, not filled in yet"
"""What a transport checksum is that the sender's kernel has not computed: neither right nor wrong."""

_OFFLOADS = (
    (Offload.SEGMENTS, "stands for several frames on a wire: cut to the MTU later (GSO), or put together here (GRO)"),
    (Offload.CHECKSUM_PENDING, f"the transport checksum is {NOT_FILLED_IN}: that is no fault of the frame"),
)


def frame_node(frame: Frame) -> Node:
    """What is known of the frame besides its bytes."""
    facts = [
        ("number", str(frame.number)),
        ("time", "" if frame.time_ns is None else _utc(frame.time_ns)),
        ("direction", frame.direction.word),
        ("interface", frame.interface.name),
        ("link type", str(frame.interface.link_type)),
        ("length on the wire", f"{frame.length} bytes"),
        ("captured", f"{len(frame.data)} bytes"),
        *(("offload", said) for offload, said in _OFFLOADS if offload in frame.offload),
        *(("comment", comment) for comment in frame.comments),
    ]
    children = tuple(node(label, value, 0, 0, name=f"Frame.{label}") for label, value in facts if value)
    said = f"{frame.length} bytes on the wire"
    if len(frame.data) < frame.length:
        said += f", truncated by the capture to {len(frame.data)}"
    return node("Frame", said, 0, len(frame.data) * 8, children=children, name="Frame")


def notes(frame: Frame) -> Iterator[Node]:
    """What the tree leaves out, in words."""
    size = len(frame.data)
    if size > MOST:
        yield node("Not dissected", f"{size - MOST} bytes after the first {MOST}", MOST * 8, size * 8)
    if size < frame.length:
        yield node("Not captured", f"{frame.length - size} bytes of {frame.length}", 0, 0)


def _utc(time_ns: int) -> str:
    seconds, nanoseconds = divmod(time_ns, 10**9)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{nanoseconds:09} UTC"
