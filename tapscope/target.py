"""What a word on the command line asks to look into: an interface, a capture file, stdin, or QEMU's socket."""

import os
import re
import stat
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tapscope.capture.hub_socket import check_path
from tapscope.capture.names import NameRefused, check_name
from tapscope.exits import CommandError, Exit, exit_of
from tapscope.machine.links import find_link

if TYPE_CHECKING:
    from tapscope.capture.sieve import Sieve
    from tapscope.capture.source import Source

PIPE = "-"
HUB = "qemu:"
_LOOKS_LIKE_A_FILE = re.compile(r"/|\.pcap(ng)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """One of the first three is not None. ``path`` is that of a file, ``-`` for stdin; ``hub`` is that of a socket.

    ``door`` is how to open an interface, a ``capture.door.Door``. ``follow``: the file grows, and what is appended is
    read, too. ``sieve`` is the capture filter.
    """

    interface: str | None = None
    path: str | None = None
    hub: str | None = None
    door: str = "auto"
    follow: bool = False
    sieve: "Sieve | None" = None

    @property
    def title(self) -> str:
        """What a title bar says."""
        if self.path == PIPE:
            return "stdin"
        return self.interface or Path(self.path or self.hub or "").name

    @property
    def is_file(self) -> bool:
        """Whether it is a file on disk, and no pipe."""
        return self.path not in {None, PIPE} and not _is_fifo(self.path or "")

    def open(self, stdin: int = 0) -> "Source":
        """Open it; ``stdin`` is the descriptor of what was piped in. Raises as the capture room's openers do."""
        if self.interface is not None:
            from tapscope.capture.door import Door, open_interface  # noqa: PLC0415  numpy takes 80 ms

            return open_interface(self.interface, Door(self.door), self.sieve)
        source = self._open_capture(stdin)
        if self.sieve is None:
            return source
        from tapscope.capture.sieved import SievedSource  # noqa: PLC0415

        return SievedSource(source, self.sieve)

    def _open_capture(self, stdin: int) -> "Source":
        if self.hub is not None:
            from tapscope.capture.hub import open_hub  # noqa: PLC0415

            return open_hub(self.hub)
        from tapscope.capture.files import open_file, open_follow, open_stream  # noqa: PLC0415

        if self.follow:
            return open_follow(self.path or "")
        return open_stream(stdin, PIPE) if self.path == PIPE else open_file(self.path or "")

    def check(self) -> None:
        """Raise ``CommandError`` for a file in which nothing can be read, or where no socket can be.

        A named pipe is not touched.
        """
        from tapscope.capture.files.recognise import BadCapture  # noqa: PLC0415

        try:
            if self.hub is not None:
                check_path(self.hub)
            elif self.follow:
                Path(self.path or "").parent.stat()
            elif self.is_file:
                with closing(self.open()):
                    pass
        except OSError as error:
            raise CommandError(f"{self.path or self.hub}: {error.strerror}", exit_of(error.errno)) from None
        except BadCapture as error:
            raise CommandError(str(error), Exit.BAD_DATA) from None


@dataclass(frozen=True, slots=True)
class Interfaces:
    """Several interfaces in one capture, opened as ``Target`` says."""

    targets: tuple[Target, ...]
    interface: None = None

    @property
    def title(self) -> str:
        """What a title bar says."""
        return " ".join(target.title for target in self.targets)

    def open(self, stdin: int = 0) -> "Source":
        """Open all of them, or none. Raises as the capture room's openers do."""
        from tapscope.capture.merged import open_merged  # noqa: PLC0415

        return open_merged([(target.title, partial(target.open, stdin)) for target in self.targets])

    def check(self) -> None:
        """Nothing can be said before they are opened."""


def sieve_of(text: str) -> "Sieve":
    """Return the capture filter that ``text`` is. Raises ``CommandError`` with libpcap's words, and the place."""
    from tapscope.capture.libpcap import FilterRefused  # noqa: PLC0415
    from tapscope.capture.sieve import Sieve  # noqa: PLC0415

    sieve = Sieve(text)
    try:
        sieve.check()
    except FilterRefused as refused:
        where = f"\n  {text}\n  {' ' * refused.at}^" if refused.at is not None and text.isprintable() else ""
        raise CommandError(f"-f: {refused}{where}") from None
    return sieve


def targets_of(
    words: Sequence[str], door: str = "auto", *, follow: bool = False, sieve: "Sieve | None" = None
) -> Target | Interfaces:
    """Return what one word means, or several of them together. Raises ``CommandError``."""
    if follow and len(words) > 1:
        raise CommandError(f"--follow wants one file: leave {words[1]} out")
    targets = tuple(replace(target_of(word, door, follow=follow), sieve=sieve) for word in words)
    if len(targets) == 1:
        return targets[0]
    seen: dict[str | int, str] = {}
    for word, target in zip(words, targets, strict=True):
        if target.interface is None:
            raise CommandError(f"{word} is a capture: only interfaces can be looked into together")
        link = find_link(word)
        device = link.index if link else word
        if device in seen:
            same = "named twice" if seen[device] == word else f"{seen[device]} by another name"
            raise CommandError(f"{word} is {same}: once is enough")
        seen[device] = word
    return Interfaces(targets)


def target_of(word: str, door: str = "auto", *, follow: bool = False) -> Target:
    """Return what ``word`` means; the rule stands in ``tapscope --help``. Raises ``CommandError``.

    ``follow``: it is a file, whatever it looks like.
    """
    target = _file_to_follow(word) if follow else _meant(word)
    if target.interface is None and door != "auto":
        raise CommandError(f"--{door} is for an interface, and {word} is a capture: leave it out")
    return replace(target, door=door)


def _meant(word: str) -> Target:
    if word.startswith(HUB):
        return _hub(word.removeprefix(HUB))
    if word == PIPE:
        if os.isatty(0):
            raise CommandError("- reads a capture from stdin, which is the terminal: tcpdump -w - | tapscope -")
        return Target(path=PIPE)
    if "/" in word or (not _is_interface(word) and (_LOOKS_LIKE_A_FILE.search(word) or _is_there(word))):
        return Target(path=word)
    try:
        check_name(word)
    except NameRefused as error:
        raise CommandError(str(error)) from None
    return Target(interface=word)


def _file_to_follow(path: str) -> Target:
    if path in {"", PIPE}:
        raise CommandError("--follow wants a file: a pipe is followed anyway, as in tcpdump -U -w - | tapscope -")
    return Target(path=path, follow=True)


def _hub(path: str) -> Target:
    if not path:
        raise CommandError("qemu: wants the path of a socket: tapscope qemu:/tmp/guest.sock")
    return Target(hub=path)


def _is_fifo(path: str) -> bool:
    return stat.S_ISFIFO(Path(path).stat().st_mode)


def _is_there(path: str) -> bool:
    try:
        return bool(path) and Path(path).exists()
    except OSError:  # longer than a name may be, or behind a closed folder
        return False


def _is_interface(name: str) -> bool:
    return find_link(name) is not None
