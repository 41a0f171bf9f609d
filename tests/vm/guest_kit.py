"""A real guest: Debian's own kernel, and an initial file system of busybox and a few modules. It boots in two seconds.

Software emulation only: a /dev/kvm that opens may yet hang.
"""

import lzma
import queue
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
KERNELS = Path(sys.prefix) / "guest"
"""Where the set-up script unpacks a kernel and its modules."""

QEMU = shutil.which("qemu-system-x86_64")
BUSYBOX = shutil.which("busybox")
MODULES = (
    "failover",
    "net_failover",
    "virtio_ring",
    "virtio",
    "virtio_pci_modern_dev",
    "virtio_pci_legacy_dev",
    "virtio_pci",
    "virtio_net",
)
"""In the order in which they need each other; those that a kernel has built in are not there."""

MACHINE = shlex.split("-M q35 -accel tcg -cpu max -m 96 -nodefaults -no-user-config -display none -serial stdio")

GUEST_MAC = "52:54:00:12:34:56"

LIMIT_S = 60
"""No guest lives longer, whatever happens to the test."""


def kernel() -> Path | None:
    """The newest that the set-up script unpacked."""
    return max(KERNELS.glob("boot/vmlinuz-*"), default=None)


def why_no_guest() -> str:
    """Empty where a guest can be run."""
    if QEMU is None:
        return "qemu-system-x86_64 is not installed"
    if BUSYBOX is None or not subprocess.run(["ldd", BUSYBOX], capture_output=True, check=False).returncode:
        return "busybox-static is not installed"
    return "" if kernel() else f"there is no kernel for a guest in {KERNELS}"


def build_initial_file_system(path: Path) -> None:
    """Write what the kernel unpacks into memory before it starts ``/init``."""
    modules = dict(_modules())
    files = [
        ("bin/busybox", Path(BUSYBOX or "").read_bytes()),
        ("init", (HERE / "init.sh").read_bytes()),
        ("lease.sh", (HERE / "lease.sh").read_bytes()),
        ("modules/order", " ".join(modules).encode()),
        *((f"modules/{name}.ko", data) for name, data in modules.items()),
    ]
    path.write_bytes(b"".join(_archive(["bin", "modules"], files)))


def _modules() -> Iterator[tuple[str, bytes]]:
    for name in MODULES:
        for found in KERNELS.rglob(f"{name}.ko*"):
            data = found.read_bytes()
            yield name, lzma.decompress(data) if found.suffix == ".xz" else data


def _archive(folders: Iterable[str], files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A cpio archive in the "newc" format, Documentation/driver-api/early-userspace/buffer-format.rst of Linux."""
    for name in folders:
        yield _member(name, 0o40755, b"")
    for name, data in files:
        yield _member(name, 0o100755, data)
    yield _member("TRAILER!!!", 0, b"")


def _member(name: str, mode: int, data: bytes) -> bytes:
    coded = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(coded), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + coded
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


class Guest:
    """QEMU and the guest in it, from starting to stopping. What it says on its console is read all the time."""

    def __init__(
        self,
        initial: Path,
        steps: str,
        *network: str,
        peer: str = "10.0.2.2",
        name: str = "web1",
        before: Sequence[str] = (),
    ) -> None:
        line = f"console=ttyS0 quiet reboot=t panic=-1 peer={peer} steps={steps}"
        command = ["timeout", "-s", "KILL", str(LIMIT_S), QEMU or "", "-name", name, *MACHINE]
        command += ["-kernel", str(kernel()), "-initrd", str(initial), "-append", line, *network]
        self._process = subprocess.Popen(
            [*before, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, name="console")
        self._reader.start()

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()  # timeout(1) hands it on
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as console:
            for line in console:
                self._lines.put(line.rstrip())
        self._lines.put(None)

    def said_by_now(self) -> list[str]:
        """What stands on the console."""
        while not self._lines.empty() and (line := self._lines.get()) is not None:
            self.said.append(line)
        return self.said

    def wait_for(self, words: str, patience: float = LIMIT_S) -> None:
        """Until the guest has said so."""
        until = time.monotonic() + patience
        while True:
            try:
                line = self._lines.get(timeout=max(until - time.monotonic(), 0.01))
            except queue.Empty:
                line = None
            assert line is not None, f"the guest never said {words!r}, but: {self.said}"
            self.said.append(line)
            if words in line:
                return

    @property
    def pid(self) -> int:
        """QEMU's."""
        own = self._process.pid
        return int(Path(f"/proc/{own}/task/{own}/children").read_text())

    def wait(self) -> None:
        """Until it has switched itself off."""
        self._process.wait(LIMIT_S)


def card(backend: str) -> tuple[str, ...]:
    """QEMU's options of a network card on the netdev of this id."""
    return "-device", f"virtio-net-pci,netdev={backend},mac={GUEST_MAC},romfile="
