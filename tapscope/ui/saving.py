"""What can be saved of what is held, and under which name."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from tapscope.frame import Frame
from tapscope.store.arena import Store
from tapscope.store.export import save
from tapscope.store.picking import picked_frames
from tapscope.store.view import AllFrames, View, in_short
from tapscope.ui.save_dialog import Choice, Write

TELL_EVERY = 1024
"""Frames; they are written within some milliseconds."""


def choices(store: Store, view: View, selected: Sequence[int], cursor: int) -> list[Choice]:
    """What the list shows and everything that is held; besides them the selected frames, or else the chosen one.

    All in the order in which they came, however the list is sorted.
    """
    found = [_choice("everything", store, range(store.first, store.last + 1))]
    view = view.unsorted
    if not isinstance(view, AllFrames) and view.last >= view.first:
        found.insert(0, _choice("the frames that match", store, in_short(view.numbers(view.first, view.last))))
    if selected:
        found.append(_choice("the selected frames", store, selected))
    elif store.first <= cursor <= store.last:
        found.append(_choice(f"frame {cursor} alone", store, range(cursor, cursor + 1)))
    return found


def _choice(label: str, store: Store, numbers: Sequence[int]) -> Choice:
    def prepare() -> Write:
        frames, interfaces = _frames(store, numbers), tuple(store.interfaces)

        def write(path: Path, overwrite: bool, tell: Callable[[int], None]) -> int:
            return save(path, _told(frames, tell), interfaces, overwrite=overwrite)

        return write

    return Choice(label, len(numbers), prepare)


def _told(frames: Iterator[Frame], tell: Callable[[int], None]) -> Iterator[Frame]:
    """The frames; after every few of them ``tell`` is told how many were used up."""
    for done, frame in enumerate(frames, 1):
        yield frame
        if not done % TELL_EVERY:
            tell(done)


def _frames(store: Store, numbers: Sequence[int]) -> Iterator[Frame]:
    """These frames, as far as they are held now."""
    if isinstance(numbers, range):
        return store.frames(numbers.start, numbers.stop - 1)
    return picked_frames(store, np.array(numbers, np.int64))


def file_name(name: str, now: float) -> str:
    """A name for a new file: what was captured and when, in local time."""
    stem = "".join(character if character.isalnum() or character in "-_." else "-" for character in name)
    return f"{stem}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}.pcapng"
