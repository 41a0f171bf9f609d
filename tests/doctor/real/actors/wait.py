"""Say that this process runs, wait for a line, then ask the doctor: ``wait.py UP GO`` with two fifos."""

import sys
from pathlib import Path

from tapscope.cli import main

Path(sys.argv[1]).write_text("up\n")
Path(sys.argv[2]).read_text()
sys.exit(main(["doctor", "--json", "tap0"]))
