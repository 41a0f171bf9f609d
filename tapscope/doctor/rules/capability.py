"""Why the acting thread lacks the capability that ``ns_capable`` asked for. capabilities(7), kernel/cred.c."""

import errno

from tapscope.attempt import Step
from tapscope.doctor import phrases, readings, traces
from tapscope.doctor.evidence import Evidence, FileCapabilities, Unseen, known
from tapscope.doctor.finding import Finding
from tapscope.doctor.rules.making import Rule, finding
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_NET_RAW


def _asked(evidence: Evidence) -> int:
    return readings.capability_asked(evidence)


def _file(evidence: Evidence) -> FileCapabilities | None:
    program = readings.program(evidence)
    return known(program.caps) if program else None


def napi_frags_asks_the_initial_namespace(evidence: Evidence) -> Finding | None:
    """The one flag behind capable() instead of ns_capable()."""
    wanted = readings.asked(evidence, readings.IFF_NAPI_FRAGS)
    if not wanted or not readings.refused(evidence, Step.SET_INTERFACE, errno.EPERM):
        return None
    initial = known(evidence.namespaces.user_initial) and readings.in_set(evidence, "effective", CAP_NET_ADMIN)
    if initial or readings.reaches_driver(evidence) is False:
        return None
    facts = (phrases.refusal(evidence), phrases.request(evidence), traces.effective(evidence))
    return finding("napi-frags-needs-init-cap", evidence, *facts)


def another_thread_has_it(evidence: Evidence) -> Finding | None:
    """The main thread's E has it, the asking thread's has not: capset() acts on one thread."""
    main = known(evidence.process.main_thread)
    if not readings.asks_in_vain(evidence) or known(evidence.thread.main) or main is None:
        return None
    if not readings.has(main.effective, _asked(evidence)):
        return None
    facts = (phrases.refusal(evidence), traces.effective(evidence), traces.main_thread())
    return finding("cap-other-thread", evidence, *facts)


def program_gave_it_up(evidence: Evidence) -> Finding | None:
    """It is still permitted and not effective; or execve gave it (AT_SECURE, not dumpable) and it is gone."""
    if not readings.asks_in_vain(evidence):
        return None
    asked = _asked(evidence)
    lowered = readings.in_set(evidence, "permitted", asked)
    granted = readings.file_grants(readings.program(evidence), asked)
    given = known(evidence.process.at_secure) and known(evidence.process.dumpable) in {0, 2} and granted
    if not lowered and not given:
        return None
    trace = traces.in_set(evidence, "permitted") if lowered else traces.exec_trace(evidence)
    return finding("cap-dropped", evidence, phrases.refusal(evidence), traces.effective(evidence), trace)


def root_is_without_it(evidence: Evidence) -> Finding | None:
    """euid 0, and not in E."""
    if known(evidence.credentials.euid) != 0 or not readings.asks_in_vain(evidence):
        return None
    facts = (phrases.refusal(evidence), traces.effective(evidence), traces.in_set(evidence, "bounding"))
    return finding("root-without-cap", evidence, *facts, traces.noroot(evidence), traces.container(evidence))


def ids_were_changed_from_root(evidence: Evidence) -> Finding | None:
    """Not dumpable although execve raised nothing: commit_creds() saw the ids change since."""
    program = readings.program(evidence)
    mode = known(program.mode) if program else None
    unreadable = mode is not None and not mode & 0o044
    changed = known(evidence.process.at_secure) is False and known(evidence.process.dumpable) in {0, 2}
    euid = known(evidence.credentials.euid)
    if not changed or unreadable or not euid or not readings.asks_in_vain(evidence):
        return None
    facts = (phrases.refusal(evidence), traces.effective(evidence), traces.exec_trace(evidence))
    return finding("setuid-dropped-caps", evidence, *facts)


def _parents_ambient_has_it(evidence: Evidence) -> bool:
    parent = known(evidence.process.parent)
    sets = known(parent.sets) if parent else None
    return bool(sets and readings.has(sets.ambient, _asked(evidence)))


