"""Ask the doctor in a process that has no descriptor left: open(2) answers EMFILE, and hardly anything can be seen."""

import argparse
import os
import resource

from tapscope.doctor import command

parser = argparse.ArgumentParser()
command.add_arguments(parser)
arguments = parser.parse_args(["--json", "tap0"])
probe = os.open("/dev/null", os.O_RDONLY)
os.close(probe)
resource.setrlimit(resource.RLIMIT_NOFILE, (probe, probe))
raise SystemExit(command.run(arguments))
