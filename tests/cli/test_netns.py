"""``--netns`` for every command: real namespaces, named in a private mount namespace, and by process."""

import json
import re
import subprocess
import sys
from pathlib import Path

import allowed
import pytest
from cli_kit import COMMAND, PRIVATE
from terminal import TAPSCOPE, TMUX, Terminal

pytestmark = allowed.needs(allowed.SANDBOX)

NAMED = "mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/netns"
WORLD = (*PRIVATE, "--mount", "--kill-child")
NAMING = allowed.Need(
    "network namespaces with names of their own",
    f"{' '.join(PRIVATE)} --mount sh -c '{NAMED} && ip netns add blue'",
)
needs_names = allowed.needs(NAMING)


def said(script: str) -> subprocess.CompletedProcess[str]:
    """What a shell says in a world of its own. ``$T`` is the command; ``blue`` has the TAP tap0 and is down."""
    begin = f"""
        set -e
        T="{" ".join(COMMAND)}"
        {NAMED}; ip netns add blue; ip -n blue tuntap add dev tap0 mode tap; ip -n blue link set lo up
    """
    return subprocess.run([*WORLD, "sh", "-c", begin + script], capture_output=True, text=True, timeout=60, check=False)


@needs_names
def test_the_list_is_of_the_other_namespace() -> None:
    told = said("$T list --json --netns blue; $T list --netns blue; $T --netns blue; $T list --json")
    assert told.stderr == ""
    first, second, *lines = told.stdout.splitlines()
    assert [json.loads(line)["name"] for line in (first, second)] == ["tap0", "lo"]
    assert [line.split()[0] for line in lines[:-1]] == ["name", "tap0", "lo"] * 2
    assert json.loads(lines[-1])["name"] == "lo"


@needs_names
def test_frames_come_from_the_other_namespace() -> None:
    told = said("""
        ip -n blue addr add 10.9.8.7/24 dev tap0; ip -n blue link set tap0 up
        ip netns exec blue ping -i 0.2 10.9.8.1 > /dev/null & PING=$!
        $T dump tap0 --netns blue -c 2; kill $PING
        ip link show tap0 || echo nothing here
    """)
    *frames, here = told.stdout.splitlines()
    assert len(frames) == 2, told.stderr
    assert here == "nothing here"


@needs_names
def test_a_process_is_as_good_as_a_name_and_so_is_a_path() -> None:
    told = said("""
        unshare -n sleep 60 & P=$!
        until [ "$(readlink /proc/$P/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
        nsenter -t $P -n ip link add name other0 type bridge
        for place in $P /proc/$P/ns/net /run/netns/blue; do $T list --netns $place | sed -n 2p; done
        kill $P
    """)
    assert [line.split()[0] for line in told.stdout.splitlines()] == ["other0", "other0", "tap0"], told.stderr


@needs_names
def test_a_name_of_digits_goes_before_a_process() -> None:
    told = said("ip netns add 1; ip -n 1 link add name one0 type bridge; $T list --netns 1 | sed -n 2p")
    assert told.stdout.split()[0] == "one0", told.stderr


WRONG = {
    "list --netns blu": "--netns blu: no network namespace has that name; there are blue",
    "dump lo --netns 4194305": "--netns 4194305: there is no process 4194305",
    "list --netns /no/such": "--netns /no/such: there is no such file",
    "list --netns /dev/null": "--netns /dev/null: /dev/null is no network namespace",
    "doctor lo --netns blu": "--netns blu: no network namespace has that name; there are blue",
}


@needs_names
def test_what_is_not_there_is_told_in_a_line() -> None:
    told = said("set +e\n" + "\n".join(f"$T {line}; echo $?" for line in WRONG))
    assert told.stdout.split() == ["66"] * len(WRONG)
    assert told.stderr.splitlines() == [f"tapscope: {line}" for line in WRONG.values()]


@needs_names
def test_where_nothing_has_a_name_a_process_is_proposed() -> None:
    told = said("ip netns del blue; $T list --netns blue")
    assert told.returncode == 66
    assert re.search(r"none has a name here \(ip netns list\); a process will do", told.stderr)


@needs_names
def test_a_capture_is_in_no_namespace() -> None:
    told = said("$T dump x.pcap --netns blue")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "--netns is for an interface, and x.pcap is a capture" in told.stderr
    told = said("$T list --netns ''")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)


AS_NOBODY = (sys.executable, str(Path(__file__).with_name("as_nobody.py")))
POWERLESS = "setpriv --inh-caps=-all --bounding-set=-all --securebits=+noroot"


@needs_names
def test_who_may_not_go_there_is_told_why_by_the_doctor() -> None:
    told = said(f"""
        {POWERLESS} $T list --netns blue || echo $?
        {POWERLESS} $T doctor tap0 --netns blue
    """)
    assert told.returncode == 1
    assert told.stdout.startswith("77\n")
    assert '✗ netns        entering network namespace "blue" asks for CAP_SYS_ADMIN' in told.stdout
    title, why, *_, last = told.stderr.splitlines()
    assert title.startswith('tapscope: entering network namespace "blue" asks for CAP_SYS_ADMIN')
    assert why == "  why: setns /run/netns/blue: EPERM (Operation not permitted)"
    assert last == "  all that was seen: tapscope doctor --netns blue"


@allowed.needs(allowed.SECOND_USERS_SANDBOX)
def test_a_plain_user_may_enter_what_is_ones_own_and_nothing_else() -> None:
    begin = f"""
        {NAMED} || exit  # what follows is not for the machine's own /run
        ip netns add blue; mount -t tmpfs -o mode=755 tmpfs /dev/net; mknod -m 666 /dev/net/tun c 10 200
        NOBODY="setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all"
        $NOBODY unshare -Urn sh -c 'ip tuntap add dev own0 mode tap; exec sleep 60' & OWN=$!
        sleep 60 & ROOTS=$!
        until nsenter -t $OWN -n ip link show own0 > /dev/null 2>&1; do :; done
        for place in $OWN blue $ROOTS; do {" ".join(AS_NOBODY)} list --json --netns $place; echo $?; done
        kill $OWN $ROOTS
    """
    told = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", begin], capture_output=True, text=True, timeout=60, check=False
    )
    own, lo, *codes = told.stdout.splitlines()
    assert json.loads(own).items() >= {"name": "own0", "opens": "attach"}.items(), told.stderr
    assert json.loads(lo)["name"] == "lo"
    assert codes == ["0", "77", "77"]
    assert 'entering network namespace "blue" asks for CAP_SYS_ADMIN' in told.stderr
    assert "is closed to nobody (uid 65534)" in told.stderr


@needs_names
@pytest.mark.skipif(TMUX is None, reason="no tmux")
def test_the_screen_says_where_it_looks(tmp_path: Path) -> None:
    tap = "ip netns add blue && ip -n blue tuntap add dev tap0 mode tap && ip -n blue addr add 10.9.8.7/24 dev tap0"
    command = f"{' '.join(WORLD)} sh -c '{NAMED} && {tap} && exec {' '.join(TAPSCOPE)} --netns blue'"
    with Terminal(tmp_path, command) as terminal:
        terminal.wait_for("2 in netns blue, of them 1 TAP or TUN")
        terminal.wait_for("^> tap0 +attach")
        terminal.type("Enter")
        terminal.wait_for(r"tap0 +in netns blue +peer .*● carrier(.|\n)*10.9.8.7/24")
        terminal.type("i")
        terminal.wait_for("2 in netns blue(.|\n)*^> tap0 .*carrier")
        terminal.type("q")
        terminal.wait_for("left with 0")
