"""Be the other end: ``hold.py NAME`` of a TAP, ``hold.py /dev/tapN`` of a macvtap. A number is a frame to send."""

import os
import sys

from tapscope.machine import tuntap

ADDRESSES = bytes.fromhex("020000000002 020000000001")
FOR_EXPERIMENTS = b"\x88\xb5"
VIRTIO_HEADER = bytes(10)
"""Before each frame of a macvtap's, unless it is asked to go without (``drivers/net/tap.c``: ``tap_open``)."""


def main(end: str) -> None:
    is_node = end.startswith("/")
    fd = os.open(end, os.O_RDWR) if is_node else tuntap.attach(end).fd
    print("held", flush=True)
    for line in sys.stdin:
        frame = (ADDRESSES + FOR_EXPERIMENTS).ljust(int(line), b"\0")
        os.write(fd, VIRTIO_HEADER * is_node + frame)


if __name__ == "__main__":
    main(sys.argv[1])
