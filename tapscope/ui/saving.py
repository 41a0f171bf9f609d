"""What can be saved of what is held, and under which name."""

import time
from collections.abc import Callable
from pathlib import Path

from tapscope.store.arena import Store
from tapscope.store.export import save
from tapscope.ui.save_dialog import Choice


def choices(store: Store, selected: range, cursor: int) -> list[Choice]:
    """Everything that is held; besides it the selected frames, or the one that is chosen where none is selected."""
    found = [_choice("everything", store, range(store.first, store.last + 1))]
    if selected:
        found.append(_choice("the selected frames", store, selected))
    elif store.first <= cursor <= store.last:
        found.append(_choice(f"frame {cursor} alone", store, range(cursor, cursor + 1)))
    return found


def _choice(label: str, store: Store, numbers: range) -> Choice:
    def prepare() -> Callable[[Path, bool], int]:
        frames, interfaces = store.frames(numbers.start, numbers.stop - 1), tuple(store.interfaces)
        return lambda path, overwrite: save(path, frames, interfaces, overwrite=overwrite)

    return Choice(label, len(numbers), prepare)


def file_name(name: str, now: float) -> str:
    """A name for a new file: what was captured and when, in local time."""
    stem = "".join(character if character.isalnum() or character in "-_." else "-" for character in name)
    return f"{stem}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}.pcapng"
