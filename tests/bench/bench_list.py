"""What the list costs at 10, 10,000 and 1,000,000 frames, beside Textual's DataTable in the same run.

``paint``: all strips of the viewport, made anew. ``row more``: one frame arrives, is shown and is painted; the time
until the screen is done with it. Run it with python; times are medians in milliseconds, and only ratios of one run
mean something. DataTable gets no more rows than it can load in some seconds.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import DataTable

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))

from ui_kit import Counting, batch, store_of

from tapscope.ui.columns import HEADINGS
from tapscope.ui.frame_list import FrameList
from tapscope.ui.list_rows import Summaries, rows_in_window
from tapscope.ui.time_format import TimeFormat
from tapscope.ui.viewing import Viewing

COUNTS = (10, 10_000, 1_000_000)
"""Ten frames do not fill the screen; the other two do."""
TABLE_AT_MOST = 10_000
ROUNDS = 40


class OneWidget(App[None]):
    """The widget alone on a screen."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


async def cost(rounds: int, step: Callable[[], Awaitable[object] | None]) -> float:
    """The median of a step in milliseconds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        done = step()
        if done is not None:
            await done
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


async def measure(widget: Widget, fill: Callable[[], None], more: Callable[[], None]) -> tuple[float, float]:
    """Paint, and one row more, in milliseconds."""
    app = OneWidget(widget)
    async with app.run_test(size=(110, 50)) as pilot:
        fill()
        await pilot.pause()

        def paint() -> None:
            widget.notify_style_update()
            widget.render_lines(widget.size.region)

        async def arrive() -> None:
            more()
            painted = asyncio.Event()
            widget.call_after_refresh(painted.set)
            await painted.wait()

        return await cost(ROUNDS, paint), await cost(ROUNDS, arrive)


async def frame_list(count: int) -> tuple[float, float]:
    """The list on a store of ``count`` frames; every summary but the newest is kept already, as while following."""
    store = store_of(count)
    widget = FrameList(store, Counting())

    def more() -> None:
        store.append(batch(1, start=store.last))
        widget.follow()

    def fill() -> None:
        return None

    return await measure(widget, fill, more)


async def data_table(count: int) -> tuple[float, float]:
    """DataTable with the same rows as text, following as a user of it would."""
    store = store_of(count)
    table: DataTable[str] = DataTable(cursor_type="row")
    summaries = Summaries(store, Counting())

    viewing = Viewing(store)

    def add(number: int) -> None:
        viewing.update()
        viewing.reading.move_to(number)
        row = rows_in_window(store, viewing, summaries, TimeFormat.RELATIVE)[0]
        table.add_row(*(row.texts[name] for name in HEADINGS))

    def fill() -> None:
        table.add_columns(*HEADINGS.values())
        for number in range(1, count + 1):
            add(number)

    def more() -> None:
        store.append(batch(1, start=store.last))
        add(store.last)
        table.move_cursor(row=table.row_count - 1, animate=False)

    return await measure(table, fill, more)


def main() -> None:
    """Print one line a count, then the ratios."""
    print(f"{'frames':>10} {'list paint':>12} {'row more':>10} {'table paint':>12} {'row more':>10}   (ms)")
    found = {}
    for count in COUNTS:
        found[count] = asyncio.run(frame_list(count))
        table = asyncio.run(data_table(count)) if count <= TABLE_AT_MOST else None
        told = f"{table[0]:12.2f} {table[1]:10.2f}" if table else f"{'-':>12} {'-':>10}"
        print(f"{count:>10} {found[count][0]:12.2f} {found[count][1]:10.2f} {told}", flush=True)
        if table:
            paint, more = (mine / other for mine, other in zip(found[count], table, strict=True))
            print(f"{'':>10} of DataTable's: paint {paint:.2f}, row more {more:.2f}")
    page, many = found[COUNTS[1]], found[COUNTS[-1]]
    print(f"1,000,000 frames beside 10,000: paint {many[0] / page[0]:.2f}, row more {many[1] / page[1]:.2f}")


if __name__ == "__main__":
    main()
