"""Attach to an interface and stay: ``hold.py UP NAME [COUNT]`` takes COUNT queues, and says so on the fifo UP."""

import sys
import time
from pathlib import Path

from tapscope.machine import tuntap

count = int(sys.argv[3]) if sys.argv[3:] and sys.argv[3].isdigit() else 1
held = [tuntap.attach(sys.argv[2]) for _ in range(count)]
Path(sys.argv[1]).write_text("held\n")
time.sleep(60)
