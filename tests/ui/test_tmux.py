"""The demo on a real terminal: what is on the screen, and that the terminal is as before when it is left."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from allowed import LIVE_DEMO, needs
from terminal import TAPSCOPE, TMUX, Terminal, descendants

pytestmark = pytest.mark.skipif(TMUX is None, reason="no tmux")

ASIDE = Path(__file__).with_name("aside.py")
WANTED = {"ARP", "ICMP", "DNS", "DHCP", "TCP", "HTTP", "ICMPv6"}
ROW = re.compile(r"^[> ]\s*\d+\s+\d+\.\d{6}\s+(?:in|out)\s+\S+\s+\S+\s+(\S+)\s+\d+ \S", re.MULTILINE)


def leave(terminal: Terminal, key: str) -> float:
    """Press a key; how many seconds until the shell has the terminal again, as it was."""
    begin = time.monotonic()
    terminal.type(key)
    terminal.wait_for("left with 0", patience=10)
    took = time.monotonic() - begin
    print(f"{key}: {took:.2f} s")
    assert terminal.flag("alternate_on") == "0"
    assert terminal.flag("mouse_any_flag") == "0"
    assert terminal.flag("cursor_flag") == "1"
    terminal.type("clear; stty -a", "Enter")
    modes = terminal.wait_for(r"icanon")
    assert re.search(r"(?<!-)\bicanon\b", modes)
    assert re.search(r"(?<!-)\becho\b", modes)
    assert re.search(r"(?<!-)\bisig\b", modes)
    return took


@needs(LIVE_DEMO)
def test_the_demo_decodes_a_whole_conversation(tmp_path: Path) -> None:
    seen: set[str] = set()

    def all_seen(screen: str) -> bool:
        seen.update(ROW.findall(screen))
        return seen >= WANTED

    with Terminal(tmp_path, [*TAPSCOPE, "demo"]) as terminal:
        terminal.wait_for(r"[1-9]\d* frames.* frames/s.*")
        terminal.type("g")  # what comes once, at the beginning
        terminal.wait_for(r"^> +1 .* DHCP ")
        all_seen(terminal.screen())
        terminal.type("G")
        terminal.wait_for(all_seen)
        screen = terminal.wait_for(r"[1-9]\d* frames.*[1-9]\d* frames/s")
        for words in (
            "tap0",
            "peer",
            "up",
            "carrier",
            "FOLLOW",
            "dropped 0 here",
            "Layers",
            "Bytes",
            "Ethernet",
            "0000  ",
        ):
            assert words in screen
        assert leave(terminal, "q") < 1


@pytest.mark.parametrize("key", ["C-c", "C-q"])
def test_the_terminal_is_restored_however_it_is_left(tmp_path: Path, key: str) -> None:
    with Terminal(tmp_path, [*TAPSCOPE, "demo"]) as terminal:
        terminal.wait_for("FOLLOW")
        assert leave(terminal, key) < 1


def test_a_remedy_runs_in_the_terminal_and_may_ask_its_question(tmp_path: Path) -> None:
    opens = tmp_path / "open"
    remedy = f"printf 'Password: '; read word && echo $word > {opens}"
    with Terminal(tmp_path, [sys.executable, str(ASIDE), str(opens), remedy]) as terminal:
        terminal.wait_for("What mends it")
        terminal.type("f")
        terminal.wait_for("Run this in the terminal")
        terminal.type("y")
        terminal.wait_for("^Password:")
        assert terminal.flag("alternate_on") == "0"
        terminal.type("secret", "Enter")
        terminal.wait_for("FOLLOW")
        assert opens.read_text() == "secret\n"
        leave(terminal, "q")


def test_ctrl_c_ends_the_remedy_and_not_the_app(tmp_path: Path) -> None:
    remedy = "echo working; sleep 1000"
    with Terminal(tmp_path, [sys.executable, str(ASIDE), str(tmp_path / "open"), remedy]) as terminal:
        terminal.wait_for("What mends it")
        terminal.type("f")
        terminal.wait_for("Run this in the terminal")
        terminal.type("y")
        terminal.wait_for("^working$")
        terminal.type("C-c")
        terminal.wait_for("Enter goes back")
        terminal.type("Enter")
        terminal.wait_for("REFUSED")
        leave(terminal, "q")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_the_terminal_as_it_was(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with Terminal(tmp_path, [*TAPSCOPE, "demo"]) as terminal:
        terminal.wait_for("FOLLOW")
        *_, demo = descendants(int(terminal.flag("pane_pid")))  # there may be one more shell in between
        os.kill(demo, number)
        terminal.wait_for(f"left with {code}", patience=10)
        assert terminal.flag("alternate_on") == "0"


def test_redraw_mends_a_screen_that_something_else_painted_over(tmp_path: Path) -> None:
    with Terminal(tmp_path, [*TAPSCOPE, "demo"]) as terminal:
        terminal.wait_for("FOLLOW")
        terminal.type("p")
        terminal.wait_for("PAUSED")
        Path(terminal.flag("pane_tty")).write_text("\x1b[5;1HRUBBISH\x1b[6;1HRUBBISH")
        terminal.wait_for("RUBBISH")
        terminal.type("C-l")
        terminal.wait_for(lambda screen: "RUBBISH" not in screen)
        leave(terminal, "q")
