"""File capabilities that did not arrive. The order is that of execve(2): security/commoncap.c.

AT_SECURE and dumpable tell afterwards what happened: 1 and 1, read and cut; 1 and not 1, given and given up since;
0 and 1, never read; 0 and not 1, the ids changed since. A file without the effective bit that was cut leaves 0 and 1.
"""

from tapscope.doctor import phrases, readings, traces
from tapscope.doctor.evidence import Evidence, FileCapabilities, Mount, Unseen, known
from tapscope.doctor.finding import Finding
from tapscope.doctor.rules.making import Rule, finding
from tapscope.machine.capabilities import CAP_SYS_PTRACE


def _asked(evidence: Evidence) -> int:
    return readings.capability_asked(evidence)


def _grants_in_vain(evidence: Evidence) -> bool:
    """The file's permitted mask has it, and the thread has it not even permitted."""
    absent = readings.in_set(evidence, "permitted", _asked(evidence)) is False
    grants = readings.file_grants(readings.program(evidence), _asked(evidence))
    return bool(absent and grants) and readings.asks_in_vain(evidence)


def _was_read(evidence: Evidence) -> bool:
    """AT_SECURE: execve read the capabilities of the file."""
    return known(evidence.process.at_secure) is True


def _caps(evidence: Evidence) -> FileCapabilities | None:
    program = readings.program(evidence)
    return known(program.caps) if program else None


def _mount(evidence: Evidence) -> Mount | None:
    program = readings.program(evidence)
    return known(program.mount) if program else None


def file_does_not_make_it_effective(evidence: Evidence) -> Finding | None:
    """=p: it is permitted, and nobody raised it."""
    caps = _caps(evidence)
    waiting = readings.in_set(evidence, "permitted", _asked(evidence))
    if caps is None or caps.effective or not waiting or not readings.asks_in_vain(evidence):
        return None
    if not readings.file_grants(readings.program(evidence), _asked(evidence)):
        return None
    facts = (traces.own_file(evidence), traces.in_set(evidence, "permitted"), traces.effective(evidence))
    return finding("filecaps-not-effective", evidence, phrases.refusal(evidence), *facts)


def bounding_set_masks_the_file(evidence: Evidence) -> Finding | None:
    """fP & bset."""
    if not _grants_in_vain(evidence) or readings.in_set(evidence, "bounding", _asked(evidence)) is not False:
        return None
    facts = (traces.own_file(evidence), traces.in_set(evidence, "bounding"))
    return finding("filecaps-bounding", evidence, phrases.refusal(evidence), *facts)


def file_belongs_to_another_root(evidence: Evidence) -> Finding | None:
    """Version 3, and the root it names is not ours: the attribute does not count."""
    program, caps = readings.program(evidence), _caps(evidence)
    foreign = (program and known(program.caps_of_other_root)) or (caps and caps.root_id)
    if not foreign or _was_read(evidence) or not readings.asks_in_vain(evidence):
        return None
    if caps and not readings.file_bears(program, _asked(evidence)):
        return None
    return finding("filecaps-wrong-userns", evidence, phrases.refusal(evidence), traces.own_file(evidence))


def file_only_inherits(evidence: Evidence) -> Finding | None:
    """pI & fI: there was nothing to inherit."""
    program = readings.program(evidence)
    if not readings.asks_in_vain(evidence) or not readings.file_bears(program, _asked(evidence)):
        return None
    if readings.file_grants(program, _asked(evidence)):
        return None
    facts = (traces.own_file(evidence), traces.in_set(evidence, "inheritable"))
    return finding("filecaps-inheritable-only", evidence, phrases.refusal(evidence), *facts)


def mount_is_nosuid(evidence: Evidence) -> Finding | None:
    """mnt_may_suid(): MNT_NOSUID."""
    mount = _mount(evidence)
    if mount is None or not known(mount.nosuid) or _was_read(evidence) or not _grants_in_vain(evidence):
        return None
    facts = (traces.own_file(evidence), traces.program_mount(evidence), traces.exec_trace(evidence))
    return finding("filecaps-nosuid", evidence, phrases.refusal(evidence), *facts)


def mount_is_of_another_namespace(evidence: Evidence) -> Finding | None:
    """mnt_may_suid(): check_mnt()."""
    mount = _mount(evidence)
    if mount is None or known(mount.listed) is not False or _was_read(evidence) or not _grants_in_vain(evidence):
        return None
    facts = (traces.own_file(evidence), traces.unlisted_mount(), traces.exec_trace(evidence))
    return finding("filecaps-foreign-mount", evidence, phrases.refusal(evidence), *facts)


def file_changed_after_start(evidence: Evidence) -> Finding | None:
    """Its change time is later than the process's start."""
    program, started = readings.program(evidence), known(evidence.process.started_ns)
    changed = known(program.changed_ns) if program else None
    if changed is None or started is None or changed <= started:
        return None
    if _was_read(evidence) or not _grants_in_vain(evidence):
        return None
    facts = (traces.own_file(evidence), traces.changed_after(changed - started))
    return finding("filecaps-set-after-start", evidence, phrases.refusal(evidence), *facts)


def _was_cut(evidence: Evidence) -> bool | None:
    """execve read the capability and cut it; None where the trace is missing, or a file without =e leaves none."""
    caps = _caps(evidence)
    secure, dumpable = known(evidence.process.at_secure), known(evidence.process.dumpable)
    if secure is None or dumpable is None:
        return None
    if caps is not None and not caps.effective and not secure:
        return None
    return secure and dumpable == 1


