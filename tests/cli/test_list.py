"""``tapscope list``, and ``tapscope`` with neither a name nor a terminal: on real interfaces in a private namespace."""

import json
import subprocess
import sys
from typing import Any

import pytest
from allowed import SANDBOX, needs
from cli_kit import COMMAND, PRIVATE, run

HOLD = f"{sys.executable} -c 'import sys; from tapscope.machine import tuntap; tuntap.attach(sys.argv[1]); " + (
    'print("held", flush=True); sys.stdin.read()\''
)


def there(script: str) -> str:
    """What a shell prints in a network namespace of its own; ``$LIST`` is the command, ``hold TAP`` keeps it held."""
    begin = f"""
        set -e
        LIST="{" ".join(COMMAND)} list"
        hold() {{
            mkfifo "$1.in" "$1.out"
            exec {{HOLDER}} "$1" <"$1.in" >"$1.out" &
            exec 7>"$1.in" 8<"$1.out"
            read -r held <&8
        }}
    """.replace("exec {HOLDER}", HOLD)
    with subprocess.Popen(
        [*PRIVATE, "sh", "-c", begin + script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as shell:
        out, err = shell.communicate(timeout=60)
    assert shell.returncode == 0, err
    return out


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rows(text: str) -> dict[str, dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    return {row["name"]: row for row in found}


def test_the_list_loads_no_heavy_library():
    code = (
        "import sys; from tapscope.cli import main; main(['list']);"
        "print({'textual', 'rich', 'scapy', 'numpy'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"


@needs(SANDBOX)
def test_taps_first_with_all_that_is_known_of_them():
    script = """
        ip link add br0 type bridge
        ip link set br0 up
        ip tuntap add dev tap10 mode tap user 0
        ip tuntap add dev tap2 mode tap multi_queue vnet_hdr
        ip link set tap2 master br0 mtu 1400 up
        hold tap2
        $LIST --json
    """
    found = rows(there(script))
    assert list(found) == ["tap2", "tap10", "br0", "lo"]
    assert (
        found["tap2"].items()
        >= {
            "mode": "tap",
            "up": True,
            "carrier": True,
            "mtu": 1400,
            "bridge": "br0",
            "owner": None,
            "multi_queue": True,
            "queues": 1,
            "vnet_hdr": True,
            "persistent": True,
            "held": True,
        }.items()
    )
    (holder,) = found["tap2"]["holders"]
    assert (holder["program"], holder["user"], holder["guest"]) == (sys.executable.rpartition("/")[2], "root", None)
    assert (
        found["tap10"].items()
        >= {
            "owner": 0,
            "owner_name": "root",
            "held": False,
            "holders": [],
            "opens": "attach",
            "why": None,
        }.items()
    )
    assert found["br0"].items() >= {"mode": "bridge", "owner": None, "held": None, "opens": "watch"}.items()
    assert found["lo"]["out_bytes_per_second"] == 0


@needs(SANDBOX)
def test_the_table_keeps_its_columns():
    script = """
        ip tuntap add dev tap0 mode tap
        hold tap0
        $LIST
    """
    heading, tap, lo = there(script).splitlines()
    assert heading.split() == [
        "name",
        "mode",
        "state",
        "rate",
        "owner",
        "flags",
        "MTU",
        "bridge",
        "guest",
        "held",
        "by",
        "opens",
    ]
    assert tap.split()[:5] == ["tap0", "tap", "down,", "carrier", "0"]
    assert "persistent" in tap
    at = heading.index("held by")
    assert tap[at:].startswith(sys.executable.rpartition("/")[2] + " (pid ")
    assert tap.endswith("  watch")
    assert lo[at:].startswith("-  ")


@needs(SANDBOX)
def test_a_hostile_name_is_one_harmless_line():
    script = """
        ip tuntap add dev "$(printf 'a\\033[31mb')" mode tap
        $LIST
    """
    assert r"a\x1b[31mb" in there(script).splitlines()[1]


@needs(SANDBOX)
def test_without_a_name_and_a_terminal_the_list_is_printed():
    done = run(before=PRIVATE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [b"name", b"lo"]


@needs(SANDBOX)
def test_who_may_do_nothing_is_told_why():
    script = """
        ip tuntap add dev tap0 mode tap user 0
        setpriv --inh-caps=-all --bounding-set=-all --securebits=+noroot $LIST --json
    """
    found = rows(there(script))
    assert (found["tap0"]["opens"], found["lo"]["opens"]) == ("attach", None)
    assert "CAP_NET_RAW" in found["lo"]["why"]
