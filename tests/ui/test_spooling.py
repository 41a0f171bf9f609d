"""What the app says of what it keeps on disk, and that all of it is there at the end."""

import errno
import io
import os
import sys
from pathlib import Path
from threading import Event

import pytest
from app_kit import header, running
from sources import Door
from spool_kit import MIB, files, on_disk
from test_session import driven
from ui_kit import batch, until

from tapscope.store.spool.files import SpoolState
from tapscope.store.spool.plan import SpoolPlan
from tapscope.ui import front
from tapscope.ui.spooling import in_words


async def test_the_header_counts_what_is_on_disk(tmp_path: Path) -> None:
    door = Door()
    async with running(door, size=(160, 30), memory=MIB, spool=SpoolPlan(str(tmp_path))) as (app, _):
        await until(lambda: f"0 on disk  0 B in {tmp_path}"[:30] in header(app))
        for _ in range(5):
            door.source.feed(10_000)
        await until(lambda: "50,000 on disk" in header(app))
        await until(lambda: files(tmp_path)[0].name[:9] in header(app))
        assert "evicted" not in header(app)
        app.frame_list.go_to(1)
        await until(lambda: app.detail.frame is not None and app.detail.frame.number == 1)
        assert app.session.store.held_bytes <= 2 * MIB
        [state] = app.session.finish()
    assert len(on_disk(tmp_path)) == state.frames == 50_000
    assert in_words([state]) == [f"50,000 frames ({state.octets / 1e6:.2f} MB) in {files(tmp_path)[0]}"]


async def test_a_disk_that_fails_is_said_once_and_the_capture_goes_on(tmp_path: Path, monkeypatch) -> None:
    door = Door()
    said: list[str] = []
    async with running(door, size=(200, 30), spool=SpoolPlan(str(tmp_path))) as (app, _):
        notify = app.notify
        monkeypatch.setattr(app, "notify", lambda words, **more: (said.append(words), notify(words, **more)))
        door.source.feed(10)
        await until(lambda: "10 on disk" in header(app))

        [path] = files(tmp_path)
        path.unlink()
        door.source.feed(5)
        await until(lambda: "0 on disk, 15 not on disk" in header(app))
        door.source.feed(7)
        await until(lambda: "0 on disk, 22 not on disk" in header(app))
        assert "no longer kept on disk" in header(app)
        assert said == [f"No longer kept on disk: {path}: it was removed"]
        assert "FOLLOW" in header(app)
        [state] = app.session.finish()
    assert in_words([state])[0].endswith("; 22 not on disk: it was removed")


def test_what_still_waits_at_the_end_is_written(tmp_path: Path) -> None:
    door = Door()
    with driven(door, SpoolPlan(str(tmp_path))) as driver:
        driver.begin()
        driver.take_until(lambda: driver.session.info)
        for _ in range(20):
            door.source.feed(100)
        assert driver.woken.wait(10)
        [state] = driver.session.finish()
    assert state.frames == len(on_disk(tmp_path)) == driver.session.store.total_frames > 0


def test_another_interface_is_another_file_and_the_first_one_is_whole(tmp_path: Path) -> None:
    first, second = Door(), Door()
    with driven(first, SpoolPlan(str(tmp_path))) as driver:
        driver.begin()
        driver.take_until(lambda: driver.session.info)
        first.source.feed(batch(30))
        driver.take_until(lambda: driver.session.store.total_frames == 30)
        assert driver.session.kept
        driver.session.turn_to(second, watch=None, name="vnet3")
        driver.begin()
        driver.take_until(lambda: driver.session.info)
        second.source.feed(batch(40))
        driver.take_until(lambda: driver.session.store.total_frames == 40)
        states = driver.session.finish()
    assert [state.frames for state in states] == [30, 40]
    assert [path.name.split("-")[0] for path in files(tmp_path)] == ["tap0", "vnet3"]


@pytest.mark.parametrize("spool", [None, "there"])
def test_a_session_that_kept_nothing_says_nothing(tmp_path: Path, spool: str | None) -> None:
    door = Door()
    with driven(door, SpoolPlan(str(tmp_path)) if spool else None) as driver:
        driver.begin()
        driver.take_until(lambda: driver.session.info)
        assert driver.session.finish() == []
    assert files(tmp_path) == []


def test_an_end_that_takes_long_says_why_and_one_without_a_reader_goes_on(monkeypatch) -> None:
    said, writing = [], Event()

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            said.append(text)
            writing.set()
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    class Slow:
        def finish(self) -> list[SpoolState]:
            assert writing.wait(10)
            return [SpoolState("/tmp/a.pcapng", files=1, frames=1, octets=200)]

    monkeypatch.setattr(front, "SLOW_S", 0)
    monkeypatch.setattr(sys, "stderr", Gone())
    front._finish(Slow())
    assert said == ["writing to disk what still waits; Ctrl-C gives it up", "1 frame (200 B) in /tmp/a.pcapng"]
