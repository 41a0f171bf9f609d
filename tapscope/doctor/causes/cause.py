"""What is said of a cause, whatever the machine."""

from dataclasses import dataclass

from tapscope.doctor.finding import Severity


@dataclass(frozen=True, slots=True)
class Cause:
    """``title`` has slots that ``words.slots`` fills; ``decides`` says what would tell it from its rivals."""

    identifier: str
    title: str
    explanation: str
    decides: str = ""
    severity: Severity = Severity.PROBLEM
