"""Records what the picture of a watched guest shows: ``unshare -n python tests/vm/record.py FOLDER``, as root.

Writes guest.pcapng, and guest.offload: a byte a frame of what its sender left to hardware, for which captures have no
place.
"""

import select
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

from guest_kit import Guest, build_initial_file_system, card
from host_kit import GUEST_ADDRESS, NETWORK, servers

from tapscope.capture.ring import open_ring
from tapscope.store.arena import Store
from tapscope.store.export import save

TAP = "tap,id=t0,ifname=vnet3,script=no,downscript=no"
STEPS = "dhcp,arp,ping,dns,http,serve,wait"


def talk(folder: Path, done: threading.Event) -> None:
    """Let the guest go through its steps, and ask it for a page."""
    initial = folder / "initrd"
    build_initial_file_system(initial)
    with servers((), folder), Guest(initial, STEPS, *card("t0"), "-netdev", TAP) as guest:
        guest.wait_for("did serve")
        subprocess.run(["busybox", "wget", "-qO-", f"http://{GUEST_ADDRESS}/"], check=True)
        done.set()


def main(target: str) -> None:
    subprocess.run(["sh", "-c", NETWORK], check=True)
    done, store = threading.Event(), Store()
    with tempfile.TemporaryDirectory() as folder, closing(open_ring("vnet3")) as ring:
        talking = threading.Thread(target=talk, args=(Path(folder), done))
        talking.start()
        store.set_interfaces(ring.interfaces)
        while not done.is_set() or select.select([ring], [], [], 0.2)[0]:
            if select.select([ring], [], [], 0.2)[0]:
                store.append(ring.read())
        talking.join()
    frames = list(store.frames())
    print(save(Path(target, "guest.pcapng"), frames, store.interfaces, overwrite=True), "frames")
    Path(target, "guest.offload").write_bytes(bytes(frame.offload for frame in frames))


if __name__ == "__main__":
    main(sys.argv[1])
