"""What compiling python-prctl needs here, and which of it is missing.

python-prctl comes as source only: its set-up wants ``gcc`` by that name, and the headers of libc, libcap and Python.
Run as a program, for the set-up script, it prints the names of the missing packages; as ``… check`` it stops where
something is missing.
"""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

CHECK_SWITCH = "TAPSCOPE_SKIP_HEADER_CHECK"
"""Set in the environment, it turns the check off: for whoever has a built python-prctl that we cannot see."""

COMPILER = "gcc"
HEADERS = {"libc": "sys/prctl.h", "libcap": "sys/capability.h", "python": "Python.h"}

# distribution, as ID or ID_LIKE in /etc/os-release says it -> the installing command, and who ships what
PACKAGES = {
    "debian": ("apt install", {COMPILER: "gcc", "libc": "libc6-dev", "libcap": "libcap-dev", "python": "python3-dev"}),
    "fedora": (
        "dnf install",
        {COMPILER: "gcc", "libc": "glibc-devel", "libcap": "libcap-devel", "python": "python3-devel"},
    ),
    "arch": ("pacman -S", {COMPILER: "gcc", "libc": "glibc", "libcap": "libcap", "python": "python"}),
    "suse": (
        "zypper install",
        {COMPILER: "gcc", "libc": "glibc-devel", "libcap": "libcap-devel", "python": "python3-devel"},
    ),
    "alpine": ("apk add", {COMPILER: "gcc", "libc": "musl-dev", "libcap": "libcap-dev", "python": "python3-dev"}),
}


def missing(*, new_environment: bool = False) -> list[str]:
    """Return what is missing of ``gcc`` and the keys of ``HEADERS``; nothing where nothing will be compiled.

    ``new_environment`` says that the installation goes elsewhere than where this interpreter looks.
    """
    if os.environ.get(CHECK_SWITCH) or not sys.platform.startswith("linux"):
        return []
    if not new_environment and _prctl_is_there():
        return []
    compiler = [] if shutil.which("gcc") and shutil.which("cpp") else [COMPILER]
    return compiler + [part for part, header in HEADERS.items() if not _has_header(header)]


def packages(parts: list[str]) -> list[str]:
    """Return this distribution's packages for ``parts``: none for a Python or a distribution that it did not make."""
    _, names = PACKAGES.get(_distribution(), ("", {}))
    return [_package(names, part) for part in parts if names and not (part == "python" and _foreign_python())]


def sentence(parts: list[str]) -> str:
    """Return the one line that names what is missing and the command that mends it."""
    what = "gcc" if parts == [COMPILER] else "headers" if COMPILER not in parts else "gcc and headers"
    line = [f"tapscope needs {what} to compile python-prctl."]
    named = packages(parts)
    if named:
        command, _ = PACKAGES[_distribution()]
        line.append(f"Run: {'' if os.geteuid() == 0 else 'sudo '}{command} {' '.join(named)}")
    elif others := [HEADERS.get(part, part) for part in parts if part != "python" or not _foreign_python()]:
        line.append(f"Install: {', '.join(others)}")
    if "python" in parts and _foreign_python():
        line.append(f"{sys.base_prefix} has no {HEADERS['python']}: use a Python that was installed with its headers.")
    return " ".join(line)


def _prctl_is_there() -> bool:
    """Say whether the environment being installed into has python-prctl: ``-I`` looks past the build's own paths."""
    command = [sys.executable, "-I", "-c", "import prctl"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _has_header(header: str) -> bool:
    if header == HEADERS["python"]:
        return any(Path(sysconfig.get_path(kind), header).exists() for kind in ("include", "platinclude"))
    if compiler := shutil.which("gcc"):
        source = f"#if !__has_include(<{header}>)\n#error\n#endif\n"
        command = [compiler, "-E", "-x", "c", "-"]
        return subprocess.run(command, input=source, capture_output=True, text=True, check=False).returncode == 0
    folders = ("/usr/include", f"/usr/include/{sysconfig.get_config_var('MULTIARCH')}", "/usr/local/include")
    return any(Path(folder, header).exists() for folder in folders)


def _distribution() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    names = [release.get("ID", ""), *release.get("ID_LIKE", "").split(), release.get("ID", "").split("-")[0]]
    aliases = {"rhel": "fedora", "centos": "fedora", "opensuse": "suse", "ubuntu": "debian"}
    return next((known for name in names if (known := aliases.get(name, name)) in PACKAGES), "")


def _foreign_python() -> bool:
    """Say whether this Python came from elsewhere (pyenv, conda, a tarball), so that no package mends it."""
    return Path(sys.base_prefix) != Path("/usr")


def _package(names: dict[str, str], part: str) -> str:
    """Debian calls the headers of an interpreter beside its default one ``python3.12-dev``."""
    default = Path("/usr/bin/python3").resolve().name
    running = f"python{sys.version_info.major}.{sys.version_info.minor}"
    debian_side_python = part == "python" and names is PACKAGES["debian"][1] and default != running
    return f"{running}-dev" if debian_side_python else names[part]


def _main() -> None:
    parts = missing(new_environment=sys.prefix == sys.base_prefix)
    if sys.argv[1:] != ["check"]:
        print(*packages(parts))
    elif parts:
        sys.exit(sentence(parts))


if __name__ == "__main__":
    _main()
