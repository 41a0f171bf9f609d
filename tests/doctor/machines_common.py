"""What the recorded machines share: attempts, processes and files that several of them have."""

import errno
from dataclasses import replace

from recorded import (
    ALL,
    BOTH,
    PROBES,
    left_by_execve,
    peer,
    thread,
)

from tapscope.attempt import Step
from tapscope.doctor.evidence import (
    CapabilitySets,
    Elsewhere,
    Evidence,
    FileCapabilities,
    OtherProcess,
)

Row = tuple[str, str, Evidence]

OPEN = Step.OPEN
REFUSED = peer(errno.EPERM)
EINVAL = peer(errno.EINVAL)
CUT = left_by_execve(at_secure=True, dumpable=1)
FULL = {"P": ALL, "E": ALL}
AUTHORISED = replace(PROBES, empty_request=errno.EINVAL, socket_netns=None, packet_socket=None)
STRACE = OtherProcess(4100, "strace", 1000, CapabilitySets(bounding=ALL))
FILTERED = replace(thread(), seccomp=2, seccomp_filters=1)
BLUE = (Elsewhere('network namespace "blue"', netns="blue"),)
SCRIPT = "/opt/tapscope/bin/tapscope"
CAPS = FileCapabilities(2, BOTH, 0, effective=True)
