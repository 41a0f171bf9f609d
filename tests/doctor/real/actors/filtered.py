"""Run a command under a seccomp filter that refuses one call: ``filtered.py ioctl EPERM COMMAND…``.

``ioctl`` refuses TUNSETIFF, ``socket`` AF_PACKET, ``openat`` opening for reading and writing, ``capset`` and
``setns`` the call.
seccomp(2), ``linux/filter.h``. Root installs it without no_new_privs, as a service manager does.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, EQUAL, BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
X86 = platform.machine() == "x86_64"
CALLS = {
    # call: (its number, the argument that is looked at, the test, the value)
    "ioctl": (16 if X86 else 29, 1, EQUAL, 0x400454CA),
    "socket": (41 if X86 else 198, 0, EQUAL, 17),
    "openat": (257 if X86 else 56, 2, BITS, os.O_RDWR),
    "capset": (126 if X86 else 91, None, EQUAL, 0),
    "setns": (308 if X86 else 268, None, EQUAL, 0),
}


def program(call: str, number: int) -> bytes:
    call_number, argument, test, value = CALLS[call]
    refuse = struct.pack("=HBBI", RETURN, 0, 0, ERRNO | number)
    allow = struct.pack("=HBBI", RETURN, 0, 0, ALLOW)
    check = b""
    if argument is not None:
        check = struct.pack("=HBBI", LOAD, 0, 0, 16 + 8 * argument) + struct.pack("=HBBI", test, 0, 1, value)
    skip = len(check) // 8 + 1
    load = struct.pack("=HBBI", LOAD, 0, 0, 0) + struct.pack("=HBBI", EQUAL, 0, skip, call_number)
    return load + check + refuse + allow


code = program(sys.argv[1], getattr(errno, sys.argv[2]))
block = ctypes.create_string_buffer(code, len(code))
fprog = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(block)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, fprog, 0, 0):
    raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")
os.execvp(sys.argv[3], sys.argv[3:])