def _cutting(evidence: Evidence) -> tuple[str, ...]:
    """What may have cut it at execve, and is still to be seen."""
    tracer = known(evidence.process.tracer)
    sets = known(tracer.sets) if tracer else None
    harmless = sets is not None and readings.has(sets.effective, CAP_SYS_PTRACE)
    seen = {
        "filecaps-stripped-ptrace": tracer is not None and not harmless,
        "filecaps-stripped-nnp": bool(known(evidence.thread.no_new_privs)),
        "filecaps-stripped-shared-fs": bool(known(evidence.process.shares_fs)),
    }
    return tuple(name for name, there in seen.items() if there)


def _cut_by(cause: str, evidence: Evidence, *because: str) -> Finding | None:
    if not _grants_in_vain(evidence) or _was_cut(evidence) is False:
        return None
    seen = _cutting(evidence)
    if cause not in seen:
        return None
    rivals = tuple(name for name in seen if name != cause)
    facts = (phrases.refusal(evidence), traces.own_file(evidence), traces.exec_trace(evidence), *because)
    return finding(cause, evidence, *facts, one_of=rivals)


def tracer_cut_it(evidence: Evidence) -> Finding | None:
    """LSM_UNSAFE_PTRACE, by a tracer without CAP_SYS_PTRACE."""
    return _cut_by("filecaps-stripped-ptrace", evidence, traces.tracer(evidence))


def no_new_privs_cut_it(evidence: Evidence) -> Finding | None:
    """LSM_UNSAFE_NO_NEW_PRIVS."""
    return _cut_by("filecaps-stripped-nnp", evidence, traces.no_new_privs(evidence))


def shared_file_system_state_cut_it(evidence: Evidence) -> Finding | None:
    """LSM_UNSAFE_SHARE."""
    return _cut_by("filecaps-stripped-shared-fs", evidence, traces.shares_fs(evidence))


def _what_is_unseen(evidence: Evidence) -> tuple[str, ...]:
    """Causes that would leave the evidence that there is."""
    mount, program = _mount(evidence), readings.program(evidence)
    cut = _was_cut(evidence)
    started, changed = evidence.process.started_ns, program.changed_ns if program else None
    rivals = {
        "filecaps-stripped-ptrace": cut is not False,
        "filecaps-stripped-nnp": cut is not False and isinstance(evidence.thread.no_new_privs, Unseen),
        "filecaps-stripped-shared-fs": cut is not False,
        "cap-dropped": bool(cut),
        "filecaps-nosuid": not cut and (mount is None or isinstance(mount.nosuid, Unseen)),
        "filecaps-foreign-mount": not cut and (mount is None or isinstance(mount.listed, Unseen)),
        "filecaps-set-after-start": not cut and (isinstance(started, Unseen) or isinstance(changed, Unseen)),
    }
    return tuple(name for name, possible in rivals.items() if possible)


def something_cut_it(evidence: Evidence) -> Finding | None:
    """The file grants it and the process has it not: by what, left no trace."""
    if not _grants_in_vain(evidence):
        return None
    facts = (phrases.refusal(evidence), traces.own_file(evidence), traces.exec_trace(evidence))
    booted = traces.no_file_caps(evidence)
    rivals = () if booted else _what_is_unseen(evidence)
    return finding("filecaps-stripped-unknown", evidence, *facts, booted, one_of=rivals)


def _bare(evidence: Evidence) -> bool:
    """The interpreter is known not to have it in any of its masks, and the thread lacks it."""
    program = readings.program(evidence)
    seen = program is not None and not isinstance(program.caps, Unseen)
    return seen and not readings.file_bears(program, _asked(evidence)) and readings.asks_in_vain(evidence)


def script_bears_it(evidence: Evidence) -> Finding | None:
    """setcap on what starts with #!: the kernel reads its interpreter."""
    script = known(evidence.interpreter.script)
    if script is None or not _bare(evidence) or not readings.file_bears(script, _asked(evidence)):
        return None
    facts = (traces.file(script), traces.own_file(evidence))
    return finding("filecaps-on-script", evidence, phrases.refusal(evidence), *facts)


def another_file_bears_it(evidence: Evidence) -> Finding | None:
    """A copy beside it has what the file that runs has not."""
    sibling = readings.sibling_bearing(evidence)
    if sibling is None or not _bare(evidence):
        return None
    facts = (traces.file(sibling), traces.own_file(evidence))
    return finding("filecaps-wrong-file", evidence, phrases.refusal(evidence), *facts)


def private_copy_is_bare(evidence: Evidence) -> Finding | None:
    """A copy as one makes it for file capabilities, without any."""
    if not known(evidence.interpreter.private_copy) or not _bare(evidence) or _caps(evidence) is not None:
        return None
    generic = "packet-no-net-raw" if readings.mode(evidence) == "watch" else "no-caps"
    facts = (phrases.refusal(evidence), traces.own_file(evidence))
    return finding("filecaps-none", evidence, *facts, one_of=(generic,))


RAISED: tuple[Rule, ...] = (file_does_not_make_it_effective,)
MASKED: tuple[Rule, ...] = (bounding_set_masks_the_file,)
NOT_READ: tuple[Rule, ...] = (
    file_belongs_to_another_root,
    file_only_inherits,
    mount_is_nosuid,
    mount_is_of_another_namespace,
    file_changed_after_start,
)
CUT: tuple[Rule, ...] = (
    tracer_cut_it,
    no_new_privs_cut_it,
    shared_file_system_state_cut_it,
    something_cut_it,
)
ON_ANOTHER_FILE: tuple[Rule, ...] = (script_bears_it, another_file_bears_it)
NONE: tuple[Rule, ...] = (private_copy_is_bare,)
