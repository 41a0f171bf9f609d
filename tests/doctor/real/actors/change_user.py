"""Start as root, become alice by setuid(2) without PR_SET_KEEPCAPS, then ask the doctor."""

import os
import sys

from tapscope.cli import main

os.setgroups([])
os.setresgid(4242, 4242, 4242)
os.setresuid(4242, 4242, 4242)
sys.exit(main(["doctor", "--json", "tap0"]))
