"""A saved file is there whole or not at all, whatever goes wrong."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tapscope.frame import Direction, Frame, Interface
from tapscope.store.export import save

TAP = Interface("tap0")
SUFFIXES = pytest.mark.parametrize("suffix", [".pcap", ".pcapng"])


def some(count: int = 3, size: int = 100):
    return (Frame(number, number, Direction.IN, size, bytes(size), TAP) for number in range(1, count + 1))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@SUFFIXES
def test_it_says_how_many_and_leaves_nothing_beside(tmp_path, suffix):
    assert save(tmp_path / f"x{suffix}", some(), [TAP]) == 3
    assert names(tmp_path) == [f"x{suffix}"]


def test_the_suffix_may_be_in_capitals(tmp_path):
    save(tmp_path / "X.PCAP", some(), [TAP])
    assert (tmp_path / "X.PCAP").read_bytes()[:4] == bytes.fromhex("4d3cb2a1")


@pytest.mark.parametrize("name", ["x", "x.txt", "pcap", ".pcap", "x.pcap.gz"])
def test_another_suffix_is_refused_in_one_line(tmp_path, name):
    with pytest.raises(ValueError, match=r"the name must end in \.pcapng or \.pcap$"):
        save(tmp_path / name, some(), [TAP])
    assert names(tmp_path) == []


class TestWhatIsThere:
    def test_a_file_is_kept_unless_told_otherwise(self, tmp_path):
        path = tmp_path / "x.pcap"
        path.write_bytes(b"mine")
        with pytest.raises(FileExistsError, match=r"x\.pcap"):
            save(path, some(), [TAP])
        assert path.read_bytes() == b"mine"
        save(path, some(), [TAP], overwrite=True)
        assert len(path.read_bytes()) == 24 + 3 * 116
        assert names(tmp_path) == ["x.pcap"]

    def test_a_file_that_comes_meanwhile_is_kept_too(self, tmp_path):
        path = tmp_path / "x.pcap"

        def frames():
            yield from some()
            path.write_bytes(b"theirs")

        with pytest.raises(FileExistsError):
            save(path, frames(), [TAP])
        assert path.read_bytes() == b"theirs"
        assert names(tmp_path) == ["x.pcap"]

    def test_where_nothing_can_be_linked_it_is_still_never_replaced(self, tmp_path, monkeypatch):
        def refuse(*_args, **_more):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", refuse)  # as vfat answers
        path = tmp_path / "x.pcap"

        def frames():
            yield from some()
            path.write_bytes(b"theirs")

        with pytest.raises(FileExistsError):
            save(path, frames(), [TAP])
        assert path.read_bytes() == b"theirs"
        path.unlink()
        assert save(path, some(), [TAP]) == 3
        assert names(tmp_path) == ["x.pcap"]

    @pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
    def test_what_is_no_file_is_never_replaced(self, tmp_path, make):
        path = tmp_path / "x.pcap"
        make(path)
        with pytest.raises(FileExistsError):
            save(path, some(), [TAP], overwrite=True)
        assert names(tmp_path) == ["x.pcap"]

    def test_a_link_is_followed_and_stays(self, tmp_path):
        (tmp_path / "far").mkdir()
        target, link = tmp_path / "far" / "real.pcap", tmp_path / "x.pcap"
        link.symlink_to(target)
        save(link, some(), [TAP])
        assert link.is_symlink()
        assert target.stat().st_size == 24 + 3 * 116
        with pytest.raises(FileExistsError):
            save(link, some(), [TAP])
        save(link, some(1), [TAP], overwrite=True)
        assert link.is_symlink()
        assert target.stat().st_size == 24 + 116
        assert names(tmp_path / "far") == ["real.pcap"]

    def test_a_link_that_leads_nowhere_is_an_error(self, tmp_path):
        (tmp_path / "x.pcap").symlink_to("x.pcap")
        with pytest.raises(OSError, match=r"x\.pcap"):
            save(tmp_path / "x.pcap", some(), [TAP])
        assert names(tmp_path) == ["x.pcap"]

    def test_a_folder_that_is_missing_is_an_error(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            save(tmp_path / "none" / "x.pcap", some(), [TAP])


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_are_as_the_umask_says(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        save(tmp_path / "x.pcap", some(), [TAP])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.pcap").stat().st_mode) == mode


class TestErrors:
    @pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(errno.EIO, "gone"), MemoryError])
    def test_frames_that_fail_leave_nothing(self, tmp_path, error):
        path = tmp_path / "x.pcapng"
        path.write_bytes(b"mine")

        def frames():
            yield from some(10_000, 1000)
            raise error

        with pytest.raises(error if isinstance(error, type) else type(error)):
            save(path, frames(), [TAP], overwrite=True)
        assert path.read_bytes() == b"mine"
        assert names(tmp_path) == ["x.pcapng"]

    @SUFFIXES
    def test_a_file_that_may_not_grow_leaves_nothing(self, tmp_path, suffix):
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        try:
            with pytest.raises(OSError, match="File too large"):
                save(tmp_path / f"x{suffix}", some(5000), [TAP])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, ignored)
        assert names(tmp_path) == []

    @SUFFIXES
    def test_a_full_disk_leaves_nothing(self, tmp_path, suffix):
        script = f"""
import errno, os, pathlib, sys
sys.path[:0] = {[str(Path(__file__).parent)]!r}
from test_save import TAP, names, save, some
full = pathlib.Path({str(tmp_path)!r})
full.joinpath("x{suffix}").write_bytes(b"mine")
try:
    save(full / "x{suffix}", some(5000), [TAP], overwrite=True)
except OSError as error:
    print(errno.errorcode[error.errno], names(full), full.joinpath("x{suffix}").read_bytes())
"""
        mount = f'mount -t tmpfs -o size=100k none "{tmp_path}" && exec "$@"'
        command = ["unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if "unshare failed" in done.stderr or "permission denied" in done.stderr.lower():
            pytest.skip(f"no private mount here: {done.stderr.strip()}")
        assert done.stdout == f"ENOSPC ['x{suffix}'] b'mine'\n", done.stderr
