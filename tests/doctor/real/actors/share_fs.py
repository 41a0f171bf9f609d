"""Run a command in a child made by clone(2) with CLONE_FS, which shares root and working directory with us."""

import ctypes
import os
import platform
import sys

CLONE_FS, SIGCHLD = 0x200, 17
NUMBER = {"x86_64": 56}.get(platform.machine(), 220)

child = ctypes.CDLL(None).syscall(NUMBER, CLONE_FS | SIGCHLD, 0, 0, 0, 0)
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
