"""The algebra of execve(2) on capabilities, with the masks of this process filled in. security/commoncap.c.

P' = (fP & bset) | (pI & fI), unless the file's capabilities are not read, or what they would add is cut; for root
P' = pI | bset; and the ambient set is added where the file has no capabilities that are read.
"""

from dataclasses import dataclass

from tapscope.doctor import readings, traces
from tapscope.doctor.evidence import Evidence, known


@dataclass(frozen=True, slots=True)
class Execve:
    """The terms, all masks. ``granted`` is the formula's P'; ``permitted`` what the thread has now.

    ``unread`` says why execve() did not read the file's capabilities; empty where it did, or nothing tells.
    ``root`` is euid 0 without the securebit NOROOT.
    The inheritable and the bounding set pass execve() unchanged, so the present ones are those of that moment, unless
    the program changed them since.
    """

    path: str
    file_permitted: int
    file_inheritable: int
    file_effective: bool
    bounding: int
    inheritable: int
    ambient: int
    permitted: int
    root: bool
    unread: str

    @property
    def granted(self) -> int:
        """(fP & bset) | (pI & fI)."""
        return self.file_permitted & self.bounding | self.inheritable & self.file_inheritable

    @property
    def for_root(self) -> int:
        """pI | bset, ``handle_privileged_root()``."""
        return self.inheritable | self.bounding

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
        sets.ambient,
        sets.permitted,
        known(evidence.credentials.euid) == 0 and not (known(evidence.thread.securebits) or 0) & readings.SECBIT_NOROOT,
        _unread(evidence),
    )


def _unread(evidence: Evidence) -> str:
    """``bprm_caps_from_vfs_caps()`` looks at the mount first, then at the root that the attribute is for."""
    program = readings.program(evidence)
    mount, caps = (known(program.mount), known(program.caps)) if program else (None, None)
    if known(evidence.process.at_secure):
        return ""
    if mount is not None and known(mount.nosuid):
        return f"{known(mount.mount_point) or 'its mount'} is mounted nosuid"
    if mount is not None and known(mount.listed) is False:
        return traces.unlisted_mount()
    return "they are for a root that is not ours" if caps and caps.root_id else ""
