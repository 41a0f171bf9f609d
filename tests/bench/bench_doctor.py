"""How long an answer of ``tapscope doctor`` takes, beside what libcap prints of capabilities, in the same run.

Whole commands from start to exit, in milliseconds: the median of 15, and the ratio to ours. The attempt is
made for real; root's, which creates the TAP for a moment, in a network namespace of its own.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

from peers import TAPSCOPE

from tapscope.demo.sandbox import enter_network

ROUNDS = 15
DOCTOR = (*TAPSCOPE, "doctor")
COMMANDS = {
    "tapscope doctor NAME": (*DOCTOR, "benchtap0"),
    "tapscope doctor NAME --no-try": (*DOCTOR, "benchtap0", "--no-try"),
    "tapscope doctor": DOCTOR,
    "python -c pass": (sys.executable, "-c", "pass"),
    "getpcaps PID": ("getpcaps", str(os.getpid())),
    "capsh --print": ("capsh", "--print"),
}


def milliseconds(command: tuple[str, ...]) -> float:
    """How long the command takes; what it prints, and whether the door is open, does not matter."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    if os.geteuid() == 0:
        enter_network()
    there = {name: command for name, command in COMMANDS.items() if shutil.which(command[0])}
    for name in COMMANDS.keys() - there.keys():
        print(f"{name}: not installed")
    taken: dict[str, list[float]] = {name: [] for name in there}
    for _ in range(ROUNDS):  # by turns, so that a busy moment hits all alike
        for name, command in there.items():
            taken[name].append(milliseconds(command))
    ours = statistics.median(taken["tapscope doctor NAME"])
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:30} {median:6.1f} ms  {median / ours:5.2f} of ours")


if __name__ == "__main__":
    main()
