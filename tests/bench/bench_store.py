"""What the store costs: appending, rows, columns and saving, at 10 and at 1,000,000 frames.

``python tests/bench/bench_store.py [FRAMES]``
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tapscope.frame import Direction, Interface
from tapscope.store.arena import Store
from tapscope.store.batch import Batch
from tapscope.store.batches import batch_of
from tapscope.store.export import save

SIZE = 500


def batch(count: int) -> Batch:
    return batch_of([(bytes(SIZE), number, Direction.IN) for number in range(count)])


def filled(count: int, each: int) -> tuple[Store, float]:
    """A store of ``count`` frames that came in batches of ``each``, and the seconds that appending took."""
    store, piece = Store(limit_bytes=1 << 40), batch(each)
    store.set_interfaces([Interface("tap0")])
    begin = time.perf_counter()
    for _ in range(count // each):
        store.append(piece)
    return store, time.perf_counter() - begin


def microseconds(run: Callable[[], object], times: int = 2000) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - begin) / times * 1e6


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for each in (1, 10, 100):
        store, seconds = filled(most // 5, each)
        print(f"appended {each:4} at a time: {seconds / len(store) * 1e6:6.2f} µs a frame")
        del store
    for count in (10, 1000, most):
        store, _ = filled(count, 10)
        number = count // 2
        row = microseconds(lambda: store.row(number))  # noqa: B023
        window = microseconds(lambda: store.columns(number, number + 60))  # noqa: B023
        newest = microseconds(lambda: store.row(store.last))  # noqa: B023
        print(f"of {count:9,}: row {row:5.2f} µs, newest row {newest:5.2f} µs, 60 rows of columns {window:5.2f} µs")
    begin = time.perf_counter()
    store.columns(1, most)
    print(f"all columns of {most:,}: {(time.perf_counter() - begin) * 1e3:.1f} ms")
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".pcapng", ".pcap"):
            begin = time.perf_counter()
            save(Path(folder) / f"x{suffix}", store.frames(), store.interfaces)
            print(f"saved {most:,} as {suffix}: {time.perf_counter() - begin:.2f} s")


if __name__ == "__main__":
    main()
