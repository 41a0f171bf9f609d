"""Ways to be let in, each None where it would not work here."""

from tapscope.doctor import readings
from tapscope.doctor.evidence import Evidence, known
from tapscope.doctor.finding import Reach, Remedy
from tapscope.doctor.remedies import shell
from tapscope.machine.capabilities import CAP_NET_ADMIN, CAP_NET_RAW, name_of

_CAPABILITIES = (CAP_NET_ADMIN, CAP_NET_RAW)
_OUTSIDE = "in a shell outside of the sandbox: "
_NO_AMBIENT_RAISE = 1 << 6


def _wanted(evidence: Evidence) -> tuple[str, ...]:
    """The two capabilities, as far as the bounding set lets them be had."""
    masked = _masked(evidence)
    return tuple(name.lower() for number in _CAPABILITIES if (name := name_of(number)) not in masked)


def _masked(evidence: Evidence) -> tuple[str, ...]:
    """Those that the bounding set lacks: they cannot be had without who set it."""
    lacking = (number for number in _CAPABILITIES if readings.in_set(evidence, "bounding", number) is False)
    return tuple(map(name_of, lacking))


def owned_tap(evidence: Evidence, *, outside: bool = False) -> Remedy | None:
    """A TAP of the user's own: made where it is missing, made anew where it is somebody else's."""
    if not shell.root_could(evidence, outside=outside) or not shell.has_program(evidence, "ip"):
        return None
    name, there = shell.quote(shell.interface(evidence)), readings.tap(evidence)
    if not readings.name_is_valid(shell.interface(evidence)):
        return None
    queues = " multi_queue" if there and known(there.multi_queue) else ""
    user = shell.user(evidence)
    commands = [f"ip tuntap add dev {name} mode tap{queues} user {user}", f"ip link set {name} up"]
    effect = f"makes {name}, owned by {user}: no process needs a capability to open it"
    cost = "gone at the next boot; its owner may send frames and delete it, not set it up or address it"
    if there is not None:
        if not _can_be_made_anew(evidence):
            return None
        mode = known(there.mode) or "tap"
        commands.insert(0, f"ip tuntap del dev {name} mode {mode}{queues}")
        effect = f"makes {name} anew, owned by {user}"
        cost = "its addresses, its bridge and its present owner's access are lost"
    prefix = _OUTSIDE if outside else ""
    command = shell.as_root(evidence, *(shell.in_place(evidence, command) for command in commands))
    return Remedy(command, prefix + effect, cost, Reach.INTERFACE, here=not outside and shell.acts_here(evidence))


def _can_be_made_anew(evidence: Evidence) -> bool:
    """It is a persistent TUN or TAP that nobody holds."""
    there, held = readings.tap(evidence), known(evidence.holders)
    if there is None or not readings.is_tun(there) or known(there.persist) is False:
        return False
    return not known(there.carrier) and not (held and held.found)


def watching(evidence: Evidence) -> Remedy | None:
    """A packet socket beside the holder, through tcpdump, which insists on an interface that is up."""
    there, name = readings.tap(evidence), shell.quote(shell.interface(evidence))
    if there is None or not shell.root_could(evidence, CAP_NET_RAW) or not shell.has_program(evidence, "tcpdump"):
        return None
    if not shell.is_root(evidence) and not shell.has_program(evidence, "sudo"):
        return None
    raising = [] if known(there.up) else [shell.in_place(evidence, f"ip link set {name} up")]
    first = [shell.as_root(evidence, *raising)] if raising else [] if shell.is_root(evidence) else ["sudo -v"]
    tcpdump = shell.in_place(evidence, f"tcpdump -i {name} -U -w -")
    capture = f"{shell.as_root(evidence, tcpdump)} | {shell.tapscope_there(evidence, '-')}"
    command = " && ".join([*first, capture])
    effect, here = "shows every frame, without attaching", shell.acts_here(evidence)
    return Remedy(command, effect, "watches only: cannot answer", Reach.WATCH, here=here)


def ambient(evidence: Evidence, *, outside: bool = False) -> Remedy | None:
    """Both capabilities in the ambient set of one session. A file with capabilities would clear it at execve."""
    if shell.is_root(evidence) or not shell.root_could(evidence, outside=outside) or _ambient_is_cleared(evidence):
        return None
    prefix = _OUTSIDE if outside else ""
    effect = f"{prefix}one session with {' and '.join(name.upper() for name in _wanted(evidence))}"
    cost = "all that is started in that session has them too"
    if shell.has_program(evidence, "setpriv"):
        command = shell.as_root(evidence, shell.in_place(evidence, setpriv(evidence, *_wanted(evidence))))
    elif shell.has_program(evidence, "capsh") and known(evidence.credentials.user_name) is not None:
        iab = ",".join(f"^{name}" for name in _wanted(evidence))
        start = shell.quote(shell.tapscope_there(evidence))
        capsh = f"capsh --user={shell.user(evidence)} --iab='{iab}' -- -c {start}"
        command = shell.as_root(evidence, shell.in_place(evidence, capsh))
    else:
        return None
    return Remedy(command, effect, cost, Reach.SESSION, here=not outside and shell.acts_here(evidence))


def setpriv(evidence: Evidence, *names: str) -> str:
    """This tapscope for a shell that is there already, as this user with these capabilities (``cap_net_raw``)."""
    caps = ",".join(f"+{name.removeprefix('cap_')}" for name in names)
    who = evidence.credentials
    groups = "--init-groups" if known(who.user_name) else "--clear-groups"
    ids = f"--reuid={shell.user(evidence)} --regid={known(who.egid) or shell.group(evidence)} {groups}"
    return f"setpriv {ids} --inh-caps={caps} --ambient-caps={caps} -- {shell.tapscope_there(evidence)}"


