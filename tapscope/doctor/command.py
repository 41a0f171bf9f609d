"""``tapscope doctor``: the diagnosis as text or JSON. Needs neither textual nor scapy nor numpy."""

import sys
from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from typing import cast

from tapscope.attempt import Attempt
from tapscope.doctor import report_json, report_text
from tapscope.doctor.causes import CAUSES
from tapscope.doctor.evidence import Mode
from tapscope.doctor.examine import examine

OPEN, SHUT, USAGE = 0, 1, 2
"""Exit codes: the asked door is open; it is shut; the command line is wrong."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what ``run`` takes."""
    parser.add_argument("interface", nargs="?", metavar="NAME", help="the TAP; without: what this user can do here")
    door = parser.add_mutually_exclusive_group()
    door.add_argument(
        "--peer", dest="mode", action="store_const", const="peer", help="exit by whether NAME can be attached (default)"
    )
    door.add_argument(
        "--watch", dest="mode", action="store_const", const="watch", help="exit by whether NAME can be watched"
    )
    parser.set_defaults(mode="peer")
    parser.add_argument("--no-try", action="store_true", help="make no attempt: predict from what can be seen")
    parser.add_argument("--json", action="store_true", help="the whole diagnosis as one JSON object")
    parser.add_argument("-v", "--verbose", action="store_true", help="the path through the kernel's checks, too")
    parser.add_argument(
        "--explain", nargs="?", const="", metavar="CAUSE", help="explain a cause; without CAUSE list them all"
    )


def run(arguments: Namespace, *, refused: Attempt | None = None) -> int:
    """Run ``tapscope doctor`` and return the exit code: 0 the asked door is open, 1 it is not, 2 usage.

    ``refused`` is the call that kept it from the network namespace where it should look.
    """
    if arguments.explain is not None:
        return _explain(arguments.explain)
    if arguments.interface == "":
        return _misused("NAME is empty: give the name of an interface, or none to ask what can be done here")
    diagnosis = examine(arguments.interface, try_it=not arguments.no_try, failed=refused)
    mode = cast("Mode", arguments.mode)
    if arguments.json:
        sys.stdout.write(report_json.text(diagnosis))
    else:
        unicode = _speaks_unicode()
        sys.stdout.write(report_text.text(diagnosis, asked=mode, unicode=unicode, verbose=arguments.verbose))
    return OPEN if diagnosis.is_open(mode) else SHUT


def _explain(cause: str) -> int:
    if cause and cause not in CAUSES:
        near = get_close_matches(cause, CAUSES, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "--explain alone lists them all"
        return _misused(f"no cause is called {cause!r}: {hint}")
    sys.stdout.write(report_text.encodable(report_text.explain(cause or None), unicode=_speaks_unicode()))
    return OPEN


def _misused(line: str) -> int:
    print(f"tapscope doctor: {line}", file=sys.stderr)
    return USAGE


def _speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
