"""Make a TUNSETIFF that tapscope itself never makes, and let the doctor judge it: ``request.py FLAGS [first]``.

The call and its errno are real. With ``first`` the descriptor is attached to tap9 before.
"""

import sys
from dataclasses import replace

from tapscope.attempt import AttemptFailed
from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.examine import gather
from tapscope.doctor.report_json import text
from tapscope.machine import tuntap

flags = int(sys.argv[1], 16)
fd = tuntap.open_node()
before = tuntap.set_interface(fd, "tap9", tuntap.IFF_TAP | tuntap.IFF_NO_PI) if sys.argv[2:] else None
try:
    tuntap.set_interface(fd, "tap0", flags)
    sys.exit("the kernel allowed it")
except AttemptFailed as failed:
    evidence = gather("tap0", failed=failed.attempt)
peer = replace(evidence.attempts[0], asked_flags=flags, attached_before=before)
print(text(diagnose(replace(evidence, attempts=(peer, *evidence.attempts[1:])))))