def _ambient_is_cleared(evidence: Evidence) -> bool:
    """The interpreter has file capabilities that execve reads, or the securebit forbids raising."""
    if (known(evidence.thread.securebits) or 0) & _NO_AMBIENT_RAISE:
        return True
    program = readings.program(evidence)
    return program is not None and known(program.caps) is not None and readings.file_may_be_read(evidence)


def private_copy(evidence: Evidence) -> Remedy | None:
    """File capabilities on an interpreter that nobody else uses: the one that runs, if it is such, else a new one."""
    if not _file_capabilities_would_count(evidence):
        return None
    program = readings.program(evidence)
    if program is None or not _wanted(evidence):
        return None
    caps = f"{','.join(_wanted(evidence))}=ep"
    group = shell.group(evidence)
    cost = f"whoever may execute it (group {group}) has them for any Python code; lost when it is replaced"
    own, mount = shell.quote(program.path), known(program.mount)
    if known(evidence.interpreter.private_copy):
        if known(program.symlink) or mount is None or known(mount.nosuid) is not False:
            return _new_copy(evidence, own, caps, cost)
        narrowing = (f"chown root:{group} {own}", f"chmod 750 {own}")
        command = shell.as_root(evidence, *narrowing, f"setcap {caps} {own}")
        return Remedy(command, "gives them to this private interpreter; start tapscope again", cost, Reach.PROGRAM)
    return _new_copy(evidence, own, caps, cost)


def _new_copy(evidence: Evidence, own: str, caps: str, cost: str) -> Remedy | None:
    libpython = evidence.interpreter.shared_libpython
    if libpython is not None and not (known(libpython) or "").startswith(("/usr/lib", "/lib")):
        return None
    place = next((place for place in evidence.interpreter.places if known(place.nosuid) is False), None)
    if place is None:
        return None
    copy = shell.quote(f"{place.path}/tapscope-python")
    install = f"install -D -o root -g {shell.group(evidence)} -m 750 {own} {copy}"
    start = f"{copy} -m tapscope {shell.quote(shell.interface(evidence))}"
    command = f"{shell.as_root(evidence, install, f'setcap {caps} {copy}')} && {start}"
    return Remedy(command, "a private copy of the interpreter that has them", cost, Reach.PROGRAM)


def _file_capabilities_would_count(evidence: Evidence) -> bool:
    """execve would read them and nothing would cut them. To go elsewhere asks for more than is given here."""
    if (
        evidence.destination is not None
        or shell.is_root(evidence)
        or not shell.root_could(evidence)
        or not shell.has_program(evidence, "setcap")
    ):
        return False
    process = evidence.process
    return not known(process.no_file_caps) and known(process.tracer) is None and not known(process.shares_fs)


def sandbox(evidence: Evidence) -> Remedy | None:
    """A user and network namespace of one's own, where the probe says that it works."""
    probe = known(evidence.probes.sandbox)
    if probe is None or not probe.ok or not shell.has_program(evidence, "unshare"):
        return None
    name = shell.interface(evidence)
    command = f"unshare -Urn {shell.tapscope_there(evidence, name)}"
    effect = "a network namespace of your own, without any privilege, with a TAP of that name in it"
    return Remedy(command, effect, "sees nothing of this network", Reach.SANDBOX)


def container(evidence: Evidence, *options: str) -> Remedy | None:
    """What to give the container engine, on its host, for a process that runs as root: others gain nothing by it."""
    engine = known(evidence.host.container)
    if engine not in {"docker", "podman"}:
        return None
    user = () if shell.is_root(evidence) else ("--user=root",)
    command = f"{engine} run -it {' '.join((*user, *options))} IMAGE {shell.tapscope(evidence)}"
    cost = "every process in the container may use it, over the container's own network"
    return Remedy(command, "on the host, with your image's name", cost, Reach.SERVICE, here=False)


def capable_container(evidence: Evidence) -> Remedy | None:
    """A container with the capabilities that its bounding set lacks, and with the device."""
    added = (f"--cap-add={name.removeprefix('CAP_')}" for name in _masked(evidence))
    return container(evidence, *added, "--device=/dev/net/tun")


def service(evidence: Evidence, *settings: str) -> Remedy | None:
    """A drop-in for the systemd service that this runs in."""
    unit = known(evidence.host.service)
    if not unit or not shell.can_become_root(evidence, outside=True) or not shell.has_program(evidence, "systemctl"):
        return None
    folder = f"/etc/systemd/system/{unit}.d"
    lines = shell.quote("\\n".join(("[Service]", *settings, "")))
    tee = shell.as_root(evidence, f"tee {shell.quote(f'{folder}/tapscope.conf')}")
    mkdir = shell.as_root(evidence, f"mkdir -p {shell.quote(folder)}")
    restart = shell.as_root(evidence, "systemctl daemon-reload", f"systemctl restart {shell.quote(unit)}")
    command = f"{mkdir} && printf {lines} | {tee} && {restart}"
    effect, cost = f"changes {unit} and restarts it", "holds for all that the service starts"
    return Remedy(command, effect, cost, Reach.SERVICE, here=False)


def capable_service(evidence: Evidence) -> Remedy | None:
    """A service with both capabilities ambient. A bounding set is only named where it has one, to which it is added."""
    masked = _masked(evidence)
    bounding = (f"CapabilityBoundingSet={' '.join(masked)}",) if masked else ()
    return service(evidence, "AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW", *bounding, "PrivateUsers=no")
