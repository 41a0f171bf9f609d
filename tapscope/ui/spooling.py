"""The spools of a session: that of what is looked into now, and those of what was before; and how they are told of."""

from collections.abc import Callable, Sequence

from tapscope.store.spool.files import SpoolState
from tapscope.store.spool.plan import SpoolPlan
from tapscope.store.spool.spool import Spool
from tapscope.units import bytes_in_words, number_in_words


class Spools:
    """``spool`` keeps what is looked into now; None where nobody asked. ``wake`` is called in the spools' threads."""

    def __init__(self, plan: SpoolPlan | None, name: str, wake: Callable[[], object]) -> None:
        self._plan = plan
        self._wake = wake
        self._all: list[Spool] = []
        self._told = ""
        self.spool: Spool | None = None
        self.turn_to(name)

    @property
    def state(self) -> SpoolState | None:
        """How that of now stands."""
        return self.spool.state if self.spool else None

    def turn_to(self, name: str) -> None:
        """Something else is looked into from now on; what was is written to its end."""
        if self._plan is None:
            return
        for spool in self._all:
            spool.finish()
        self.spool = Spool(self._plan, name, self._wake)
        self._all.append(self.spool)
        self._told = ""

    def take_fault(self) -> str:
        """Why frames are no longer kept, a line; told once, else empty."""
        state = self.state
        if state is None or state.fault == self._told:
            return ""
        self._told = state.fault
        return f"No longer kept on disk: {state.path}: {state.fault}"

    def close(self) -> list[SpoolState]:
        """Write what waits, and say how each stands that had something to keep. Blocks."""
        states = [spool.close() for spool in self._all]
        return [state for state in states if state.frames or state.missed or state.removed]


def in_words(states: Sequence[SpoolState]) -> list[str]:
    """A line each: what is where, and what is not."""
    return [_in_words(state) for state in states]


def _in_words(state: SpoolState) -> str:
    where = state.path if state.files <= 1 else f"{state.files} files, the last of them {state.path}"
    parts = [f"{_frames(state.frames)} ({bytes_in_words(state.octets)}) in {where}"]
    if state.removed:
        parts.append(f"{number_in_words(state.removed)} removed with older files")
    if state.missed:
        parts.append(f"{number_in_words(state.missed)} not on disk" + (f": {state.fault}" if state.fault else ""))
    return "; ".join(parts)


def _frames(count: int) -> str:
    return f"{number_in_words(count)} frame{'' if count == 1 else 's'}"
