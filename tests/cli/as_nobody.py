"""``tapscope`` as a plain user, who may not even read the interpreter: root loads everything, and then becomes her."""

import contextlib
import os
import sys

import tapscope.dump.refusal
from tapscope import cli

with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
    for command in ("list", "doctor"):
        cli.main([command])
assert tapscope.dump.refusal
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
sys.exit(cli.main())
