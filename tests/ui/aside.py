"""A program for test_tmux: refused until a file is there, with one remedy, a command given on the command line."""

import sys
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from patients import REFUSED, Doctor
from sources import Door, Scripted, surroundings

from tapscope.doctor.finding import Reach, Remedy
from tapscope.ui.app import TapscopeApp

opens, command = Path(sys.argv[1]), sys.argv[2]


class Behind(Door):
    """Shut until the file is there."""

    def __call__(self) -> Scripted:
        self.shut = not opens.exists()
        return super().__call__()


remedy = Remedy(command, "makes it possible", "nothing", Reach.INTERFACE)
refused = replace(REFUSED, findings=tuple(replace(finding, remedies=(remedy,)) for finding in REFUSED.findings))
TapscopeApp(
    Behind(), interface="tap0", title="tap0", examine=Doctor(refused=refused), surroundings=surroundings()
).run()
