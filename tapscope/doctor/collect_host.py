"""Looking at the machine's own words, which make remedies exact, and at the terminal."""

import locale
import os
import platform
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from tapscope import __version__
from tapscope.doctor.collect_look import look
from tapscope.doctor.evidence import Host, Terminal
from tapscope.machine import mounts, namespaces

PROGRAMS = (
    *("sudo", "ip", "setcap", "setpriv", "capsh", "unshare", "nsenter", "modprobe", "systemd-run", "install"),
    *("chmod", "usermod", "newgrp", "tcpdump", "setfacl", "systemctl", "mknod"),
)
PACKAGES = ("textual", "scapy", "numpy", "python-prctl")
_MOUNTING = {"docker", "podman", "kubernetes"}
_ENGINE_MOUNTS = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}
"""What these engines lay over the image's own, each as a mount."""

_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Not in the PATH of everybody, but in that of sudo."""


def programs() -> tuple[str, ...]:
    """Which of the programs that remedies use are installed."""
    folders = dict.fromkeys([*os.get_exec_path(), *_SYSTEM_FOLDERS])
    return tuple(name for name in PROGRAMS if any(os.access(f"{folder}/{name}", os.X_OK) for folder in folders))


def parse_distributions(names: Iterable[str]) -> Mapping[str, str]:
    """Versions by normalized project name, from the names of ``.dist-info`` folders (PEP 376, PEP 427).

    importlib.metadata would tell the same for ten times the time.
    """
    found: dict[str, str] = {}
    for name in names:
        project, dash, version = name.removesuffix(".dist-info").partition("-")
        if dash and name.endswith(".dist-info"):
            found.setdefault(project.lower().replace("_", "-"), version)
    return found


def _versions() -> tuple[tuple[str, str | None], ...]:
    names: list[str] = []
    for folder in sys.path:
        try:
            names += os.listdir(folder or ".")  # noqa: PTH208
        except OSError:
            continue
    installed = parse_distributions(names)
    own = (("tapscope", __version__), ("python", platform.python_version()))
    return (*own, *((package, installed.get(package)) for package in PACKAGES))


def command() -> tuple[str, ...]:
    """The arguments that start tapscope again, absolute, so that they work under sudo too."""
    try:
        script = Path(sys.argv[0]).absolute()
        if script.name == "tapscope" and script.is_file():
            return (str(script),)
    except (OSError, IndexError):  # The working directory is gone or closed, or there are no arguments.
        pass
    return (sys.executable or "python3", "-m", "tapscope")


def _sudo_user() -> tuple[str, int] | None:
    name, uid = os.environ.get("SUDO_USER"), os.environ.get("SUDO_UID", "")
    return (name, int(uid)) if name and uid else None


def container_hint(environment: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """A marker file or a variable that a container engine leaves; alone it proves nothing, as images are booted too."""
    for marker, name in ((".dockerenv", "docker"), ("run/.containerenv", "podman")):
        if (root / marker).exists():
            return name
    if "KUBERNETES_SERVICE_HOST" in environment:
        return "kubernetes"
    return environment.get("container") or None


def container(hint: str | None, *, at_home: bool, mount_points: Collection[str]) -> str | None:
    """The container that is hinted at, where all else agrees.

    ``at_home``  every namespace is the first of its kind, which no engine leaves so
    """
    if hint is None or at_home:
        return None
    return hint if hint not in _MOUNTING or _ENGINE_MOUNTS & set(mount_points) else None


def _container() -> str | None:
    hint = container_hint(os.environ)
    if hint is None:
        return None
    return container(hint, at_home=namespaces.are_the_first(), mount_points=mounts.mount_points())


def parse_service(cgroup: str) -> str | None:
    """The systemd service in the text of /proc/PID/cgroup; None outside one, and for a user's own manager."""
    for line in cgroup.splitlines():
        unit = line.rpartition("/")[2]
        if line.startswith(("0::", "1:name=systemd:")) and unit.endswith(".service") and not unit.startswith("user@"):
            return unit
    return None


def _service() -> str | None:
    return parse_service(Path("/proc/self/cgroup").read_text(errors="surrogateescape"))


def _size() -> tuple[int, int] | None:
    for fd in (1, 2, 0):
        try:
            return tuple(os.get_terminal_size(fd))  # type: ignore[return-value]
        except OSError:
            continue
    return None


def colours(environment: Mapping[str, str]) -> int | None:
    """How many colours the terminal says it has; None where it says nothing of itself."""
    name = environment.get("TERM", "")
    if environment.get("COLORTERM") in {"truecolor", "24bit"} or name.endswith("-direct"):
        return 1 << 24
    if name in {"", "unknown"}:
        return None
    if name in {"dumb", "vt100", "vt220"}:
        return 2
    return 256 if "256color" in name or name in {"xterm-kitty", "alacritty", "foot"} else 8


def terminal() -> Terminal:
    """The terminal that the app would draw on."""
    encoding = locale.getpreferredencoding(do_setlocale=False)
    return Terminal(
        name=os.environ.get("TERM") or None,
        size=_size(),
        colours=colours(os.environ),
        unicode=encoding.lower().replace("-", "") == "utf8",
    )


def host() -> Host:
    """The machine and how tapscope was started on it."""
    return Host(
        kernel=os.uname().release,
        command=command(),
        programs=look(programs),
        sudo_user=look(_sudo_user),
        container=look(_container),
        service=look(_service),
        versions=_versions(),
        terminal=terminal(),
    )
