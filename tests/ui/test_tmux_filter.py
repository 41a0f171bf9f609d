"""The display filter on a real terminal: typed, completed, kept for the next run, and given on the command line."""

import shlex
from pathlib import Path

import pytest
from terminal import TAPSCOPE, TMUX, Terminal

import tapscope.demo

pytestmark = pytest.mark.skipif(TMUX is None, reason="no tmux")

RECORDING = Path(tapscope.demo.__file__).with_name("recording.pcapng")
COMMAND = shlex.join([*TAPSCOPE, str(RECORDING)])


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "tapscope" / "filters"


def test_a_filter_is_typed_and_remembered(tmp_path: Path, state: Path) -> None:
    with Terminal(tmp_path, COMMAND) as terminal:
        terminal.wait_for(r"101 frames")
        terminal.type("/", *"arp", "Enter")  # at once: no letter of it is another key
        terminal.wait_for(r"/ arp +[1-9]\d* of 101")
        terminal.type("/")
        terminal.wait_for("✓ Enter applies it")
        terminal.type("-l", ".opc")
        terminal.wait_for(r"✗ \^+ arp.opc is no field(.|\n)*arp.opcode +u16")
        terminal.type("Tab")
        terminal.wait_for(r"/ arp.opcode(.|\n)*✓ Enter applies it")
        terminal.type("-l", " == 2")
        terminal.type("Enter")
        terminal.wait_for(r"/ arp.opcode == 2 +[1-9]\d* of 101")
        terminal.wait_for(lambda screen: " is at " in screen and "who has" not in screen)
        terminal.type("q")
        terminal.wait_for("left with 0")
    assert state.read_text() == "arp\narp.opcode == 2\n"


def test_a_filter_is_on_from_the_start(tmp_path: Path) -> None:
    with Terminal(tmp_path, f"{COMMAND} -Y 'dns && ip.src == 0.0.0.0/0'") as terminal:
        screen = terminal.wait_for(r"/ dns && ip.src == 0.0.0.0/0 +[1-9]\d* of 101")
        screen = terminal.wait_for(r"^> +\d+ .* DNS ")
        assert "TCP" not in screen
        terminal.type("/")
        terminal.wait_for("✓ Enter applies it")
        terminal.type("C-u")
        terminal.wait_for("Enter shows all frames")
        terminal.type("Enter")
        terminal.wait_for(lambda screen: "of 101" not in screen and "TCP" in screen)
        terminal.type("q")
        terminal.wait_for("left with 0")


def test_a_faulty_one_is_refused_before_there_is_a_screen(tmp_path: Path) -> None:
    with Terminal(tmp_path, f"{COMMAND} -Y 'ip && tcp.prot == 80'", width=160) as terminal:
        screen = terminal.wait_for("left with 2")
        assert "did you mean tcp.port?" in screen
        lines = screen.splitlines()
        marked = next(at for at, line in enumerate(lines) if line.strip().startswith("^"))
        assert lines[marked - 1][lines[marked].index("^") :].startswith("tcp.prot")
