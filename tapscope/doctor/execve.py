"""The algebra of execve(2) on capabilities, with the masks of this process filled in. security/commoncap.c.

P' = (fP & bset) | (pI & fI), unless the file's capabilities are not read, or what they would add is cut.
"""

from dataclasses import dataclass

from tapscope.doctor import readings
from tapscope.doctor.evidence import Evidence, known


@dataclass(frozen=True, slots=True)
class Execve:
    """The terms, all masks. ``granted`` is the formula's P'; ``permitted`` what the thread has now.

    The inheritable and the bounding set pass execve() unchanged, so the present ones are those of that moment, unless
    the program changed them since.
    """

    path: str
    file_permitted: int
    file_inheritable: int
    file_effective: bool
    bounding: int
    inheritable: int
    permitted: int

    @property
    def granted(self) -> int:
        """(fP & bset) | (pI & fI)."""
        return self.file_permitted & self.bounding | self.inheritable & self.file_inheritable

    @property
    def masked(self) -> int:
        """What the bounding set took from fP."""
        return self.file_permitted & ~self.bounding

    @property
    def cut(self) -> int:
        """What the formula grants, and the thread does not have."""
        return self.granted & ~self.permitted


def last_execve(evidence: Evidence) -> Execve | None:
    """None where the interpreter has no file capabilities, or a term was not seen."""
    program, sets = readings.program(evidence), known(evidence.thread.sets)
    caps = known(program.caps) if program else None
    if program is None or caps is None or sets is None:
        return None
    return Execve(
        program.path,
        caps.permitted,
        caps.inheritable,
        caps.effective,
        sets.bounding,
        sets.inheritable,
        sets.permitted,
    )