def file_capabilities_cleared_the_ambient_set(evidence: Evidence) -> Finding | None:
    """The file has capabilities, not this one; I kept it, or the parent's A has it, and A lost it."""
    if not readings.asks_in_vain(evidence) or _file(evidence) is None or not readings.file_may_be_read(evidence):
        return None
    asked = _asked(evidence)
    if readings.file_bears(readings.program(evidence), asked):
        return None
    certain = _parents_ambient_has_it(evidence)
    inherited = readings.in_set(evidence, "inheritable", asked)
    if not certain and not inherited:
        return None
    trace = traces.in_set(evidence, "inheritable") if inherited else traces.parent_ambient(evidence)
    facts = (phrases.refusal(evidence), traces.own_file(evidence), traces.in_set(evidence, "ambient"), trace)
    rivals = () if certain else ("helper-no-ambient",)
    return finding("ambient-cleared-by-filecaps", evidence, *facts, one_of=rivals)


def parent_did_not_hand_it_on(evidence: Evidence) -> Finding | None:
    """The parent is the same user's and has it, or it is inheritable here: it never became ambient."""
    if not readings.asks_in_vain(evidence) or readings.file_bears(readings.program(evidence), _asked(evidence)):
        return None
    parent, uid = known(evidence.process.parent), known(evidence.credentials.uid)
    sets = known(parent.sets) if parent else None
    same_user = parent is not None and uid is not None and known(parent.uid) == uid
    has_it = same_user and sets is not None and readings.has(sets.permitted, _asked(evidence))
    if not has_it and not readings.in_set(evidence, "inheritable", _asked(evidence)):
        return None
    trace = traces.parent(evidence) if has_it else traces.in_set(evidence, "inheritable")
    facts = (phrases.refusal(evidence), trace, traces.in_set(evidence, "ambient"))
    return finding("helper-no-ambient", evidence, *facts)


def only_net_raw_is_there(evidence: Evidence) -> Finding | None:
    """The capability for watching, where the one for attaching is asked."""
    bears = readings.file_bears(readings.program(evidence), CAP_NET_ADMIN)
    if bears or readings.mode(evidence) != "peer" or not readings.asks_in_vain(evidence):
        return None
    if not readings.in_set(evidence, "effective", CAP_NET_RAW):
        return None
    facts = (phrases.refusal(evidence), traces.effective(evidence), traces.net_raw(evidence))
    return finding("net-raw-only", evidence, *facts)


def _unseen_rivals(evidence: Evidence) -> tuple[str, ...]:
    """Causes that look the same as long as a fact is unseen."""
    interpreter = evidence.interpreter
    rivals = {
        "filecaps-none": isinstance(interpreter.private_copy, Unseen),
        "filecaps-wrong-file": isinstance(interpreter.siblings, Unseen),
        "tap-wrong-netns": evidence.interface is not None and isinstance(evidence.elsewhere, Unseen),
    }
    return tuple(name for name, possible in rivals.items() if possible)


def nobody_gave_it(evidence: Evidence) -> Finding | None:
    """Nothing was given, and nothing was meant to be."""
    if readings.mode(evidence) != "peer" or not readings.asks_in_vain(evidence):
        return None
    facts = (phrases.refusal(evidence), phrases.absent(evidence), traces.effective(evidence), traces.own_file(evidence))
    return finding("no-caps", evidence, *facts, one_of=_unseen_rivals(evidence))


def watching_asks_for_net_raw(evidence: Evidence) -> Finding | None:
    """packet_create(): ns_capable(net->user_ns, CAP_NET_RAW)."""
    if readings.mode(evidence) != "watch" or not readings.asks_in_vain(evidence):
        return None
    return finding("packet-no-net-raw", evidence, phrases.refusal(evidence), traces.effective(evidence))


GIVEN: tuple[Rule, ...] = (
    napi_frags_asks_the_initial_namespace,
    another_thread_has_it,
)
"""Before what files say: the capability is in the process, or none would help."""

LOST: tuple[Rule, ...] = (
    program_gave_it_up,
    root_is_without_it,
    ids_were_changed_from_root,
    file_capabilities_cleared_the_ambient_set,
    parent_did_not_hand_it_on,
    only_net_raw_is_there,
)

NEVER_GIVEN: tuple[Rule, ...] = (watching_asks_for_net_raw, nobody_gave_it)
"""After everything that is more than the lack itself."""
