"""The words of a diagnosis, in pieces that panel and terminal lay out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tapscope.doctor import readings, words
from tapscope.doctor.diagnosis import Diagnosis, Door, Verdict, diagnose
from tapscope.doctor.evidence import (
    CapabilitySets,
    Evidence,
    Holders,
    Mode,
    ModeAttempt,
    Seen,
    Tap,
    Unseen,
    known,
)
from tapscope.doctor.execve import Execve
from tapscope.doctor.finding import Finding, Severity
from tapscope.doctor.kernel_path import KernelStep
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN, name_of, names_in

SETS = ("permitted", "effective", "inheritable", "bounding", "ambient")
"""The five sets, in the order P E I B A."""

PURPOSES = {
    CAP_NET_ADMIN: "attaches to any TAP, makes one, sets it up; a TAP of your own needs it only to be set up",
    CAP_NET_RAW: "watches an interface beside its holder",
}

BORDER = {CAP_SYS_ADMIN: "goes into another network namespace"}
"""Where that was refused."""

_SECUREBITS = {0: "noroot", 2: "no_setuid_fixup", 4: "keep_caps", 6: "no_cap_ambient_raise"}


@dataclass(frozen=True, slots=True)
class CapabilityRow:
    """One capability: whether each of the five ``SETS`` has it (None: not seen), and what it is for here."""

    name: str
    held: tuple[bool | None, ...]
    purpose: str


def capability_rows(diagnosis: Diagnosis) -> tuple[CapabilityRow, ...]:
    """CAP_NET_ADMIN and CAP_NET_RAW in the five sets of the thread that asked, CAP_SYS_ADMIN where it matters."""
    sets = known(diagnosis.capabilities)
    purposes = PURPOSES | BORDER if diagnosis.door("netns") else PURPOSES
    return tuple(
        CapabilityRow(
            name_of(number),
            tuple(readings.has(None if sets is None else getattr(sets, name), number) for name in SETS),
            purpose,
        )
        for number, purpose in purposes.items()
    )


def state_rows(diagnosis: Diagnosis) -> tuple[tuple[str, str], ...]:
    """(name, words) of what stands beside the sets: user, no_new_privs, securebits, seccomp, the interpreter."""
    thread, evidence = diagnosis.evidence.thread, diagnosis.evidence
    program = readings.program(evidence)
    raised = known(thread.raised)
    rows = [
        ("user", words.user(evidence)),
        ("no_new_privs", _switch(thread.no_new_privs)),
        ("securebits", _securebits(thread.securebits)),
        ("seccomp", _named(thread.seccomp, {0: "off", 1: "strict", 2: "filter"})),
        ("interpreter", words.clean(program.path) if program else "not seen"),
        ("its capabilities", _file_capabilities(evidence)),
    ]
    if raised:
        rows.append(("raised", f"{', '.join(names_in(raised))}, from permitted to effective, by tapscope"))
    return tuple(rows)


def _switch(value: Seen[bool]) -> str:
    return _named(value, {True: "set", False: "not set"})


def _named(value: Seen[int], names: dict[int, str]) -> str:
    if isinstance(value, Unseen):
        return words.clean(f"not seen ({value.reason})")
    return "none" if value is None else names.get(value, str(value))


def _securebits(value: Seen[int]) -> str:
    if isinstance(value, Unseen) or value is None:
        return _named(value, {})
    return ", ".join(name for bit, name in _SECUREBITS.items() if value >> bit & 1) or "none"


def _file_capabilities(evidence: Evidence) -> str:
    program = readings.program(evidence)
    if program is None or isinstance(program.caps, Unseen):
        return "not seen"
    return words.file_capabilities(program.caps) if program.caps else "none"


def set_names(capabilities: Seen[CapabilitySets]) -> dict[str, list[str]] | None:
    """The five sets by name, each a list of capability names; None where they were not seen."""
    sets = known(capabilities)
    return None if sets is None else {name: names_in(getattr(sets, name)) for name in SETS}


def attempt_words(door: Door) -> str:
    """What was tried and what the kernel said, in one line."""
    if door.verdict is Verdict.PREDICTED_UNKNOWN:
        return "cannot be predicted from what may be seen: not tried"
    call = words.call(door.call) if door.call else "not tried"
    if not door.attempt.tried:
        return f"predicted, not tried: {call}" if door.call else call
    return f"{call}{_made(door.attempt)}"


def _made(attempt: ModeAttempt) -> str:
    """What the attempt did to the machine."""
    if not known(attempt.created):
        return ""
    gone = {True: ", and is gone again", False: ", and is still there"}.get(known(attempt.removed) or False)
    return f"; it was made for the attempt{gone if not isinstance(attempt.removed, Unseen) else ''}"


def findings_of(diagnosis: Diagnosis, door: Door) -> tuple[Finding, ...]:
    """The findings behind one door, the cause first."""
    named = (*door.causes, *door.notes)
    return tuple(finding for cause in named for finding in diagnosis.findings if finding.cause == cause)


def finding_lines(finding: Finding) -> tuple[tuple[str, str], ...]:
    """(role, text) lines below a title; role is ``why``, ``fix`` (the first remedy), ``or``, ``price`` (below each)."""
    lines = [("why", fact) for fact in finding.facts]
    for number, remedy in enumerate(finding.remedies):
        lines.append(("or" if number else "fix", remedy.command))
        lines.append(("price", words.clean(f"{remedy.effect}; price: {remedy.cost}; reach: {remedy.reach}")))
    return tuple(lines)


def path_words(step: KernelStep) -> str:
    """One check on the path: its function, and the values that decided it."""
    return f"{step.function}: {step.values}" if step.values else f"{step.function}"


def execve_lines(diagnosis: Diagnosis) -> tuple[str, ...]:
    """The algebra of the last execve with the real masks; () where file capabilities are no part of the story."""
    terms = diagnosis.execve
    if terms is None:
        return ()
    read = f"({words.number(terms.file_permitted)} & {words.number(terms.bounding)})"
    inherited = f"({words.number(terms.inheritable)} & {words.number(terms.file_inheritable)})"
    unread = f"its capabilities were not read: {terms.unread}, and fP and fI count as empty"
    return (
        f"execve of {words.clean(terms.path)}, {_file_capabilities(diagnosis.evidence)}",
        *([words.clean(unread)] if terms.unread else []),
        "P' = (fP & bset) | (pI & fI)",
        f"   = {read} | {inherited}",
        f"   = {_mask(terms.granted)}",
        *([f"   | A' {_mask(terms.ambient)}"] if terms.ambient else []),
        *([f"for root, P' = pI | bset = {_mask(terms.for_root)}"] if terms.root else []),
        f"P  = {_mask(terms.permitted)}",
        *_lost(terms, diagnosis),
    )


def _mask(mask: int) -> str:
    return f"{words.number(mask)}  {words.set_words(mask)}"


def _lost(terms: Execve, diagnosis: Diagnosis) -> Iterator[str]:
    """What the file would give, and the process has not."""
    if terms.masked:
        yield f"masked by the bounding set: {words.set_words(terms.masked)}"
    if terms.cut:
        told = (finding.title for finding in diagnosis.findings if _is_about_execve(finding))
        reason = next(told, words.clean(terms.unread) or "for no known reason")
        yield f"not there: {words.set_words(terms.cut)}; {reason}"


def _is_about_execve(finding: Finding) -> bool:
    lost = {"cap-dropped", "setuid-dropped-caps", "cap-other-thread", "root-without-cap"}
    return finding.cause.startswith("filecaps-") or finding.cause in lost


def interface_words(tap: Tap) -> str:
    """``tap, owner alice (uid 1000), one queue, up, no carrier``."""
    said = [known(tap.mode) or known(tap.kind) or "network device"]
    said += [f"really called {tap.name}"] if known(tap.asked_by_altname) else []
    if known(tap.owner) is not None:
        said.append(f"owner {words.person(tap.owner_name, tap.owner)}")
    if known(tap.group) is not None:
        said.append(f"group {known(tap.group_name) or known(tap.group)}")
    if tap.owner is None and tap.group is None and known(tap.mode) is not None:
        said.append("no owner")
    said += [name for flag, name in ((tap.multi_queue, "multi_queue"), (tap.vnet_hdr, "vnet_hdr")) if known(flag)]
    for fact, yes, no in ((tap.up, "up", "down"), (tap.carrier, "carrier", "no carrier")):
        if not isinstance(fact, Unseen) and fact is not None:
            said.append(yes if fact else no)
    return words.clean(", ".join(said))


def predicted(evidence: Evidence, tap: Tap, held: Seen[Holders], *modes: Mode) -> Diagnosis:
    """What would become of these doors of an interface that is here, without trying."""
    attempts = tuple(ModeAttempt(mode, tried=False) for mode in modes)
    return diagnose(
        replace(evidence, interface=tap.name, tap=tap, elsewhere=(), holders=held, attempts=attempts),
    )


def attaching(diagnosis: Diagnosis) -> tuple[tuple[Tap, Door, str], ...]:
    """For the TAPs of this namespace, without trying: (TAP, its peer door predicted, why in a clause)."""
    answers = []
    for tap in known(diagnosis.evidence.taps) or ():
        judged = predicted(diagnosis.evidence, tap, Unseen(), "peer")
        problem = next((f.title for f in judged.findings if f.severity is Severity.PROBLEM), "")
        answers.append((tap, judged.doors[0], "may be attached to" if judged.is_open() else problem))
    return tuple(answers)
