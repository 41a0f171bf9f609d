"""Diagnoses of recorded machines, as the doctor's own tests record them."""

import errno
import sys
from dataclasses import replace
from pathlib import Path
from threading import Event

sys.path.append(str(Path(__file__).parents[1] / "doctor"))

from recorded import (
    INTERPRETER,
    ROOT,
    TAP,
    capped,
    left_by_execve,
    machine,
    peer,
    thread,
    untried,
    watch,
)

from tapscope.attempt import Attempt
from tapscope.doctor.diagnosis import Diagnosis, diagnose

ROOTS = replace(TAP, owner=0, owner_name="root", carrier=False)

REFUSED = diagnose(machine(peer(errno.EPERM), watch(errno.EPERM), tap=ROOTS))
"""alice asks for root's TAP, and has no capability."""

OPEN = diagnose(machine(peer(None), watch(None), tap=TAP, credentials=ROOT, thread=thread(P=-1, E=-1)))
"""root asks, and gets it."""

UNSURE = diagnose(machine(peer(errno.EPERM), watch(errno.EPERM), interpreter=replace(INTERPRETER, private_copy=True)))
"""alice's private copy of the interpreter has no capabilities: whether it was meant to, nobody can tell."""

RESTRICTED = diagnose(
    machine(
        peer(errno.EPERM),
        watch(errno.EPERM),
        interpreter=capped(),
        process=left_by_execve(at_secure=True, dumpable=1),
        thread=replace(thread(), no_new_privs=True),
    )
)
"""alice runs under no_new_privs: what mends it is to be typed elsewhere, but for a sandbox."""

MENDED = diagnose(machine(untried(), untried("watch"), tap=TAP))
"""Predicted: the TAP is alice's by now."""


class Doctor:
    """Answers as it was told to, and remembers the questions. ``gate`` holds an answer back while it is clear."""

    def __init__(self, refused: Diagnosis = REFUSED, untried: Diagnosis = OPEN) -> None:
        self.refused, self.untried = refused, untried
        self.asked: list[tuple[str | None, bool, Attempt | None]] = []
        self.gate = Event()
        self.gate.set()

    def __call__(self, interface: str | None, *, try_it: bool = True, failed: Attempt | None = None) -> Diagnosis:
        self.asked.append((interface, try_it, failed))
        assert self.gate.wait(20)
        return self.refused if failed else self.untried
