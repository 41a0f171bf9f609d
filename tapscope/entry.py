"""``--netns``: into another network namespace, before anything else is done; or why not, in the doctor's words."""

import errno

from tapscope.attempt import Attempt, AttemptFailed, Step
from tapscope.exits import CommandError, exit_of
from tapscope.machine import namespaces, netns
from tapscope.machine.netns import Place

_FEW = 20
"""Names in a line."""


def enter(word: str, interface: str | None) -> None:
    """Go there with the whole process, to look into ``interface``. Raises ``CommandError``."""
    refused = try_to_enter(word)
    if refused is not None:
        from tapscope.dump.refusal import explained  # noqa: PLC0415

        raise CommandError(explained(interface, refused), exit_of(refused.errno))


def try_to_enter(word: str) -> Attempt | None:
    """Go there; the call that was refused for want of a right to it, None when there.

    Raises ``CommandError`` where there is no such namespace.
    """
    if not word:
        raise CommandError("--netns is empty: give the name of a network namespace, or the number of a process in it")
    place = netns.place_of(word)
    try:
        netns.enter(place)
    except AttemptFailed as failed:
        if not _is_refusal(failed.attempt, place):
            raise CommandError(_none_there(word, failed.attempt, place), exit_of(failed.attempt.errno)) from None
        return failed.attempt
    return None


def _is_refusal(attempt: Attempt, place: Place) -> bool:
    """A matter of rights over the namespace or the process, not of what is there, nor of a folder on the way to it."""
    if attempt.step is Step.SET_NAMESPACE:
        return attempt.errno == errno.EPERM
    return place.pid is not None and attempt.errno in {errno.EACCES, errno.EPERM}


def _none_there(word: str, attempt: Attempt, place: Place) -> str:
    said = word if word.isprintable() else ascii(word)
    if attempt.errno == errno.EINVAL:
        return f"--netns {said}: {place.path if place.pid is None else said} is no network namespace"
    if attempt.errno not in {errno.ENOENT, errno.ESRCH}:
        return f"--netns {said}: {attempt}"
    if place.name is None:
        return f"--netns {said}: there is no {f'process {said}' if place.pid is not None else 'such file'}"
    names = namespaces.names()
    listed = ", ".join(names[:_FEW]) + (", …" if len(names) > _FEW else "")
    there = f"there are {listed}" if names else "none has a name here (ip netns list); a process will do, by its number"
    return f"--netns {said}: no network namespace has that name; {there}"
