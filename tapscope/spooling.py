"""What ``--spool`` on the command line asks for, once it is known that it can be."""

import os
import shlex
import stat
from argparse import Namespace
from pathlib import Path

from tapscope.exits import CommandError, Exit, exit_of
from tapscope.store.spool.plan import SpoolPlan
from tapscope.target import Interfaces, Target


def plan_of(args: Namespace, target: Target | Interfaces | None) -> SpoolPlan | None:
    """Where frames are kept, and in which files; None where nobody asked. Raises ``CommandError``."""
    if args.spool is None:
        if args.spool_rotate is not None or args.spool_files:
            raise CommandError("--spool-rotate and --spool-files want --spool DIR")
        return None
    if args.spool_files and args.spool_rotate is None:
        raise CommandError("--spool-files keeps the newest of several files: add --spool-rotate 100MB")
    if isinstance(target, Target) and target.is_file and not target.follow:
        raise CommandError(f"--spool keeps what comes, and {target.path} is on disk already: leave it out")
    _check_folder(args.spool)
    most_bytes, most_seconds = args.spool_rotate or (0, 0)
    return SpoolPlan(args.spool, most_bytes, most_seconds, args.spool_files)


def _check_folder(folder: str) -> None:
    said = folder if folder.isprintable() else ascii(folder)
    try:
        is_folder = stat.S_ISDIR(Path(folder).stat().st_mode)
    except FileNotFoundError:
        hint = shlex.quote(folder) if folder.isprintable() else "…"
        raise CommandError(f"--spool {said}: there is no such folder: mkdir -p {hint}", Exit.NO_INPUT) from None
    except (OSError, ValueError) as error:
        words, number = (error.strerror, error.errno) if isinstance(error, OSError) else (str(error), None)
        raise CommandError(f"--spool {said}: {words}", exit_of(number)) from None
    if not is_folder:
        raise CommandError(f"--spool {said} is no folder", Exit.NO_INPUT)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CommandError(f"--spool {said}: nothing may be written there", Exit.REFUSED)
