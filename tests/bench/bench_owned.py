"""Frames kept of 50,000/s on a TAP of one's own, without CAP_NET_RAW: plain reads, no ring, and the screen busy.

Run it with python; root only, as the namespace asks for it. The capability is taken from the app by setpriv(1).
"""

from pathlib import Path

import live
import taps
from captures import capture
from measures import Measure, show
from peers import there
from sender import Sender
from taps import NAME

RATE = 50_000
SECONDS = 5
CAP_NET_RAW = 13
KEYS = b"kkkkGjjjj\x1b[5~\x1b[6~"


def may_open_packet_sockets(pid: int) -> bool:
    """Whether CAP_NET_RAW is in its effective set (proc_pid_status(5))."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    effective = next(line.split()[1] for line in status if line.startswith("CapEff"))
    return bool(int(effective, 16) >> CAP_NET_RAW & 1)


def kept(frames: Path) -> float:
    """The part."""
    with taps.free(), live.tapscope(before=("setpriv", "--bounding-set=-net_raw")) as screen:
        if may_open_packet_sockets(screen.pid):
            raise SystemExit("setpriv left the app CAP_NET_RAW")
        sender = Sender(NAME, RATE, RATE * SECONDS, frames)
        while sender.running:
            screen.press(KEYS)
            screen.watch(0.02)
        sent, _ = sender.sent()
        found = live.counted(screen)
        screen.press(b"q")
    return found / sent


def main() -> None:
    """Print the table."""
    if not there("setpriv"):
        return
    taps.enter()
    with capture(100_000) as frames:
        part = kept(frames)
    show([Measure(f"frames kept, own TAP, no CAP_NET_RAW, {RATE:,}/s", f"{part:.5f}", "", "", "1", part == 1)])


if __name__ == "__main__":
    main()
