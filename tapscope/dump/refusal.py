"""The few lines about a TAP that could not be opened; the words are the doctor's."""

from tapscope.attempt import ENTERING, WATCHING, Attempt
from tapscope.doctor import report
from tapscope.doctor.examine import examine
from tapscope.doctor.remedies import shell

_SHOWN = {"why": "why", "fix": "fix", "or": "or "}


def refusal(interface: str, failed: Attempt) -> str:
    """Return the first cause, why, and the commands that mend it, on lines of their own, as they are printed."""
    return f"tapscope: {explained(failed.interface or interface, failed)}"


def explained(interface: str | None, failed: Attempt) -> str:
    """The same without the program's name. ``interface`` None: none was named."""
    diagnosis = examine(interface, failed=failed)
    door = diagnosis.door("netns" if failed.step in ENTERING else "watch" if failed.step in WATCHING else "peer")
    findings = report.findings_of(diagnosis, door) if door else ()
    if not findings:
        return str(failed)
    elsewhere = {remedy.command: f"  # {remedy.effect}" for remedy in findings[0].remedies if not remedy.here}
    lines = [findings[0].title]
    lines += [
        f"  {_SHOWN[role]}: {said}{elsewhere.get(said, '')}"
        for role, said in report.finding_lines(findings[0])
        if role in _SHOWN
    ]
    again = shell.words(diagnosis.evidence, *([interface] if interface else []), command=("tapscope", "doctor"))
    return "\n".join([*lines, f"  all that was seen: {again}"])
