"""Ask the doctor in a thread that has given CAP_NET_ADMIN up, while the main thread still has it."""

import sys
import threading

import prctl

from tapscope.cli import main


def work() -> None:
    for flag in (prctl.CAP_EFFECTIVE, prctl.CAP_PERMITTED):
        prctl.set_caps(([prctl.CAP_NET_ADMIN], [flag], False))
    main(["doctor", "--json", "tap0"])


thread = threading.Thread(target=work)
thread.start()
thread.join()
sys.exit(0)
