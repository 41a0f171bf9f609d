"""A diagnosis laid out as rows of text. The words are the doctor's; here they get their place and their color."""

from collections.abc import Iterator

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tapscope.doctor import report
from tapscope.doctor.diagnosis import Diagnosis, Door, Verdict
from tapscope.doctor.finding import Finding, Remedy, Severity
from tapscope.doctor.kernel_path import KernelStep, Outcome
from tapscope.ui.row import Row
from tapscope.ui.styles import BAD, GOOD, HEADING, MUTED, STRONG, WARNING

MARKS = {True: ("✓", GOOD), False: ("-", MUTED), None: ("?", WARNING)}
"""Of a capability in a set: has it, has it not, not seen."""

OUTCOMES = {Outcome.PASSED: ("✓", GOOD), Outcome.FAILED: ("✗", BAD), Outcome.NOT_REACHED: ("·", MUTED)}


def heading(text: str) -> Widget:
    """The title of a part."""
    return Static(Content.styled(text, HEADING), classes="panel-heading")


def doors(diagnosis: Diagnosis) -> Iterator[Widget]:
    """A line for each door: what was tried, and what the kernel said."""
    for door in diagnosis.doors:
        mark, style = _verdict_mark(door)
        label = Content.assemble((f"{mark} ", style), (door.mode, STRONG))
        yield Row(label, Content.styled(report.attempt_words(door), style if door.verdict.is_shut else ""), width=9)


def _verdict_mark(door: Door) -> tuple[str, str]:
    if door.verdict is Verdict.PREDICTED_UNKNOWN:
        return "?", WARNING
    return ("✓", GOOD) if door.verdict.is_open else ("✗", BAD)


def finding_rows(finding: Finding, diagnosis: Diagnosis) -> Iterator[Widget]:
    """The cause and the facts it rests on, without what the doors' lines say already."""
    said = {report.attempt_words(door) for door in diagnosis.doors}
    style = BAD if finding.severity is Severity.PROBLEM else WARNING
    title = Content.assemble((finding.title, style), (f"  {finding.cause}", MUTED))
    yield Static(title, classes="panel-finding")
    for fact in (fact for fact in finding.because if fact not in said):
        yield Row(Content.styled("  because", MUTED), Content(fact), width=11)
    if finding.doubt:
        yield Row(Content.styled("  unsure", WARNING), Content(finding.doubt), width=11)


def price(remedy: Remedy) -> Content:
    """What a remedy does, what it costs, and how far it reaches."""
    place = "" if remedy.here else " · to be typed elsewhere, not here"
    return Content.assemble(remedy.effect, (f" · price: {remedy.cost} · reach: {remedy.reach}{place}", MUTED))


def capabilities(diagnosis: Diagnosis) -> Iterator[Widget]:
    """The two capabilities in the five sets, and what stands beside the sets."""
    yield heading(f"{'Capabilities':15} {' '.join(name[0].upper() for name in report.SETS)}")
    for row in report.capability_rows(diagnosis):
        label = Content.assemble((f"{row.name:15} ", STRONG), Content(" ").join(map(_held, row.held)))
        yield Row(label, Content.styled(row.purpose, MUTED), width=28)
    yield Static(Content.styled(_legend(), MUTED))
    for name, said in report.state_rows(diagnosis):
        yield Row(Content.styled(name, MUTED), Content(said), width=18)


def _held(there: bool | None) -> Content:
    return Content.styled(*MARKS[there])


def _legend() -> str:
    return "  ".join(f"{name[0].upper()} {name}" for name in report.SETS)


def paths(diagnosis: Diagnosis) -> Iterator[Widget]:
    """The kernel's checks in order; where file capabilities are the story, the algebra of execve."""
    for door in diagnosis.doors:
        if door.path:
            yield heading(f"What the kernel checks, {door.mode}")
            yield from map(_step, door.path)
    algebra = report.execve_lines(diagnosis)
    if algebra:
        yield heading("What the last execve gave")
        yield Static(Content("\n".join(algebra)))


def _step(step: KernelStep) -> Widget:
    mark, style = OUTCOMES[step.outcome]
    late = " (not reached)" if step.outcome is Outcome.NOT_REACHED else ""
    text = Content.styled(f"{report.path_words(step)}{late}", "" if step.outcome is Outcome.PASSED else style)
    return Row(Content.styled(mark, style), text, width=2)


def findings(diagnosis: Diagnosis) -> list[Finding]:
    """What is behind the doors, each once: the first door's first cause before the others."""
    return list(dict.fromkeys(finding for door in diagnosis.doors for finding in report.findings_of(diagnosis, door)))


def remedies(diagnosis: Diagnosis) -> list[Remedy]:
    """All that would mend something, each once, in the order of the findings."""
    return list(dict.fromkeys(remedy for finding in findings(diagnosis) for remedy in finding.remedies))
