"""The ``tapscope`` command: picks a front. Loads neither textual nor scapy nor numpy before a front needs them."""

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tapscope import arguments, streams
from tapscope.exits import CommandError, Exit
from tapscope.spooling import plan_of
from tapscope.target import Interfaces, Target, sieve_of, targets_of

if TYPE_CHECKING:
    from tapscope.doctor.diagnosis import Diagnosis

_STDIN, _STDOUT = 0, 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``tapscope`` with ``argv`` (default: the process's) and return the exit code.

    Whatever goes wrong becomes one line on stderr; ``--debug`` adds where it came from.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    streams.complete()
    # numpy's linear algebra, which nobody uses here, would start a thread for each processor
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        try:
            return _run(words)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return Exit.BROKEN_PIPE
    except CommandError as error:
        return _complain(str(error), error.code)
    except OSError as error:
        _abandon_stdout()
        return _complain(f"{error.filename or 'stdout'}: {error.strerror or error}", Exit.IO, words)
    except Exception as error:
        line = f"an error in tapscope itself: {type(error).__name__}: {error}; please report it with what --debug adds"
        return _complain(line, Exit.SOFTWARE, words)


def _complain(line: str, code: Exit, words: Sequence[str] = ()) -> Exit:
    if "--debug" in words:
        traceback.print_exc()
    print(f"tapscope: {line}", file=sys.stderr)
    return code


def _abandon_stdout() -> None:
    """Keep the interpreter from writing, at its end, what could not be written before."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDOUT)
    os.close(nowhere)


def _run(words: list[str]) -> int:
    first = next((word for word in words if word != "--debug"), "")
    fronts = {"dump": _dump, "demo": _demo, "doctor": _doctor, "list": _list}
    if first not in fronts:
        return _look(words)
    rest = list(words)
    rest.remove(first)
    return fronts[first](rest)


def _examine(interface: str | None, **settings: Any) -> "Diagnosis":
    """The doctor, who is fetched when he is wanted: that is seldom, and he takes his time to come."""
    from tapscope.doctor.examine import examine  # noqa: PLC0415

    return examine(interface, **settings)


def _look(words: list[str]) -> int:
    args = arguments.top().parse_intermixed_args(words)
    target = _target(args)
    if not os.isatty(_STDOUT):
        return _lines_instead(target, args)
    if target:
        target.check()
    _check_display(args)
    spool = plan_of(args, target)
    from tapscope.ui import front  # noqa: PLC0415

    try:
        piped_in = _STDIN if os.isatty(_STDIN) else front.take_stdin()
    except OSError:
        return _lines_instead(target, args)
    run = partial(front.run, examine=_examine, memory=args.memory, spool=spool, display=args.display)
    if target is None:
        return run(None, interface=None, title="tapscope")
    return run(partial(target.open, piped_in), interface=target.interface, title=target.title)


def _check_display(args: Namespace) -> None:
    """Refuse a faulty display filter before there is a screen."""
    if args.display is not None:
        from tapscope.dump.sifting import filter_of  # noqa: PLC0415

        filter_of(args.display)


def _lines_instead(target: Target | Interfaces | None, args: Namespace) -> int:
    """Where there is no terminal."""
    if args.spool is not None:
        raise CommandError("--spool is for the terminal's interface; without a terminal: tapscope dump NAME -w FILE")
    return _print_frames(target, args) if target else _list([])


def _target(args: Namespace) -> Target | Interfaces | None:
    """What is meant, where ``--netns`` says: from here on this process stands there, and so do all its threads."""
    if args.netns is not None:
        from tapscope import entry  # noqa: PLC0415

        entry.enter(args.netns, next(iter(args.sources), None))
    if args.sources:
        sieve = None if args.sieve is None else sieve_of(args.sieve)
        target = targets_of(args.sources, args.door, follow=args.follow, sieve=sieve)
        if args.netns is not None and isinstance(target, Target) and target.interface is None:
            raise CommandError(f"--netns is for an interface, and {args.sources[0]} is a capture: leave it out")
        return target
    if args.sieve is not None:
        raise CommandError("-f wants something to look into: tapscope -f FILTER NAME")
    if args.display is not None:
        raise CommandError("-Y wants something to look into: tapscope -Y FILTER NAME")
    if args.follow:
        raise CommandError("--follow wants a file: tapscope --follow FILE")
    return None


def _list(words: list[str]) -> int:
    args = arguments.listing().parse_args(words)
    if args.netns is not None:
        from tapscope import entry  # noqa: PLC0415

        entry.enter(args.netns, None)
    from tapscope.listing.command import run  # noqa: PLC0415

    return run(args)


def _dump(words: list[str]) -> int:
    args = arguments.dump().parse_intermixed_args(words)
    target = _target(args)
    assert target is not None
    return _print_frames(target, args)


def _print_frames(target: Target | Interfaces, args: Namespace) -> int:
    from tapscope.dump.command import Options, run  # noqa: PLC0415

    return run(target.open, target.interface, Options.of(args))


def _demo(words: list[str]) -> int:
    args = arguments.demo().parse_args(words)
    # A process with threads cannot enter a namespace, and importing numpy starts some: the demo comes first.
    from tapscope.demo import prepare  # noqa: PLC0415

    demo = prepare()
    if not os.isatty(_STDOUT) or args.headless or args.count or args.write or args.json or args.quiet:
        from tapscope.dump.command import Options, run  # noqa: PLC0415

        return run(demo.open_source, demo.interface, Options.of(args), refused=demo.refused)
    _check_display(args)
    from tapscope.ui import front  # noqa: PLC0415

    run = partial(front.run, examine=_examine, refused=demo.refused, display=args.display)
    return run(demo.open_source, interface=demo.interface, title=demo.title)


def _doctor(words: list[str]) -> int:
    from tapscope import entry  # noqa: PLC0415
    from tapscope.doctor import command  # noqa: PLC0415

    parser = arguments.doctor()
    command.add_arguments(parser)
    args = parser.parse_args(words)
    refused = entry.try_to_enter(args.netns) if args.netns is not None and args.explain is None else None
    return command.run(args, refused=refused)
