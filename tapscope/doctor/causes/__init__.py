"""Every cause the doctor knows, by its stable identifier, in the order of the kernel's checks."""

from textwrap import dedent, fill

from tapscope.doctor.causes.capability import CAPABILITY
from tapscope.doctor.causes.cause import Cause
from tapscope.doctor.causes.device import DEVICE
from tapscope.doctor.causes.filecaps import FILECAPS
from tapscope.doctor.causes.netns import NETNS
from tapscope.doctor.causes.policy import POLICY
from tapscope.doctor.causes.tap import TAP

__all__ = ["CAUSES", "Cause", "explanation"]

CAUSES: dict[str, Cause] = {
    cause.identifier: cause for cause in (*NETNS, *DEVICE, *CAPABILITY, *FILECAPS, *POLICY, *TAP)
}


def explanation(identifier: str, width: int = 80) -> str:
    """The paragraph of a cause, filled to ``width`` columns. Raises ``KeyError`` for an unknown identifier."""
    return fill(" ".join(dedent(CAUSES[identifier].explanation).split()), width)
