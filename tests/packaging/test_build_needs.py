"""The one line that names what is missing to compile python-prctl."""

import importlib.util
import os
import platform
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "tapscope" / "_build"


@pytest.fixture
def needs(monkeypatch):
    """The module as the build loads it, on a machine with a Python of the distribution and nothing else."""
    spec = importlib.util.spec_from_file_location("tapscope_needs", BACKEND / "tapscope_needs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.sys, "base_prefix", "/usr")
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(module, "_prctl_is_there", lambda: False)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setattr(module, "_has_header", lambda header: False)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "debian"})
    monkeypatch.delenv(module.CHECK_SWITCH, raising=False)
    return module


@pytest.fixture
def default_python(monkeypatch, needs):
    """``/usr/bin/python3`` is the running one."""
    running = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    monkeypatch.setattr(needs.Path, "resolve", lambda path: Path(running))


RELEASES = {
    "debian": ({"ID": "debian"}, "sudo apt install gcc libc6-dev libcap-dev python3-dev"),
    "mint": ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "sudo apt install gcc libc6-dev libcap-dev python3-dev"),
    "fedora": ({"ID": "fedora"}, "sudo dnf install gcc glibc-devel libcap-devel python3-devel"),
    "rocky": (
        {"ID": "rocky", "ID_LIKE": "rhel centos fedora"},
        "sudo dnf install gcc glibc-devel libcap-devel python3-devel",
    ),
    "arch": ({"ID": "arch"}, "sudo pacman -S gcc glibc libcap python"),
    "tumbleweed": (
        {"ID": "opensuse-tumbleweed", "ID_LIKE": "opensuse suse"},
        "sudo zypper install gcc glibc-devel libcap-devel python3-devel",
    ),
    "alpine": ({"ID": "alpine"}, "sudo apk add gcc musl-dev libcap-dev python3-dev"),
}


@pytest.mark.parametrize("distribution", RELEASES)
def test_each_distribution_by_its_own_names(needs, default_python, monkeypatch, distribution):
    release, command = RELEASES[distribution]
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    line = needs.sentence(needs.missing())
    assert line == f"tapscope needs gcc and headers to compile python-prctl. Run: {command}"


def test_an_unknown_distribution(needs, monkeypatch):
    def no_file():
        raise OSError

    monkeypatch.setattr(platform, "freedesktop_os_release", no_file)
    line = (
        "tapscope needs gcc and headers to compile python-prctl. Install: gcc, sys/prctl.h, sys/capability.h, Python.h"
    )
    assert needs.sentence(needs.missing()) == line


def test_only_what_is_missing_is_named_and_root_needs_no_sudo(needs, default_python, monkeypatch):
    monkeypatch.setattr(needs.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(needs, "_has_header", lambda header: header != "sys/capability.h")
    monkeypatch.setattr(needs.os, "geteuid", lambda: 0)
    line = "tapscope needs headers to compile python-prctl. Run: apt install libcap-dev"
    assert needs.sentence(needs.missing()) == line


def test_a_python_beside_the_default_one(needs, monkeypatch):
    monkeypatch.setattr(needs.Path, "resolve", lambda path: Path("/usr/bin/python3.99"))
    running = f"python{sys.version_info.major}.{sys.version_info.minor}-dev"
    assert needs.packages(["python"]) == [running]


def test_a_python_of_no_package(needs, monkeypatch):
    monkeypatch.setattr(needs.sys, "base_prefix", "/opt/python")
    own = "/opt/python has no Python.h: use a Python that was installed with its headers."
    assert needs.sentence(["python"]) == f"tapscope needs headers to compile python-prctl. {own}"
    run = "Run: sudo apt install libcap-dev"
    assert needs.sentence(["libcap", "python"]) == f"tapscope needs headers to compile python-prctl. {run} {own}"


def test_nothing_is_asked_for_that_will_not_be_compiled(needs, monkeypatch):
    assert needs.missing()
    monkeypatch.setattr(needs, "_prctl_is_there", lambda: True)
    assert needs.missing() == []
    assert needs.missing(new_environment=True)
    monkeypatch.setenv(needs.CHECK_SWITCH, "1")
    assert needs.missing(new_environment=True) == []
    monkeypatch.delenv(needs.CHECK_SWITCH)
    monkeypatch.setattr(needs.sys, "platform", "darwin")
    assert needs.missing(new_environment=True) == []


@pytest.fixture
def headers_hidden():
    """A shell in a private mount namespace, before whose eyes the folders with the libcap header are empty."""
    places = [Path("/usr/include"), Path("/usr/include", sysconfig.get_config_var("MULTIARCH") or "")]
    folders = [str(place / "sys") for place in places if (place / "sys" / "capability.h").exists()]
    if not folders:
        pytest.skip("the libcap header is not where Debian puts it")
    hide = " && ".join(f"mount -t tmpfs none {folder}" for folder in folders)
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f'{hide} && exec "$@"', "sh"]
    probe = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"no private mount namespace: {probe.stderr.strip()}")
    return command


def test_the_real_backend_on_a_machine_without_the_header(headers_hidden, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = str(tmp_path / "bare" / "bin" / "python")
    paths = os.pathsep.join([str(BACKEND), sysconfig.get_path("purelib")])
    hook = "import tapscope_build; print(tapscope_build.get_requires_for_build_wheel())"

    def build(*before):
        return subprocess.run(
            [*before, python, "-B", "-c", hook],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )

    done = build(*headers_hidden)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ERROR: tapscope needs headers to compile python-prctl. ")
    assert done.stderr.count("\n") == 1
    assert "libcap" in done.stderr or "sys/capability.h" in done.stderr
    assert build().stdout == "[]\n"
