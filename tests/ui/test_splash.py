"""What is on the screen before textual is there, and that nothing of it stays."""

import os
import signal

import pytest

from tapscope.ui.splash import splash

LEFT = "\x1b[?25h\x1b[?1049l"


def test_the_name_is_there_at_once_and_stays_for_the_app_to_draw_over(capfd) -> None:
    with splash("a\x1b]0;x\x07.pcap"):
        shown = capfd.readouterr().err
    assert shown.startswith("\x1b[?1049h")
    assert r"a\x1b]0;x\x07.pcap" in shown
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("error", [ImportError("none"), KeyboardInterrupt()])
def test_what_goes_wrong_finds_the_terminal_as_it_was(capfd, error) -> None:
    with pytest.raises(type(error)), splash("tap0"):
        raise error
    assert capfd.readouterr().err.endswith(LEFT)


def test_so_does_who_is_told_to_end(capfd) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended, splash("tap0"):
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.code == 128 + signal.SIGTERM
    assert capfd.readouterr().err.endswith(LEFT)
    assert signal.getsignal(signal.SIGTERM) is before
