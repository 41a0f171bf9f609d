"""The diagnosis for the terminal: a line a check, and below a shut one why, fix and or."""

from collections.abc import Iterator
from textwrap import wrap

from tapscope.doctor import report, words
from tapscope.doctor.causes import CAUSES, explanation
from tapscope.doctor.diagnosis import Diagnosis, Door, Verdict
from tapscope.doctor.evidence import Mode, Unseen, known
from tapscope.doctor.finding import Finding
from tapscope.doctor.kernel_path import Outcome

OK, WARNING, PROBLEM, INFO = "✓", "!", "✗", "·"

_ASCII = str.maketrans({"✓": "+", "✗": "x", "·": "-", "≠": "!=", "…": "...", "×": "x"})
_OUTCOMES = {Outcome.PASSED: OK, Outcome.FAILED: PROBLEM, Outcome.NOT_REACHED: INFO}
_NAME_WIDTH = 12
_WIDTH = 100


def text(diagnosis: Diagnosis, *, asked: Mode = "peer", unicode: bool = True, verbose: bool = False) -> str:
    """The whole report, ending with a newline. ``asked`` is the door whose shutting is a problem, not a warning."""
    name = diagnosis.interface
    lines = [f"tapscope doctor {words.clean(name)}" if name is not None else "tapscope doctor", ""]
    lines += _checks(diagnosis, asked)
    if verbose:
        lines += _verbose(diagnosis)
    if name is None:
        lines += _machine(diagnosis)
    lines += ["", _tally(lines)]
    return encodable("\n".join(lines) + "\n", unicode=unicode)


def encodable(written: str, *, unicode: bool) -> str:
    """Marks and signs in ASCII where the terminal's encoding has no others."""
    if unicode:
        return written
    return written.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def explain(identifier: str | None = None) -> str:
    """The paragraph of a cause, or the list of all. Raises ``KeyError`` for an unknown identifier."""
    if identifier is None:
        width = max(map(len, CAUSES))
        return "".join(f"{name:<{width}}  {_general(name)}\n" for name in CAUSES)
    decides = CAUSES[identifier].decides
    deciding = f"\nWhere the evidence does not decide: {decides}.\n" if decides else ""
    return f"{identifier}: {_general(identifier)}\n\n{explanation(identifier)}\n{deciding}"


def _general(identifier: str) -> str:
    """The title with nobody's names in its slots."""
    return CAUSES[identifier].title.format(**words.GENERAL)


def _line(mark: str, name: str, said: str) -> str:
    return f"{mark} {name:<{_NAME_WIDTH}} {said}".rstrip()


def _checks(diagnosis: Diagnosis, asked: Mode) -> Iterator[str]:
    evidence = diagnosis.evidence
    tap = known(evidence.tap)
    if diagnosis.interface is not None and not isinstance(evidence.tap, Unseen):
        yield _line(INFO, "interface", report.interface_words(tap) if tap else "none of that name here yet")
    told: set[str] = set()
    for door in diagnosis.doors:
        findings = report.findings_of(diagnosis, door)
        shut = door.verdict.is_shut
        new = [finding for finding in findings if finding.cause not in told]
        said = report.attempt_words(door)
        if shut:
            said = _titled(new[0]) if new and new[0] is findings[0] else f"{said}, as above [{findings[0].cause}]"
        yield _line(_mark(door, asked), _door_name(diagnosis, door), said)
        for finding in new:
            if not shut:
                yield _line(WARNING, "note", _titled(finding))
            elif finding is not findings[0]:
                yield f"    and: {_titled(finding)}"
            yield from _details(finding)
            told.add(finding.cause)
    yield from _capabilities(diagnosis)


def _titled(finding: Finding) -> str:
    return f"{finding.title} [{finding.cause}]"


def _door_name(diagnosis: Diagnosis, door: Door) -> str:
    return "create" if diagnosis.interface is None and door.mode == "peer" else door.mode


def _mark(door: Door, asked: Mode) -> str:
    if door.verdict is Verdict.PREDICTED_UNKNOWN:
        return INFO
    if door.verdict.is_shut:
        return PROBLEM if door.mode in {asked, "netns"} else WARNING
    return OK


def _details(finding: Finding) -> Iterator[str]:
    for role, said in report.finding_lines(finding):
        if role == "price":
            yield from wrap(said, _WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9)
        else:
            yield f"    {f'{role}:':<5}{said}"


def _capabilities(diagnosis: Diagnosis) -> Iterator[str]:
    yield _line(INFO, "capabilities", f"{'':14} P E I B A")
    for row in report.capability_rows(diagnosis):
        held = " ".join("?" if there is None else "✓" if there else "-" for there in row.held)
        yield f"    {row.name:<25} {held}  {row.purpose}"
    for name, said in report.state_rows(diagnosis):
        yield f"    {name:<25} {said}"


def _verbose(diagnosis: Diagnosis) -> Iterator[str]:
    for door in diagnosis.doors:
        if door.path:
            yield ""
            yield f"the kernel's checks, {door.mode}:"
        for step in door.path:
            late = " (not reached)" if step.outcome is Outcome.NOT_REACHED else ""
            yield f"  {_OUTCOMES[step.outcome]} {report.path_words(step)}{late}"
    algebra = report.execve_lines(diagnosis)
    if algebra:
        yield ""
        yield from algebra


def _machine(diagnosis: Diagnosis) -> Iterator[str]:
    """What this user can do here at all, and on what."""
    for tap, door, why in report.attaching(diagnosis):
        mark = OK if door.verdict.is_open else WARNING if door.verdict.is_shut else INFO
        said = f"{report.interface_words(tap)}: {why or 'cannot be predicted'}"
        yield _line(mark, words.clean(tap.name), said)
    host, sandbox = diagnosis.evidence.host, known(diagnosis.evidence.probes.sandbox)
    if sandbox is not None:
        said = "a TAP in a namespace of one's own works" if sandbox.ok else words.call(sandbox)
        yield _line(OK if sandbox.ok else WARNING, "sandbox", said)
    named = [f"{name} {version}" if version else f"{name} is not installed" for name, version in host.versions]
    kernel = known(host.kernel)
    said = ", ".join([*([f"Linux {kernel}"] if kernel else []), *named])
    yield _line(INFO, "versions", words.clean(said))
    yield _line(INFO, "terminal", _terminal(diagnosis))


def _terminal(diagnosis: Diagnosis) -> str:
    terminal = diagnosis.evidence.host.terminal
    size, colours = known(terminal.size), known(terminal.colours)
    said = [known(terminal.name) or "none"]
    said += [f"{size[0]}×{size[1]}"] if size else []
    said += [f"{colours} colours"] if colours else []
    if not isinstance(terminal.unicode, Unseen):
        said.append("Unicode" if terminal.unicode else "no Unicode")
    return words.clean(", ".join(said))


def _tally(lines: list[str]) -> str:
    """``3 ok, 1 warning, 1 problem``: of the checks, which are the lines that begin with a mark."""
    counts = {mark: sum(line.startswith(f"{mark} ") for line in lines) for mark in (OK, WARNING, PROBLEM)}
    names = {OK: "ok", WARNING: "warning", PROBLEM: "problem"}
    worse = [(counts[mark], names[mark]) for mark in (WARNING, PROBLEM) if counts[mark]]
    return ", ".join([f"{counts[OK]} ok", *(f"{count} {name}{'s' if count > 1 else ''}" for count, name in worse)])
