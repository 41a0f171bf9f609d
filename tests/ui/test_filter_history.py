"""The filters used before: kept between runs, bounded, private; and no matter where they cannot be kept."""

import stat
from pathlib import Path

import pytest

from tapscope.ui.filter_history import MOST, History, usual_place


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "state" / "tapscope" / "filters"


def history(place: Path, *filters: str) -> History:
    made = History(place)
    for text in filters:
        made.add(text)
    made.begin()
    return made


def test_back_and_forth(place):
    made = history(place, "arp", "dns", "tcp")
    assert [made.older("typed") for _ in range(5)] == ["tcp", "dns", "arp", "arp", "arp"]
    assert [made.newer("arp") for _ in range(3)] == ["dns", "tcp", "typed"]
    assert made.newer("typed on") == "typed on"


def test_the_next_run_knows_them(place):
    history(place, "arp", "dns", "arp")
    assert place.read_text() == "dns\narp\n"
    assert history(place).older("") == "arp"


def test_two_runs_at_once_lose_nothing(place):
    one, other = history(place), history(place)
    one.add("arp")
    other.add("dns")
    assert place.read_text() == "arp\ndns\n"


def test_it_is_private_and_bounded(place):
    made = history(place, *(f"frame.number == {n}" for n in range(MOST + 50)))
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert len(place.read_text().splitlines()) == MOST
    assert made.older("") == f"frame.number == {MOST + 49}"
    assert [each.name for each in place.parent.iterdir()] == ["filters"]


@pytest.mark.parametrize("text", ["", "a\nb", "\x1b[2J", "x" * 5000])
def test_what_is_no_line_is_not_kept(place, text):
    history(place, text)
    assert not place.exists()


def test_what_cannot_be_kept_is_known_in_this_run(tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    made = history(tmp_path / "state" / "tapscope" / "filters", "arp", "dns")
    assert [made.older(""), made.older("")] == ["dns", "arp"]


def test_a_file_of_rubbish_is_no_harm(place):
    place.parent.mkdir(parents=True)
    place.write_bytes(b"\xff\xfe\n\x1b]0;x\x07\narp\n\n" + b"x" * 10_000)
    assert history(place).older("") == "arp"


def test_nothing_was_used_before(place):
    made = history(place)
    assert made.older("typed") == "typed"
    assert made.newer("typed") == "typed"


def test_its_place(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert usual_place() == tmp_path / "tapscope" / "filters"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert usual_place() == tmp_path / ".local" / "state" / "tapscope" / "filters"
