"""What the store lets go is on disk, and can be read from there as before."""

import os
import re
import shutil
import stat
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spool_kit import MIB, NOW, TAP, files, numbered, on_disk, said, spooling, until

from tapscope.frame import Direction, Interface
from tapscope.store.batches import COLUMNS, batch_of, frames_of, is_mapped
from tapscope.store.headers import HEADERS
from tapscope.store.segments import GIVEN_UP


class TestRows:
    def test_evicted_rows_are_read_from_disk_and_take_no_memory(self, tmp_path):
        with spooling(tmp_path, MIB) as kept:
            for at in range(100):
                kept.store.append(numbered(1 + at * 1000, 1000))
            kept.until_written()
            store = kept.store
            assert store.held_bytes <= MIB
            assert (store.first, store.last, store.evicted) == (1, 100_000, 0)
            for number in (1, 2, 999, 50_000, 100_000):
                assert store.row(number).data.startswith(b"%012d" % number)
            assert is_mapped(next(store.parts()).batch.block)
            assert [frame.number for frame in store.frames()] == list(range(1, 100_001))
        assert on_disk(tmp_path) == list(store.frames())

    def test_columns_and_headers_are_what_they_were(self, tmp_path):
        syn = bytes.fromhex(
            "020000000002020000000001 0800 45000028000000004006000001020304050607080050 01bb000000000000000050020000"
        )
        batch = batch_of([(syn.ljust(60, b"\0"), NOW + at, Direction.IN) for at in range(20_000)])
        with spooling(tmp_path, MIB) as kept:
            kept.store.append(batch)
            before = next(kept.store.parts()).batch
            kept.store.append(numbered(1, 20_000))
            kept.until_written()
            after = next(kept.store.parts()).batch
            assert is_mapped(after.block)
            assert not is_mapped(before.block)
            for name in COLUMNS.keys() - {"offset"}:
                assert np.array_equal(getattr(before, name), getattr(after, name)), name
            for name in HEADERS:
                assert np.array_equal(getattr(before.headers, name), getattr(after.headers, name)), name
            assert set(after.headers.first.tolist()) == {80}

    def test_comments_are_on_disk_and_in_the_list(self, tmp_path):
        with spooling(tmp_path) as kept:
            for at in range(5):
                batch = replace(numbered(1 + at * 500, 500), comments={at: (f"mark {at}", "zweiter Satz")})
                kept.store.append(batch)
            kept.until_written()
            assert is_mapped(next(kept.store.parts()).batch.block)
            shown = {frame.number: frame.comments for frame in kept.store.frames() if frame.comments}
            assert shown == {at * 501 + 1: (f"mark {at}", "zweiter Satz") for at in range(5)}
        assert {frame.number: frame.comments for frame in on_disk(tmp_path) if frame.comments} == shown

    def test_what_was_asked_for_outlives_the_file_and_the_spool(self, tmp_path):
        with spooling(tmp_path) as kept:
            for at in range(5):
                kept.store.append(numbered(1 + at * 500, 500))
            kept.until_written()
            asked, parts = kept.store.frames(), kept.store.parts()
        shutil.rmtree(tmp_path)
        del kept
        assert [frame.number for frame in asked] == list(range(1, 2501))
        assert sum(part.where.stop - part.where.start for part in parts) == 2500


a_batch = st.tuples(
    st.lists(st.integers(0, 3000), min_size=1, max_size=60),
    st.sampled_from([0, 0, 1]),
    st.sampled_from(["", "", "odd"]),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(a_batch, min_size=1, max_size=12),
    st.sampled_from([0, 20_000, 1 << 30]),
    st.sampled_from([0, 0, 131_072]),
)
def test_the_store_is_a_list_that_loses_nothing(tmp_path_factory, batches, limit, most_bytes):
    folder = tmp_path_factory.mktemp("spool")
    model = []
    with spooling(folder, limit, most_bytes=most_bytes) as kept:
        kept.store.set_interfaces([TAP, Interface("veth0", 113)])
        for lengths, interface, comment in batches:
            frames = [(bytes([size % 251]) * size, NOW + len(model), Direction.IN) for size in lengths]
            batch = replace(batch_of(frames, interface), comments={0: (comment,)} if comment else {})
            kept.store.append(batch)
            model += frames_of(batch, kept.store.interfaces, len(model) + 1)
        kept.until_written()
        assert list(kept.store.frames()) == model
        assert [kept.store.row(frame.number) for frame in model] == model
        assert kept.store.columns(1, len(model)).captured.tolist() == [len(frame.data) for frame in model]
    assert on_disk(folder) == model
    shutil.rmtree(folder)


