"""The few lines about a TAP that could not be opened; the words are the doctor's."""

from tapscope.attempt import WATCHING, Attempt
from tapscope.doctor import report
from tapscope.doctor.examine import examine

_SHOWN = {"why": "why", "fix": "fix", "or": "or "}


def refusal(interface: str, failed: Attempt) -> str:
    """Return the first cause, why, and the commands that mend it, on lines of their own."""
    interface = failed.interface or interface
    diagnosis = examine(interface, failed=failed)
    door = diagnosis.door("watch" if failed.step in WATCHING else "peer")
    findings = report.findings_of(diagnosis, door) if door else ()
    if not findings:
        return f"tapscope: {failed}"
    lines = [f"tapscope: {findings[0].title}"]
    lines += [f"  {_SHOWN[role]}: {said}" for role, said in report.finding_lines(findings[0]) if role in _SHOWN]
    return "\n".join([*lines, f"  all that was seen: tapscope doctor {interface}"])
