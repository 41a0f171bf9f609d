"""Give the named capabilities up, from every set of this thread, then ask the doctor: ``drop.py net_admin``."""

import sys

import prctl

from tapscope.cli import main

for flag in (prctl.CAP_EFFECTIVE, prctl.CAP_PERMITTED):
    prctl.set_caps(([f"CAP_{name.upper()}" for name in sys.argv[1:]], [flag], False))
sys.exit(main(["doctor", "--json", "tap0"]))