class TestFiles:
    def test_they_are_the_owners_alone_and_named_by_what_and_when(self, tmp_path):
        with spooling(tmp_path) as kept:
            kept.store.append(numbered(1, 1))
            kept.until_written()
            [path] = files(tmp_path)
        assert path.name.startswith("tap0-2023111")
        assert path.suffix == ".pcapng"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_file_that_is_there_is_left_alone(self, tmp_path):
        with spooling(tmp_path) as kept:
            kept.store.append(numbered(1, 1))
        [there] = files(tmp_path)
        before = there.read_bytes()
        with spooling(tmp_path) as kept:
            kept.store.append(numbered(1, 2))
        assert len(files(tmp_path)) == 2
        assert there.read_bytes() == before

    def test_what_came_is_readable_before_the_end(self, tmp_path):
        with spooling(tmp_path, 1 << 30) as kept:
            for count in range(1, 4):
                kept.store.append(numbered(count, 1))
                kept.until_written()
                assert len(on_disk(tmp_path)) == count

    def test_nothing_is_made_for_nothing(self, tmp_path):
        with spooling(tmp_path) as kept:
            pass
        assert files(tmp_path) == []
        assert kept.spool.state.fault == ""

    @pytest.mark.skipif(
        not (shutil.which("tshark") and shutil.which("tcpdump")), reason="tshark and tcpdump are not installed"
    )
    def test_by_size_no_file_is_larger_and_together_they_are_all_frames(self, tmp_path):
        with spooling(tmp_path, most_bytes=200_000) as kept:
            kept.store.append(numbered(1, 10_000))
            for at in range(50):
                kept.store.append(numbered(10_001 + at * 10, 10))
            kept.until_written()
            assert list(kept.store.frames()) == on_disk(tmp_path)
        sizes = [path.stat().st_size for path in files(tmp_path)]
        assert len(sizes) == 8
        assert all(190_000 < size <= 200_000 for size in sizes[:-1])
        command = ("tshark", "-T", "fields", "-e", "frame.time_epoch", "-r")
        found = "".join(said(*command, path) for path in files(tmp_path)).split()
        assert found == [f"{NOW // 10**9}.{(NOW + number) % 10**9:09}" for number in range(1, 10_501)]
        counts = [int(said("tcpdump", "-r", path, "--count").split()[0]) for path in files(tmp_path)]
        assert sum(counts) == 10_500

    def test_by_time_a_file_is_followed_by_another(self, tmp_path):
        hour = [0.0]
        with spooling(tmp_path, clock=lambda: hour[0], most_seconds=3600) as kept:
            for at, now in enumerate((0.0, 3599.0, 3600.0, 3601.0, 9000.0)):
                hour[0] = now
                kept.store.append(numbered(at + 1, 1))
                kept.until_written()
            names = [path.name for path in files(tmp_path)]
            assert [name.rsplit("-", 1)[1] for name in names] == ["00001.pcapng", "00002.pcapng", "00003.pcapng"]
        assert [frame.number for frame in on_disk(tmp_path)] == [1, 2, 3, 4, 5]

    def test_of_a_few_newest_the_others_are_removed_and_counted(self, tmp_path):
        with spooling(tmp_path, most_bytes=131_072, most_files=2) as kept:
            for at in range(20):
                kept.store.append(numbered(1 + at * 500, 500))
                kept.until_written()
            state, store = kept.spool.state, kept.store
            assert len(files(tmp_path)) == state.files == 2
            assert state.octets == sum(path.stat().st_size for path in files(tmp_path))
            assert state.removed + state.frames == 10_000
            assert state.missed == 0
            assert store.first == store.evicted + 1 == state.removed + 1
            assert store.row(store.first).data.startswith(b"%012d" % store.first)
        assert [frame.data for frame in on_disk(tmp_path)] == [frame.data for frame in store.frames()]


