"""What the set-up script says and does on machines that lack something, played by programs of its own making."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "grep", "dirname", "basename", "readlink", "cksum", "cat", "mktemp", "tail", "rm", "env")


class Machine:
    """A checkout, and a folder of the only programs there are."""

    def __init__(self, folder):
        self.checkout = folder / "checkout"
        self.programs = folder / "bin"
        self.said = folder / "said"
        (self.checkout / ".ci").mkdir(parents=True)
        (self.checkout / "tapscope" / "_build").mkdir(parents=True)
        for name in (".ci/setup", "pyproject.toml", "tapscope/_build/tapscope_needs.py"):
            shutil.copy(ROOT / name, self.checkout / name)
        # the script looks into the machine's own folders as well, and here there is nothing in them
        script = self.checkout / ".ci" / "setup"
        widening = "PATH=$PATH:/usr/sbin:/sbin\n"
        assert widening in script.read_text()
        script.write_text(script.read_text().replace(widening, ""))
        self.programs.mkdir()
        for name in TOOLS:
            (self.programs / name).symlink_to(shutil.which(name))
        self.program("id", "echo 1000")

    def program(self, name, script):
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def python_without(self, module):
        """A Python that cannot import ``module``, and for which nothing is missing to compile."""
        real = shlex.quote(sys.executable)
        self.program(
            "python3",
            f'case "$*" in *"import {module}"*) exit 1;; *tapscope_needs*) exit 0;; esac\nexec {real} "$@"',
        )

    def environment(self, pip=None):
        """A ``.venv`` of an earlier run: finished, or with a pip that does this and no header missing."""
        python = self.checkout / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        if pip:
            real = shlex.quote(sys.executable)
            self.program("pip", f'case "$*" in *"-m pip"*) {pip};; *tapscope_needs*) exit 0;; esac\nexec {real} "$@"')
            (self.programs / "pip").rename(python)
            return
        python.symlink_to(os.path.realpath(sys.executable))
        stamp = subprocess.run(["cksum", self.checkout / "pyproject.toml"], capture_output=True, check=True, text=True)
        check, size, _ = stamp.stdout.split(maxsplit=2)
        origin = f"{sys.base_prefix} {sys.version_info.major} {sys.version_info.minor}"
        (python.parents[1] / ".tapscope-run").write_text(f"{self.checkout} {check} {size} {origin}\n")

    def setup(self, **more):
        return subprocess.run(
            [self.checkout / ".ci" / "setup", "run"],
            env={"PATH": str(self.programs), "SAID": str(self.said)} | more,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_no_apt(machine):
    machine.python_without("ensurepip")
    done = machine.setup()
    assert done.returncode == 1
    assert done.stderr == "tapscope needs these packages, and nothing here may install them: python3-venv\n"


def test_apt_but_neither_root_nor_sudo(machine):
    machine.python_without("ensurepip")
    machine.program("apt-get", 'echo "$@" >>"$SAID"')
    done = machine.setup()
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert not machine.said.exists()


@pytest.mark.parametrize("user", ["0", "1000"])
def test_packages_are_named_before_apt_is_asked(machine, user):
    machine.python_without("ensurepip")
    machine.program("id", f"echo {user}")
    machine.program("sudo", 'echo sudo >>"$SAID"; exec "$@"' if user != "0" else "exit 99")
    machine.program("apt-get", 'echo "$DEBIAN_FRONTEND $*" >>"$SAID"; echo no "$1" >&2; exit 1')
    done = machine.setup()
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Installing with apt: python3-venv",
        "no -qq",
        "no -qq",
        "apt could not install what tapscope needs: python3-venv",
    ]
    *sudo, update, install = machine.said.read_text().splitlines()
    assert sudo == ([] if user == "0" else ["sudo"])
    assert update == " -qq update"
    assert install == "noninteractive -qq -y --no-install-recommends install python3-venv"


def test_without_python_all_that_it_takes_is_named_at_once(machine):
    done = machine.setup()
    everything = "python3 python3-venv gcc libc6-dev libcap-dev python3-dev"
    assert done.stderr == f"tapscope needs these packages, and nothing here may install them: {everything}\n"


def test_a_python_that_is_too_old(machine):
    machine.program(
        "python3",
        'case "$*" in *version_info*) exit 1;; *) echo /usr/bin/python3 is 3.10.12;; esac',
    )
    done = machine.setup()
    assert done.returncode == 1
    said = "tapscope needs Python 3.11 or newer; /usr/bin/python3 is 3.10.12."
    assert done.stderr == f"{said} Name another: make demo PYTHON=python3.12\n"


def test_a_second_run_does_nothing(machine):
    """The stamp and a Python that answers are all that it looks at."""
    machine.program("python3", "exit 99")
    machine.environment()
    done = machine.setup()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_named_python_is_not_passed_over_for_the_one_that_is_there(machine):
    machine.environment()
    done = machine.setup(PYTHON=os.path.realpath(sys.executable))
    assert (done.returncode, done.stderr) == (0, "")
    done = machine.setup(PYTHON="python3.99")
    assert done.returncode == 1
    assert done.stderr.startswith("tapscope needs Python 3.11 or newer; there is no python3.99.")


def test_what_an_interrupted_run_left_is_made_anew(machine):
    machine.environment(pip="echo No module named pip >&2; exit 1")
    machine.program("python3", 'case "$*" in *venv*) echo "$@" >>"$SAID"; exit 3;; *tapscope_needs*) exit 0;; esac')
    done = machine.setup()
    assert (done.returncode, done.stderr) == (3, f"Making .venv with {machine.programs}/python3\n")
    assert machine.said.read_text() == "-m venv --clear .venv\n"


@pytest.mark.parametrize(
    ("pip", "told"),
    [
        (
            'case "$*" in *--version*) exit 0;; esac; echo "WARNING: Retrying (Retry(total=4)) after" >&2; exit 1',
            "pip cannot reach its package index; what it said is in .venv/pip.log",
        ),
        ('case "$*" in *--version*) exit 0;; esac; echo "ERROR: no wheel" >&2; exit 1', "ERROR: no wheel"),
    ],
)
def test_a_pip_that_fails(machine, pip, told):
    machine.environment(pip=pip)
    done = machine.setup()
    assert (done.returncode, done.stderr) == (1, f"Installing tapscope into .venv\n{told}\n")
    assert not (machine.checkout / ".venv" / ".tapscope-run").exists()


def test_a_pip_that_only_warns_is_not_heard(machine):
    machine.environment(pip="echo DEPRECATION >&2; exit 0")
    done = machine.setup()
    assert (done.returncode, done.stderr) == (0, "Installing tapscope into .venv\n")
    assert (machine.checkout / ".venv" / ".tapscope-run").exists()
