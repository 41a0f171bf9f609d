"""A private world for one real reproduction: mount, network and pid namespaces that end with it.

Inside: users alice (4242, listed in the group taps) and bob (4243), /dev/net/tun with mode 0666 on a private file
system, and the project's interpreter ($PYTHON) made reachable for plain users. Words for the scripts:

``$ALICE CMD``  as her by setuid(2), which drops every capability at once
``$BOB CMD``    as him
``$KEPT CMD``   as her by setpriv(1), which keeps root's until it executes the command
``own_copy``    makes a virtual environment whose interpreter, ``$OWN``, is a copy
``ask CMD``     lets an interpreter, run by CMD, answer ``tapscope doctor --json tap0`` with and without ``--no-try``
``$ACTORS``     the folder of the actors

The script's standard output is the doctor's JSON.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tapscope
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_SYS_ADMIN, own_sets

ROOT = Path(tapscope.__file__).resolve().parents[1]
ACTORS = Path(__file__).parent / "actors"
NEEDED = ("unshare", "chroot", "setpriv", "setcap", "setfacl", "ip", "strace", "mount")
PATIENCE = 60


@dataclass(frozen=True)
class Case:
    """One reproduction. ``script`` is POSIX shell, run as root in the private world.

    ``cause``   what the door's ``causes`` must begin with; "" for a door that must be open
    ``rivals``  what must be named beside it
    ``notes``   what must be among the door's notes
    ``verdict`` what the door must say; by itself ``ok`` without a cause, else ``refused``
    """

    name: str
    cause: str
    script: str
    door: str = "peer"
    rivals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    verdict: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", self.verdict or ("refused" if self.cause else "ok"))


def unable() -> str | None:
    """Why nothing can be reproduced here; None where all can."""
    effective = own_sets().effective
    if os.geteuid() or not effective >> CAP_SYS_ADMIN & 1 or not effective >> CAP_NET_ADMIN & 1:
        return "needs root with CAP_SYS_ADMIN and CAP_NET_ADMIN, for private namespaces and setcap"
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing:
        return f"needs {', '.join(missing)}"
    if not Path("/dev/net/tun").is_char_device():
        return "needs /dev/net/tun"
    tried = subprocess.run(["unshare", "-mnp", "--fork", "--mount-proc", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else f"unshare: {tried.stderr.decode().strip()}"


def _closed(path: Path) -> Path | None:
    """The first directory on the way that others may not search, such as /root."""
    return next((parent for parent in reversed([path, *path.parents]) if not parent.stat().st_mode & 0o001), None)


def _opening(work: str) -> Iterator[str]:
    """Lay an empty directory over each closed one, and put back what a plain user needs from below it."""
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(os.path.realpath(sys.executable)).parents[1], ROOT}
    closed = {path: cover for path in sorted(needed) if (cover := _closed(path))}
    for number, path in enumerate(closed):
        yield f"mkdir {work}/keep{number}; mount --rbind {shlex.quote(str(path))} {work}/keep{number}"
    for cover in sorted(set(closed.values())):
        yield f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(cover))}"
    for number, path in enumerate(closed):
        place = shlex.quote(str(path))
        yield f"mkdir -p {place}; mount --move {work}/keep{number} {place}"


PRELUDE = """\
set -eu
mount -t tmpfs -o mode=755 tmpfs $WORK
cd $WORK
{opening}
sed '$aalice:x:4242:4242::/nonexistent:/bin/sh\\nbob:x:4243:4243::/nonexistent:/bin/sh' /etc/passwd > passwd
sed '$aalice:x:4242:\\nbob:x:4243:\\ntaps:x:4300:alice' /etc/group > group
mount --bind passwd /etc/passwd; mount --bind group /etc/group
mount -t tmpfs -o mode=755 tmpfs /dev/net
mknod -m 666 /dev/net/tun c 10 200
mount -t tmpfs -o mode=755 tmpfs /run
ip link set lo up
ALICE="chroot --skip-chdir --userspec=4242:4242 --groups= /"
BOB="chroot --skip-chdir --userspec=4243:4243 --groups= /"
KEPT="setpriv --reuid=4242 --regid=4242 --clear-groups --inh-caps=-all --"
ask() {{
    "$@" -m tapscope doctor --json --no-try tap0 > $WORK/predicted || test $? = 1
    "$@" -m tapscope doctor --json tap0 || test $? = 1
    cat $WORK/predicted
}}
own_copy() {{
    "$PYTHON" -m venv --copies --without-pip $WORK/own
    printf '%s\\n' $PACKAGES > $WORK/own/lib/python$VERSION/site-packages/packages.pth
}}
OWN=$WORK/own/bin/python
"""


def _environment(work: str) -> dict[str, str]:
    packages = [str(ROOT), *(path for path in sys.path if path.endswith("-packages"))]
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "WORK": work,
        "PYTHON": sys.executable,
        "VERSION": f"{sys.version_info.major}.{sys.version_info.minor}",
        "PACKAGES": " ".join(packages),
        "ACTORS": str(ACTORS),
    }


@dataclass(frozen=True)
class Answer:
    """What the doctor said: ``real`` of the attempt, ``predicted`` without one (None where it was not asked)."""

    real: dict[str, Any]
    predicted: dict[str, Any] | None

    @staticmethod
    def door(document: dict[str, Any], mode: str) -> dict[str, Any]:
        return next(attempt for attempt in document["attempts"] if attempt["mode"] == mode)


def _answer(told: str) -> Answer:
    documents, decoder, rest = [], json.JSONDecoder(), told.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        documents.append(document)
        rest = rest[end:].strip()
    return Answer(documents[0], documents[1] if len(documents) > 1 else None)


def play(script: str) -> Answer:
    """Run a script in a private world. Fails with all that was said when the doctor did not answer."""
    work = tempfile.mkdtemp(prefix="tapscope-", dir="/tmp")
    Path(work).chmod(0o755)
    text = PRELUDE.format(opening="\n".join(_opening(work))) + script
    # The first process of the pid namespace: with it everything that the script left running ends.
    command = [
        "unshare",
        "-mnp",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--propagation",
        "private",
        "sh",
        "-c",
        text,
    ]
    try:
        done = subprocess.run(
            command, env=_environment(work), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
    finally:
        Path(work).rmdir()
    try:
        return _answer(done.stdout)
    except (ValueError, IndexError):
        raise AssertionError(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}") from None
