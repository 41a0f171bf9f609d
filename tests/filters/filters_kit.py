"""Captures to filter, the answers of both ways to ask, and tshark's."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tapscope.capture.files import BadCapture, open_file
from tapscope.filters import Context, Filter, compile_filter
from tapscope.frame import LINKTYPE_ETHERNET, Direction, Frame, Interface
from tapscope.store.arena import Store
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of
from tapscope.store.export import PcapngWriter

SECOND = 10**9
BEGIN = 1_700_000_000 * SECOND
PREFERENCES = ("ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams", "sctp.reassembly")
"""What tshark puts together of several frames, and a filter that looks at one frame does not."""
_DAMAGED = "_ws.malformed || _ws.short"


def store_of(path: Path) -> Store:
    """All frames of a capture file."""
    source, store = open_file(path), Store()
    try:
        while (batch := source.read()) is not None:
            store.set_interfaces(source.interfaces)
            store.append(batch)
    finally:
        source.close()
    return store


def context_of(store: Store) -> Context:
    return Context(tuple(store.interfaces), store.first_time_ns)


def numbers(store: Store, text: str) -> set[int]:
    """The numbers of the frames that match: as the judge says, and where it is not sure, each frame itself."""
    wanted, context = compile_filter(text), context_of(store)
    found: set[int] = set()
    for part in store.parts(store.first, store.last):
        first = part.number - part.where.start
        verdicts = wanted.judge(part.batch, first, context)
        found.update((np.flatnonzero(verdicts.yes) + first).tolist())
        unsure = (np.flatnonzero(verdicts.unsure) + first).tolist()
        found.update(number for number in unsure if wanted.matches(store.row(number), context))
    return found


def contradictions(wanted: Filter, batch: Batch, frames: Sequence[Frame], context: Context) -> list[int]:
    """Indices of the frames of which the judge is certain, and the frame itself says otherwise."""
    verdicts = wanted.judge(batch, frames[0].number, context)
    assert not (verdicts.yes & verdicts.unsure).any()
    certain = np.flatnonzero(~verdicts.unsure).tolist()
    return [index for index in certain if wanted.matches(frames[index], context) != verdicts.yes[index]]


def batch_and_frames(data: Iterable[bytes], link_type: int = LINKTYPE_ETHERNET) -> tuple[Batch, list[Frame], Context]:
    """Frames of these bytes, a second apart, on one interface."""
    pieces = list(data)
    interface = Interface("tap0", link_type)
    times = [BEGIN + index * SECOND for index in range(len(pieces))]
    directions = [Direction(1 + index % 2) for index in range(len(pieces))]
    batch = batch_of(zip(pieces, times, directions, strict=True))
    frames = [
        Frame(index + 1, times[index], directions[index], len(piece), piece, interface)
        for index, piece in enumerate(pieces)
    ]
    return batch, frames, Context((interface,), BEGIN)


def corpus() -> list[Path]:
    """The capture files of the corpus. Skips where there is none."""
    folder = os.environ.get("TAPSCOPE_CORPUS")
    if not folder:
        pytest.skip("TAPSCOPE_CORPUS names no folder of captures")
    return sorted(Path(folder).glob("*.pcap*"))


def merged(files: Iterable[Path], link_types: Iterable[int], at_most: int, path: Path) -> list[str]:
    """Write the first frames of all files into one, a second apart. Returns each frame's file and number there."""
    names: list[str] = []
    with path.open("wb") as stream:
        writer = PcapngWriter(stream)
        for file in files:
            for frame in islice(_frames(file, set(link_types)), at_most):
                interface = Interface("", frame.interface.link_type)
                time_ns, length = BEGIN + len(names) * SECOND, max(frame.length, len(frame.data))
                writer.write([replace(frame, time_ns=time_ns, interface=interface, length=length, comments=())])
                names.append(f"{file.name} {frame.number}")
    return names


def _frames(file: Path, link_types: set[int]) -> Iterator[Frame]:
    try:
        store = store_of(file)
    except BadCapture:
        return
    yield from (each for each in store.frames() if each.data and each.interface.link_type in link_types)


def tshark() -> str:
    """Where tshark is. Skips where it is not."""
    found = shutil.which("tshark")
    if found is None:
        pytest.skip("tshark is not installed")
    return found


def by_tshark(path: Path, filters: Sequence[str]) -> tuple[dict[str, set[int]], set[int]]:
    """Which frames each filter matches, and which are damaged in its view. The frames are to lie a second apart.

    In one run: ``io,stat`` counts the frames of each second for every filter. It takes commas for its own, and leaves
    the last second out.
    """
    counted = [text for text in filters if "," not in text]
    columns = [*counted, _DAMAGED]
    lines = _output(path, "-q", "-z", ",".join(("io,stat,1", *columns))).splitlines()
    found: dict[str, set[int]] = {text: set() for text in columns}
    for line in lines:
        if "<>" in line:
            seconds, *cells = line.strip("|").split("|")
            number = int(seconds.split("<>")[0]) + 1
            for text, count in zip(columns, cells[::2], strict=False):
                if int(count):
                    found[text].add(number)
    for text in set(filters) - set(counted):
        found[text] = set(map(int, _output(path, "-Y", text, "-T", "fields", "-e", "frame.number").split()))
    return found, found.pop(_DAMAGED)


def _output(path: Path, *arguments: str) -> str:
    options = [word for name in PREFERENCES for word in ("-o", f"{name}:FALSE")]
    command = [tshark(), "-n", "-r", str(path), *options, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
