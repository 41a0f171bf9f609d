"""Run a command under Landlock: ``landlocked.py ioctl|open COMMAND…``. landlock(7), ``linux/landlock.h``.

``ioctl`` allows opening files and forbids ioctl on devices (ABI 5, Linux 6.10); ``open`` forbids opening files in
/dev/net for writing.
"""

import ctypes
import os
import struct
import sys

CREATE, ADD_RULE, RESTRICT = 444, 445, 446
PR_SET_NO_NEW_PRIVS = 38
WRITE_FILE, IOCTL_DEV = 1 << 1, 1 << 15
libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), what)
    return result


rights = IOCTL_DEV if sys.argv[1] == "ioctl" else WRITE_FILE
attributes = struct.pack("=Q", rights)
ruleset = checked(libc.syscall(CREATE, attributes, len(attributes), 0), "landlock_create_ruleset")
for path in ("/proc", "/tmp", "/sys", "/dev/null") if rights == WRITE_FILE else ():
    fd = os.open(path, os.O_PATH)
    rule = struct.pack("=Qi", rights, fd)
    checked(libc.syscall(ADD_RULE, ruleset, 1, rule, 0), "landlock_add_rule")
checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
checked(libc.syscall(RESTRICT, ruleset, 0), "landlock_restrict_self")
os.execvp(sys.argv[2], sys.argv[2:])
