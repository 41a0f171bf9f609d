"""Commands as this machine's shell would take them, and what root could do here."""

import shlex

from tapscope.doctor import readings
from tapscope.doctor.evidence import Evidence, known
from tapscope.machine.capabilities import CAP_NET_ADMIN

quote = shlex.quote


def has_program(evidence: Evidence, name: str) -> bool:
    """Installed, as far as is known."""
    programs = known(evidence.host.programs)
    return programs is None or name in programs


def is_root(evidence: Evidence) -> bool:
    """euid 0."""
    return known(evidence.credentials.euid) == 0


def as_root(evidence: Evidence, *commands: str) -> str:
    """The commands one after the other, by root: plain for root, else through sudo, or su where there is no sudo."""
    if is_root(evidence):
        return " && ".join(commands)
    if has_program(evidence, "sudo"):
        return " && ".join(f"sudo {command}" for command in commands)
    return f"su -c {quote(' && '.join(commands))}"


def can_become_root(evidence: Evidence, *, outside: bool = False) -> bool:
    """sudo would work: not under no_new_privs, where no set-id bit counts, and not inside a user namespace.

    ``outside`` asks for a shell outside of the sandbox that set no_new_privs.
    """
    if is_root(evidence):
        return True
    barred = known(evidence.thread.no_new_privs) and not outside
    return not barred and known(evidence.namespaces.user_initial) is not False


def root_could(evidence: Evidence, capability: int = CAP_NET_ADMIN, *, outside: bool = False) -> bool:
    """Root, started from here, would have the capability over this network namespace."""
    if is_root(evidence):
        return readings.capable(evidence, capability) is not False
    masked = readings.in_set(evidence, "bounding", capability) is False and not outside
    foreign = known(evidence.namespaces.net_owner) == "ancestor"
    return can_become_root(evidence, outside=outside) and not masked and not foreign


def interface(evidence: Evidence) -> str:
    """The name asked for; where none was, the first tapN that is free."""
    if evidence.interface is not None:
        return evidence.interface
    taken = {tap.name for tap in known(evidence.taps) or ()}
    return next(name for number in range(len(taken) + 1) if (name := f"tap{number}") not in taken)


def user(evidence: Evidence) -> str:
    """The user's name for a command, else the uid; under sudo, who called it."""
    who, caller = evidence.credentials, known(evidence.host.sudo_user)
    if is_root(evidence) and caller:
        return quote(caller[0])
    return quote(known(who.user_name) or str(known(who.euid) or 0))


def group(evidence: Evidence) -> str:
    """The user's own group for a command."""
    who = evidence.credentials
    return quote(known(who.group_name) or str(known(who.egid) or 0))


def tapscope(evidence: Evidence, name: str | None = None) -> str:
    """This tapscope, on this interface, as it was started, and where it was told to go."""
    return words(evidence, name or interface(evidence))


def tapscope_there(evidence: Evidence, name: str | None = None) -> str:
    """The same for a shell that is there already: in ``in_place``, in a sandbox, or for a pipe."""
    return shlex.join([*evidence.host.command, name or interface(evidence)])


def words(evidence: Evidence, *arguments: str, command: tuple[str, ...] = ()) -> str:
    """A command of tapscope's, with the ``--netns`` that it was given."""
    place = evidence.destination
    there = ["--netns", place.word] if place else []
    return shlex.join([*(command or evidence.host.command), *arguments, *there])


def acts_here(evidence: Evidence) -> bool:
    """What ``in_place`` makes does the same here as in the user's shell: a user namespace cannot be entered twice."""
    return evidence.destination is None or not evidence.destination.with_user


def in_place(evidence: Evidence, command: str) -> str:
    """A command for root, or for who owns the user namespace, that acts where tapscope was told to go."""
    place = evidence.destination
    if place is None:
        return command
    if place.netns is not None:
        return f"ip netns exec {quote(place.netns)} {command}"
    if place.pid is None:
        return f"nsenter --net={quote(place.path)} {command}"
    return f"nsenter -t {place.pid} {'-U --preserve-credentials ' if place.with_user else ''}-n {command}"
