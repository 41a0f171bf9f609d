"""What a word on the command line means, and what is said of a wrong one."""

import pytest
from cli_kit import ARP, capture

from tapscope import cli, target
from tapscope.exits import CommandError, Exit
from tapscope.target import Interfaces, Target, target_of


@pytest.fixture
def interfaces(monkeypatch):
    names = {"tap0", "demo", "both", "odd.pcap"}
    monkeypatch.setattr(target, "_is_interface", names.__contains__)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("both", "trace", "tap9"):
        capture(tmp_path / f"{name}.pcap", ARP)
        (tmp_path / f"{name}.pcap").rename(tmp_path / name)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("tap0", Target(interface="tap0")),
        ("new0", Target(interface="new0")),
        ("both", Target(interface="both")),
        ("./both", Target(path="./both")),
        ("odd.pcap", Target(interface="odd.pcap")),
        ("trace", Target(path="trace")),
        ("trace.pcap", Target(path="trace.pcap")),
        ("TRACE.PCAPNG", Target(path="TRACE.PCAPNG")),
        ("tap9", Target(path="tap9")),
        ("no/such/file", Target(path="no/such/file")),
    ],
)
def test_interface_or_file(interfaces, folder, word, meant):
    assert target_of(word) == meant


@pytest.mark.parametrize("command", ["dump", "demo", "doctor", "list"])
def test_an_interface_called_like_a_command(interfaces, monkeypatch, command):
    asked = []
    monkeypatch.setattr(cli, "_print_frames", lambda target, args: asked.append(target) or 0)
    assert cli.main(["--", command]) == 0
    assert cli.main(["dump", command]) == 0
    assert asked == [Target(interface=command)] * 2


def test_several_interfaces(interfaces, monkeypatch):
    asked = []
    monkeypatch.setattr(cli, "_print_frames", lambda target, args: asked.append(target) or 0)
    assert cli.main(["tap0", "demo", "new0", "--watch"]) == 0
    assert cli.main(["dump", "--watch", "tap0", "demo", "new0", "-q"]) == 0
    together = Interfaces(tuple(Target(interface=name, door="watch") for name in ("tap0", "demo", "new0")))
    assert asked == [together] * 2
    assert (together.title, together.interface) == ("tap0 demo new0", None)


@pytest.mark.parametrize("word", ["", "a-name-that-is-too-long", "tap%d", "a b", "a:b", "all", "tap\x1b0"])
def test_a_name_the_kernel_would_cut_or_refuse(word):
    with pytest.raises(CommandError) as raised:
        target_of(word)
    assert raised.value.code is Exit.USAGE
    assert "\n" not in str(raised.value)
    assert "\x1b" not in str(raised.value)


WRONG = {
    "--frobnicate": "unrecognized arguments: --frobnicate; see tapscope --help",
    "tap0 trace.pcap": "trace.pcap is a capture: only interfaces can be looked into together",
    "- tap0": "- is a capture: only interfaces can be looked into together",
    "tap0 qemu:/s": "qemu:/s is a capture: only interfaces can be looked into together",
    "tap0 tap1 tap0": "tap0 is named twice: once is enough",
    "--follow a b": "--follow wants one file: leave b out",
    "tap0 --spool /tmp": "--spool is for the terminal's interface; without a terminal: tapscope dump NAME -w FILE",
    "dump": "the following arguments are required: NAME|FILE|-; see tapscope dump --help",
    "dump tap0 -c 0": "argument -c/--count: '0' is no number: give 1 or more; see tapscope dump --help",
    "dump tap0 -c ten": "argument -c/--count: 'ten' is no number: give 1 or more; see tapscope dump --help",
    "dump tap0 --js": "unrecognized arguments: --js; see tapscope dump --help",
    "dump tap0 -w - --json": "--json and -w - both want stdout: write to a file, or leave --json out",
    "dump tap0 -w trace.txt": "-w trace.txt: the name must end in .pcapng or .pcap, or be - for stdout",
    "list tap0": "unrecognized arguments: tap0; see tapscope list --help",
    "demo tap0": "unrecognized arguments: tap0; see tapscope demo --help",
    "doctor --peer --watch": ("argument --watch: not allowed with argument --peer; see tapscope doctor --help"),
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_command_line_is_answered_in_one_line(line, capsys):
    assert cli.main(line.split()) == Exit.USAGE
    assert capsys.readouterr() == ("", f"tapscope: {WRONG[line]}\n")


def test_an_unexpected_error_is_one_line_and_debug_says_where(monkeypatch, capsys):
    def broken(*_, **__):
        raise RuntimeError("the impossible happened")

    monkeypatch.setattr(cli, "targets_of", broken)
    assert cli.main(["tap0"]) == Exit.SOFTWARE
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "RuntimeError: the impossible happened" in line
    assert cli.main(["--debug", "tap0"]) == Exit.SOFTWARE
    assert "Traceback" in capsys.readouterr().err
