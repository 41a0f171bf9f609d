"""``tapscope list``: the list on stdout, once. Needs neither textual nor scapy nor numpy."""

from argparse import Namespace

from tapscope.exits import CommandError, Exit, exit_of
from tapscope.machine.inventory import Inventory
from tapscope.streams import lines_out

RATE_S = 0.08
"""Seconds over which rates are taken."""


def run(args: Namespace) -> int:
    """Print a line an interface, or with ``--json`` an object a line. Raises ``CommandError`` and ``OSError``."""
    try:
        inventory = Inventory()
        # The counters are read: what is imported and looked at from here on is part of the time for the rates.
        from tapscope.listing.choices import look  # noqa: PLC0415
        from tapscope.listing.rows import json_rows, table  # noqa: PLC0415

        choices = look(inventory, over=RATE_S)
    except OSError as error:
        raise CommandError(f"the interfaces cannot be listed: {error.strerror}", exit_of(error.errno)) from None
    lines_out().writelines(f"{line}\n" for line in (json_rows if args.json else table)(choices))
    return Exit.OK
