"""File capabilities: on the wrong file, not read, masked, or cut."""

from tapscope.doctor.causes.cause import Cause

_STRIPPED = "a start from a plain login shell: if the capability is there then, the launcher or its tracer was it"

FILECAPS = (
    Cause(
        "filecaps-none",
        "{program} is a copy made to carry capabilities, and carries none",
        """This interpreter is a copy of its own, as one makes it to give it file capabilities, and it has none.
        They are lost without a word when the file is copied again (cp without --preserve=xattr), when its owner or
        group changes, when anything is written to it, and when venv or a package manager replaces it. Set them
        last, after chown and chmod.""",
        decides="whether setcap was ever run on this file: the shell's history knows, the file does not",
    ),
    Cause(
        "filecaps-wrong-file",
        "{sibling} has {capability}, but {program} is the file that runs",
        """execve() reads the capabilities of the one file that it maps: not of the link, not of another copy beside
        it. In a virtual environment made with --copies, python, python3 and python3.11 are separate files, and only
        the one in the script's first line counts; without --copies they are links to the system's interpreter.
        /proc/PID/exe says which file it was.""",
    ),
    Cause(
        "filecaps-on-script",
        "the capability is on the script {script}; the kernel looks at its interpreter",
        """A script is not executed, its interpreter is: for a file that starts with #! the kernel goes on to the
        interpreter and takes the capabilities of that file. The attribute on the script is kept, is shown by
        getcap, and does nothing.""",
    ),
    Cause(
        "filecaps-nosuid",
        "{program} has {capability}, but it lies on {mount}, which is mounted nosuid",
        """On a nosuid mount execve() does not read file capabilities at all (mnt_may_suid), silently: the program
        runs, without them. Home directories, /tmp, USB sticks and container volumes are often nosuid. What counts
        is the mount through which the file was executed, not the layers below it. Ambient capabilities are not
        touched by nosuid.""",
    ),
    Cause(
        "filecaps-foreign-mount",
        "{program} has {capability}, but was executed through a mount of another mount namespace",
        """execve() trusts a mount's set-id bits and capabilities only if the mount belongs to the process's own
        mount namespace. A file reached through a descriptor or through /proc/PID/root of a container is executed
        without its capabilities, silently, however the mount is marked.""",
    ),
    Cause(
        "filecaps-wrong-userns",
        "the capabilities of {program} were given by the root of another user namespace",
        """setcap run inside a user namespace writes version 3 of the attribute, with the uid of that namespace's
        root. The kernel honours it only for processes whose user namespace, or one above it, has that uid as its
        root. Everywhere else the file counts as having none. An image that was built by an unprivileged container
        engine is the classic case. setcap, run again by the real root, mends it.""",
    ),
    Cause(
        "filecaps-bounding",
        "the bounding set lacks {capability}, so the one on {program} was masked off",
        """P' = (fP & bset) | (pI & fI): what a file permits is cut by the bounding set of the process, which is
        inherited and can only shrink. A container, systemd's CapabilityBoundingSet= or a wrapper took the
        capability from it. A process cannot regain it; only who starts the chain of processes can leave it in.""",
    ),
    Cause(
        "filecaps-not-effective",
        "{program} permits {capability} without making it effective, and the thread has not raised it",
        """With =p the capability arrives in the permitted set only; a program that knows of capabilities raises it
        into the effective set, which alone is asked, before it needs it. tapscope does so in the thread that opens.
        Where that did not happen, =ep makes the kernel do it at execve().""",
    ),
    Cause(
        "filecaps-inheritable-only",
        "{program} has {capability} only as inheritable, and the process had none to inherit",
        """P' = (fP & bset) | (pI & fI): an inheritable capability of a file counts only together with the same
        capability in the inheritable set of the process that executes it, which is empty unless pam_cap or a
        service manager fills it. It is a way to bind a capability to certain users; for everybody else the file is
        an ordinary one. =ep is what is usually meant.""",
    ),
    Cause(
        "filecaps-set-after-start",
        "the capabilities of {program} changed after this process had started",
        """File capabilities are computed once, at execve(). Setting them on a program that already runs changes
        nothing for it. Start it again.""",
    ),
    Cause(
        "filecaps-stripped-ptrace",
        "{program} has {capability}, but it was cut at execve: {tracer} was attached",
        """If a process is traced by one that lacks CAP_SYS_PTRACE, execve() does not let it gain capabilities: the
        new permitted set is cut down to the old one. Otherwise every user could drive a privileged program with a
        debugger. So under strace or gdb a program with file capabilities runs without. Capabilities that it already
        had, as ambient ones, stay; and a tracer that is root does no harm (sudo strace -u USER …).""",
        decides=_STRIPPED,
    ),
    Cause(
        "filecaps-stripped-nnp",
        "{program} has {capability}, but no_new_privs was set, so execve gave nothing",
        """no_new_privs is a promise, inherited by everything that is started, that execve() gives no privilege that
        was not there: file capabilities and set-id bits have no effect. Sandboxes set it (systemd NoNewPrivileges=,
        docker --security-opt no-new-privileges, bubblewrap, setpriv, every unprivileged seccomp filter). It cannot
        be taken back, and sudo does not work under it either; ambient capabilities that came from outside do.""",
        decides="whether a tracer was attached already at the execve, which only the tracer knows",
    ),
    Cause(
        "filecaps-stripped-shared-fs",
        "{program} has {capability}, but it was cut at execve: the process shares its file-system state",
        """A process made by clone(CLONE_FS) shares root and working directory with another one. execve() then gives
        no capabilities, as the other could change the root under the privileged program. Launchers that call
        clone() with CLONE_FS do it; fork() and vfork() do not.""",
        decides=_STRIPPED,
    ),
    Cause(
        "filecaps-stripped-unknown",
        "{program} has {capability}, this process has not, and what cut it left no trace",
        """The file has the capability, the mount lets it count, the bounding set has it, and yet the process has
        not. When AT_SECURE is set and the process is dumpable, the kernel read the capability at execve() and no
        new one came of it: no_new_privs is off and nobody traces now, so it was a tracer that has gone since, or
        another process that shared our file-system state and has gone; or else the launcher had the capability
        itself, so that nothing was gained, and the program gave it up later. When AT_SECURE is not set, the
        capability was not read at all, as with the boot option no_file_caps.""",
        decides=_STRIPPED,
    ),
)
