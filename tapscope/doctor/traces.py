"""What the process and its last execve(2) left, one clause each. A clause about something unseen is empty."""

from tapscope.doctor import readings, words
from tapscope.doctor.evidence import Evidence, Mount, Program, Unseen, known
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_PTRACE, name_of


def effective(evidence: Evidence) -> str:
    """Whether the acting thread's E has what the door asks for."""
    capability = readings.capability_asked(evidence)
    there = readings.in_set(evidence, "effective", capability)
    if there is None:
        return ""
    return f"{name_of(capability)} is {'' if there else 'not '}in the effective set of the thread that asked"


def in_set(evidence: Evidence, name: str) -> str:
    """Whether P, I, B or A has it."""
    capability = readings.capability_asked(evidence)
    there = readings.in_set(evidence, name, capability)
    return "" if there is None else f"the {name} set has {'' if there else 'no '}{name_of(capability)}"


def net_raw(evidence: Evidence) -> str:
    """That CAP_NET_RAW is there."""
    return f"{name_of(CAP_NET_RAW)} is effective" if readings.in_set(evidence, "effective", CAP_NET_RAW) else ""


def ptrace(evidence: Evidence) -> str:
    """That the thread may not look into every process."""
    lacks = readings.in_set(evidence, "effective", CAP_SYS_PTRACE) is False
    return f"{name_of(CAP_SYS_PTRACE)}, which would overrule that, is not in the effective set" if lacks else ""


def no_net_admin(evidence: Evidence) -> str:
    """That the thread has no CAP_NET_ADMIN over the network."""
    lacks = readings.in_set(evidence, "effective", CAP_NET_ADMIN) is False
    where = "not in the effective set" if lacks else "there for another user namespace only"
    return f"{name_of(CAP_NET_ADMIN)} is {where}"


def file(program: Program | None) -> str:
    """What getcap would say of a file."""
    if program is None or isinstance(program.caps, Unseen):
        return ""
    path = program.path
    if known(program.caps_of_other_root):
        return f"{path} has capabilities of a root that is not ours"
    return f"{path} has {words.file_capabilities(program.caps)}" if program.caps else f"{path} has no file capabilities"


def own_file(evidence: Evidence) -> str:
    """The same of the interpreter that runs."""
    return file(readings.program(evidence))


def exec_trace(evidence: Evidence) -> str:
    """``AT_SECURE 1, dumpable 1: …``: what the last execve(2) left."""
    secure, dumpable = known(evidence.process.at_secure), known(evidence.process.dumpable)
    if secure is None or dumpable is None:
        return ""
    meaning = {
        (True, True): "execve read the file's capabilities and cut them",
        (True, False): "execve gave them, and the program gave them up",
        (False, True): "execve gave nothing",
        (False, False): "the user ids changed after execve",
    }[secure, dumpable == 1]
    return f"AT_SECURE {secure:d}, dumpable {dumpable}: {meaning}"


def no_new_privs(evidence: Evidence) -> str:
    """That no_new_privs is set."""
    return "no_new_privs is set" if known(evidence.thread.no_new_privs) else ""


def tracer(evidence: Evidence) -> str:
    """Who traces."""
    other = known(evidence.process.tracer)
    return f"TracerPid is {other.pid}: {words.process(other)}" if other else ""


def parent(evidence: Evidence) -> str:
    """That the parent is the same user's and has the capability."""
    other = known(evidence.process.parent)
    return f"the parent {words.process(other)} is yours and has it" if other else ""


def parent_ambient(evidence: Evidence) -> str:
    """That the parent's ambient set has it."""
    other = known(evidence.process.parent)
    return f"the ambient set of the parent {words.process(other)} has it" if other else ""


def shares_fs(evidence: Evidence) -> str:
    """With whom the file-system state is shared."""
    sharing = known(evidence.process.shares_fs)
    return f"kcmp says that pid {', '.join(map(str, sharing))} shares our file-system state" if sharing else ""


def mount(where: Mount | None) -> str:
    """``/home is mounted rw,nosuid,nodev``."""
    options = known(where.options) if where else None
    if where is None or not options:
        return ""
    return f"{known(where.mount_point) or 'the mount'} is mounted {','.join(options)}"


def program_mount(evidence: Evidence) -> str:
    """The same of the interpreter's mount."""
    program = readings.program(evidence)
    return mount(known(program.mount) if program else None)


def container(evidence: Evidence) -> str:
    """What hints at a container."""
    hint = known(evidence.host.container)
    return f"this looks like a container ({hint})" if hint else ""


def main_thread() -> str:
    """That the main thread has it."""
    return "the main thread has it in its effective set"


def noroot(evidence: Evidence) -> str:
    """The securebit that makes uid 0 an ordinary one."""
    securebits = known(evidence.thread.securebits) or 0
    return "the securebit NOROOT is set" if securebits & readings.SECBIT_NOROOT else ""


def unlisted_mount() -> str:
    """That mountinfo does not know the mount."""
    return "its mount is not listed in /proc/self/mountinfo"


def changed_after(nanoseconds: int) -> str:
    """How much later than the start."""
    return f"the file changed {nanoseconds / 1e9:.0f} s after the process had started"


def no_file_caps(evidence: Evidence) -> str:
    """The boot option."""
    return "the kernel was booted with no_file_caps" if known(evidence.process.no_file_caps) else ""