class TestTrouble:
    def test_a_file_that_is_removed_ends_the_spool_and_nothing_else(self, tmp_path):
        with spooling(tmp_path / "gone") as kept:
            kept.folder.mkdir()
            for at in range(5):
                kept.store.append(numbered(1 + at * 500, 500))
            kept.until_written()
            shutil.rmtree(kept.folder)
            before = kept.woken
            kept.store.append(numbered(2501, 500))
            until(lambda: kept.spool.state.fault)
            until(lambda: kept.woken > before)
            assert kept.spool.state.fault == "it was removed"
            assert kept.spool.state.missed == kept.store.total_frames == 3000
            kept.store.append(numbered(3001, 500))
            assert kept.spool.state.missed == 3500
            assert kept.store.row(7).data.startswith(b"%012d" % 7)
            assert kept.store.row(3500).data.startswith(b"%012d" % 3500)

    def test_frames_given_up_keep_their_numbers_and_are_counted(self, tmp_path):
        with spooling(tmp_path / "not there") as kept:
            kept.store.append(numbered(1, 500))
            until(lambda: kept.spool.state.fault)
            assert "No such file" in kept.spool.state.fault
            for at in range(1, 5):
                kept.store.append(numbered(1 + at * 500, 500))
            assert (kept.store.first, kept.store.last) == (1, 2500)
            assert kept.store.evicted == 2000
            lost = kept.store.row(1)
            assert (lost.number, lost.data, lost.comments) == (1, b"", (GIVEN_UP,))
            assert kept.store.row(2001).data.startswith(b"%012d" % 2001)
            assert len(list(kept.store.parts())) == 2
            assert kept.store.columns(1, 2500).captured.sum() == 500 * 100
            assert kept.store.held_bytes < 100_000

    def test_a_folder_that_may_not_be_written_is_named(self, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        with spooling(tmp_path / "file") as kept:
            kept.store.append(numbered(1, 1))
            until(lambda: kept.spool.state.fault)
        assert kept.spool.state.fault == "Not a directory"
        assert kept.spool.state.missed == 1

    def test_a_disk_that_stands_still_holds_nobody_up_and_what_has_no_room_is_counted(self, tmp_path, monkeypatch):
        """Writing waits; the store goes on, and gives up what it has no room for."""
        reader, writer = os.pipe()
        real = os.write

        def slow(fd: int, data: bytes) -> int:
            os.read(reader, 1)
            return real(fd, data)

        monkeypatch.setattr("tapscope.store.segments.UNWRITTEN_BYTES", 300_000)
        monkeypatch.setattr("tapscope.store.spool.file.os.write", slow)
        with spooling(tmp_path) as kept:
            for at in range(20):
                kept.store.append(numbered(1 + at * 500, 500))
            assert kept.store.total_frames == 10_000
            assert kept.store.held_bytes < 600_000
            given_up = kept.store.evicted
            assert given_up > 5000
            assert kept.spool.state.frames == 0
            real(writer, b"." * 10_000)
            kept.until_written()
            assert kept.store.evicted == given_up
            held = [frame.data for frame in kept.store.frames() if frame.data]
            assert len(held) == 10_000 - given_up
            missed = kept.spool.state.missed
        os.close(reader)
        os.close(writer)
        comments = [words for frame in on_disk(tmp_path) for words in frame.comments]
        gaps = [re.fullmatch(r"missing before this: (\d+) frames, too many for the disk", words) for words in comments]
        assert sum(int(gap[1]) for gap in gaps) == missed
        kept_there = [frame.data for frame in on_disk(tmp_path)]
        assert len(kept_there) == 10_000 - missed
        assert kept_there[-len(held) :] == held
